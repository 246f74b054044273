"""Whoever moves a unit leaves the places that they see: the others, they could not put back."""

import uuid
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.urls import reverse

from access.editing import move_views
from tests.access.sight.conftest import Narrowed
from tests.access.updates.conftest import work_off

__all__ = ["work_off"]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("by_a_worker", [False, True])
def test_a_move_leaves_the_places_in_sight_alone(
    narrowed: Narrowed,
    work_off: Callable[[SimpleNamespace], None],
    monkeypatch: pytest.MonkeyPatch,
    by_a_worker: bool,
) -> None:
    moved = reverse("unit_move", args=[narrowed.id("Rangement")])

    def move(client: object, to: str, **more: str) -> None:
        sent = client.post(moved, {"vers": str(narrowed.id(to)), "confirmer": "1", **more})  # type: ignore[attr-defined]
        assert sent.status_code == 302

    def parents() -> set[uuid.UUID]:
        return set(narrowed.row("Rangement").parents)

    move(narrowed.aline, "Commission secrète")
    move(narrowed.aline, "Recettes", garder="1")
    assert parents() == {narrowed.id("Commission secrète"), narrowed.id("Recettes")}
    if by_a_worker:
        monkeypatch.setattr(move_views, "MOST_BELOW_AT_ONCE", -1)
    move(narrowed.basile, "Budget")
    if by_a_worker:
        work_off(SimpleNamespace(scope=narrowed.scope, coffre=narrowed.cast.coffre_a))
    assert parents() == {narrowed.id("Commission secrète"), narrowed.id("Budget")}
    monkeypatch.undo()
    move(narrowed.aline, "Recettes")
    assert parents() == {narrowed.id("Recettes")}
