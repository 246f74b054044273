"""« À faire », by role: what waits for each, and nothing of a coffre without a right."""

import datetime as dt
from pathlib import Path

import pytest

from ingest.services.cancelling import request_cancellation
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.models import IngestContract
from tenants.rights.services import grant_ready
from tests.builders.deposits import deposit, make_referentials
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder

pytestmark = pytest.mark.django_db


def home(cast: Cast, person: str) -> str:
    return cast.client(getattr(cast, person)).get("/").content.decode()


def test_a_cancellation_waits_for_the_other_person(
    cast: Cast, tmp_path: Path, settings: object
) -> None:
    settings.CANCELLATION_FOUR_EYES = True  # type: ignore[attr-defined]
    make_referentials(cast.coffre_a)
    package = SipBuilder().unit("Dossier").binary(b"a\n", name="a.txt").zip(tmp_path / "a.zip")
    made = deposit(cast.coffre_a, package)
    with tenant_scope(cast.coffre_a.id):
        request_cancellation(
            deposit_id=made.id,
            account_id=cast.aline.id,
            reason="Déposé deux fois",
            unit_count=made.unit_count,
        )
    assert "Annulations à approuver" in home(cast, "administrator_a")
    for person in ("aline", "basile", "auditor_a", "chloe", "administrator_b", "operator"):
        assert "Annulations à approuver" not in home(cast, person), person


def test_what_ends_soon_is_told_to_who_can_renew_it(cast: Cast) -> None:
    make_referentials(cast.coffre_a)
    soon = clock.now() + dt.timedelta(days=10)
    with tenant_scope(cast.coffre_a.id):
        IngestContract.objects.update(deactivated_at=soon)
    grant_ready(account=cast.basile, coffre=cast.coffre_a, key="auditor", until=soon)
    told = home(cast, "administrator_a")
    assert "Contrats qui s’achèvent" in told
    assert "Délégations qui s’achèvent" in told
    assert "Basile Bonnet quitte le groupe" in told
    for person in ("basile", "auditor_a", "administrator_b", "operator"):
        assert "s’achèvent" not in home(cast, person), person


def test_far_ends_wait(cast: Cast) -> None:
    far = clock.now() + dt.timedelta(days=90)
    grant_ready(account=cast.basile, coffre=cast.coffre_a, key="auditor", until=far)
    assert "Délégations qui s’achèvent" not in home(cast, "administrator_a")
