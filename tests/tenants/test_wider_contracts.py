"""A wider access contract, where the organisation wants two people for it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sae.holdings.sight import Grant, Writing
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tenants.contracts_edit.widening import widened
from tenants.models import AccessContract, Proposal
from tenants.referentials.http import Call, respond
from tenants.rights.four_eyes import choose
from tests.builders.fonds import Built
from tests.builders.people import Cast
from tests.tenants.rights.test_proposals import second_administrator
from tests.tenants.test_access_contract_screens import NEW, answers, fonds, text_of

__all__ = ["fonds"]
ONE, TWO = new_id(), new_id()


@pytest.fixture
def contract(cast: Cast, fonds: dict[str, Built]) -> AccessContract:
    cast.client(cast.administrator_a).post(NEW, answers(enregistrer="1"))
    choose(organisation=cast.coffre_a.organisation, action="contract.widen", required=True, by=None)
    return of(cast)


def of(cast: Cast) -> AccessContract:
    with tenant_scope(cast.coffre_a.id):
        found: AccessContract = AccessContract.objects.get(identifier="CA-FINANCES")
    return found


def asked(cast: Cast) -> Proposal | None:
    with tenant_scope(cast.proof_a.id):
        found: Proposal | None = Proposal.objects.first()
    return found


def change(client: Client, contract: AccessContract, **fields: Any) -> Any:
    sent = answers(enregistrer="1", **fields)
    sent.pop("identifier")
    return client.post(reverse("access_contract_edit", args=[contract.id]), sent)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Grant(agencies=("A",)), Grant(agencies=("A", "B"))),
        (Grant(agencies=("A",)), Grant(every_agency=True)),
        (Grant(roots=(ONE,)), Grant()),
        (Grant(roots=(ONE,)), Grant(roots=(ONE, TWO))),
        (Grant(excluded=(ONE,)), Grant()),
        (Grant(due_categories=("AccessRule",)), Grant()),
        (Grant(), Grant(due_categories_of_others=("AccessRule",))),
        (Grant(), Grant(plans_always=True)),
        (Grant(usages=("Thumbnail",)), Grant(usages=("BinaryMaster",))),
        (Grant(usages=("Thumbnail",)), Grant(every_usage=True)),
        (Grant(), Grant(writing=Writing.DESCRIPTION)),
        (Grant(access_logged=True), Grant()),
    ],
)
def test_what_widens_a_contract_and_its_contrary_does_not(before: Grant, after: Grant) -> None:
    assert len(widened(before, after)) == 1
    assert widened(before, before) == []
    assert widened(after, before) == [] or after.usages == ("BinaryMaster",)
    assert widened(before, after, is_active=False) == []
    assert widened(before, before, was_active=False) == ["le contrat devient actif"]


def test_a_wider_contract_waits_for_another_and_a_narrower_does_not(
    cast: Cast, contract: AccessContract
) -> None:
    adele, blaise = cast.client(cast.administrator_a), cast.client(second_administrator(cast))
    assert change(adele, contract, writing="NONE").status_code == 302
    assert not of(cast).writing_permission
    assert asked(cast) is None
    wider = {"writing": "NONE", "originating_agencies": ["FINANCES", "VOIRIE"]}
    refused = change(adele, contract, **wider)
    assert refused.status_code == 422
    assert "des services producteurs de plus" in text_of(refused)
    assert change(adele, contract, **wider, motif="La voirie rejoint les finances").url == reverse(
        "access_contract", args=[contract.id]
    )
    assert of(cast).originating_agencies == ["FINANCES"]
    found = asked(cast)
    assert found is not None
    assert "Élargir le contrat" in text_of(
        adele.get(reverse("access_contract", args=[contract.id]))
    )
    page = reverse("proposal", args=[found.id])
    assert "3 aujourd’hui, 5 ensuite, sur 5" in text_of(blaise.get(page))
    assert blaise.post(page, {"reponse": "approuver"}).status_code == 302
    assert of(cast).originating_agencies == ["FINANCES", "VOIRIE"]


def test_a_contract_changed_meanwhile_is_asked_again(cast: Cast, contract: AccessContract) -> None:
    adele, blaise = cast.client(cast.administrator_a), cast.client(second_administrator(cast))
    change(adele, contract, agencies_kept="tous", motif="Tous les services")
    change(adele, contract, writing="NONE")
    found = asked(cast)
    assert found is not None
    said = blaise.post(reverse("proposal", args=[found.id]), {"reponse": "approuver"})
    assert said.status_code == 409
    assert "elle est à refaire" in text_of(said)
    assert not of(cast).every_originating_agency


def test_every_other_door_to_a_wider_contract_is_shut(cast: Cast, contract: AccessContract) -> None:
    adele = cast.client(cast.administrator_a)
    adele.post(reverse("access_contract_switch", args=[contract.id]))
    assert not of(cast).is_active, "closing is an affair of one"
    opened = adele.post(reverse("access_contract_switch", args=[contract.id]))
    assert opened.url == reverse("access_contract_edit", args=[contract.id])
    assert not of(cast).is_active
    doors = {
        "referential_import": {"slug": "accesscontracts"},
        "referential_edit": {"slug": "accesscontracts", "row_id": contract.id},
    }
    for name, place in doors.items():
        shut = adele.get(reverse(name, kwargs=place))
        assert shut.status_code == 403, name
        assert "veut deux personnes" in text_of(shut)
    body = b'{"$action": [{"$set": {"Status": "ACTIVE"}}]}'
    call = Call("PUT", "accesscontracts", cast.coffre_a, "CA-FINANCES", body, "application/json")
    with tenant_scope(cast.coffre_a.id):
        assert respond(call).status == 403
    assert not of(cast).is_active
