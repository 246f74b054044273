"""Rules in force computed again, set-wise, when a parent, a declaration or the referential changes.

Units are taken by depth, so that what is above is always done; a batch reads its units and what
their parents hand down, and writes only what differs. Memory does not grow with their number, and
done twice it changes nothing. Nothing is journalled here: whoever changed something has said so.
"""

# Statements are put together from the constants of this module; values are always bound.
# ruff: noqa: S608

import itertools
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection

from sae.holdings.inheritance import UnknownParentError
from sae.holdings.projection.closure import BELOW
from sae.holdings.rules_laying import HandedDown, Layer, ResultLine
from sae.holdings.rules_store import (
    UNITS,
    ResultsToCome,
    give_results,
    handed_down_by,
    hold_rules_still,
)
from sae.holdings.updating import UnitChange
from sae.tenancy.literals import identifiers_in, identifiers_literal
from sae.tenancy.plans import joining_whole
from sae.tenancy.scope import current_tenant_id

BATCH = 5_000
"""Units computed at a time."""

_TABLES = ("holdings_archiveunit", UNITS)
THESE = "SELECT unnest(%(units)s::uuid[])"
_IN_ORDER = (
    "SELECT unit.id FROM ({wanted}) AS wanted (id) JOIN holdings_archiveunit AS unit "
    "ON unit.tenant_id = %(tenant)s AND unit.id = wanted.id ORDER BY unit.depth, unit.id"
)
_NEW = (
    f"NOT EXISTS (SELECT FROM {UNITS} AS rules WHERE rules.tenant_id = unit.tenant_id "
    "AND rules.id = unit.id)"
)


@dataclass(slots=True)
class Recomputed:
    """How many units were computed, and how many had another result before."""

    units: int = 0
    changed: int = 0


def recompute(unit_ids: Sequence[uuid.UUID]) -> Recomputed:
    """Compute again the rules of these units and of nothing below, in the caller's transaction."""
    return _recompute_selected(_IN_ORDER.format(wanted=THESE), unit_ids)


def recompute_below(unit_ids: Sequence[uuid.UUID]) -> Recomputed:
    """Compute again the rules of these units and of all that is below them.

    In the caller's transaction, which changed their declarations, their parents or their agency,
    the search projection's ancestors included. Call ``hold_rules_still`` at its beginning.
    """
    holders = _with_children(unit_ids)
    wanted = f"{THESE} UNION {BELOW.replace('%(units)s', '%(holders)s')}" if holders else THESE
    return _recompute_selected(_IN_ORDER.format(wanted=wanted), unit_ids, holders)


class ComingRules:
    """Rules of units about to be written and of all below, laid by a thread meanwhile; then
    ``write``.

    Like ``recompute_below``, without reading again the units that the caller has in hand. Only
    what they declare may change: neither their parents nor their agency.
    """

    def __init__(self, changes: Sequence[UnitChange], thread: Executor) -> None:
        hold_rules_still()
        self._known = {one.state.id for one in changes}
        holders = [one.state.id for one in changes if one.state.child_count]
        others = _others_below(holders, self._known)
        self._laid: Future[_Laying] | None = None
        if others is None:
            return
        rows = _read(others) if others else []
        layer = Layer()
        # What is above is read now: it is not among what changes. The rest waits for the thread.
        places = [*(one.state.parents for one in changes), *(row.parents for row in rows)]
        handed = _handed_down(_parents_in(places) - self._known.union(others), layer)

        def lay() -> _Laying:
            every = sorted([*_rows_of(changes), *rows], key=lambda row: (row.depth, row.id))
            return _Laying(every, layer, handed).lay()

        self._laid = thread.submit(lay)

    def write(self) -> Recomputed:
        """Write the results, once the units are written."""
        if self._laid is None:
            return recompute_below(list(self._known))
        done = Recomputed()
        self._laid.result().write(done)
        return done


def _others_below(
    holders: Sequence[uuid.UUID], known: Collection[uuid.UUID]
) -> list[uuid.UUID] | None:
    """Return what is below ``holders`` and not ``known``; ``None`` when it is too much at once."""
    if not holders:
        return []
    limit = len(known) + BATCH
    with connection.cursor() as cursor:
        cursor.execute(
            f"{BELOW} LIMIT %(limit)s",
            {
                "tenant": current_tenant_id(),
                "units": identifiers_literal(holders),
                "limit": limit + 1,
            },
        )
        found = [row[0] for row in cursor.fetchall()]
    return None if len(found) > limit else [one for one in found if one not in known]


def _rows_of(changes: Iterable[UnitChange]) -> Iterator["_Row"]:
    # What units come to declare together is written once.
    declared: dict[int, bytes] = {}
    for change in changes:
        state, after = change.state, change.management
        management = (
            declared.get(id(after)) if after is not None else state.management_text.encode()
        )
        if management is None:
            management = declared[id(after)] = orjson.dumps(after)
        yield _Row(state.id, state.parents, management, state.agency, state.depth, None)


def _with_children(unit_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Return those that have something below them: each that is looked for costs 80 µs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM holdings_archiveunit "
            "WHERE tenant_id = %s AND id = ANY(%s::uuid[]) AND child_count > 0",
            [current_tenant_id(), identifiers_literal(unit_ids)],
        )
        return [row[0] for row in cursor.fetchall()]


def _recompute_selected(
    statement: str, unit_ids: Sequence[uuid.UUID], holders: Sequence[uuid.UUID] = ()
) -> Recomputed:
    hold_rules_still()
    done = Recomputed()
    if not unit_ids:
        return done
    layer = Layer()
    values: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "units": identifiers_literal(unit_ids),
        "holders": identifiers_literal(holders),
    }
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, values)
        while rows := cursor.fetchmany(BATCH):
            recompute_batch([row[0] for row in rows], layer, done)
    return done


def recompute_waiting(*, limit: int) -> Recomputed:
    """Give their first rules to at most ``limit`` units that have none yet, highest first."""
    hold_rules_still()
    done = Recomputed()
    with joining_whole(*_TABLES), connection.cursor() as cursor:
        cursor.execute(
            "SELECT unit.id FROM holdings_archiveunit AS unit "
            f"WHERE unit.tenant_id = %s AND {_NEW} ORDER BY unit.depth, unit.id LIMIT %s",
            [current_tenant_id(), limit],
        )
        found = [row[0] for row in cursor.fetchall()]
    layer = Layer()
    for batch in _batches(found):
        recompute_batch(batch, layer, done)
    return done


def lay_late(unit_ids: Sequence[uuid.UUID]) -> None:
    """Give their first rules to units of a deposit whose parents came after them.

    The deposit shares the rules with others: nobody else knows these units yet.
    """
    if unit_ids:
        _compute_first(set(unit_ids))


@dataclass(slots=True)
class _Row:
    """A unit as the computation reads it; not frozen, since they come by the hundred thousand.

    ``management`` is the JSON of what it declares; ``stored`` its present result, ``None`` when it
    has none or when it is not known.
    """

    id: uuid.UUID
    parents: tuple[uuid.UUID, ...]
    management: bytes
    agency: str
    depth: int
    stored: uuid.UUID | None


def recompute_batch(unit_ids: Sequence[uuid.UUID], layer: Layer, done: Recomputed) -> None:
    """Compute units whose ancestors are all done, or among them; write what differs.

    Ancestors that never had a result get theirs first. Raises ``UnknownParentError`` when a parent
    is missing: the fonds would be damaged.
    """
    rows = _read(unit_ids)
    layer.forget_read()
    above = _parents_in([row.parents for row in rows]) - {row.id for row in rows}
    _Laying(rows, layer, _handed_down(above, layer)).lay().write(done)


class _Laying:
    """Units to lay, parents first, with what those above them hand down."""

    def __init__(
        self, rows: Sequence[_Row], layer: Layer, handed: dict[uuid.UUID, HandedDown]
    ) -> None:
        self._rows = rows
        self._layer = layer
        self._parents = _parents_in([row.parents for row in rows])
        self._handed = handed
        self._results: list[uuid.UUID] = []
        self._lines: dict[uuid.UUID, ResultLine] = {}

    def lay(self) -> "_Laying":
        """Lay them. Nothing is asked of the database: another thread may do it."""
        last: _Row | None = None
        for row in self._rows:
            has_children = row.id in self._parents
            if last is not None and not has_children and _is_twin(row, last):
                self._results.append(self._results[-1])
                continue
            laid = self._layer.lay(
                row.id,
                agency=row.agency,
                management=row.management,
                above=[self._handed[parent] for parent in row.parents],
                has_children=has_children,
            )
            self._results.append(laid.result_id)
            if laid.handed is not None:
                self._handed[row.id] = laid.handed
            last = row
        self._lines = self._layer.take_fresh()
        return self

    def write(self, done: Recomputed) -> None:
        """Write the results that differ from those stored, and count."""
        changed = [
            (row.id, result)
            for row, result in zip(self._rows, self._results, strict=True)
            if row.stored is None or row.stored != result
        ]
        if changed:
            coming = ResultsToCome()
            coming.add(self._lines[one] for one in {result for _unit, result in changed})
            coming.write()
            give_results(changed)
        done.units += len(self._rows)
        done.changed += len(changed)


def _parents_in(places: Iterable[tuple[uuid.UUID, ...]]) -> set[uuid.UUID]:
    """Return every parent named; siblings share one tuple of parents, looked into once."""
    different = {id(place): place for place in places}.values()
    return {parent for place in different for parent in place}


def _is_twin(row: _Row, other: _Row) -> bool:
    """Tell whether a unit has the rules of the one before: same parents, same declaration."""
    return (
        row.parents is other.parents
        and row.management == other.management
        and row.agency == other.agency
    )


def _handed_down(unit_ids: set[uuid.UUID], layer: Layer) -> dict[uuid.UUID, HandedDown]:
    """Return what parents hand down; compute those that never were, and what is above them."""
    handed = handed_down_by(unit_ids, layer)
    missing = unit_ids - handed.keys()
    if missing:
        _compute_first(missing)
        handed |= handed_down_by(missing, layer)
        for one in missing - handed.keys():
            raise UnknownParentError("", one)
    return handed


def _compute_first(unit_ids: set[uuid.UUID]) -> None:
    """Compute the units that wait for their first result, from the highest of their ancestors."""
    waiting = (
        "SELECT unit.id FROM holdings_archiveunit AS unit WHERE unit.tenant_id = %(tenant)s AND "
        "(unit.id = ANY(%(units)s) OR unit.id IN (SELECT unnest(one.ancestors) FROM "
        "holdings_archiveunit AS one WHERE one.tenant_id = %(tenant)s "
        f"AND one.id = ANY(%(units)s))) AND {_NEW} "
        "ORDER BY unit.depth, unit.id"
    )
    with joining_whole(*_TABLES), connection.cursor() as cursor:
        cursor.execute(waiting, {"tenant": current_tenant_id(), "units": list(unit_ids)})
        found = [row[0] for row in cursor.fetchall()]
    layer = Layer()
    for batch in _batches(found):
        # Parents first in each batch and from one to the next: none is missing any more.
        recompute_batch(batch, layer, Recomputed())


def _batches(unit_ids: Sequence[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    wanted = iter(unit_ids)
    while batch := list(itertools.islice(wanted, BATCH)):
        yield batch


def _read(unit_ids: Sequence[uuid.UUID]) -> list[_Row]:
    """Return the units, parents first. Two queries, each by the identifiers of all the units.

    Without fresh statistics, as after a large deposit, PostgreSQL may read the whole coffre for
    either of them. Joined, or looked up unit by unit, it did so for each unit.
    """
    values: list[Any] = [current_tenant_id(), identifiers_literal(unit_ids)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, result_id FROM {UNITS} WHERE tenant_id = %s AND id = ANY(%s::uuid[])",
            values,
        )
        stored = dict(cursor.fetchall())
        cursor.execute(
            "SELECT id, parents::text, management::text, originating_agency, depth "
            "FROM holdings_archiveunit WHERE tenant_id = %s AND id = ANY(%s::uuid[]) "
            "ORDER BY depth, id",
            values,
        )
        return [
            _Row(
                unit_id,
                identifiers_in(parents),
                management.encode(),
                agency,
                depth,
                stored.get(unit_id),
            )
            for unit_id, parents, management, agency, depth in cursor.fetchall()
        ]
