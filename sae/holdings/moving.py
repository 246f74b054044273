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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from sae.holdings.graph import MAX_DEPTH
from sae.holdings.models import ArchiveUnit
from sae.holdings.move_checks import held
from sae.holdings.new_places import Node, Place, Rearrangement, write_places
from sae.holdings.projection.closure import BELOW
from sae.holdings.rules_store import hold_rules_still
from sae.holdings.unit_states import lock_units, read_units
from sae.holdings.updating import write_moves
from sae.journal.models import Operation
from sae.kernel import clock
from sae.tenancy.scope import current_tenant_id

BATCH = 10_000


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


def check_moves(moves: Sequence[Move], *, today: dt.date | None = None) -> list[Refusal]:
    """Return every reason why the moves would be refused; empty when they can be made."""
    return _prepare(moves, today or clock.today())[1]


def move_units(
    moves: Sequence[Move],
    *,
    operation: Operation,
    today: dt.date | None = None,
    name: str = "units-moved.jsonl.gz",
) -> Moved:
    """Make moves, in the caller's transaction, which journals them last.

    ``name`` is that of the file of metadata for the offers, unique within the operation. Raises
    ``MoveRefusedError`` before any write. A move that changes nothing counts for nothing.
    """
    hold_rules_still()
    plan, refusals = _prepare(moves, today or clock.today())
    if refusals:
        raise MoveRefusedError(refusals)
    if plan.moves:
        lock_units(sorted(plan.moves))
        write_places(plan)
        write_moves(read_units(sorted(plan.moves)), operation=operation, name=name)
    return Moved(len(plan.moves), len(plan.nodes) - len(plan.moves))


def _prepare(moves: Sequence[Move], today: dt.date) -> tuple[Rearrangement, list[Refusal]]:
    plan = Rearrangement()
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
    if kept_there := held(plan.moves.keys(), today):
        refusals.append(Refusal("held", tuple(kept_there)))
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


def _nodes(unit_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Node]:
    """Return the units and all that is below them. Ancestors stay text: siblings share it."""
    nodes: dict[uuid.UUID, Node] = {}
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
                nodes[unit_id] = Node(
                    parents,
                    places.setdefault(place, place),
                    depth,
                    unit_type,
                    agency,
                    agencies.setdefault(named, named),
                    group,
                )
    return nodes


def _outside(unit_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Place]:
    """Return where units that do not move are."""
    rows = ArchiveUnit.objects.filter(id__in=list(unit_ids)).values_list(
        "id", "ancestors", "depth", "originating_agencies"
    )
    return {
        unit_id: Place(tuple(ancestors), depth, tuple(agencies))
        for unit_id, ancestors, depth, agencies in rows
    }


def _in_order(
    nodes: Mapping[uuid.UUID, Node],
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


def _too_deep(plan: Rearrangement) -> tuple[uuid.UUID, ...]:
    """Return the units that move and would be, or have below them something, too deep."""
    depths = {unit_id: place.depth for unit_id, place in plan.outside.items()}
    for unit_id in plan.order:
        parents = plan.nodes[unit_id].parents
        depths[unit_id] = 1 + max((depths[one] for one in parents), default=0)
    deep = {one for one in plan.order if depths[one] > MAX_DEPTH}
    for unit_id in reversed(plan.order):
        if unit_id in deep:
            deep.update(one for one in plan.nodes[unit_id].parents if one in plan.nodes)
    return tuple(one for one in plan.moves if one in deep)
