"""Lines 13, 14, 15 and 19: digests, sizes, dates and formats that lie; contracts that forbid."""

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.models import Deposit
from sae.holdings.models import ArchiveUnit, DataObject
from sae.journal.models import LifeCycleEntry
from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import IngestContract
from tests.builders.sip import SipBuilder
from tests.faults.desk import Desk

DIGEST = "CHECK_DIGEST.KO"
PAYLOAD = b"Le conseil approuve.\n"
Damage = Callable[[SipBuilder], object]


def one_object(payload: bytes = PAYLOAD, **declared: Any) -> SipBuilder:
    return SipBuilder().unit("Pièce").binary(payload, **declared)


def set_digest(text: str) -> Damage:
    return lambda sip: setattr(sip.current_object, "digest", text)


def only_object(desk: Desk, made: Deposit) -> DataObject:
    with tenant_scope(desk.coffre.id):
        return DataObject.objects.get(operation_id=made.id)


# -- 13: digests, sizes, addresses ---------------------------------------------------------------


def test_any_algorithm_of_the_list_is_checked_and_ours_kept(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "sip.zip"
    for algorithm in ("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"):
        good = desk.deposit(one_object(algorithm=algorithm).zip(path))
        desk.assert_whole(good)
        assert only_object(desk, good).sha512 == hashlib.sha512(PAYLOAD).hexdigest()
        bad = desk.deposit(one_object(algorithm=algorithm).break_digest().zip(path))
        desk.assert_refused(bad, code=DIGEST)


def test_a_digest_in_capitals_is_the_same_digest(desk: Desk, tmp_path: Path) -> None:
    sip = one_object()
    set_digest(hashlib.sha512(PAYLOAD).hexdigest().upper())(sip)
    made = desk.deposit(sip.zip(tmp_path / "sip.zip"))
    desk.assert_whole(made)
    assert only_object(desk, made).sha512 == hashlib.sha512(PAYLOAD).hexdigest()


DAMAGES: dict[str, Damage] = {
    "digest empty": set_digest(""),
    "digest wrong": set_digest("0" * 128),
    "digest not one": set_digest("pas une empreinte"),
    "algorithm unknown": lambda sip: setattr(sip.current_object, "algorithm", "CRC-32"),
    "file missing": lambda sip: sip.drop_file(),
    "file too many": lambda sip: sip.extra_entry("Content/de-trop.txt", b"x"),
    "uri http": lambda sip: sip.uri("http://127.0.0.1:9/x"),
    "uri file": lambda sip: sip.uri("file:///etc/passwd"),
    "uri absolute": lambda sip: sip.uri("/etc/passwd"),
    "uri leaving": lambda sip: sip.uri("Content/../../x"),
    "uri twice": lambda sip: sip.unit("Autre").binary(b"y").uri("Content/BDO1.txt"),
}


def test_what_does_not_agree_is_refused(desk: Desk, tmp_path: Path) -> None:
    for name, damage in DAMAGES.items():
        sip = one_object()
        damage(sip)
        made = desk.deposit(sip.zip(tmp_path / "sip.zip"))
        problems = desk.problems(made)
        assert problems, name
        desk.assert_refused(made, code=problems[0].code)


def test_every_wrong_digest_is_named_at_once(desk: Desk, tmp_path: Path) -> None:
    sip = SipBuilder()
    for number in range(20):
        sip.unit(f"Pièce {number}").binary(b"%d" % number)
        if number % 2:
            sip.break_digest()
    made = desk.deposit(sip.zip(tmp_path / "sip.zip"))
    desk.assert_refused(made, code=DIGEST)
    problems = desk.problems(made)
    assert len(problems) == 10
    assert all(one.line and one.file and one.seen != one.expected for one in problems)


def test_a_wrong_size_is_told_and_a_missing_one_computed(desk: Desk, tmp_path: Path) -> None:
    wrong = desk.deposit(one_object().wrong_size(3).zip(tmp_path / "sip.zip"))
    desk.assert_whole(wrong, outcome="WARNING")
    assert {problem.code for problem in desk.problems(wrong)} == {"CHECK_OBJECT_SIZE.WARNING"}
    absent = desk.deposit(one_object().without_size().zip(tmp_path / "sip.zip"))
    desk.assert_whole(absent)
    assert [only_object(desk, made).size for made in (wrong, absent)] == [len(PAYLOAD)] * 2


# -- 14: dates -----------------------------------------------------------------------------------


NO_DATES = [
    {"StartDate": "2024-02-30"},
    {"StartDate": "0000-01-01"},
    {"StartDate": "-0005-01-01"},
    {"StartDate": "2023-02-29"},
    {"StartDate": "hier"},
    {"StartDate": "2024-01-02", "EndDate": "2024-01-01"},
    {"StartDate": "2024-06-01T25:00:00"},
]
KEPT_DATES = {
    "2024-02-29": "2024-02-29",
    "0476-09-04": "0476-09-04",
    "9000-01-01": "9000-01-01",
    "2024-10-27T02:30:00+02:00": "2024-10-27T02:30:00",
    "2024-01-01T00:00:00Z": "2024-01-01T00:00:00",
    "2024-12-31T23:59:59-12:00": "2024-12-31T23:59:59",
}
END_DATES = {"2012-02-29": "2022-02-28", "2010-01-31": "2020-01-31", "1899-12-31": "1909-12-31"}


def test_dates_that_are_none_are_refused(desk: Desk, tmp_path: Path) -> None:
    for dates in NO_DATES:
        made = desk.deposit(SipBuilder().unit("A", **dates).binary(b"x").zip(tmp_path / "s"))
        problems = desk.problems(made)
        assert problems, dates
        desk.assert_refused(made, code=problems[0].code)


def test_dates_are_kept_as_they_were_written_but_for_the_zone(desk: Desk, tmp_path: Path) -> None:
    for given, kept in KEPT_DATES.items():
        sip = SipBuilder().unit("A", StartDate=given).binary(b"x")
        made = desk.deposit(sip.zip(tmp_path / "sip.zip"))
        desk.assert_whole(made)
        with tenant_scope(desk.coffre.id):
            unit = ArchiveUnit.objects.get(operation_id=made.id)
        assert unit.content["StartDate"] == kept
        assert unit.start_date is not None
        assert unit.start_date.isoformat() == kept[:10]


def under_rule(start: str) -> SipBuilder:
    """A unit under a rule of ten years."""
    return SipBuilder().unit("A").rule("AppraisalRule", "APP-00001", start_date=start).binary(b"x")


def test_rules_end_on_the_right_day(desk: Desk, tmp_path: Path) -> None:
    for start, end in END_DATES.items():
        made = desk.deposit(under_rule(start).zip(tmp_path / "sip.zip"))
        desk.assert_whole(made)
        with tenant_scope(desk.coffre.id):
            management = ArchiveUnit.objects.get(operation_id=made.id).management
        assert management["AppraisalRule"]["Rules"][0]["EndDate"] == end


def test_a_rule_that_would_end_beyond_the_calendar_is_refused(desk: Desk, tmp_path: Path) -> None:
    desk.assert_whole(desk.deposit(under_rule("8995-01-01").zip(tmp_path / "sip.zip")))
    for start in ("9995-01-01", "99999-01-01"):
        made = desk.deposit(under_rule(start).zip(tmp_path / "sip.zip"))
        desk.assert_refused(made, code=desk.problems(made)[0].code)


# -- 15: formats ---------------------------------------------------------------------------------

PROGRAM = (b"MZ" + bytes(58) + struct.pack("<L", 64) + b"PE\0\0" + bytes(300)).ljust(1024, b"\0")
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def contract(coffre: Tenant, **fields: Any) -> None:
    with tenant_scope(coffre.id):
        IngestContract.objects.update(updated_at=clock.now(), **fields)


def test_a_format_is_known_by_its_content_and_the_declared_one_is_kept_in_the_history(
    desk: Desk, tmp_path: Path
) -> None:
    sip = one_object(PDF, name="acte.txt")
    made = desk.deposit(sip.zip(tmp_path / "sip.zip"))
    desk.assert_whole(made, outcome="WARNING")
    assert only_object(desk, made).format_id == "fmt/18"
    with tenant_scope(desk.coffre.id):
        entry = LifeCycleEntry.objects.get(operation_id=made.id, subject_kind="object_group")
    assert "x-fmt/111" in repr(entry.detail)


def test_a_program_called_pdf_is_refused_by_a_contract_of_pdf_alone(
    desk: Desk, tmp_path: Path
) -> None:
    contract(desk.coffre, every_format_type=False, format_types=["fmt/18"])
    declared = {"name": "acte.pdf", "format_id": "fmt/18"}
    good = desk.deposit(one_object(PDF, **declared).zip(tmp_path / "sip.zip"))
    desk.assert_whole(good)
    bad = desk.deposit(one_object(PROGRAM, **declared).zip(tmp_path / "sip.zip"))
    desk.assert_refused(bad, code="OG_OBJECTS_FORMAT_CHECK.REJECTED_FORMAT.KO")


@pytest.mark.parametrize("payload", [b"", b"\x01\x02\x03\x04" * 50], ids=["empty", "unknown"])
def test_what_has_no_format_follows_the_contract(
    desk: Desk, tmp_path: Path, payload: bytes
) -> None:
    sip = one_object(payload, name="sans-extension", format_id="fmt/999999")
    refused = desk.deposit(sip.zip(tmp_path / "sip.zip"))
    desk.assert_refused(refused, code="OG_OBJECTS_FORMAT_CHECK.UNKNOWN.KO")
    contract(desk.coffre, format_unidentified_authorized=True)
    kept = desk.deposit(sip.zip(tmp_path / "sip.zip"))
    desk.assert_whole(kept, outcome="WARNING")
    assert only_object(desk, kept).sha512 == hashlib.sha512(payload).hexdigest()


# -- 19: who may deposit what --------------------------------------------------------------------


UNKNOWN: dict[str, tuple[Damage, str]] = {
    "contract unknown": (lambda sip: sip.agreement("INCONNU"), "CONTRACT_UNKNOWN"),
    "no contract": (lambda sip: sip.agreement(""), "CONTRACT_NOT_IN_MANIFEST"),
    "contract inactive": (lambda sip: sip.agreement("INACTIF"), "CONTRACT_INACTIVE"),
    "contract of another": (lambda sip: sip.agreement("DU-VOISIN"), "CONTRACT_UNKNOWN"),
    "agency": (lambda sip: sip.agency("INCONNU"), "UNKNOWN"),
    "submission agency": (lambda sip: sip.submission_agency("INCONNU"), "UNKNOWN"),
    "profile": (lambda sip: sip.archival_profile("INCONNU"), ""),
}


def test_what_the_coffre_does_not_know_is_refused_before_any_object_is_looked_at(
    desk: Desk, other_coffre: Tenant, tmp_path: Path
) -> None:
    for coffre, identifier, status in (
        (desk.coffre, "INACTIF", "INACTIVE"),
        (other_coffre, "DU-VOISIN", "ACTIVE"),
    ):
        with tenant_scope(coffre.id):
            IngestContract.objects.create(
                identifier=identifier,
                name=identifier,
                status=status,
                created_at=clock.now(),
                updated_at=clock.now(),
            )
    for name, (damage, code) in UNKNOWN.items():
        sip = one_object().break_digest()
        damage(sip)
        made = desk.deposit(sip.zip(tmp_path / "sip.zip"))
        problem, *_told_beside = desk.problems(made)
        desk.assert_refused(made, code=problem.code)
        assert problem.code.startswith("CHECK_HEADER."), name
        assert code in problem.code, name
        assert "CHECK_DIGEST.KO" not in desk.outcomes(made), name
