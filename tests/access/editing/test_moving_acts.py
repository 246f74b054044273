"""Moves of many units: a destination, a check of all, a worker, and nothing by halves."""

import uuid
from collections.abc import Callable

import pytest
from django.urls import reverse

from access.editing import move_views
from sae.holdings.mass import launching
from sae.holdings.mass.advancing import locked, next_batch
from sae.holdings.models import ArchiveUnit, MassOperation, PendingMetadata
from sae.holdings.recomputing import recompute_below
from sae.holdings.rules_store import results_of
from sae.journal.models import Event, LifeCycleEntry, Operation
from tests.access.updates.conftest import Shelf, make_shelf
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db
WorkOff = Callable[[Shelf], None]


@pytest.fixture
def shelf(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """Batches of three units, and nothing done in the request."""
    monkeypatch.setattr(launching, "BATCH", 3)
    monkeypatch.setattr(launching, "INLINE", 0)
    monkeypatch.setattr(move_views, "AT_ONCE", 2)
    return make_shelf(cast)


def chosen(shelf: Shelf) -> MassOperation:
    """Choose every piece of both folders, as a list does."""
    sent = shelf.aline.post(reverse("units_move"), {"choix": [str(one) for one in shelf.piece_ids]})
    with shelf.scope():
        mass = MassOperation.objects.get(kind="moves")
    assert sent["Location"] == reverse("units_destination", args=[mass.id])
    return mass


def checked(shelf: Shelf, work: WorkOff, **asked: str) -> MassOperation:
    mass = chosen(shelf)
    address = reverse("units_destination", args=[mass.id])
    assert shelf.aline.post(address, asked)["Location"] == reverse("update", args=[mass.id])
    work(shelf)
    return shelf.mass(mass.id)


def act(shelf: Shelf, mass: MassOperation, name: str = "update", *, post: bool = False) -> str:
    address = reverse(name, args=[mass.id])
    sent = shelf.aline.post(address, follow=True) if post else shelf.aline.get(address, follow=True)
    assert sent.status_code == 200
    return str(sent.content.decode())


def parents(shelf: Shelf) -> set[tuple[uuid.UUID, ...]]:
    with shelf.scope():
        rows = ArchiveUnit.objects.filter(id__in=shelf.piece_ids).values_list("parents", flat=True)
        return {tuple(one) for one in rows}


def freeze(shelf: Shelf, unit_id: uuid.UUID) -> None:
    """Put a hold that prevents rearrangement on a unit, rules in force included."""
    with shelf.scope():
        hold = {"HoldRule": {"Rules": [{"Rule": "HOL-00001", "PreventRearrangement": True}]}}
        ArchiveUnit.objects.filter(id=unit_id).update(management=hold)
        recompute_below([unit_id])


def test_many_units_are_checked_then_moved_by_a_worker(shelf: Shelf, work_off: WorkOff) -> None:
    mass = checked(shelf, work_off, vers=str(shelf.folder.id))
    here = [str(one) for one in shelf.piece_ids]
    assert (mass.state, sum(mass.preview.values())) == ("checked", len(here))
    assert mass.preview == {"UNIT_RECLASSIFICATION": 5, "UNIT_ALREADY_THERE": 5}
    page = act(shelf, mass)
    assert "Déplacer 5 unités" in page
    assert "Ranger sous « Marché de la toiture »" in page
    assert parents(shelf) == {(shelf.folder.id,), (shelf.other.id,)}

    act(shelf, mass, "update_launch", post=True)
    work_off(shelf)
    mass = shelf.mass(mass.id)
    assert (mass.state, mass.done, mass.changed, mass.ko) == ("done", 10, 5, 0)
    assert parents(shelf) == {(shelf.folder.id,)}
    with shelf.scope():
        folder = ArchiveUnit.objects.get(id=shelf.folder.id)
        other = ArchiveUnit.objects.get(id=shelf.other.id)
        assert (folder.child_count, other.child_count) == (10, 0)
        assert {one.appraisal_end for one in results_of(shelf.piece_ids).values()} == {
            results_of([shelf.folder.id])[shelf.folder.id].appraisal_end
        }
        operation = Operation.objects.get(id=mass.id)
        codes = set(Event.objects.filter(operation_id=mass.id).values_list("code", flat=True))
        assert (operation.type, operation.outcome) == ("RECLASSIFICATION", "OK")
        assert LifeCycleEntry.objects.filter(operation_id=mass.id).count() == 5
        files = PendingMetadata.objects.filter(operation_id=mass.id).count()
    assert {"STP_UNIT_DETACHMENT", "STP_UNIT_ATTACHMENT", "STP_UNIT_GRAPH_COMPUTE"} <= codes
    assert files in (0, 5), "sent already, or one file a batch that moved something and the report"


def test_one_refused_unit_keeps_all_in_place_until_it_is_left_out(
    shelf: Shelf, work_off: WorkOff
) -> None:
    held = shelf.piece_ids[7]
    freeze(shelf, held)
    mass = checked(shelf, work_off, vers=str(shelf.plan.id))
    assert mass.preview == {"UNIT_RECLASSIFICATION": 9, "UNIT_BLOCKED_BY_HOLD_RULE": 1}
    page = act(shelf, mass)
    assert "rien ne bouge tant qu’elle est dans la sélection" in page
    assert "Déplacer 9 unités" not in page
    launched = shelf.aline.post(reverse("update_launch", args=[mass.id]))
    assert launched.status_code == 409

    act(shelf, mass, "update_leave_out", post=True)
    work_off(shelf)
    mass = shelf.mass(mass.id)
    assert (mass.total, mass.preview) == (9, {"UNIT_RECLASSIFICATION": 9})
    act(shelf, mass, "update_launch", post=True)
    work_off(shelf)
    assert shelf.mass(mass.id).changed == 9
    with shelf.scope():
        moved = ArchiveUnit.objects.filter(parents=[shelf.plan.id], id__in=shelf.piece_ids)
        assert moved.count() == 9
        assert ArchiveUnit.objects.get(id=held).parents != [shelf.plan.id]


def test_what_became_impossible_since_the_check_moves_nothing(
    shelf: Shelf, work_off: WorkOff
) -> None:
    mass = checked(shelf, work_off, vers=str(shelf.plan.id))
    last = shelf.piece_ids[-1]
    freeze(shelf, last)
    before = parents(shelf)
    act(shelf, mass, "update_launch", post=True)
    work_off(shelf)
    mass = shelf.mass(mass.id)
    assert (mass.state, mass.changed, mass.ko) == ("done", 0, 10)
    assert mass.counts == {"UNIT_LEFT_WITH_OTHERS": 9, "UNIT_BLOCKED_BY_HOLD_RULE": 1}
    assert parents(shelf) == before
    with shelf.scope():
        assert Operation.objects.get(id=mass.id).outcome == "KO"
    assert "laissées avec les autres" in act(shelf, mass)


def test_it_pauses_between_two_batches_and_all_is_right_meanwhile(
    shelf: Shelf, work_off: WorkOff
) -> None:
    mass = checked(shelf, work_off, vers="racine")
    act(shelf, mass, "update_launch", post=True)
    with shelf.scope():
        live = locked(mass.id)
        assert live is not None
        assert next_batch(live)
    assert "En pause" in act(shelf, mass, "update_pause", post=True)
    with shelf.scope():
        assert ArchiveUnit.objects.filter(id__in=shelf.piece_ids, parents=[]).count() == 3
        plan = ArchiveUnit.objects.get(id=shelf.plan.id)
        assert plan.descendant_count == 9
    act(shelf, mass, "update_resume", post=True)
    work_off(shelf)
    assert parents(shelf) == {()}


def test_units_go_neither_under_themselves_nor_under_a_lower_type(
    shelf: Shelf, work_off: WorkOff
) -> None:
    ids = [str(one) for one in (shelf.plan.id, shelf.folder.id, shelf.position.id)]
    shelf.aline.post(reverse("units_move"), {"choix": ids})
    with shelf.scope():
        mass = MassOperation.objects.get(kind="moves")
    address = reverse("units_destination", args=[mass.id])
    shelf.aline.post(address, {"vers": str(shelf.folder.id)})
    work_off(shelf)
    assert shelf.mass(mass.id).preview == {
        "UNIT_WITH_CYCLE": 2, "ILLEGAL_UNIT_TYPE_ATTACHMENT": 1,
    }  # fmt: skip
    shelf.aline.post(address, {"vers": str(shelf.position.id)})
    work_off(shelf)
    assert shelf.mass(mass.id).preview == {"UNIT_RECLASSIFICATION": 2, "UNIT_WITH_CYCLE": 1}


def test_a_heavy_branch_is_left_to_a_worker(
    shelf: Shelf, work_off: WorkOff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(move_views, "MOST_BELOW_AT_ONCE", 3)
    address = reverse("unit_move", args=[shelf.folder.id])
    sent = shelf.aline.post(address, {"vers": str(shelf.other.id), "confirmer": "1"})
    with shelf.scope():
        mass = MassOperation.objects.get(kind="moves")
        assert ArchiveUnit.objects.get(id=shelf.folder.id).parents == [shelf.plan.id]
    assert sent["Location"] == reverse("update", args=[mass.id])
    work_off(shelf)
    assert "Avec 5 unités dessous" in act(shelf, shelf.mass(mass.id))
    with shelf.scope():
        assert ArchiveUnit.objects.get(id=shelf.folder.id).parents == [shelf.other.id]
        assert ArchiveUnit.objects.get(id=shelf.piece_ids[0]).depth == 4


def test_a_stranger_and_a_reader_choose_no_destination(shelf: Shelf) -> None:
    mass = chosen(shelf)
    address = reverse("units_destination", args=[mass.id])
    assert shelf.basile.get(address).status_code == 403
    assert shelf.cast.client(shelf.cast.chloe).get(address).status_code == 404
