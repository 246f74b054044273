"""What a contract lets one write, by every way of writing: nothing, descriptions alone, all."""

import io
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from access.updates.rule_actions import RuleAction
from sae.holdings.mass import check_mass, launching, prepare_mass
from sae.holdings.mass.advancing import locked, next_batch
from sae.holdings.models import MassOperation
from sae.holdings.sight import Writing
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.models import AccessContract
from tenants.models.rights import Profile
from tests.access.updates.conftest import Shelf

pytestmark = pytest.mark.django_db
FORBIDDEN = "UNIT_UNKNOWN_OR_FORBIDDEN"
LEVELS = pytest.mark.parametrize("level", list(Writing), ids=lambda one: one.name)


def allow(shelf: Shelf, level: Writing) -> None:
    """Have Aline see all, and write that much, by a contract alone."""
    moment = clock.now()
    with shelf.scope():
        AccessContract.objects.update_or_create(
            identifier="CA-1",
            defaults={
                "name": "Tout le fonds", "status": "ACTIVE", "every_originating_agency": True,
                "writing_permission": level > Writing.NONE,
                "writing_restricted_description": level == Writing.DESCRIPTION,
                "created_at": moment, "updated_at": moment,
            },
        )  # fmt: skip
    with tenant_scope(shelf.cast.proof_a.id):
        given = Profile.objects.filter(ready="head_archivist", coffre_id=shelf.coffre.id)
        assert given.update(sees_everything=False, access_contracts=["CA-1"]) == 1


def post(shelf: Shelf, name: str, mass: MassOperation, data: Any = None) -> Any:
    return shelf.aline.post(reverse(name, args=[mass.id]), data or {}, follow=True)


def begun(answer: Any) -> MassOperation:
    mass: MassOperation = answer.context["page"].mass
    return mass


def results(shelf: Shelf, mass: MassOperation) -> tuple[dict[str, int], dict[str, int]]:
    """What the dry run announced, and what was done."""
    mass = shelf.mass(mass.id)
    return mass.preview, mass.counts


def is_closed(shelf: Shelf, unit_id: uuid.UUID) -> bool:
    return shelf.unit(unit_id).content.get("Status") == "clos"


@LEVELS
def test_the_form_of_one_unit(shelf: Shelf, level: Writing) -> None:
    allow(shelf, level)
    url = reverse("unit_edit", args=[shelf.folder.id])
    page = shelf.aline.get(url)
    assert page.status_code == (403 if level == Writing.NONE else 200)
    typed = {"Title": "Marché", "DescriptionLevel": "File", "Status": "clos"}
    if page.context and "base" in page.context:
        typed["base"] = page.context["base"]
    assert shelf.aline.post(url, typed).status_code == (403 if level == Writing.NONE else 302)
    assert is_closed(shelf, shelf.folder.id) is (level >= Writing.DESCRIPTION)


@LEVELS
@pytest.mark.parametrize("every", [False, True], ids=["ticked", "every result"])
def test_descriptions_of_a_selection(shelf: Shelf, level: Writing, every: bool) -> None:
    allow(shelf, level)
    url = reverse("update_new_descriptions") + ("?q=Pi%C3%A8ce" if every else "")
    sent = {"portee": "tous"} if every else {"choix": [str(one) for one in shelf.piece_ids]}
    mass = begun(shelf.aline.post(url, sent, follow=True))
    assert mass.total == 10
    post(shelf, "update_check", mass, {"Status-etat": "remplacer", "Status": "clos"})
    post(shelf, "update_launch", mass)
    key = FORBIDDEN if level == Writing.NONE else "UNIT_METADATA_UPDATE"
    assert results(shelf, mass) == ({key: 10}, {key: 10})
    closed = {is_closed(shelf, one) for one in shelf.piece_ids}
    assert closed == {level >= Writing.DESCRIPTION}


@LEVELS
def test_a_spreadsheet(shelf: Shelf, level: Writing) -> None:
    allow(shelf, level)
    lines = "".join(f"{one};0;clos\n" for one in shelf.piece_ids[:2])
    sheet = io.BytesIO(f"Identifiant;Version de l’unité;Status\n{lines}".encode())
    file = SimpleUploadedFile("retour.csv", sheet.read())
    mass = begun(shelf.aline.post(reverse("update_import"), {"fichier": file}, follow=True))
    post(shelf, "update_launch", mass)
    key = FORBIDDEN if level == Writing.NONE else "UNIT_METADATA_UPDATE"
    assert results(shelf, mass) == ({key: 2}, {key: 2})
    assert is_closed(shelf, shelf.piece_ids[0]) is (level >= Writing.DESCRIPTION)


@LEVELS
def test_the_undoing_of_an_act(shelf: Shelf, level: Writing) -> None:
    allow(shelf, Writing.ALL)
    sent = {"choix": [str(shelf.folder.id)]}
    mass = begun(shelf.aline.post(reverse("update_new_descriptions"), sent, follow=True))
    post(shelf, "update_check", mass, {"Status-etat": "remplacer", "Status": "clos"})
    post(shelf, "update_launch", mass)
    assert is_closed(shelf, shelf.folder.id)
    allow(shelf, level)
    undone = begun(post(shelf, "update_revert", mass))
    key = FORBIDDEN if level == Writing.NONE else "UNIT_METADATA_UPDATE"
    assert results(shelf, undone)[1] == {key: 1}
    assert is_closed(shelf, shelf.folder.id) is (level == Writing.NONE)


@LEVELS
def test_rules(shelf: Shelf, level: Writing) -> None:
    allow(shelf, level)
    sent = {"choix": [str(shelf.other.id)]}
    mass = begun(shelf.aline.post(reverse("update_new_rules"), sent, follow=True))
    asked = {"geste": "add", "rule": "AccessRule:ACC-00001", "start": "2020-01-01"}
    post(shelf, "update_rule_action", mass, asked)
    post(shelf, "update_check", mass)
    post(shelf, "update_launch", mass)
    key = "UNIT_METADATA_UPDATE" if level == Writing.ALL else FORBIDDEN
    assert results(shelf, mass) == ({key: 1}, {key: 1})
    assert ("AccessRule" in shelf.unit(shelf.other).management) is (level == Writing.ALL)


@LEVELS
def test_holds_put_and_lifted(shelf: Shelf, level: Writing) -> None:
    def put(unit_id: uuid.UUID) -> None:
        sent = {"choix": [str(unit_id)]}
        mass = begun(shelf.aline.post(reverse("update_new_hold"), sent, follow=True))
        asked = {"rule": "HoldRule:HOL-00001", "owner": "Greffe", "reason": "Contentieux"}
        post(shelf, "update_check", mass, asked)
        post(shelf, "update_launch", mass)

    allow(shelf, Writing.ALL)
    put(shelf.folder.id)
    allow(shelf, level)
    put(shelf.other.id)
    assert ("HoldRule" in shelf.unit(shelf.other).management) is (level == Writing.ALL)
    holds = shelf.aline.get(reverse("holds")).context["table"].data.data
    for one in holds:
        lifting = shelf.aline.post(reverse("hold_lift", args=[one.key]), follow=True)
        post(shelf, "update_launch", begun(lifting))
    assert ("HoldRule" in shelf.unit(shelf.folder).management) is (level < Writing.ALL)


@LEVELS
def test_moves(shelf: Shelf, level: Writing) -> None:
    allow(shelf, level)
    url = reverse("unit_move", args=[shelf.pieces[0].id])
    answer = shelf.aline.post(url, {"vers": str(shelf.other.id), "confirmer": "1"})
    assert answer.status_code == (302 if level == Writing.ALL else 403)
    moved = shelf.unit(shelf.pieces[0]).parents == [shelf.other.id]
    assert moved is (level == Writing.ALL)


def closing(shelf: Shelf) -> MassOperation:
    patch = {"set": {"Status": "clos"}, "clear": [], "substitute": []}
    with shelf.scope():
        mass = prepare_mass(
            kind="descriptions", unit_ids=[shelf.piece_ids], agent_id=shelf.cast.aline.id
        )
        return check_mass(mass.id, parameters={"patch": patch})


def test_a_contract_narrowed_after_the_dry_run_holds_at_the_launch(shelf: Shelf) -> None:
    allow(shelf, Writing.ALL)
    mass = closing(shelf)
    assert mass.preview == {"UNIT_METADATA_UPDATE": 10}
    allow(shelf, Writing.NONE)
    post(shelf, "update_launch", mass)
    assert results(shelf, mass)[1] == {FORBIDDEN: 10}
    assert not any(is_closed(shelf, one) for one in shelf.piece_ids)


def test_a_contract_narrowed_during_a_pause_holds_when_it_goes_on(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, work_off: Any
) -> None:
    allow(shelf, Writing.ALL)
    monkeypatch.setattr(launching, "BATCH", 4)
    mass = closing(shelf)
    monkeypatch.setattr(launching, "INLINE", 0)
    post(shelf, "update_launch", mass)
    with shelf.scope():
        running = locked(mass.id)
        assert running is not None
        next_batch(running)
    post(shelf, "update_pause", mass)
    allow(shelf, Writing.NONE)
    post(shelf, "update_resume", mass)
    work_off(shelf)
    assert results(shelf, mass)[1] == {"UNIT_METADATA_UPDATE": 4, FORBIDDEN: 6}
    assert sum(is_closed(shelf, one) for one in shelf.piece_ids) == 4


def test_descriptions_alone_leave_a_prepared_change_of_rules_without_effect(shelf: Shelf) -> None:
    allow(shelf, Writing.DESCRIPTION)
    added = RuleAction("add", "AccessRule", "ACC-00001")
    with shelf.scope():
        mass = prepare_mass(kind="rules", unit_ids=[[shelf.other.id]], agent_id=shelf.cast.aline.id)
        check_mass(mass.id, parameters={"actions": [added.as_json()]})
    post(shelf, "update_launch", mass)
    assert results(shelf, mass)[1] == {FORBIDDEN: 1}
    assert shelf.unit(shelf.other).management == {}
