"""The classification tree: children of a unit in order, and the paths that lead to a unit."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from sae.holdings.models import ROOT, ArchiveUnit, UnitEdge

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
    """Return the children of a unit (``ROOT``: the units without parent) that follow ``after``.

    One query whatever the number of children. Plan: index scan of ``unit_edge_order`` from
    ``(tenant, parent, sort_key, unit)`` on, joined to the primary key of the units.
    """
    edges = UnitEdge.objects.filter(parent_id=parent_id)
    key, _, last = after.rpartition("~")
    last_id = _identifier(last)
    if last_id is not None:
        edges = edges.filter(
            TupleGreaterThan(Tuple(F("sort_key"), F("unit_id")), (key.replace("\x00", ""), last_id))
        )
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

    Empty when the unit is among the first ``most``, or is no child of this parent. Two queries.
    """
    edges = UnitEdge.objects.filter(parent_id=parent_id)
    key = edges.filter(unit_id=unit_id).values_list("sort_key", flat=True).first()
    if key is None:
        return ""
    before = (
        edges.filter(sort_key__lte=key)
        .exclude(sort_key=key, unit_id__gte=unit_id)
        .order_by("-sort_key", "-unit_id")
        .values_list("sort_key", "unit_id")[:most]
    )
    found = list(before)
    if len(found) < most:
        return ""
    last_key, last_id = found[lines - 1]
    return f"{last_key}~{last_id}"


def paths_of(units: Sequence[ArchiveUnit]) -> dict[uuid.UUID, list[tuple[Step, ...]]]:
    """Return, for each unit, its paths from a root down to its parent (at most ``MOST_PATHS``).

    A root has one empty path. One query for all the units: their ancestors by identifier.
    """
    ancestors = {one for unit in units for one in unit.ancestors}
    rows = ArchiveUnit.objects.filter(id__in=ancestors).values_list("id", "title", "parents")
    known = {identifier: (title, parents) for identifier, title, parents in rows}

    def above(parents: Sequence[uuid.UUID]) -> list[tuple[Step, ...]]:
        paths: list[tuple[Step, ...]] = []
        # Each entry: what is left to climb, and the path below it.
        climbing: list[tuple[uuid.UUID, tuple[Step, ...]]] = []
        climbing += [(one, ()) for one in reversed(parents)]
        while climbing and len(paths) < MOST_PATHS:
            here, below = climbing.pop()
            if here not in known:
                continue
            title, higher = known[here]
            path = (Step(here, title), *below)
            if higher:
                climbing += [(one, path) for one in reversed(higher)]
            else:
                paths.append(path)
        return paths or [()]

    return {unit.id: above(unit.parents) for unit in units}


def path_of(unit: ArchiveUnit) -> list[tuple[Step, ...]]:
    """Return the paths of one unit: several when it, or a unit above, has several parents."""
    return paths_of([unit])[unit.id]


def _identifier(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
