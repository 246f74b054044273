"""Screens of rights: what each person may open, create and read, and what is refused."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sae.journal.models import Operation
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tenants.models import AccessContract
from tenants.models.rights import Group, GroupMember, Profile
from tenants.permissions import Permission
from tenants.rights.effective import rights_of
from tests.builders.fonds import FondsBuilder
from tests.builders.people import Cast, grant
from tests.tenants.rights.conftest import Town

pytestmark = pytest.mark.django_db


def text(answer: Any) -> str:
    """Return the page, its unbreakable spaces as plain ones."""
    return str(answer.content.decode()).replace("\u202f", " ").replace("\u00a0", " ")


@pytest.fixture
def adele(cast: Cast) -> Client:
    return cast.client(cast.administrator_a)


def contract(cast: Cast, identifier: str, **fields: Any) -> None:
    now = clock.now()
    with tenant_scope(cast.coffre_a.id):
        AccessContract.objects.create(
            identifier=identifier,
            name=f"Contrat {identifier}",
            status="ACTIVE",
            created_at=now,
            updated_at=now,
            **fields,
        )


def answers(**fields: Any) -> dict[str, Any]:
    return {
        "name": "Lecture des marchés",
        "description": "",
        "level": "gestion.services",
        "permissions": ["holdings.view"],
        "sight": "contrats",
        "deposit_reach": "own",
        "access_contracts": ["AC-1"],
    } | fields


def test_a_profile_is_composed_from_a_ready_one_with_contracts_chosen(
    cast: Cast, adele: Client
) -> None:
    contract(cast, "AC-1")
    address = reverse("profile_new") + f"?coffre={cast.coffre_a.number}&modele=reader"
    page = text(adele.get(address))
    assert "Contrat AC-1 (AC-1)" in page
    assert "Télécharger un objet" in page
    assert "Gérer les comptes" not in page, "acts on the organisation belong to its proof"
    answer = adele.post(address, answers())
    with tenant_scope(cast.proof_a.id):
        made = Profile.objects.get(name="Lecture des marchés")
    assert answer["Location"] == reverse("profile", args=[made.id])
    assert (made.level, made.access_contracts, made.sees_everything) == (
        "GESTION.SERVICES",
        ["AC-1"],
        False,
    )


def test_a_profile_that_would_see_nothing_is_refused_with_the_reason(
    cast: Cast, adele: Client
) -> None:
    address = reverse("profile_new") + f"?coffre={cast.coffre_a.number}"
    answer = adele.post(address, answers(access_contracts=[]))
    assert answer.status_code == 400
    assert "cochez au moins un contrat" in text(answer)


def test_what_is_not_proposed_is_not_accepted(cast: Cast, adele: Client) -> None:
    contract(cast, "AC-1")
    address = reverse("profile_new") + f"?coffre={cast.coffre_a.number}"
    for forged in (
        {"permissions": ["right.manage"]},
        {"permissions": ["platform.manage"]},
        {"access_contracts": ["AC-UNKNOWN"]},
        {"level": "a b"},
        {"sight": "partout"},
    ):
        assert adele.post(address, answers(**forged)).status_code == 400, forged
    proof = reverse("profile_new") + f"?coffre={cast.proof_a.number}"
    forged = answers(permissions=["platform.manage"], sight="tout")
    assert adele.post(proof, forged).status_code == 400


def test_incompatible_permissions_are_told_while_composing(cast: Cast, adele: Client) -> None:
    address = reverse("profile_new") + f"?coffre={cast.coffre_a.number}&modele=head_archivist"
    assert "Peut demander et approuver : annuler un versement" in text(adele.get(address))
    address = reverse("profile_new") + f"?coffre={cast.coffre_a.number}&modele=reader"
    assert "Séparation des tâches" not in text(adele.get(address))


def test_a_group_is_created_duplicated_changed_and_deleted(cast: Cast, adele: Client) -> None:
    with tenant_scope(cast.proof_a.id):
        reader, archivist = (
            Profile.objects.get(ready="reader"),
            Profile.objects.get(ready="head_archivist"),
        )
    made = adele.post(
        reverse("group_new"),
        {"name": "Marchés", "level": "", "profiles": [str(reader.id)], "description": "Service"},
        follow=True,
    )
    assert "Marchés" in text(made)
    with tenant_scope(cast.proof_a.id):
        group = Group.objects.get(name="Marchés")
    copied = text(adele.get(reverse("group_new") + f"?depuis={group.id}"))
    assert "Copie de Marchés" in copied
    changed = adele.post(
        reverse("group_edit", args=[group.id]),
        {"name": "Marchés publics", "level": "A", "profiles": [str(archivist.id)]},
        follow=True,
    )
    page = text(changed)
    assert '<del class="muted">Consultation</del>' in page, "the history says what was before"
    assert "Archiviste administrateur" in page
    deleted = adele.post(reverse("group_delete", args=[group.id]), follow=True)
    assert "supprimé" in text(deleted)


def test_a_group_with_members_says_who_holds_it(cast: Cast, adele: Client) -> None:
    with tenant_scope(cast.proof_a.id):
        group = Group.objects.get(ready=f"reader:{cast.coffre_a.id}")
    address = reverse("group_delete", args=[group.id])
    assert "Basile Bonnet" in text(adele.get(address))
    answer = adele.post(address)
    assert answer.status_code == 409
    assert "Ce groupe a des membres : Basile Bonnet" in text(answer)


def test_an_account_is_placed_until_a_day_then_taken_out(town: Town, adele: Client) -> None:
    address = reverse("member_add", args=[town.below.id])
    answer = adele.post(
        address, {"account": str(town.nadia.id), "until": "2099-06-30", "reason": "renfort"}
    )
    assert answer.status_code == 302
    page = text(adele.get(reverse("group", args=[town.below.id])))
    assert "Nadia Noir" in page
    assert "30/06/2099" in page
    assert "renfort" in page
    with tenant_scope(town.cast.proof_a.id):
        member = GroupMember.objects.get(account_id=town.nadia.id)
    assert "Nadia Noir" not in text(adele.get(address)), "already in"
    assert adele.post(reverse("member_remove", args=[member.id])).status_code == 302
    assert not rights_of(town.nadia).coffres


def test_a_service_administrator_is_proposed_what_is_below_and_no_more(town: Town) -> None:
    marc = town.cast.client(town.marc)
    page = text(marc.get(reverse("delegate")))
    assert "Service A.1" in page
    for hidden in ("Au même niveau", "Au niveau voisin", "À la racine", "Adèle Aubry"):
        assert hidden not in page, hidden
    forged = {"group": str(town.root.id), "account": str(town.nadia.id), "until": "2099-01-01"}
    assert marc.post(reverse("delegate"), forged).status_code == 400
    address = reverse("member_add", args=[town.root.id])
    refused = marc.post(address, {"account": str(town.nadia.id), "until": "2099-01-01"})
    assert refused.status_code == 400
    assert "sous le vôtre" in text(refused)
    assert not rights_of(town.nadia).coffres


def test_lists_filter_and_export(cast: Cast, adele: Client) -> None:
    page = text(adele.get(reverse("groups"), {"q": "consultation"}))
    assert "Consultation · " in page
    assert "Archiviste administrateur · " not in page
    exported = adele.get(reverse("groups"), {"export": "csv"})
    rows = list(
        csv.reader(
            io.StringIO(b"".join(exported.streaming_content).decode("utf-8-sig")), delimiter=";"
        )
    )
    assert rows[0][0] == "Nom"
    assert any(row[0].startswith("Consultation") and row[4] == "1" for row in rows)
    assert adele.get(reverse("profiles"), {"coffre": str(cast.coffre_a.id)}).status_code == 200


def test_who_can_is_answered_by_person_coffre_and_action_and_exported(
    cast: Cast, adele: Client
) -> None:
    asked = {
        "action": "object.download",
        "coffre": str(cast.coffre_a.id),
        "compte": str(cast.basile.id),
    }
    page = text(adele.get(reverse("who_can"), asked))
    assert "1 droit" in page
    assert "Consultation · " in page
    rows = (
        b"".join(adele.get(reverse("who_can"), asked | {"export": "csv"}).streaming_content)
        .decode("utf-8-sig")
        .splitlines()
    )
    assert len(rows) == 2
    assert rows[1].startswith("Basile Bonnet;")
    assert "Chloé" not in text(adele.get(reverse("who_can")))


def test_one_person_s_rights_show_their_chain(cast: Cast, adele: Client) -> None:
    address = reverse("effective_rights", args=[cast.basile.id])
    page = text(adele.get(address, {"dans": cast.coffre_a.number, "action": "holdings.view"}))
    assert "membre sans fin" in page
    assert "0 unité" in page
    assert "Approuver l’annulation" not in page
    assert "Approuver l’annulation" in text(adele.get(address, {"tout": "1"}))


def test_who_sees_a_unit_and_through_which_contract(cast: Cast, adele: Client) -> None:
    with tenant_scope(cast.coffre_a.id):
        fonds = FondsBuilder(agency="FRAD000001", bytes_kept="apart")
        unit = fonds.unit("Marché de la toiture", level="File")
        fonds.load()
    contract(cast, "AC-1", originating_agencies=["FRAD000001"])
    contract(cast, "AC-2", originating_agencies=["AUTRE"])
    page = reverse("who_sees_unit")
    with tenant_scope(cast.proof_a.id):
        reading = Profile.objects.filter(ready="reader")
        reading.update(sees_everything=False, access_contracts=["AC-1"])
    seen = text(adele.get(page, {"unite": str(unit.id)}))
    assert "Contrat AC-1 (AC-1)" in seen
    assert str(unit.id) in seen
    assert "Marché de la toiture" not in seen, "an administrator who consults nothing reads nothing"
    with tenant_scope(cast.proof_a.id):
        reading.update(access_contracts=["AC-2"])
    hidden = text(adele.get(page, {"unite": str(unit.id)}))
    assert "aucun de ses contrats ne la montre : AC-2" in hidden
    assert adele.get(page, {"unite": str(new_id())}).status_code == 404
    bruno = cast.client(cast.administrator_b)
    assert bruno.get(page, {"unite": str(unit.id)}).status_code == 404


def test_seeing_as_another_shows_and_does_nothing(cast: Cast, adele: Client) -> None:
    before = adele.get("/").wsgi_request.tenant.id  # type: ignore[attr-defined]
    page = text(adele.get(reverse("see_as", args=[cast.basile.id])))
    assert "Classement" in page
    assert "consulter les archives" in page
    assert adele.post(reverse("see_as", args=[cast.basile.id])).status_code == 405
    answer: Any = adele.get("/")
    assert answer.wsgi_request.user.id == cast.administrator_a.id
    assert answer.wsgi_request.tenant.id == before
    assert adele.get(reverse("search")).status_code == 403


def test_an_administrator_of_b_finds_nothing_of_a(cast: Cast) -> None:
    bruno = cast.client(cast.administrator_b)
    with tenant_scope(cast.proof_a.id):
        group = Group.objects.get(ready=f"reader:{cast.coffre_a.id}")
        member = GroupMember.objects.get(account_id=cast.basile.id)
        profile = Profile.objects.get(ready="reader")
    for name, identifier in (
        ("group", group.id),
        ("group_edit", group.id),
        ("group_delete", group.id),
        ("member_add", group.id),
        ("member_end", member.id),
        ("member_remove", member.id),
        ("profile", profile.id),
        ("profile_edit", profile.id),
        ("effective_rights", cast.basile.id),
        ("see_as", cast.basile.id),
    ):
        assert bruno.get(reverse(name, args=[identifier])).status_code == 404, name
    for name in ("group_delete", "member_remove"):
        identifier = group.id if name == "group_delete" else member.id
        assert bruno.post(reverse(name, args=[identifier])).status_code == 404
    assert rights_of(cast.basile).coffres
    source = reverse("profile_new") + f"?coffre={cast.coffre_a.number}&depuis={profile.id}"
    assert "Copie de" not in text(bruno.get(source))
    for name in ("groups", "profiles", "who_can", "rights_checkup"):
        page = text(bruno.get(reverse(name)))
        for person in ("Basile", "Aline", "Adèle", "Denise"):
            assert person not in page, (name, person)


def test_four_eyes_are_chosen_by_the_organisation_and_told(cast: Cast, adele: Client) -> None:
    page = text(adele.get(reverse("four_eyes")))
    assert "valeur de l’installation" in page
    assert "Aline Archambault" in page
    adele.post(reverse("four_eyes"), {"deposit.cancel": "oui"})
    with tenant_scope(cast.proof_a.id):
        told = Operation.objects.get(type="FOUR_EYES_UPDATE")
    assert told.detail["action"] == "deposit.cancel"
    assert (told.detail["before"], told.detail["after"]) == (
        {"required": False},
        {"required": True},
    )
    assert cast.client(cast.aline).get(reverse("four_eyes")).status_code == 403


def test_who_reads_rights_changes_none(cast: Cast) -> None:
    grant(cast.auditor_a, cast.proof_a, "data_protection")
    denise = cast.client(cast.auditor_a)
    assert denise.get(reverse("groups")).status_code == 200
    assert "Nouveau groupe" not in text(denise.get(reverse("groups")))
    with tenant_scope(cast.proof_a.id):
        group = Group.objects.get(ready=f"reader:{cast.coffre_a.id}")
    assert denise.post(reverse("group_delete", args=[group.id])).status_code == 403
    assert denise.get(reverse("member_add", args=[group.id])).status_code == 403
    assert not rights_of(cast.auditor_a).verdict(Permission.RIGHT_MANAGE, cast.proof_a)
