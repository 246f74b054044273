"""In a real Chromium: many units chosen go elsewhere, the refused one left out."""

import threading
import uuid

import pytest
from playwright.sync_api import expect

from sae.holdings.mass import prepare_mass
from sae.holdings.models import ArchiveUnit
from sae.holdings.recomputing import recompute_below
from tests.access.updates.conftest import Shelf
from tests.access.updates.test_in_browser import Desk

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def draft(shelf: Shelf) -> uuid.UUID:
    """Choose every piece, one of which a hold keeps; from a thread that may use the database."""
    made: list[uuid.UUID] = []

    def make() -> None:
        with shelf.scope():
            hold = {"HoldRule": {"Rules": [{"Rule": "HOL-00001", "PreventRearrangement": True}]}}
            ArchiveUnit.objects.filter(id=shelf.piece_ids[3]).update(management=hold)
            recompute_below([shelf.piece_ids[3]])
            made.append(
                prepare_mass(
                    kind="moves", unit_ids=[shelf.piece_ids], agent_id=shelf.cast.aline.id,
                    query="pièce",
                ).id
            )  # fmt: skip

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    return made[0]


def test_a_selection_goes_elsewhere_without_the_unit_that_a_hold_keeps(desk: Desk) -> None:
    page = desk.open(f"/modifications/{draft(desk.shelf)}/")
    desk.examine("destination")
    page.get_by_label("Commune").check()
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_text("Ranger sous « Commune »")).to_be_visible()
    desk.examine("destination choisie")
    page.get_by_role("button", name="Contrôler").click()
    expect(page.get_by_text("1 unité ne peut pas y aller")).to_be_visible()
    desk.examine("refus")
    page.get_by_role("button", name="La laisser en place et continuer").click()
    page.get_by_role("button", name="Déplacer 9 unités").click()
    expect(page.get_by_role("link", name="déplacées")).to_be_visible()
    desk.examine("déplacement fait")
