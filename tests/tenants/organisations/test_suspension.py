"""A suspended organisation: sessions end, doors answer why, jobs wait, everything is kept."""

import pytest
from django.test import Client

from sae.holdings.models import ArchiveUnit
from sae.jobs.models import Cluster
from sae.jobs.queue import claim_next, enqueue
from sae.journal.models import Operation
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Organisation
from sae.tenancy.scope import tenant_scope
from tenants.organisations.suspension import (
    NotSuspendableError,
    resume_organisation,
    suspend_organisation,
)
from tenants.services.organisations import create_api_token, proof_of
from tests.builders.people import PASSWORD, Cast

pytestmark = pytest.mark.django_db


def suspend(cast: Cast) -> Organisation:
    return suspend_organisation(
        organisation=cast.coffre_a.organisation,
        reason="Convention échue",
        agent_id=cast.operator.id,
    )


def test_open_sessions_end_at_the_next_page(cast: Cast) -> None:
    client = cast.client(cast.aline)
    assert client.get("/").status_code == 200
    suspend(cast)
    page = client.get("/")
    assert page.status_code == 403
    assert "est suspendue par l’exploitant" in page.content.decode()
    assert "Convention échue" not in page.content.decode()
    # Signed out: the next page is the way in.
    assert client.get("/").status_code == 302


def test_a_right_password_opens_nothing(cast: Cast) -> None:
    suspend(cast)
    client = Client()
    client.post("/compte/connexion/", {"login": cast.aline.email, "password": PASSWORD})
    page = client.get("/")
    assert page.status_code in (302, 403)
    assert client.get("/").status_code == 302


def test_others_go_on(cast: Cast) -> None:
    suspend(cast)
    assert cast.client(cast.chloe).get("/").status_code == 200
    assert cast.client(cast.operator).get("/").status_code == 200


def test_applications_are_told_why(cast: Cast) -> None:
    secret = create_api_token(tenant=cast.coffre_a, name="Logiciel")
    headers = {"x-tenant-id": str(cast.coffre_a.number), "authorization": f"Bearer {secret}"}
    address = "/admin-external/v1/agencies"
    assert Client().get(address, headers=headers).status_code != 403
    suspend(cast)
    refused = Client().get(address, headers=headers)
    assert refused.status_code == 403
    assert "suspendue" in refused.content.decode()
    wrong = {**headers, "authorization": "Bearer faux"}
    assert Client().get(address, headers=wrong).status_code == 401


def test_jobs_wait_for_the_reopening(cast: Cast) -> None:
    from sae.jobs.registry import known_kinds

    kind = known_kinds()[0]
    with tenant_scope(cast.coffre_a.id):
        enqueue(tenant_id=cast.coffre_a.id, kind=kind, subject_id=new_id())
    suspend(cast)
    assert claim_next(Cluster.SHORT, "w") is None
    with tenant_scope(cast.coffre_b.id):
        enqueue(tenant_id=cast.coffre_b.id, kind=kind, subject_id=new_id())
    other = claim_next(Cluster.SHORT, "w")
    assert other is not None
    assert other.tenant_id == cast.coffre_b.id
    resume_organisation(organisation=cast.coffre_a.organisation, agent_id=cast.operator.id)
    held = claim_next(Cluster.SHORT, "w")
    assert held is not None
    assert held.tenant_id == cast.coffre_a.id


def test_it_is_told_on_both_sides_and_what_is_kept_is_kept(cast: Cast) -> None:
    with tenant_scope(cast.coffre_a.id):
        before = ArchiveUnit.objects.count()
    suspended = suspend(cast)
    assert suspended.suspension_reason == "Convention échue"
    for proof in (cast.proof_a, proof_of(cast.operator.organisation)):
        with tenant_scope(proof.id):
            told = Operation.objects.get(type="ORGANISATION_SUSPEND")
            assert told.agent_id == cast.operator.id
            assert told.detail["after"] == {"suspended": True}
            assert "Convention" not in str(told.detail)
    resume_organisation(organisation=suspended, agent_id=cast.operator.id)
    with tenant_scope(cast.coffre_a.id):
        assert ArchiveUnit.objects.count() == before
    assert cast.client(cast.aline).get("/").status_code == 200


def test_twice_and_the_platform_itself_are_refused(cast: Cast) -> None:
    suspended = suspend(cast)
    with pytest.raises(NotSuspendableError):
        suspend(cast)
    resume_organisation(organisation=suspended, agent_id=None)
    with pytest.raises(NotSuspendableError):
        resume_organisation(organisation=suspended, agent_id=None)
    with pytest.raises(NotSuspendableError):
        suspend_organisation(
            organisation=cast.operator.organisation, reason="x", agent_id=cast.operator.id
        )


def test_on_screen_the_name_must_be_typed(cast: Cast) -> None:
    operator = cast.client(cast.operator)
    organisation = cast.coffre_a.organisation
    page = f"/administration/organisations/{organisation.id}/suspendre/"
    assert operator.get(page).status_code == 200
    wrong = operator.post(page, {"reason": "Convention échue", "typed_name": "Bourg-Neuf"})
    assert wrong.status_code == 400
    assert not Organisation.objects.get(id=organisation.id).suspended_at
    done = operator.post(page, {"reason": "Convention échue", "typed_name": organisation.name})
    assert done.status_code == 302
    assert Organisation.objects.get(id=organisation.id).suspended_at
    reopened = operator.post(f"/administration/organisations/{organisation.id}/rouvrir/")
    assert reopened.status_code == 302
    assert not Organisation.objects.get(id=organisation.id).suspended_at
