"""The classification tree: children of a unit in order, and the paths that lead to a unit."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db import connection
from django.db.models import F
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from sae.holdings import projection
from sae.holdings.models import ROOT, ArchiveUnit, UnitEdge
from sae.holdings.projection import Below
from sae.holdings.selectors.units import shown_among
from sae.holdings.sight import Sight, current_sight
from sae.holdings.text import sort_key
from sae.kernel.identifiers import parse_id
from sae.tenancy.literals import identifiers_literal
from sae.tenancy.scope import current_tenant_id

CHILDREN_PER_PAGE = 100
MOST_PATHS = 10


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of the tree."""

    id: uuid.UUID
    title: str
    level: str
    unit_type: str
    child_count: int
    descendant_count: int
    has_object: bool
    capped: bool = False
    """The counts were stopped: there are more."""


@dataclass(frozen=True, slots=True)
class Branches:
    """Children in order. ``next_after`` continues the list; empty at its end."""

    items: list[Branch]
    next_after: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One unit of a path, from the root down."""

    id: uuid.UUID
    title: str


def children(
    parent_id: uuid.UUID = ROOT, *, after: str = "", limit: int = CHILDREN_PER_PAGE
) -> Branches:
    """Return the children of a unit that follow ``after``, as the open sight shows them.

    ``ROOT``: where the tree begins, that is the units in sight without parent in sight. Counts
    are those of what is in sight. Under the whole sight, one query whatever the number of
    children, by index scan of ``unit_edge_order`` from ``(tenant, parent, sort_key, unit)`` on,
    joined to the primary key of the units; under another, four.
    """
    sight = current_sight()
    start = _place(after)
    if sight.is_whole:
        return _all_children(parent_id, start, limit)
    places = _in_sight(sight, parent_id, after=start, limit=limit + 1)
    more = len(places) > limit
    places = places[:limit]
    items = _branches_of([unit_id for _key, unit_id in places])
    return Branches(items, f"{places[-1][0]}~{places[-1][1]}" if more else "")


def children_matching(parent_id: uuid.UUID, text: str, *, limit: int) -> Branches:
    """Return the children in sight of a unit whose title holds ``text``, whatever their number.

    The range of ``unit_edge_order`` is read, then titles by identifiers: 20 000 children of one
    unit are some tens of milliseconds, where words of the search would leave parts of words out.
    Queries apart, not a join: planned over statistics of another day, the join was seen to read the
    coffre once for each child. ``next_after`` is not empty when there are more: they are not
    listed, the text says too little.
    """
    key = sort_key(text)
    edges = UnitEdge.objects.filter(parent_id=parent_id).order_by("sort_key", "unit_id")
    below = list(edges.values_list("unit_id", "sort_key"))
    # First of all: neither what is found nor « there are more » may come from what is not seen.
    seen = shown_among([unit_id for unit_id, _order in below])
    if len(seen) < len(below):
        below = [one for one in below if one[0] in seen]
    titled = _titled([unit_id for unit_id, _order in below], text)
    named = (one for one, order in below if one in titled or (key and key in order))
    ids = list(islice(named, limit + 1))
    return Branches(_branches_of(ids[:limit]), "more" if len(ids) > limit else "")


def _titled(ids: Sequence[uuid.UUID], text: str) -> set[uuid.UUID]:
    """Return which of these units have ``text`` in their title, whatever its case."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM holdings_archiveunit "
            "WHERE tenant_id = %s AND id = ANY(%s::uuid[]) AND title ILIKE %s",
            [
                current_tenant_id(),
                identifiers_literal(ids),
                f"%{connection.ops.prep_for_like_query(text)}%",
            ],
        )
        return {row[0] for row in cursor.fetchall()}


def _branches_of(ids: Sequence[uuid.UUID]) -> list[Branch]:
    """Return the lines of units in sight, in the order of their identifiers. One query or two."""
    rows = {
        row[0]: row
        for row in ArchiveUnit.objects.filter(id__in=ids).values_list(
            "id", "title", "level", "unit_type", "child_count", "descendant_count",
            "object_group_id",
        )
    }  # fmt: skip
    counts = _below({row[0]: (row[4], row[5]) for row in rows.values()})
    return [
        Branch(
            unit_id, title, level, unit_type, counts[unit_id].children,
            counts[unit_id].descendants, group is not None, counts[unit_id].capped,
        )
        for unit_id, title, level, unit_type, _children, _descendants, group in (
            rows[one] for one in ids if one in rows
        )
    ]  # fmt: skip


def counts_below(units: Sequence[ArchiveUnit]) -> dict[uuid.UUID, Below]:
    """Return how many children and descendants of each unit are in sight.

    No query under the whole sight; two at most under another.
    """
    return _below({unit.id: (unit.child_count, unit.descendant_count) for unit in units})


def seen_below(units: Sequence[ArchiveUnit]) -> int:
    """Return how many units in sight are below these units in sight, themselves left out.

    No query under the whole sight, where what is below two of them counts twice; one otherwise.
    """
    if current_sight().is_whole:
        return sum(unit.descendant_count for unit in units)
    return projection.within_in_sight([unit.id for unit in units]) - len(units)


def _below(stored: Mapping[uuid.UUID, tuple[int, int]]) -> dict[uuid.UUID, Below]:
    """Return counts under the open sight of units in sight, from those stored where they hold."""
    counts = {
        one: Below(children, below, capped=False) for one, (children, below) in stored.items()
    }
    if current_sight().is_whole:
        return counts
    parents = [one for one, (children, _below) in stored.items() if children]
    # Below a unit shown by a contract that holds for all below, what is stored is what is seen.
    shown = projection.grants_of(parents)
    partial = [one for one in parents if not any(grant.holds_below for grant in shown.get(one, ()))]
    return counts | projection.below_in_sight(partial)


def _all_children(parent_id: uuid.UUID, start: projection.Place | None, limit: int) -> Branches:
    edges = UnitEdge.objects.filter(parent_id=parent_id)
    if start is not None:
        edges = edges.filter(TupleGreaterThan(Tuple(F("sort_key"), F("unit_id")), start))
    rows = list(
        edges.order_by("sort_key", "unit_id").values_list(
            "sort_key",
            "unit_id",
            "unit__title",
            "unit__level",
            "unit__unit_type",
            "unit__child_count",
            "unit__descendant_count",
            "unit__object_group_id",
        )[: limit + 1]
    )
    more = len(rows) > limit
    rows = rows[:limit]
    return Branches(
        [
            Branch(unit_id, title, level, unit_type, child_count, descendants, group is not None)
            for _key, unit_id, title, level, unit_type, child_count, descendants, group in rows
        ],
        f"{rows[-1][0]}~{rows[-1][1]}" if more else "",
    )


def place_before(
    parent_id: uuid.UUID, unit_id: uuid.UUID, *, lines: int = 5, most: int = CHILDREN_PER_PAGE
) -> str:
    """Return an ``after`` from which ``children`` shows a unit a few lines down its brothers.

    Empty when the unit is among the first ``most`` in sight, or is no child of this parent.
    Two queries.
    """
    sight = current_sight()
    if parent_id == ROOT and not sight.is_whole:
        # Where the tree begins under a contract may be deep in the fonds, under any parent.
        own = UnitEdge.objects.filter(unit_id=unit_id).order_by("sort_key")
    else:
        own = UnitEdge.objects.filter(parent_id=parent_id, unit_id=unit_id)
    key = own.values_list("sort_key", flat=True).first()
    if key is None:
        return ""
    found = _in_sight(sight, parent_id, before=(key, unit_id), limit=most)
    if len(found) < most:
        return ""
    last_key, last_id = found[lines - 1]
    return f"{last_key}~{last_id}"


def _in_sight(
    sight: Sight,
    parent_id: uuid.UUID,
    *,
    after: projection.Place | None = None,
    before: projection.Place | None = None,
    limit: int,
) -> list[projection.Place]:
    """Return the places of children in sight; the tree begins below what is out of sight too."""
    if parent_id == ROOT and not sight.is_whole:
        roots = {root for grant in sight.grants for root in grant.roots}
        return projection.tops_in_sight(roots, after=after, before=before, limit=limit)
    return projection.children_in_sight(parent_id, after=after, before=before, limit=limit)


def _place(text: str) -> projection.Place | None:
    """Read the place where a page ended, from an address."""
    key, _, last = text.rpartition("~")
    unit_id = parse_id(last)
    return (key.replace("\x00", ""), unit_id) if unit_id is not None else None


def paths_of(units: Sequence[ArchiveUnit]) -> dict[uuid.UUID, list[tuple[Step, ...]]]:
    """Return, for each unit, its paths from a root down to its parent (at most ``MOST_PATHS``).

    Ancestors out of sight are left out of the paths. A root has one empty path. One query for all
    the units under the whole sight, two under another.
    """
    ancestors = {one for unit in units for one in unit.ancestors}
    rows = ArchiveUnit.objects.filter(id__in=ancestors).values_list("id", "title", "parents")
    known = {identifier: (title, parents) for identifier, title, parents in rows}
    shown = shown_among(known.keys())

    def above(parents: Sequence[uuid.UUID]) -> list[tuple[Step, ...]]:
        paths: dict[tuple[Step, ...], None] = {}
        # Each entry: what is left to climb, and the path below it.
        climbing: list[tuple[uuid.UUID, tuple[Step, ...]]] = []
        climbing += [(one, ()) for one in reversed(parents)]
        while climbing and len(paths) < MOST_PATHS:
            here, below = climbing.pop()
            if here not in known:
                continue
            title, higher = known[here]
            path = (Step(here, title), *below) if here in shown else below
            if higher:
                climbing += [(one, path) for one in reversed(higher)]
            else:
                paths[path] = None
        return list(paths) or [()]

    return {unit.id: above(unit.parents) for unit in units}


def path_of(unit: ArchiveUnit) -> list[tuple[Step, ...]]:
    """Return the paths of one unit: several when it, or a unit above, has several parents."""
    return paths_of([unit])[unit.id]
