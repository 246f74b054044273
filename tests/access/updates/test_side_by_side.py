"""Deposits, mass updates and moves of one branch at the same moment: nobody waits crosswise."""

import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connection

from access.editing.moving_acts import Destination
from access.updates.descriptions import DescriptionPatch
from access.updates.rule_actions import RuleAction
from sae.holdings.mass import launch_mass, prepare_mass
from sae.holdings.mass.advancing import finish, locked, next_batch
from sae.holdings.models import ArchiveUnit
from sae.holdings.rules_check import Check
from sae.holdings.rules_store import share_rules
from sae.holdings.selectors.units import units_for_attachment
from sae.journal.verification import verify_tenant
from sae.tenancy.scope import tenant_scope
from tests.access.updates.conftest import Shelf, make_shelf
from tests.builders.fonds import FondsBuilder
from tests.builders.people import Cast

pytestmark = pytest.mark.slow
TURNS = 6
PIECES = 300


def deposit(shelf: Shelf, turn: int) -> None:
    """Enter twenty units under a folder that others change and move.

    As deposits do: the operation is open before, and the place is read where it cannot change.
    """
    with shelf.scope():
        fonds = FondsBuilder()
    with shelf.scope():
        share_rules()
        place = units_for_attachment([shelf.folder.id])[shelf.folder.id].in_graph()
        top = fonds.unit(f"Versement {turn}", attached_to=place)
        for number in range(20):
            fonds.unit(f"Reçu {turn}.{number}", under=top, level="Item")
        fonds.load()


def update(shelf: Shelf, kind: str, unit_ids: list[uuid.UUID], **parameters: object) -> None:
    """Prepare, launch and work off an act, batch by batch, as a worker does."""
    with shelf.scope():
        mass = prepare_mass(kind=kind, unit_ids=[unit_ids], agent_id=None, parameters=parameters)
        launch_mass(mass.id, agent_id=None, inline=False)
    more = True
    while more:
        with shelf.scope():
            live = locked(mass.id)
            assert live is not None
            more = next_batch(live)
            if not more:
                finish(live)


def describe(shelf: Shelf, turn: int) -> None:
    patch = DescriptionPatch(set={"Status": f"état {turn}"}).as_json()
    update(shelf, "descriptions", [shelf.folder.id, *shelf.piece_ids], patch=patch)


def rule(shelf: Shelf, turn: int) -> None:
    attributes = {"StartDate": f"20{10 + turn}-01-01"}
    verb = "change" if turn else "add"
    asked = RuleAction(verb, "AccessRule", "ACC-00001", attributes=attributes).as_json()
    update(shelf, "rules", [shelf.folder.id, *shelf.piece_ids[::-1]], actions=[asked])


def move(shelf: Shelf, turn: int) -> None:
    target = shelf.other.id if turn % 2 else shelf.plan.id
    update(shelf, "moves", [shelf.folder.id], **Destination(target).as_json())


def test_all_end_and_everything_is_right(committed_cast: Cast) -> None:
    shelf = make_shelf(committed_cast, pieces=PIECES)
    failures: list[BaseException] = []
    acts: tuple[Callable[[Shelf, int], None], ...] = (deposit, deposit, describe, rule, move)
    together = threading.Barrier(len(acts))

    def run(act: Callable[[Shelf, int], None]) -> None:
        together.wait()
        try:
            for turn in range(TURNS):
                act(shelf, turn)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(one,)) for one in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []

    with tenant_scope(shelf.coffre.id):
        check = Check(None)
        assert list(check.differences()) == []
        rows = {row.id: row for row in ArchiveUnit.objects.all()}
        assert len(rows) == check.units == PIECES + 4 + 2 * TURNS * 21
        for row in rows.values():
            above = {one for parent in row.parents for one in (parent, *rows[parent].ancestors)}
            assert set(row.ancestors) == above
        folder = rows[shelf.folder.id]
        assert folder.descendant_count == sum(folder.id in row.ancestors for row in rows.values())
        assert {rows[one].content["Status"] for one in shelf.piece_ids} == {f"état {TURNS - 1}"}
    assert verify_tenant(shelf.coffre.id).broken is None
