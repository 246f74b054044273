"""Units change place: attached, detached, moved, with all that depends on their place.

All checks come before any write. The graph of a coffre changes one transaction at a time:
``hold_rules_still`` keeps deposits and other moves away meanwhile. Ancestors, depths, agencies,
counts, edges, the search projection, groups and rules in force are right at commit. Source of the
checks: reference system, reclassification (types, cycles, holds that prevent rearrangement).
"""

# Statements are put together from the constants of this module; values are always bound.
# ruff: noqa: S608

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from sae.holdings.graph import MAX_DEPTH
from sae.holdings.loading import CountDelta, attach_counts
from sae.holdings.models import ROOT, ArchiveUnit, UnitEdge
from sae.holdings.projection.closure import BELOW
from sae.holdings.projection.moved import move_entries
from sae.holdings.recomputing import recompute_below
from sae.holdings.rules_in_force import rules_in_force_on
from sae.holdings.rules_store import hold_rules_still
from sae.holdings.text import sort_key
from sae.holdings.updating import lock_units, read_units, write_moves
from sae.journal.models import Operation
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.literals import array_literal
from sae.tenancy.scope import current_tenant_id

BATCH = 10_000
Ancestors = tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of the parents of one unit. Without any left, it stands at the root."""

    unit_id: uuid.UUID
    attach: tuple[uuid.UUID, ...] = ()
    detach: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason why moves cannot be made, and the units concerned.

    ``reason``: ``unknown_unit``, ``unknown_parent``, ``both`` (attached and detached at once),
    ``not_parent``, ``type_order``, ``cycle``, ``held``, ``too_deep``.
    """

    reason: str
    unit_ids: tuple[uuid.UUID, ...]


class MoveRefusedError(Exception):
    """The moves were refused as a whole; nothing was written."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(", ".join(one.reason for one in refusals))
        self.refusals = list(refusals)


@dataclass(frozen=True, slots=True)
class Moved:
    """How many units changed parents, and how many are below them."""

    units: int
    below: int


@dataclass(slots=True)
class _Node:
    """A unit that moves, or is below one that does."""

    parents: list[uuid.UUID]
    place: str
    depth: int
    unit_type: str
    agency: str
    agencies: tuple[str, ...]
    group: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a unit is: shared by those that have the same parents."""

    ancestors: Ancestors
    depth: int
    agencies: tuple[str, ...]


@dataclass(slots=True)
class _Plan:
    moves: dict[uuid.UUID, list[uuid.UUID]] = field(default_factory=dict)
    """Parents wanted, of the units that really move."""
    nodes: dict[uuid.UUID, _Node] = field(default_factory=dict)
    outside: dict[uuid.UUID, _Place] = field(default_factory=dict)
    order: list[uuid.UUID] = field(default_factory=list)


def check_moves(moves: Sequence[Move], *, today: dt.date | None = None) -> list[Refusal]:
    """Return every reason why the moves would be refused; empty when they can be made."""
    return _prepare(moves, today or clock.now().date())[1]


def move_units(
    moves: Sequence[Move], *, operation: Operation, today: dt.date | None = None
) -> Moved:
    """Make moves, in the caller's transaction, which journals them last.

    Raises ``MoveRefusedError`` before any write. A move that changes nothing counts for nothing.
    """
    hold_rules_still()
    plan, refusals = _prepare(moves, today or clock.now().date())
    if refusals:
        raise MoveRefusedError(refusals)
    if plan.moves:
        lock_units(sorted(plan.moves))
        _write(plan)
        write_moves(
            read_units(sorted(plan.moves)), operation=operation, name="units-moved.jsonl.gz"
        )
    return Moved(len(plan.moves), len(plan.nodes) - len(plan.moves))


def _prepare(moves: Sequence[Move], today: dt.date) -> tuple[_Plan, list[Refusal]]:
    plan = _Plan()
    wanted = {one.unit_id: one for one in moves}
    targets = {parent for one in moves for parent in one.attach}
    rows = {
        row.id: row
        for row in ArchiveUnit.objects.filter(id__in=wanted.keys() | targets).only(
            "id", "tenant_id", "unit_type", "parents"
        )
    }
    refusals = _plain_refusals(wanted, rows)
    if refusals:
        return plan, refusals
    for unit_id, move in wanted.items():
        kept = [one for one in rows[unit_id].parents if one not in move.detach]
        parents = [*kept, *(one for one in dict.fromkeys(move.attach) if one not in kept)]
        if parents != rows[unit_id].parents:
            plan.moves[unit_id] = parents
    if not plan.moves:
        return plan, []
    plan.nodes = _nodes(list(plan.moves))
    for unit_id, parents in plan.moves.items():
        plan.nodes[unit_id].parents = parents
    plan.outside = _outside(
        {one for node in plan.nodes.values() for one in node.parents} - plan.nodes.keys()
    )
    plan.order, cycle = _in_order(plan.nodes)
    if cycle:
        refusals.append(Refusal("cycle", tuple(cycle)))
    if held := _held(list(plan.moves), today):
        refusals.append(Refusal("held", held))
    if not refusals and (deep := _too_deep(plan)):
        refusals.append(Refusal("too_deep", deep))
    return plan, refusals


def _plain_refusals(
    wanted: Mapping[uuid.UUID, Move], rows: Mapping[uuid.UUID, ArchiveUnit]
) -> list[Refusal]:
    """Find what can be told without reading what is below."""
    found: dict[str, dict[uuid.UUID, None]] = {}

    def refuse(reason: str, unit_id: uuid.UUID) -> None:
        found.setdefault(reason, {})[unit_id] = None

    for unit_id, move in wanted.items():
        row = rows.get(unit_id)
        if row is None:
            refuse("unknown_unit", unit_id)
            continue
        if set(move.attach) & set(move.detach):
            refuse("both", unit_id)
        if set(move.detach) - set(row.parents):
            refuse("not_parent", unit_id)
        for parent_id in move.attach:
            parent = rows.get(parent_id)
            if parent is None:
                refuse("unknown_parent", parent_id)
            elif ArchiveUnit.Type(row.unit_type).rank > ArchiveUnit.Type(parent.unit_type).rank:
                refuse("type_order", unit_id)
    return [Refusal(reason, tuple(units)) for reason, units in found.items()]


def _nodes(unit_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, _Node]:
    """Return the units and all that is below them. Ancestors stay text: siblings share it."""
    nodes: dict[uuid.UUID, _Node] = {}
    places: dict[str, str] = {}
    agencies: dict[tuple[str, ...], tuple[str, ...]] = {}
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            "SELECT id, parents, ancestors::text, depth, unit_type, originating_agency, "
            "originating_agencies, object_group_id FROM holdings_archiveunit "
            "WHERE tenant_id = %(tenant)s AND (id = ANY(%(units)s) OR id IN "
            f"({BELOW}))",
            {"tenant": current_tenant_id(), "units": list(unit_ids)},
        )
        while rows := cursor.fetchmany(BATCH):
            for unit_id, parents, place, depth, unit_type, agency, shared, group in rows:
                named = tuple(shared)
                nodes[unit_id] = _Node(
                    parents,
                    places.setdefault(place, place),
                    depth,
                    unit_type,
                    agency,
                    agencies.setdefault(named, named),
                    group,
                )
    return nodes


def _outside(unit_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, _Place]:
    """Return where units that do not move are."""
    rows = ArchiveUnit.objects.filter(id__in=list(unit_ids)).values_list(
        "id", "ancestors", "depth", "originating_agencies"
    )
    return {
        unit_id: _Place(tuple(ancestors), depth, tuple(agencies))
        for unit_id, ancestors, depth, agencies in rows
    }


def _in_order(
    nodes: Mapping[uuid.UUID, _Node],
) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
    """Return the units parents first, and those of cycles."""
    waiting: dict[uuid.UUID, int] = {}
    children: dict[uuid.UUID, list[uuid.UUID]] = {}
    order: list[uuid.UUID] = []
    for unit_id, node in nodes.items():
        inside = [one for one in node.parents if one in nodes]
        if not inside:
            order.append(unit_id)
            continue
        waiting[unit_id] = len(inside)
        for parent in inside:
            children.setdefault(parent, []).append(unit_id)
    for unit_id in order:  # grows while it is read
        for child in children.get(unit_id, ()):
            waiting[child] -= 1
            if not waiting[child]:
                order.append(child)
    return order, [one for one, left in waiting.items() if left]


def _held(unit_ids: Sequence[uuid.UUID], today: dt.date) -> tuple[uuid.UUID, ...]:
    """Return the units that an active hold keeps where they are, own or inherited."""
    held: list[uuid.UUID] = []
    for start in range(0, len(unit_ids), 1_000):
        units = list(ArchiveUnit.objects.filter(id__in=unit_ids[start : start + 1_000]))
        inheritance = rules_in_force_on(units)
        held += [
            unit.id
            for unit in units
            if any(
                entry.value.get("PreventRearrangement") and (entry.end is None or today < entry.end)
                for entry in inheritance.in_force(unit.id, "HoldRule").rules
            )
        ]
    return tuple(held)


def _too_deep(plan: _Plan) -> tuple[uuid.UUID, ...]:
    depths = {unit_id: place.depth for unit_id, place in plan.outside.items()}
    for unit_id in plan.order:
        parents = plan.nodes[unit_id].parents
        depths[unit_id] = 1 + max((depths[one] for one in parents), default=0)
    return tuple(one for one in plan.moves if depths[one] > MAX_DEPTH)


def _write(plan: _Plan) -> None:
    places = _places(plan)
    changed = [
        unit_id
        for unit_id, node in plan.nodes.items()
        if (array_literal_of(places[unit_id].ancestors), places[unit_id].depth)
        != (node.place, node.depth)
        or places[unit_id].agencies != node.agencies
    ]
    deltas = _deltas(plan, places)
    _write_edges(plan)
    _write_places({one: places[one] for one in changed})
    regrouped = [
        node.group
        for one in changed
        if (node := plan.nodes[one]).group and node.agencies != places[one].agencies
    ]
    _write_groups(sorted({group for group in regrouped if group}))
    attach_counts(deltas)
    recompute_below(list(plan.moves))


def array_literal_of(ids: Ancestors) -> str:
    """Return identifiers as PostgreSQL writes an array of them."""
    return "{" + ",".join(map(str, ids)) + "}"


def _places(plan: _Plan) -> dict[uuid.UUID, _Place]:
    """Return where each unit will be, those of the same parents and agency sharing one object."""
    places: dict[uuid.UUID, _Place] = dict(plan.outside)
    shared: dict[tuple[tuple[uuid.UUID, ...], str, bool], _Place] = {}
    for unit_id in plan.order:
        node = plan.nodes[unit_id]
        is_holding = node.unit_type == ArchiveUnit.Type.HOLDING_UNIT
        key = (tuple(node.parents), node.agency, is_holding)
        place = shared.get(key)
        if place is None:
            above = [places[one] for one in node.parents]
            ancestors = dict.fromkeys(one for spot in above for one in spot.ancestors)
            ancestors |= dict.fromkeys(node.parents)
            own = [node.agency] if node.agency else []
            agencies = dict.fromkeys([*own, *(one for spot in above for one in spot.agencies)])
            place = shared[key] = _Place(
                tuple(ancestors),
                1 + max((spot.depth for spot in above), default=0),
                () if is_holding else tuple(agencies),
            )
        places[unit_id] = place
    return {one: places[one] for one in plan.nodes}


def _deltas(plan: _Plan, places: Mapping[uuid.UUID, _Place]) -> dict[uuid.UUID, CountDelta]:
    """Return what each unit above gains or loses: children, and descendants."""
    pairs = Counter((node.place, id(places[one])) for one, node in plan.nodes.items())
    by_id = {id(place): place for place in places.values()}
    below: Counter[uuid.UUID] = Counter()
    for (before, after), count in pairs.items():
        old, new = _read_ids(before), set(by_id[after].ancestors)
        for one in old - new:
            below[one] -= count
        for one in new - old:
            below[one] += count
    children: Counter[uuid.UUID] = Counter()
    stored = dict(ArchiveUnit.objects.filter(id__in=plan.moves.keys()).values_list("id", "parents"))
    for unit_id, parents in plan.moves.items():
        for one in set(stored[unit_id]) - set(parents):
            children[one] -= 1
        for one in set(parents) - set(stored[unit_id]):
            children[one] += 1
    return {
        one: CountDelta(children=children[one], descendants=below[one])
        for one in children.keys() | below.keys()
        if children[one] or below[one]
    }


def _read_ids(text: str) -> set[uuid.UUID]:
    return {uuid.UUID(one) for one in text.strip("{}").split(",") if one}


def _write_edges(plan: _Plan) -> None:
    """Give the moved units their parents, in lists too."""
    units = list(plan.moves)
    titles = dict(ArchiveUnit.objects.filter(id__in=units).values_list("id", "title"))
    UnitEdge.objects.filter(unit_id__in=units).delete()
    UnitEdge.objects.bulk_create(
        (
            UnitEdge(
                id=new_id(), parent_id=parent, unit_id=unit_id, sort_key=sort_key(titles[unit_id])
            )
            for unit_id, parents in plan.moves.items()
            for parent in parents or [ROOT]
        ),
        batch_size=2_000,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE holdings_archiveunit AS unit SET parents = place.parents::uuid[] "
            "FROM unnest(%s::uuid[], %s::text[]) AS place(id, parents) "
            "WHERE unit.tenant_id = %s AND unit.id = place.id",
            [
                units,
                [array_literal_of(tuple(plan.moves[one])) for one in units],
                current_tenant_id(),
            ],
        )


def _write_places(places: Mapping[uuid.UUID, _Place]) -> None:
    """Write ancestors, depth and agencies: each distinct place goes once, units name it."""
    if not places:
        return
    numbers: dict[int, int] = {}
    lines: list[tuple[int, str, int, str]] = []
    for place in places.values():
        if id(place) not in numbers:
            numbers[id(place)] = len(lines)
            lines.append(
                (
                    len(lines),
                    array_literal_of(place.ancestors),
                    place.depth,
                    array_literal(place.agencies),
                )
            )
    with connection.cursor() as cursor:
        raw: Any = cursor.cursor
        raw.execute(
            "CREATE TEMP TABLE IF NOT EXISTS new_places "
            "(number int PRIMARY KEY, ancestors uuid[], depth int, agencies text[]) "
            "ON COMMIT DROP"
        )
        raw.execute(
            "CREATE TEMP TABLE IF NOT EXISTS new_places_units (id uuid, number int) ON COMMIT DROP"
        )
        raw.execute("DELETE FROM new_places")
        raw.execute("DELETE FROM new_places_units")
        with raw.copy("COPY new_places FROM STDIN") as copy:
            for line in lines:
                copy.write_row(line)
        with raw.copy("COPY new_places_units FROM STDIN") as copy:
            for unit_id, place in places.items():
                copy.write_row((unit_id, numbers[id(place)]))
        raw.execute("ANALYZE new_places, new_places_units")
        raw.execute(
            "UPDATE holdings_archiveunit AS unit SET ancestors = place.ancestors, "
            "depth = place.depth, originating_agencies = place.agencies "
            "FROM new_places_units AS one JOIN new_places AS place USING (number) "
            "WHERE unit.tenant_id = %s AND unit.id = one.id",
            [current_tenant_id()],
        )
        move_entries(cursor)


def _write_groups(groups: Sequence[uuid.UUID]) -> None:
    """Give groups the agencies of all the units that they describe."""
    if not groups:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE holdings_objectgroup AS one SET originating_agencies = "
            "CASE WHEN one.originating_agency = '' THEN found.agencies ELSE array_prepend("
            "one.originating_agency, array_remove(found.agencies, one.originating_agency)) END "
            "FROM (SELECT unit.object_group_id AS id, array_agg(DISTINCT agency) AS agencies "
            "FROM holdings_archiveunit AS unit, unnest(unit.originating_agencies) AS agency "
            "WHERE unit.tenant_id = %(tenant)s AND unit.object_group_id = ANY(%(groups)s) "
            "GROUP BY unit.object_group_id) AS found "
            "WHERE one.tenant_id = %(tenant)s AND one.id = found.id",
            {"tenant": current_tenant_id(), "groups": list(groups)},
        )
