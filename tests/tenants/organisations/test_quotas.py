"""A coffre nearly full says so; a full one takes nothing more, by any door, and says why."""

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from ingest.models import Deposit, Upload
from ingest.sentences.explanation import sentence_of
from sae.holdings.models import AccessionRegisterDetail
from sae.tenancy.models import Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tenants.organisations.quotas import QuotaReachedError, check_room, quotas_of, refusal_for
from tenants.services.organisations import create_api_token
from tests.builders.deposits import deposit, make_referentials, problems_of, receive, run_to_end
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder

pytestmark = pytest.mark.django_db


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return SipBuilder().unit("Dossier").binary(b"texte\n", name="texte.txt").zip(tmp_path / "a.zip")


@pytest.fixture
def filled(cast: Cast, package: Path) -> Cast:
    """Coffre A holds one unit and its object of six bytes."""
    make_referentials(cast.coffre_a)
    assert deposit(cast.coffre_a, package).outcome == "OK"
    return cast


def limit(cast: Cast, **quotas: int | None) -> Tenant:
    with platform_scope(reason="routine: test"):
        Tenant.objects.filter(id=cast.coffre_a.id).update(**quotas)
    return Tenant.objects.get(id=cast.coffre_a.id)


def deposits(cast: Cast) -> int:
    with tenant_scope(cast.coffre_a.id):
        return int(Deposit.objects.count())


def test_gauges_follow_the_register(filled: Cast) -> None:
    coffre = limit(filled, quota_units=4, quota_bytes=None)
    quotas = quotas_of(coffre)
    assert (quotas.units.used, quotas.units.percent) == (1, 25)
    assert quotas.size.used == 6
    assert quotas.gauges == (quotas.units,)
    assert not quotas.warned
    with tenant_scope(coffre.id):
        AccessionRegisterDetail.objects.update(units_remained=0)
    assert quotas_of(coffre).units.used == 0


@pytest.mark.parametrize(
    ("used", "warned", "full"), [(79, 0, 0), (80, 1, 0), (99, 1, 0), (100, 1, 1)]
)
def test_a_warning_from_eighty_per_cent(filled: Cast, used: int, warned: int, full: int) -> None:
    with tenant_scope(filled.coffre_a.id):
        AccessionRegisterDetail.objects.update(units_remained=used)
    coffre = limit(filled, quota_units=100)
    assert len(quotas_of(coffre).warned) == warned
    assert bool(refusal_for(coffre.id, size=1)) is bool(full)
    for person, told in (
        (filled.aline, warned),
        (filled.administrator_a, warned),
        (filled.basile, 0),
    ):
        home = filled.client(person).get("/").content.decode()
        assert ("rempli à" in home) is bool(told), person


def test_without_a_quota_everything_fits(filled: Cast) -> None:
    assert refusal_for(filled.coffre_a.id, size=10**15) == ""


def test_what_does_not_fit_is_told_with_what_is_left(filled: Cast) -> None:
    coffre = limit(filled, quota_bytes=1_000_006)
    check_room(coffre.id, size=1_000_000)
    with pytest.raises(QuotaReachedError, match="ne tient pas"):
        check_room(coffre.id, size=1_000_001)


def full(cast: Cast) -> None:
    limit(cast, quota_units=1)


def test_the_screen_refuses_but_tests_blank(filled: Cast, package: Path) -> None:
    full(filled)
    client = filled.client(filled.aline)
    assert "est plein" in client.get("/deposer/").content.decode()

    def send(action: str) -> Any:
        file = SimpleUploadedFile("a.zip", package.read_bytes())
        return client.post("/deposer/", {"action": action, "packages": file})

    before = deposits(filled)
    refused = send("ingest")
    assert refused.status_code == 400
    assert "est plein" in refused.content.decode()
    assert deposits(filled) == before
    assert send("blank_test").status_code == 302


def test_a_resumable_upload_is_refused_before_its_first_byte(filled: Cast) -> None:
    full(filled)
    name = base64.b64encode(b"a.zip").decode()
    answer = filled.client(filled.aline).post(
        "/televersements/",
        headers={
            "tus-resumable": "1.0.0",
            "upload-length": "10",
            "upload-metadata": f"filename {name}",
        },
    )
    assert answer.status_code == 507
    assert "est plein" in answer.content.decode()


def test_applications_are_told(filled: Cast, package: Path) -> None:
    secret = create_api_token(tenant=filled.coffre_a, name="Logiciel")
    full(filled)
    before = deposits(filled)

    def send(key: str) -> Any:
        return filled.client(None).post(
            "/ingest-external/v1/ingests",
            io.BytesIO(package.read_bytes()),
            content_type="application/octet-stream",
            headers={
                "x-tenant-id": str(filled.coffre_a.number),
                "authorization": f"Bearer {secret}",
                "x-action": "RESUME",
                "x-context-id": "DEFAULT_WORKFLOW",
                "idempotency-key": key,
            },
        )

    answer = send("1")
    assert answer.status_code == 507
    envelope = answer.json()
    assert (envelope["httpCode"], envelope["state"]) == (507, "KO")
    assert "est plein" in envelope["description"]
    assert deposits(filled) == before
    # Sent again after the deposit that filled the coffre: one effect, the same answer.
    limit(filled, quota_units=2, quota_bytes=None)
    first = send("2")
    limit(filled, quota_units=1)
    again = send("2")
    assert (first.status_code, again.status_code) == (202, 202)
    assert first["X-Request-Id"] == again["X-Request-Id"]
    assert deposits(filled) == before + 1


def test_the_command_is_told(filled: Cast, package: Path) -> None:
    full(filled)
    with pytest.raises(CommandError, match="est plein"):
        call_command("ingest", str(package), tenant=filled.coffre_a.number)


class TestUnderWay:
    """What was taken in and is not on the register yet keeps its place."""

    def test_a_deposit_under_way_is_counted_once_from_receipt_to_register(
        self, filled: Cast, package: Path
    ) -> None:
        size = package.stat().st_size
        coffre = limit(filled, quota_bytes=6 + size + 10)
        received = receive(coffre, package)
        gauge = quotas_of(coffre).size
        assert (gauge.used, gauge.arriving, gauge.taken) == (6, size, 6 + size)
        assert "en cours de versement" in gauge.used_in_words
        with pytest.raises(QuotaReachedError, match="ne tient pas"):
            receive(coffre, package)
        assert run_to_end(coffre, received.id).outcome == "OK"
        gauge = quotas_of(coffre).size
        assert (gauge.used, gauge.arriving) == (12, 0)
        receive(coffre, package)

    def test_on_the_register_but_not_over_it_is_not_counted_twice(
        self, filled: Cast, package: Path
    ) -> None:
        made = deposit(filled.coffre_a, package)
        with tenant_scope(filled.coffre_a.id):
            Deposit.objects.filter(id=made.id).update(state=Deposit.State.RUNNING)
        gauge = quotas_of(filled.coffre_a).size
        assert (gauge.used, gauge.arriving) == (12, 0)

    def test_refused_and_blank_ones_hold_no_place_a_stopped_one_does(
        self, filled: Cast, package: Path
    ) -> None:
        received = receive(filled.coffre_a, package)
        receive(filled.coffre_a, package, action="blank_test")
        expected = package.stat().st_size
        for fields, counted in (
            ({"state": "paused", "outcome": "FATAL"}, expected),
            ({"state": "running", "settled_outcome": "KO"}, 0),
        ):
            with tenant_scope(filled.coffre_a.id):
                Deposit.objects.filter(id=received.id).update(**fields)
            assert quotas_of(filled.coffre_a).size.arriving == counted

    def test_an_upload_announced_keeps_its_place_until_it_is_given_up(
        self, filled: Cast, package: Path
    ) -> None:
        coffre = limit(filled, quota_bytes=1_000_006)
        client = filled.client(filled.aline)

        def announce(length: int, action: str = "ingest") -> Any:
            words = {"filename": "a.zip", "action": action}
            metadata = ",".join(
                f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in words.items()
            )
            return client.post(
                "/televersements/",
                headers={
                    "tus-resumable": "1.0.0",
                    "upload-length": str(length),
                    "upload-metadata": metadata,
                },
            )

        assert announce(5_000_000, "blank_test").status_code == 201
        first = announce(999_000)
        assert first.status_code == 201
        assert announce(2_000).status_code == 507
        with pytest.raises(QuotaReachedError):
            check_room(coffre.id, size=2_000)
        # One whose own place was asked before is not turned away by the others' announcements.
        check_room(coffre.id, size=2_000, was_announced=True)
        given_up = client.delete(first["Location"], headers={"tus-resumable": "1.0.0"})
        assert given_up.status_code == 204
        with tenant_scope(coffre.id):
            assert Upload.objects.count() == 1
        assert announce(2_000).status_code == 201

    def test_home_tells_what_arrives(self, filled: Cast, package: Path) -> None:
        limit(filled, quota_bytes=10**9)
        receive(filled.coffre_a, package)
        home = filled.client(filled.administrator_a).get("/").content.decode()
        assert "en cours de versement" in home


@pytest.mark.django_db(transaction=False)
class TestOnceOpened:
    """The package has been read: what it holds is known, and judged in its turn."""

    @pytest.fixture
    def swelling(self, tmp_path: Path) -> Path:
        """One unit; half a megabyte of text, in a package of a few kilobytes."""
        sip = SipBuilder().unit("Registre").binary(b"ligne\n" * 83_334, name="registre.txt")
        return sip.zip(tmp_path / "registre.zip")

    def refused(self, coffre: Tenant, made: Deposit, reason: str) -> None:
        assert made.outcome == "KO"
        (problem,) = [one for one in problems_of(coffre, made) if one.outcome == "KO"]
        assert (problem.code, problem.reason) == (
            "STORAGE_AVAILABILITY_CHECK.COFFRE_QUOTA_KO.KO",
            reason,
        )
        sentence = sentence_of(problem.code, problem.reason)
        assert "quota" in str(sentence.title).lower()

    def test_objects_that_pass_the_quota_are_refused(self, filled: Cast, swelling: Path) -> None:
        assert swelling.stat().st_size < 100_000
        coffre = limit(filled, quota_bytes=400_000)
        made = deposit(coffre, swelling)
        self.refused(coffre, made, "quota_bytes")
        blank = deposit(coffre, swelling, action="blank_test")
        self.refused(coffre, blank, "quota_bytes")
        assert quotas_of(coffre).size.taken == 6
        limit(filled, quota_bytes=500_010)
        assert deposit(coffre, swelling).outcome == "OK"

    def test_units_that_pass_the_quota_are_refused(self, filled: Cast, tmp_path: Path) -> None:
        sip = SipBuilder()
        for number in range(3):
            sip = sip.unit(f"Dossier {number}")
        package = sip.zip(tmp_path / "trois.zip")
        coffre = limit(filled, quota_units=3)
        self.refused(coffre, deposit(coffre, package), "quota_units")
        limit(filled, quota_units=4)
        assert deposit(coffre, package).outcome != "KO"

    def test_the_first_received_has_the_place(self, filled: Cast, swelling: Path) -> None:
        coffre = limit(filled, quota_bytes=600_000)
        first, second = (receive(coffre, swelling) for _n in range(2))
        assert run_to_end(coffre, second.id).outcome == "OK"
        # The later one went further: it is counted before the earlier.
        self.refused(coffre, run_to_end(coffre, first.id), "quota_bytes")
        limit(filled, quota_bytes=1_200_000)
        first, second = (receive(coffre, swelling) for _n in range(2))
        assert run_to_end(coffre, first.id).outcome == "OK"
        self.refused(coffre, run_to_end(coffre, second.id), "quota_bytes")
