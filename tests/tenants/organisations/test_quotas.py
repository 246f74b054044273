"""A coffre nearly full says so; a full one takes nothing more, by any door, and says why."""

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from ingest.models import Deposit
from sae.holdings.models import AccessionRegisterDetail
from sae.tenancy.models import Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tenants.organisations.quotas import QuotaReachedError, check_room, quotas_of, refusal_for
from tenants.services.organisations import create_api_token
from tests.builders.deposits import deposit, make_referentials
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
