"""Screens of what waits for a second person: home, the thing, the request, who may see it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sae.tenancy.scope import tenant_scope
from tenants.accounts import services as accounts
from tenants.accounts.telling import Actor
from tenants.models import Account, Proposal
from tenants.models.rights import GroupMember
from tenants.rights.four_eyes import LIFTING, second_person_needed
from tests.builders.people import Cast
from tests.tenants.rights.test_proposals import (
    ADMINISTRATE,
    ANONYMISE,
    administrators,
    placing,
    require,
    second_administrator,
)
from tests.tenants.rights.test_screens import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def adele(cast: Cast) -> Client:
    return cast.client(cast.administrator_a)


@pytest.fixture
def blaise(cast: Cast) -> Client:
    return cast.client(second_administrator(cast))


def only(cast: Cast) -> Proposal:
    with tenant_scope(cast.proof_a.id):
        found: Proposal = Proposal.objects.get()
    return found


def answer(client: Client, proposal: Proposal, **sent: str) -> Any:
    return client.post(reverse("proposal", args=[proposal.id]), sent)


def test_an_anonymisation_is_asked_then_approved_on_screen(
    cast: Cast, adele: Client, blaise: Client
) -> None:
    require(cast, ANONYMISE)
    gone = accounts.disable_account(account=cast.basile, actor=Actor(cast.administrator_a))
    page = reverse("account_anonymise", args=[gone.id])
    assert "Demander l’anonymisation" in text(adele.get(page))
    assert "obligatoire" in text(adele.post(page, {"identifier": gone.identifier}))
    adele.post(page, {"identifier": gone.identifier, "reason": "Parti en mars"})
    found = only(cast)
    for client in (adele, blaise):
        shown = text(client.get(reverse("account", args=[gone.id])))
        assert "À approuver" in shown
        assert "Anonymiser Basile Bonnet" in shown
    # Asked once: the form is gone from the page.
    assert "Demander l’anonymisation" not in text(adele.get(page))
    assert "Anonymiser Basile Bonnet" in text(blaise.get(reverse("home")))
    assert "Anonymiser Basile Bonnet" not in text(adele.get(reverse("home")))
    own = text(adele.get(reverse("proposal", args=[found.id])))
    assert "Retirer ma demande" in own
    assert 'value="approuver"' not in own
    refused = answer(adele, found, reponse="approuver")
    assert refused.status_code == 409
    assert "l’accord d’une autre personne" in text(refused)
    assert "Parti en mars" in text(blaise.get(reverse("proposal", args=[found.id])))
    assert answer(blaise, found, reponse="approuver").status_code == 302
    assert Account.objects.get(id=gone.id).status == Account.Status.ANONYMISED
    over = text(blaise.get(reverse("proposal", args=[found.id])))
    assert "Approuvée et faite" in over
    assert "Approbation par une seconde personne" in over
    assert answer(blaise, found, reponse="approuver").status_code == 409


def test_an_administrator_is_asked_for_from_the_group(
    cast: Cast, adele: Client, blaise: Client
) -> None:
    require(cast, ADMINISTRATE)
    group = administrators(cast)
    add = reverse("member_add", args=[group.id])
    sent = {"account": str(cast.aline.id), "until": "", "reason": ""}
    assert "Dites pourquoi" in text(adele.post(add, sent))
    asked = adele.post(add, sent | {"reason": "Seconde de direction"})
    assert asked.url == reverse("group", args=[group.id])
    page = text(adele.get(asked.url))
    assert "Rien n’a encore changé" in page
    assert f"Placer Aline Archambault dans « {group.name} »" in page
    found = only(cast)
    shown = text(blaise.get(reverse("proposal", args=[found.id])))
    assert "gérer les groupes et les profils" in shown
    answer(blaise, found, reponse="refuser", motif="Pas avant son habilitation")
    assert "Pas avant son habilitation" in text(adele.get(reverse("proposal", args=[found.id])))
    with tenant_scope(cast.proof_a.id):
        assert not GroupMember.objects.filter(group=group, account_id=cast.aline.id).exists()


def test_what_stands_against_is_said_before_the_button(
    cast: Cast, adele: Client, blaise: Client
) -> None:
    require(cast, ADMINISTRATE)
    found = placing(cast)
    accounts.disable_account(account=cast.aline, actor=Actor(cast.administrator_a))
    page = text(blaise.get(reverse("proposal", args=[found.id])))
    assert "elle est à refaire" in page
    assert 'value="approuver"' not in page
    said = answer(blaise, found, reponse="approuver")
    assert said.status_code == 409
    assert "elle est à refaire" in text(said)
    assert answer(adele, found, reponse="retirer").status_code == 302
    assert only(cast).state == "withdrawn"


def test_lifting_is_asked_with_its_reason(cast: Cast, adele: Client, blaise: Client) -> None:
    require(cast, ANONYMISE, LIFTING)
    organisation = cast.coffre_a.organisation
    assert "Motif, pour lever" in text(adele.get(reverse("four_eyes")))
    kept = {LIFTING: "oui", ANONYMISE: "non", ADMINISTRATE: "oui"}
    adele.post(reverse("four_eyes"), kept)
    assert second_person_needed(organisation.id, ADMINISTRATE), "more is decided by one"
    with tenant_scope(cast.proof_a.id):
        assert not Proposal.objects.exists(), "no reason, no request"
    adele.post(reverse("four_eyes"), kept | {"motif": "Seule en août"})
    assert second_person_needed(organisation.id, ANONYMISE)
    assert "Lever le double regard : anonymiser un compte" in text(blaise.get(reverse("four_eyes")))
    answer(blaise, only(cast), reponse="approuver")
    assert not second_person_needed(organisation.id, ANONYMISE)


def test_lifting_is_not_tied_to_somebody_who_is_alone(cast: Cast, adele: Client) -> None:
    page = text(adele.post(reverse("four_eyes"), {LIFTING: "oui"}, follow=True))
    assert "Vous seul pourriez approuver" in page
    assert not second_person_needed(cast.coffre_a.organisation.id, LIFTING)
    second_administrator(cast)
    adele.post(reverse("four_eyes"), {LIFTING: "oui"})
    assert second_person_needed(cast.coffre_a.organisation.id, LIFTING)


def test_a_colleague_is_told_why_and_a_stranger_nothing(cast: Cast, adele: Client) -> None:
    require(cast, ADMINISTRATE)
    found = placing(cast)
    page = reverse("proposal", args=[found.id])
    refused = cast.client(cast.aline).get(page)
    assert refused.status_code == 403
    assert "Aucun de vos profils" in text(refused)
    assert cast.client(cast.administrator_b).get(page).status_code == 404
    assert cast.client(cast.aline).get(reverse("proposals")).status_code == 403
    others = text(cast.client(cast.administrator_b).get(reverse("proposals")))
    assert "Aline" not in others
    assert "Rien n’attend" in others
    assert "Placer Aline" in text(adele.get(reverse("proposals")))


def test_an_approval_asks_who_one_is_again(cast: Cast, blaise: Client) -> None:
    require(cast, ADMINISTRATE)
    found = placing(cast)
    session = blaise.session
    session["account_authentication_methods"] = [{"method": "password", "at": 0}]
    session.save()
    asked = answer(blaise, found, reponse="approuver")
    assert asked.status_code == 302
    assert "reauthenticate" in asked.url or "confirmer" in asked.url
    assert only(cast).state == "waiting"
