"""A slip and its archive made one package; codes made rules. Nothing here needs a database."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.connectors.composition import compose_package
from ingest.connectors.placing import find_placed, origin_of_slip, placed_name, slip_name
from ingest.connectors.rules import RuleBook
from ingest.connectors.slips import SlipRefused, read_head
from sae.seda.containers import ContainerFault, ContainerLimits, unpack
from sae.seda.containers.model import DEFAULT_LIMITS, Faults
from sae.seda.containers.names import MANIFEST_NAME, check_name
from tenants.selectors.ingest import RuleView
from tests.builders.pastell import File, Slip, tar_gz

ACCESS = uuid.UUID("0190a5b0-0000-7000-8000-00000000000a")


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1),
        min_size=1,
    )
)
def test_any_name_becomes_an_admitted_one_and_two_stay_two(parts: list[str]) -> None:
    name = "/".join(parts)
    faults = Faults("X", 10)
    if len(placed_name(name)) <= DEFAULT_LIMITS.max_name_bytes and len(parts) < 30:
        assert check_name(placed_name(name), DEFAULT_LIMITS, faults), faults.problems
    assert placed_name(name) != placed_name(f"{name}x")
    assert find_placed(name.strip(), {placed_name(name.strip())}) == placed_name(name.strip())


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        ("a.txt", "content/a.txt"),
        ("./a.txt", "content/a.txt"),
        (" a.txt ", "content/a.txt"),
        ("d%C3%A9.txt", "content/d@C3@A9.txt"),
        ("dé.txt", "content/d@C3@A9.txt"),
        ("content/b.txt", "content/b.txt"),
        ("c.txt", "Content/c.txt"),
        ("autre.txt", None),
    ],
)
def test_a_file_is_found_by_the_name_that_the_slip_gives(uri: str, found: str | None) -> None:
    files = {"content/a.txt", "content/d@C3@A9.txt", "content/b.txt", "Content/c.txt"}
    assert find_placed(uri, files) == found


def test_the_name_of_the_slip_tells_whose_package_it_is() -> None:
    name = slip_name("asalae", ACCESS)
    assert MANIFEST_NAME.fullmatch(name)
    assert origin_of_slip(name) == ("asalae", ACCESS)
    for other in ("manifest.xml", "asalae-x_manifest.xml", f"asalae-{'-' * 36}_manifest.xml"):
        assert origin_of_slip(other) is None


def composed(tmp_path: Path, slip: bytes, archive: bytes | None) -> tuple[Path, object]:
    sent, attached, into = tmp_path / "slip", tmp_path / "archive", tmp_path / "package"
    sent.write_bytes(slip)
    if archive is not None:
        attached.write_bytes(archive)
    made = compose_package(
        sent,
        attached if archive is not None else None,
        into=into,
        slip_name=slip_name("asalae", ACCESS),
    )
    return into, made


def test_the_slip_is_kept_byte_for_byte_before_its_files(tmp_path: Path) -> None:
    slip = Slip(files=(File("sous dossier/é.txt", b"x" * 3_000_000),))
    package, made = composed(tmp_path, slip.v1(), slip.tar_gz())
    unpacked = unpack(package, tmp_path / "out")
    assert unpacked.manifest is not None
    assert unpacked.manifest.path.read_bytes() == slip.v1()
    [entry] = unpacked.entries
    assert (entry.name, entry.size) == ("content/sous@20dossier/@C3@A9.txt", 3_000_000)
    assert package.stat().st_size == made.size  # type: ignore[attr-defined]
    assert made.slip_sha256 == hashlib.sha256(slip.v1()).hexdigest()  # type: ignore[attr-defined]


def test_the_digest_is_of_the_content_not_of_its_packing(tmp_path: Path) -> None:
    files = (File("a.txt", b"1"), File("b.txt", b"2"))
    slip = Slip(files=files)

    def digest(sent: bytes, archive: bytes | None) -> str:
        return composed(tmp_path, sent, archive)[1].content_sha256  # type: ignore[attr-defined,no-any-return]

    same = {
        digest(slip.v1(), tar_gz(files)),
        digest(slip.v1(), tar_gz(files, level=1)),
        digest(slip.v1(), tar_gz(files[::-1])),
        digest(slip.v1(), slip.zip()),
    }
    assert len(same) == 1
    others = {
        digest(slip.v2(), tar_gz(files)),
        digest(slip.v1(), tar_gz((File("a.txt", b"2"), File("b.txt", b"1")))),
        digest(slip.v1(), tar_gz(files[:1])),
        digest(slip.v1(), None),
    }
    assert len(others | same) == 5


def test_an_archive_that_costs_too_much_leaves_nothing(tmp_path: Path) -> None:
    sent, attached, into = tmp_path / "slip", tmp_path / "archive", tmp_path / "package"
    sent.write_bytes(Slip().v1())
    attached.write_bytes(tar_gz((File("bombe.bin", bytes(20_000_000)),)))
    limits = ContainerLimits(expansion_allowance=1 << 20, max_expansion=10)
    with pytest.raises(ContainerFault):
        compose_package(sent, attached, into=into, slip_name="manifest.xml", limits=limits)
    assert not into.exists()


# Names of a transfer --------------------------------------------------------------------------


def test_the_names_of_a_transfer_are_read_in_every_version(tmp_path: Path) -> None:
    slip = Slip(identifier=" id  1 ", transferring="VERSANT")
    path = tmp_path / "slip"
    for content, version in ((slip.v1(), "1.0"), (slip.v2(), "2.1"), (slip.v2("2.3"), "2.3")):
        path.write_bytes(content)
        head = read_head(path)
        assert (head.seda_version, head.message_identifier) == (version, "id 1")
        assert (head.transferring_agency, head.archival_agency) == ("VERSANT", "FRAD000")


def test_a_name_hidden_deeper_is_not_the_transfers(tmp_path: Path) -> None:
    path = tmp_path / "slip"
    path.write_bytes(
        Slip()
        .v2()
        .replace(
            b"<DataObjectPackage>",
            b"<DataObjectPackage><TransferringAgency><Identifier>FAUX</Identifier>"
            b"</TransferringAgency><MessageIdentifier>FAUX</MessageIdentifier>",
        )
    )
    head = read_head(path)
    assert (head.transferring_agency, head.message_identifier) == (
        "LS_PASTELL",
        "c0ffee-2026-0001",
    )


def test_a_tag_without_end_is_refused_in_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "slip"
    path.write_bytes(Slip().v1()[:60] + b"<a " + b"x" * (4 << 20))
    with pytest.raises(SlipRefused):
        read_head(path)


# Rules ----------------------------------------------------------------------------------------


def rule(identifier: str, category: str, duration: int | None, measure: str = "YEAR") -> RuleView:
    return RuleView(identifier, category, duration, duration is None, measure)


RULES = {
    one.identifier: one
    for one in (
        rule("APP-10", "AppraisalRule", 10),
        rule("APP-5", "AppraisalRule", 5),
        rule("APP-5B", "AppraisalRule", 60, "MONTH"),
        rule("APP-30J", "AppraisalRule", 30, "DAY"),
        rule("ACC-0", "AccessRule", 0),
        rule("ACC-50", "AccessRule", 50),
        rule("ACC-NEVER", "AccessRule", None),
        rule("AR043", "AccessRule", 25),
    )
}


@pytest.mark.parametrize(
    ("category", "code", "identifier", "candidates"),
    [
        ("AppraisalRule", "P10Y", "APP-10", ()),
        ("AppraisalRule", "P120M", "APP-10", ()),
        ("AppraisalRule", "P30D", "APP-30J", ()),
        ("AppraisalRule", "P5Y", "P5Y", ("APP-5", "APP-5B")),
        ("AppraisalRule", "P7Y", "P7Y", ()),
        ("AppraisalRule", "P", "P", ()),
        ("AppraisalRule", "PT1H", "PT1H", ()),
        ("AppraisalRule", "APP-5", "APP-5", ()),
        ("AccessRule", "P10Y", "P10Y", ()),
        ("AccessRule", "AR038", "ACC-0", ()),
        ("AccessRule", "AR048", "ACC-50", ()),
        ("AccessRule", "AR051", "ACC-50", ()),
        ("AccessRule", "AR062", "ACC-NEVER", ()),
        ("AccessRule", "AR043", "AR043", ()),
        ("AccessRule", "AR039", "AR043", ()),
        ("AccessRule", "AR061", "AR061", ()),
        ("AppraisalRule", "AR038", "AR038", ()),
    ],
)
def test_a_code_stands_for_the_one_rule_of_its_length(
    category: str, code: str, identifier: str, candidates: tuple[str, ...]
) -> None:
    found = RuleBook(RULES).resolve(category, code)
    assert (found.identifier, found.candidates) == (identifier, candidates)


def test_what_the_access_says_comes_before_lengths() -> None:
    book = RuleBook(RULES, {"AppraisalRule": {"P5Y": "APP-5B", "APP-5": "APP-10"}})
    assert book.resolve("AppraisalRule", "P5Y").identifier == "APP-5B"
    # But not before a rule that bears that very name.
    assert book.resolve("AppraisalRule", "APP-5").identifier == "APP-5"


def test_a_management_block_keeps_all_the_rest() -> None:
    block = {
        "AppraisalRule": {
            "Rules": [{"Rule": "P10Y", "StartDate": "2026-01-01"}, {"Rule": "P5Y"}],
            "FinalAction": "Keep",
            "Inheritance": {"PreventInheritance": True, "PreventRulesId": ["P10Y", "X"]},
        },
        "NeedAuthorization": True,
    }
    assert RuleBook(RULES).apply(block) == {
        "AppraisalRule": {
            "Rules": [
                {"Rule": "APP-10", "StartDate": "2026-01-01"},
                {"Rule": "P5Y", "Candidates": ["APP-5", "APP-5B"]},
            ],
            "FinalAction": "Keep",
            "Inheritance": {"PreventInheritance": True, "PreventRulesId": ["APP-10", "X"]},
        },
        "NeedAuthorization": True,
    }
