"""Units change place: whatever the graph and the moves, all that depends on the place is right."""

import datetime as dt
import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from django.db import connection

from sae.holdings import move_checks, moving
from sae.holdings.inheritance import Unit, compute
from sae.holdings.models import ROOT, ArchiveUnit, ObjectGroup, PendingMetadata, UnitEdge
from sae.holdings.move_checks import refusals_under
from sae.holdings.moving import Move, MoveRefusedError, check_moves, move_units
from sae.holdings.unit_states import read_units
from sae.journal.models import LifeCycleEntry, Operation
from sae.journal.services import open_operation
from sae.tenancy.scope import current_tenant_id
from tests.builders.fonds import Built, FondsBuilder
from tests.builders.people import Cast
from tests.builders.sights import seeing_all
from tests.holdings.stored import StoredGraph


@pytest.fixture
def coffre(cast: Cast) -> Iterator[Cast]:
    with seeing_all(cast.coffre_a.id):
        yield cast


def operation() -> Operation:
    return open_operation(type="RECLASSIFICATION", category="RECLASSIFICATION")


@dataclass
class Seen:
    """What the fonds says of one unit's place."""

    ancestors: set[uuid.UUID]
    depth: int
    children: int
    descendants: int
    agencies: set[str]


def seen() -> dict[uuid.UUID, Seen]:
    return {
        row.id: Seen(
            set(row.ancestors),
            row.depth,
            row.child_count,
            row.descendant_count,
            set(row.originating_agencies),
        )
        for row in ArchiveUnit.objects.all()
    }


def expected() -> dict[uuid.UUID, Seen]:
    """The same, read slowly from the parents alone."""
    rows = {row.id: row for row in ArchiveUnit.objects.all()}

    def above(unit_id: uuid.UUID) -> set[uuid.UUID]:
        found: set[uuid.UUID] = set()
        for parent in rows[unit_id].parents:
            found |= {parent} | above(parent)
        return found

    def depth(unit_id: uuid.UUID) -> int:
        return 1 + max((depth(one) for one in rows[unit_id].parents), default=0)

    ancestors = {one: above(one) for one in rows}
    return {
        one: Seen(
            ancestors[one],
            depth(one),
            sum(one in row.parents for row in rows.values()),
            sum(one in ancestors[other] for other in rows),
            {rows[two].originating_agency for two in {one, *ancestors[one]}} - {""}
            if row.unit_type != "HOLDING_UNIT"
            else set(),
        )
        for one, row in rows.items()
    }


def projected() -> dict[uuid.UUID, tuple[set[uuid.UUID], set[str]]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT unit_id, ancestors, agencies FROM holdings_search WHERE tenant_id = %s",
            [current_tenant_id()],
        )
        return {row[0]: (set(row[1]), set(row[2])) for row in cursor.fetchall()}


def assert_all_is_right() -> None:
    now, wanted = seen(), expected()
    assert now == wanted
    assert projected() == {one: (two.ancestors, two.agencies) for one, two in wanted.items()}
    edges: dict[uuid.UUID, set[uuid.UUID]] = {}
    for edge in UnitEdge.objects.all():
        edges.setdefault(edge.unit_id, set()).add(edge.parent_id)
    assert edges == {row.id: set(row.parents) or {ROOT} for row in ArchiveUnit.objects.all()}


def random_fonds(dice: random.Random) -> list[Built]:
    """Units of the three types, several parents, agencies by unit."""
    fonds = FondsBuilder()
    units: list[Built] = []
    ranks = ["HOLDING_UNIT", "FILING_UNIT", "INGEST"]
    for rank in range(dice.randint(6, 14)):
        kind = ranks[min(rank // 3, 2)]
        possible = [
            one for one in units if ranks.index(one.fields["unit_type"]) <= ranks.index(kind)
        ]
        parents = dice.sample(possible, min(len(possible), dice.choice([0, 1, 1, 2])))
        agency = "" if kind == "HOLDING_UNIT" else dice.choice(["SA", "SB", "SC"])
        units.append(
            fonds.unit(
                f"U{rank}",
                under=parents,
                unit_type=kind,
                originating_agency=agency,
                originating_agencies=(agency,) if agency else (),
                file=b"x" if kind == "INGEST" and dice.random() < 0.3 else None,
            )
        )
    fonds.load()
    return units


def refresh_agencies(units: Sequence[Built]) -> None:
    """The builder knows the own agency alone: moving every root nowhere settles the others."""
    move_units(
        [Move(one.id, detach=tuple(ArchiveUnit.objects.get(id=one.id).parents)) for one in units],
        operation=operation(),
    )


@pytest.mark.parametrize("seed", range(25))
def test_whatever_the_graph_and_the_moves_all_that_depends_on_them_follows(
    coffre: Cast, seed: int
) -> None:
    dice = random.Random(seed)
    units = random_fonds(dice)
    wanted = {one.id: list(ArchiveUnit.objects.get(id=one.id).parents) for one in units}
    refresh_agencies(units)
    assert_all_is_right()
    back = [Move(one, attach=tuple(parents)) for one, parents in wanted.items() if parents]
    move_units(back, operation=operation())
    assert_all_is_right()
    for _turn in range(4):
        moves = []
        for one in dice.sample(units, min(3, len(units))):
            row = ArchiveUnit.objects.get(id=one.id)
            detach = tuple(dice.sample(row.parents, dice.randint(0, len(row.parents))))
            targets = [two.id for two in units if two.id != one.id and two.id not in detach]
            attach = tuple(dice.sample(targets, min(len(targets), dice.randint(0, 2))))
            moves.append(Move(one.id, attach, detach))
        before = seen()
        refusals = check_moves(moves)
        if refusals:
            with pytest.raises(MoveRefusedError) as caught:
                move_units(moves, operation=operation())
            assert caught.value.refusals == refusals
            assert seen() == before
        else:
            move_units(moves, operation=operation())
            assert_all_is_right()


def test_rules_follow_the_place(coffre: Cast) -> None:
    rule = {"AppraisalRule": {"Rules": [{"Rule": "APP-1"}], "FinalAction": "Destroy"}}
    graph = StoredGraph(
        [
            Unit("old", (), {}, "SA"),
            Unit("new", (), rule, "SA"),
            Unit("folder", ("old",), {}, "SA"),
            Unit("piece", ("folder",), {}, "SA"),
        ]
    )
    folder = graph.id("folder")
    move_units(
        [Move(folder, attach=(graph.id("new"),), detach=(graph.id("old"),))],
        operation=operation(),
    )
    stored = graph.inheritance()
    fresh = compute([stored.unit(one) for one in stored])
    for name in ("folder", "piece"):
        rules = [entry.name for entry in stored.in_force(name, "AppraisalRule").rules]
        assert rules == ["APP-1"]
        assert rules == [entry.name for entry in fresh.in_force(name, "AppraisalRule").rules]


def two_trees() -> dict[str, Built]:
    fonds = FondsBuilder()
    nobody: dict[str, Any] = {"originating_agency": "", "originating_agencies": ()}
    made = {"tree": fonds.unit("Arbre", unit_type="HOLDING_UNIT", **nobody)}
    made["plan"] = fonds.unit("Plan", under=made["tree"], unit_type="FILING_UNIT")
    made["folder"] = fonds.unit("Dossier", under=made["plan"])
    made["piece"] = fonds.unit("Pièce", under=made["folder"], file=b"x")
    made["other"] = fonds.unit("Autre dossier")
    fonds.load()
    return made


def reasons(*moves: Move) -> list[str]:
    return [one.reason for one in check_moves(moves)]


def test_refusals_say_why(coffre: Cast) -> None:
    units = two_trees()
    ids = {name: one.id for name, one in units.items()}
    nobody = uuid.uuid4()
    assert reasons(Move(ids["folder"], attach=(ids["piece"],))) == ["cycle"]
    assert reasons(Move(ids["folder"], attach=(ids["folder"],))) == ["cycle"]
    assert reasons(Move(ids["plan"], attach=(ids["other"],))) == ["type_order"]
    assert reasons(Move(ids["tree"], attach=(ids["plan"],))) == ["type_order"]
    assert reasons(Move(nobody, attach=(ids["plan"],))) == ["unknown_unit"]
    assert reasons(Move(ids["folder"], attach=(nobody,))) == ["unknown_parent"]
    assert reasons(Move(ids["folder"], detach=(ids["tree"],))) == ["not_parent"]
    both = Move(ids["folder"], attach=(ids["plan"],), detach=(ids["plan"],))
    assert reasons(both) == ["both"]
    crossed = [
        Move(ids["folder"], attach=(ids["other"],)),
        Move(ids["other"], attach=(ids["piece"],)),
    ]
    assert reasons(*crossed) == ["cycle"]


def stored_places() -> tuple[object, ...]:
    """Return all that a move may write."""
    units = ArchiveUnit.objects.order_by("id")
    return (
        list(units.values_list("id", "parents", "ancestors", "depth", "version", "operations")),
        list(UnitEdge.objects.order_by("id").values_list("id", "parent_id", "unit_id")),
        LifeCycleEntry.objects.count(),
        PendingMetadata.objects.count(),
    )


@pytest.mark.parametrize(("limit", "allowed"), [(4, False), (5, True)])
def test_the_deepest_of_a_branch_may_not_go_too_deep(
    coffre: Cast, monkeypatch: pytest.MonkeyPatch, limit: int, allowed: bool
) -> None:
    """The unit moved is at depth 3, what is below it at 5: the limit is asked of what is below."""
    fonds = FondsBuilder()
    top = fonds.unit("Fonds")
    series = fonds.unit("Série", under=top)
    branch = fonds.unit("Dossier")
    folder = fonds.unit("Chemise", under=branch)
    fonds.unit("Pièce", under=folder)
    leaf = fonds.unit("Feuillet")
    fonds.load()
    monkeypatch.setattr(moving, "MAX_DEPTH", limit)
    monkeypatch.setattr(move_checks, "MAX_DEPTH", limit)
    before = stored_places()
    states = list(read_units([branch.id, leaf.id]).values())
    refused = refusals_under(states, series.id, today=dt.date(2026, 11, 22))
    assert refused == ({} if allowed else {branch.id: "too_deep"})
    move = Move(branch.id, attach=(series.id,))
    if allowed:
        assert move_units([move], operation=operation()).below == 2
        assert max(one.depth for one in seen().values()) == limit
        return
    with pytest.raises(MoveRefusedError) as error:
        move_units([move], operation=operation())
    assert [(one.reason, one.unit_ids) for one in error.value.refusals] == [
        ("too_deep", (branch.id,))
    ]
    assert stored_places() == before


def test_not_even_a_leaf_goes_under_the_deepest_level(
    coffre: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    fonds = FondsBuilder()
    top = fonds.unit("Fonds")
    lowest = fonds.unit("Pièce", under=top)
    leaf = fonds.unit("Feuillet")
    fonds.load()
    monkeypatch.setattr(moving, "MAX_DEPTH", 2)
    monkeypatch.setattr(move_checks, "MAX_DEPTH", 2)
    states = list(read_units([leaf.id]).values())
    today = dt.date(2026, 11, 22)
    assert refusals_under(states, lowest.id, today=today) == {leaf.id: "too_deep"}
    assert refusals_under(states, top.id, today=today) == {}
    assert reasons(Move(leaf.id, attach=(lowest.id,))) == ["too_deep"]


HOLDS = {
    "dated, to come": ({"EndDate": "2090-01-01"}, True),
    "open-ended": ({}, True),
    "over": ({"EndDate": "2001-01-01"}, False),
    "ends today": ({"EndDate": "2026-11-22"}, False),
}


@pytest.mark.parametrize("name", HOLDS)
def test_a_hold_that_prevents_rearrangement_keeps_a_unit_where_it_is(
    coffre: Cast, name: str
) -> None:
    dates, blocks = HOLDS[name]
    hold = {"HoldRule": {"Rules": [{"Rule": "HOL-1", "PreventRearrangement": True, **dates}]}}
    fonds = FondsBuilder()
    top = fonds.unit("Fonds", management=orjson.dumps(hold))
    piece = fonds.unit("Pièce", under=top)
    other = fonds.unit("Autre")
    fonds.load()
    move = Move(piece.id, attach=(other.id,), detach=(top.id,))
    found = check_moves([move], today=dt.date(2026, 11, 22))
    assert [one.reason for one in found] == (["held"] if blocks else [])


def test_the_moved_units_carry_the_operation_and_their_life_cycle(coffre: Cast) -> None:
    units = two_trees()
    made = operation()
    moved = move_units(
        [Move(units["folder"].id, attach=(units["other"].id,), detach=(units["plan"].id,))],
        operation=made,
    )
    assert (moved.units, moved.below) == (1, 1)
    folder = ArchiveUnit.objects.get(id=units["folder"].id)
    assert folder.operations[-1] == made.id
    assert folder.version == 1
    assert ArchiveUnit.objects.get(id=units["piece"].id).version == 0
    assert LifeCycleEntry.objects.filter(operation_id=made.id).count() == 1
    assert ObjectGroup.objects.count() == 1


def test_the_last_parent_leaves_a_root(coffre: Cast) -> None:
    units = two_trees()
    move_units([Move(units["folder"].id, detach=(units["plan"].id,))], operation=operation())
    assert ArchiveUnit.objects.get(id=units["folder"].id).depth == 1
    assert UnitEdge.objects.filter(unit_id=units["folder"].id, parent_id=ROOT).exists()
    assert_all_is_right()
