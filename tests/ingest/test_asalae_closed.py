"""A coffre that is full or suspended, as Pastell meets it: a sentence, and nothing lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from ingest.connectors.models import ConnectorTransfer
from ingest.models import Deposit
from ingest.workspace import incoming_path
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tenants.organisations.suspension import resume_organisation, suspend_organisation
from tests.builders.deposits import run_to_end
from tests.builders.pastell import File, Slip
from tests.builders.pastell_client import PASSWORD, Pastell, open_coffre
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db

SLIP = Slip(files=(File("plan.txt", b"Article 1.\n" * 4000, "Plan"),))
ANOTHER = Slip(identifier="ACTE-2026-2")


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    cache.clear()
    yield
    for path in incoming_path(new_id()).parent.iterdir():
        path.unlink()


@pytest.fixture
def pastell(cast: Cast) -> Pastell:
    open_coffre(cast.coffre_a)
    return Pastell(cast.coffre_a)


def limit(cast: Cast, *, units: int | None = None, size: int | None = None) -> None:
    with platform_scope(reason="routine: test"):
        Tenant.objects.filter(id=cast.coffre_a.id).update(quota_units=units, quota_bytes=size)


def deposits(cast: Cast) -> int:
    with tenant_scope(cast.coffre_a.id):
        return int(Deposit.objects.count())


def told(answer: Any, status: int, words: str) -> None:
    """Pastell shows the body of whatever is not 200: it must be a sentence, and no page of ours."""
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/plain")
    assert words in answer.content.decode()
    assert "<" not in answer.content.decode()


def test_a_full_coffre_takes_no_transfer(cast: Cast, pastell: Pastell) -> None:
    limit(cast, units=0)
    told(pastell.send(SLIP.v1(), SLIP.tar_gz()), 507, "est plein")
    told(pastell.announce(SLIP.v1()), 507, "est plein")
    assert deposits(cast) == 0
    # The client may still test its settings and fetch its replies.
    assert pastell.get("/ping").status_code == 200
    assert pastell.ask("ArchiveTransferReply", "X", "Y").status_code == 404
    limit(cast)
    assert pastell.send(SLIP.v1(), SLIP.tar_gz()).status_code == 200


def test_what_does_not_fit_is_told_with_what_is_left(cast: Cast, pastell: Pastell) -> None:
    limit(cast, size=20)
    told(pastell.send(SLIP.v1(), SLIP.tar_gz()), 507, "ne tient pas")
    assert deposits(cast) == 0


def test_a_transfer_sent_again_is_answered_though_it_filled_the_coffre(
    cast: Cast, pastell: Pastell
) -> None:
    first = pastell.send(SLIP.v1(), SLIP.tar_gz())
    with tenant_scope(cast.coffre_a.id):
        made = Deposit.objects.get()
    assert run_to_end(cast.coffre_a, made.id).outcome == "OK"
    limit(cast, units=1)
    told(pastell.send(ANOTHER.v1(), ANOTHER.tar_gz()), 507, "est plein")
    again = pastell.send(SLIP.v1(), SLIP.tar_gz())
    assert (again.status_code, again.json()) == (200, first.json())
    session = pastell.announce(SLIP.v1()).json()
    last = pastell.piece(session, SLIP.tar_gz(), 1, 1)
    assert (last.status_code, last.json()) == (200, first.json())
    assert deposits(cast) == 1


def test_a_coffre_filled_between_two_pieces_waits_for_the_piece_again(
    cast: Cast, pastell: Pastell
) -> None:
    session = pastell.announce(SLIP.v1()).json()
    archive = SLIP.tar_gz()
    assert pastell.piece(session, archive[:100], 1, 2).status_code == 200
    limit(cast, size=110)
    told(pastell.piece(session, archive[100:], 2, 2), 507, "ne tient pas")
    assert deposits(cast) == 0
    limit(cast)
    assert pastell.piece(session, archive[100:], 2, 2).status_code == 200
    with tenant_scope(cast.coffre_a.id):
        made = Deposit.objects.get()
    assert run_to_end(cast.coffre_a, made.id).outcome == "OK"


def test_a_suspended_organisation_answers_one_sentence_everywhere(
    cast: Cast, pastell: Pastell
) -> None:
    assert pastell.send(SLIP.v1(), SLIP.tar_gz()).status_code == 200
    session = pastell.announce(ANOTHER.v1()).json()
    town = Organisation.objects.get(id=cast.coffre_a.organisation_id)
    suspend_organisation(organisation=town, reason="Impayé", agent_id=cast.operator.id)
    for answer in (
        pastell.get("/ping"),
        pastell.get("/versions"),
        pastell.send(SLIP.v1(), SLIP.tar_gz()),
        pastell.announce(ANOTHER.v1()),
        pastell.piece(session, ANOTHER.tar_gz(), 1, 1),
        pastell.ask("ArchiveTransferReply", "X", "Y"),
    ):
        told(answer, 403, "suspendue")
        # Why is the affair of the operator and of the town.
        assert "Impayé" not in answer.content.decode()
    # Whoever has no access learns nothing of it.
    assert Pastell(cast.coffre_a, password=f"{PASSWORD}!").get("/ping").status_code == 401
    assert deposits(cast) == 1
    resume_organisation(organisation=town, agent_id=cast.operator.id)
    assert pastell.piece(session, ANOTHER.tar_gz(), 1, 1).status_code == 200
    with tenant_scope(cast.coffre_a.id):
        assert ConnectorTransfer.objects.count() == 2
