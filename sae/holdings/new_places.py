"""Where units will be once moved: computed from their parents, then written set-wise.

Units that have the same parents share one place: it goes to the database once, and they name it.
"""

# Statements are put together from the constants of this module; values are always bound.

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection

from sae.holdings.loading import CountDelta, attach_counts
from sae.holdings.models import ROOT, ArchiveUnit, UnitEdge
from sae.holdings.projection.moved import move_entries
from sae.holdings.recomputing import recompute_below
from sae.holdings.text import sort_key
from sae.kernel.identifiers import new_id
from sae.tenancy.bulk import copy_lines, encode_lines, escaped
from sae.tenancy.literals import array_literal, identifiers_literal
from sae.tenancy.scope import current_tenant_id

Ancestors = tuple[uuid.UUID, ...]
_EDGE_COLUMNS = ("tenant_id", "id", "parent_id", "unit_id", "sort_key")


@dataclass(slots=True)
class Node:
    """A unit that moves, or is below one that does."""

    parents: list[uuid.UUID]
    place: str
    depth: int
    unit_type: str
    agency: str
    agencies: tuple[str, ...]
    group: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit is: shared by those that have the same parents."""

    ancestors: Ancestors
    depth: int
    agencies: tuple[str, ...]


@dataclass(slots=True)
class Rearrangement:
    moves: dict[uuid.UUID, list[uuid.UUID]] = field(default_factory=dict)
    """Parents wanted, of the units that really move."""
    nodes: dict[uuid.UUID, Node] = field(default_factory=dict)
    outside: dict[uuid.UUID, Place] = field(default_factory=dict)
    order: list[uuid.UUID] = field(default_factory=list)


def write_places(plan: Rearrangement) -> None:
    """Write the rearrangement and all that depends on it, in the caller's transaction."""
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
    _write_rows({one: places[one] for one in changed})
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


def _places(plan: Rearrangement) -> dict[uuid.UUID, Place]:
    """Return where each unit will be, those of the same parents and agency sharing one object."""
    places: dict[uuid.UUID, Place] = dict(plan.outside)
    shared: dict[tuple[tuple[uuid.UUID, ...], str, bool], Place] = {}
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
            place = shared[key] = Place(
                tuple(ancestors),
                1 + max((spot.depth for spot in above), default=0),
                () if is_holding else tuple(agencies),
            )
        places[unit_id] = place
    return {one: places[one] for one in plan.nodes}


def _deltas(plan: Rearrangement, places: Mapping[uuid.UUID, Place]) -> dict[uuid.UUID, CountDelta]:
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


def _write_edges(plan: Rearrangement) -> None:
    """Give the moved units their parents, in lists too."""
    units = list(plan.moves)
    titles = dict(ArchiveUnit.objects.filter(id__in=units).values_list("id", "title"))
    keys = {one: escaped(sort_key(title)) for one, title in titles.items()}
    tenant = current_tenant_id().hex
    edges = [
        (tenant, new_id().hex, parent.hex, unit_id.hex, keys[unit_id])
        for unit_id, parents in plan.moves.items()
        for parent in parents or [ROOT]
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM holdings_unitedge WHERE tenant_id = %s AND unit_id = ANY(%s::uuid[])",
            [current_tenant_id(), identifiers_literal(units)],
        )
        copy_lines(UnitEdge, _EDGE_COLUMNS, encode_lines(edges))
        cursor.execute(
            "UPDATE holdings_archiveunit AS unit SET parents = place.parents::uuid[] "
            "FROM jsonb_to_recordset(%s::jsonb) AS place(id uuid, parents text) "
            "WHERE unit.tenant_id = %s AND unit.id = place.id",
            [
                # One JSON text: arrays of thousands of texts are written in Python, far slower.
                orjson.dumps(
                    [
                        {"id": one, "parents": identifiers_literal(parents)}
                        for one, parents in plan.moves.items()
                    ]
                ).decode(),
                current_tenant_id(),
            ],
        )


def _write_rows(places: Mapping[uuid.UUID, Place]) -> None:
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
