"""Positions of trees and plans are made, and those that hold nothing are taken away.

In the caller's transaction, which journals the act last.
"""

# Statements are put together from the constants of this module; values are always bound.
# ruff: noqa: S608

import datetime as dt
import uuid
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection

from sae.holdings import projection
from sae.holdings.graph import PackageGraph
from sae.holdings.loading import CountDelta, attach_counts, load_units
from sae.holdings.metadata_files import keep_metadata, line_of_row
from sae.holdings.models import ArchiveUnit
from sae.holdings.projection.closure import BELOW
from sae.holdings.rows import UnitRow
from sae.holdings.rules_store import (
    RESULTS,
    UNITS,
    forget_units,
    hold_rules_still,
    share_rules,
)
from sae.holdings.selectors.units import units_for_attachment
from sae.holdings.targets import hold_targets
from sae.holdings.text import text_of_content
from sae.holdings.updating import day_of
from sae.journal.life_cycle import LifeCycleDraft, write_life_cycle
from sae.journal.models import Operation
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.plans import joining_whole
from sae.tenancy.scope import current_tenant_id

CREATED = "LFC.UNIT_CREATION"
REMOVED = "LFC.UNIT_DELETION"
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Position:
    """One position to make. ``parent`` is the key of another of them, an existing unit, or none.

    ``content`` holds SEDA fields under their names, title and level included.
    """

    key: Hashable
    unit_type: str
    content: Mapping[str, Any]
    parent: Hashable | uuid.UUID | None = None
    management: Mapping[str, Any] = field(default_factory=dict)


class WrongPlaceError(Exception):
    """Positions that cannot stand where they are asked: ``keys``, and the ``reason``.

    ``reason``: ``type_order`` (a tree under a plan, a plan under archives), ``unknown_parent``,
    ``cycle``, ``changed`` (described otherwise meanwhile).
    """

    def __init__(self, reason: str, keys: Sequence[Hashable]) -> None:
        super().__init__(f"{reason}: {list(keys)[:5]}")
        self.reason = reason
        self.keys = list(keys)


def make_positions(
    positions: Sequence[Position], *, operation: Operation, moment: dt.datetime | None = None
) -> dict[Hashable, uuid.UUID]:
    """Make positions; return the identifier of each key. Raises ``WrongPlaceError``."""
    share_rules()
    moment = moment or clock.now()
    ids = {one.key: new_id() for one in positions}
    outside = {one.parent for one in positions if one.parent is not None and one.parent not in ids}
    targets = units_for_attachment([one for one in outside if isinstance(one, uuid.UUID)])
    hold_targets(units=targets.keys())
    types: dict[Hashable, str] = {one.key: one.unit_type for one in positions}
    types |= {one: target.unit_type for one, target in targets.items()}
    _refuse_misplaced(positions, types)
    graph = PackageGraph()
    numbers = {one.key: graph.add_unit() for one in positions}
    for one in positions:
        if one.parent in numbers:
            graph.link(numbers[one.parent], numbers[one.key])
        elif isinstance(one.parent, uuid.UUID):
            graph.attach(numbers[one.key], targets[one.parent].in_graph())
    if cycle := graph.find_cycle():
        raise WrongPlaceError("cycle", [positions[number].key for number in cycle])
    growth = graph.growth()
    rows = list(_rows(positions, graph, ids, operation.id, moment))
    load_units(iter(rows), under=[one for one, grown in growth.items() if grown.children])
    attach_counts(
        {one: CountDelta(grown.children, grown.descendants) for one, grown in growth.items()}
    )
    keep_metadata(map(line_of_row, rows), operation_id=operation.id, name="units-made.jsonl.gz")
    write_life_cycle(
        [LifeCycleDraft("unit", row.id, (CREATED,)) for row in rows], operation=operation
    )
    return ids


def _refuse_misplaced(positions: Sequence[Position], types: Mapping[Hashable, str]) -> None:
    unknown = [one.key for one in positions if one.parent is not None and one.parent not in types]
    if unknown:
        raise WrongPlaceError("unknown_parent", unknown)
    rank = {str(kind): ArchiveUnit.Type(kind).rank for kind in ArchiveUnit.Type.values}
    wrong = [
        one.key
        for one in positions
        if one.parent is not None and rank[one.unit_type] > rank[types[one.parent]]
    ]
    if wrong:
        raise WrongPlaceError("type_order", wrong)


def _rows(
    positions: Sequence[Position],
    graph: PackageGraph,
    ids: Mapping[Hashable, uuid.UUID],
    operation_id: uuid.UUID,
    moment: dt.datetime,
) -> Iterator[UnitRow]:
    for placed in graph.arrange(lambda number: ids[positions[number].key]):
        one = positions[placed.index]
        description, other = text_of_content(dict(one.content))
        yield UnitRow(
            id=ids[one.key],
            operation_id=operation_id,
            created_at=moment,
            title=str(one.content.get("Title", "")),
            level=str(one.content.get("DescriptionLevel", "")),
            unit_type=one.unit_type,
            start_date=day_of(one.content.get("StartDate")),
            end_date=day_of(one.content.get("EndDate")),
            parents=placed.parents,
            ancestors=placed.ancestors,
            depth=placed.depth,
            content=orjson.dumps(dict(one.content)),
            management=orjson.dumps(dict(one.management)),
            child_count=graph.child_count(placed.index),
            descendant_count=graph.descendant_count(placed.index),
            description=description,
            other_text=other,
        )


@dataclass(frozen=True, slots=True)
class Blocker:
    """A reason why a branch cannot be taken away: ``archives``, ``objects``, ``other_parent``,
    or ``held`` (an active hold, own or inherited).

    ``count`` units, the first of which are named.
    """

    reason: str
    count: int
    units: tuple[uuid.UUID, ...] = ()


_BRANCH = f"(id = ANY(%(units)s) OR id IN ({BELOW}))"
_BLOCKERS = {
    "archives": "unit_type = 'INGEST'",
    "objects": "object_group_id IS NOT NULL",
    # Also under a unit that stays: only the link may go.
    "other_parent": (
        "NOT id = ANY(%(units)s) AND EXISTS (SELECT FROM unnest(parents) AS parent "
        f"WHERE NOT (parent = ANY(%(units)s) OR parent IN ({BELOW})))"
    ),
    # Taking a position away eliminates it: a hold forbids that. The day of its end, it is over.
    "held": (
        f"id IN (SELECT given.id FROM {UNITS} AS given JOIN {RESULTS} AS result "
        "ON result.tenant_id = given.tenant_id AND result.id = given.result_id "
        "WHERE given.tenant_id = %(tenant)s "
        "AND (result.hold_end > %(today)s OR 'HoldRule' = ANY(result.undated)))"
    ),
}


def branch_blockers(unit_id: uuid.UUID) -> list[Blocker]:
    """Return every reason why a position and what is below cannot be taken away."""
    values: dict[str, Any] = {
        "tenant": current_tenant_id(), "units": [unit_id], "today": clock.today(),
    }  # fmt: skip
    found = []
    with joining_whole(UNITS, RESULTS), connection.cursor() as cursor:
        for reason, condition in _BLOCKERS.items():
            cursor.execute(
                "WITH hits AS MATERIALIZED (SELECT id FROM holdings_archiveunit "
                f"WHERE tenant_id = %(tenant)s AND {_BRANCH} AND {condition}) "
                f"SELECT (SELECT count(*) FROM hits), ARRAY(SELECT id FROM hits LIMIT {SHOWN})",
                values,
            )
            count, units = cursor.fetchone()
            if count:
                found.append(Blocker(reason, count, tuple(units)))
    return found


def branch_ids(unit_id: uuid.UUID) -> list[uuid.UUID]:
    """Return a position and all that is below it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM holdings_archiveunit WHERE tenant_id = %(tenant)s AND {_BRANCH} "
            "ORDER BY id",
            {"tenant": current_tenant_id(), "units": [unit_id]},
        )
        return [row[0] for row in cursor.fetchall()]


def remove_branch(unit_id: uuid.UUID, *, operation: Operation) -> int:
    """Take away a position and all that is below; return how many there were.

    Raises ``LookupError`` when something blocks: see ``branch_blockers``, asked again under lock.
    """
    hold_rules_still()
    leaving = branch_ids(unit_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM holdings_archiveunit WHERE tenant_id = %s AND id = ANY(%s) "
            "ORDER BY id FOR UPDATE",
            [current_tenant_id(), leaving],
        )
    if branch_blockers(unit_id):
        raise LookupError("the branch holds something")
    row = ArchiveUnit.objects.get(id=unit_id)
    deltas = {one: CountDelta(descendants=-len(leaving)) for one in row.ancestors}
    for parent in row.parents:
        deltas[parent] = CountDelta(children=-1, descendants=-len(leaving))
    write_life_cycle(_removals(leaving), operation=operation)
    projection.remove_entries(leaving)
    forget_units(leaving)
    with connection.cursor() as cursor:
        for table, column in (("holdings_unitedge", "unit_id"), ("holdings_archiveunit", "id")):
            cursor.execute(
                f"DELETE FROM {table} WHERE tenant_id = %s AND {column} = ANY(%s)",
                [current_tenant_id(), leaving],
            )
    attach_counts(deltas)
    return len(leaving)


def _removals(unit_ids: Iterable[uuid.UUID]) -> list[LifeCycleDraft]:
    return [LifeCycleDraft("unit", one, (REMOVED,)) for one in unit_ids]
