"""What would follow if a rule of the referential changed its length: counted, never written.

The units on which the rule is in force are gone through with the end dates that it would give;
what they inherit is worked out from what is stored, so nothing above is read again.
"""

# Statements are put together from the constants of this module; values are always bound.
# ruff: noqa: S608

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection

from sae.holdings.inheritance.categories import CATEGORIES
from sae.holdings.inheritance.dates import Rule, RuleFault, with_end_date
from sae.holdings.projection import ids_in_sight
from sae.holdings.redating import rules_named
from sae.holdings.rules_store import RESULTS, UNITS
from sae.holdings.sight import current_sight
from sae.kernel import clock
from sae.tenancy.scope import current_tenant_id

BATCH = 5_000
_RULE_KIND = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """A unit whose category ends otherwise: its latest end date, now and then.

    ``None`` when a rule of the category never ends, or has no start. ``declares``: it declares the
    rule itself.
    """

    unit_id: uuid.UUID
    declares: bool
    before: dt.date | None
    after: dt.date | None


@dataclass(frozen=True, slots=True)
class Simulated:
    """Counts of one category, on ``day``.

    ``declaring`` and ``affected``: units that declare the rule, and units on which it is in force.
    ``moved``: those whose category ends on another day. ``becoming_due`` and
    ``ceasing_to_be_due``: those whose category is over under the new length and was not, and the
    other way round (over: every rule of it has ended, that very day included).
    """

    category: str
    day: dt.date
    declaring: int = 0
    affected: int = 0
    moved: int = 0
    becoming_due: int = 0
    ceasing_to_be_due: int = 0
    undatable: int = 0
    """Units under a declaration that could not be dated any more (past the year 9999)."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What one stored result becomes; it is that of many units."""

    declares: bool
    before: dt.date | None
    after: dt.date | None
    was_due: bool
    is_due: bool
    undatable: bool


class Simulation:
    """A simulation in the scope of a coffre. Reads only; ``moved`` streams, whatever their number.

    The work is done once per distinct result, not per unit. ``in_sight``: of the units that the
    open sight shows alone; by default of all of them, for who changes the rule of all of them.
    """

    def __init__(self, rule: Rule, *, today: dt.date | None = None, in_sight: bool = False) -> None:
        self.rule = rule
        self._sight: tuple[str, tuple[Any, ...]] = ("", ())
        if in_sight and not current_sight().is_whole:
            seen = ids_in_sight()
            self._sight = (f" AND unit.id IN ({seen.sql})", tuple(seen.params))
        self.today = today or clock.today()
        self._kinds: dict[uuid.UUID, _Kind] = {}

    def counts(self) -> Simulated:
        """Return the counts. One pass over the distinct results, one count of their units."""
        declaring = affected = moved = becoming = ceasing = undatable = 0
        for result_id, units in self._results():
            kind = self._kinds[result_id]
            affected += units
            declaring += units * kind.declares
            moved += units * (kind.before != kind.after)
            becoming += units * (kind.is_due and not kind.was_due)
            ceasing += units * (kind.was_due and not kind.is_due)
            undatable += units * kind.undatable
        return Simulated(
            self.rule.category, self.today, declaring, affected, moved, becoming, ceasing, undatable
        )

    def moved(self) -> Iterator[Moved]:
        """Yield the units that would end on another day, in the order of their identifiers."""
        if not self._kinds:
            self.counts()
        wanted = [one for one, kind in self._kinds.items() if kind.before != kind.after]
        seen, values = self._sight
        last = uuid.UUID(int=0)
        while True:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT id, result_id FROM {UNITS} AS unit WHERE tenant_id = %s "
                    f"AND result_id = ANY(%s) AND id > %s{seen} ORDER BY id LIMIT %s",
                    [current_tenant_id(), wanted, last, *values, BATCH],
                )
                rows = cursor.fetchall()
            for unit_id, result_id in rows:
                kind = self._kinds[result_id]
                yield Moved(unit_id, kind.declares, kind.before, kind.after)
            if len(rows) < BATCH:
                return
            last = rows[-1][0]

    def _results(self) -> Iterator[tuple[uuid.UUID, int]]:
        """Yield each distinct result in which the rule is, and its number of units."""
        seen, values = self._sight
        last = uuid.UUID(int=0)
        while True:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT result.id, result.content->'entries', (SELECT count(*) "
                    f"FROM {UNITS} AS unit WHERE unit.tenant_id = result.tenant_id "
                    f"AND unit.result_id = result.id{seen}) FROM {RESULTS} AS result "
                    "WHERE result.tenant_id = %s AND result.rules && %s::text[] "
                    "AND result.id > %s ORDER BY result.id LIMIT %s",
                    [*values, current_tenant_id(), [self.rule.identifier], last, BATCH],
                )
                rows = cursor.fetchall()
            for result_id, entries, units in rows:
                if units:
                    self._kinds[result_id] = self._kind(_decoded(entries))
                    yield result_id, units
            if len(rows) < BATCH:
                return
            last = rows[-1][0]

    def _kind(self, entries: list[list[Any]]) -> _Kind:
        part = CATEGORIES.index(self.rule.category)
        before: list[dt.date | None] = []
        after: list[dt.date | None] = []
        declares = undatable = False
        for number, kind, origin, name, _place, _agency, value in entries:
            if number != part or kind != _RULE_KIND:
                continue
            end = _day(value.get("EndDate"))
            before.append(end)
            if name != self.rule.identifier:
                after.append(end)
                continue
            declares = declares or not origin
            try:
                dated = with_end_date(value, self.rule.category, {name: self.rule})
            except RuleFault:
                undatable = True
                after.append(None)
            else:
                after.append(_day(dated.get("EndDate")))
        return _Kind(
            declares,
            _latest(before),
            _latest(after),
            self._is_due(before),
            self._is_due(after),
            undatable,
        )

    def _is_due(self, ends: list[dt.date | None]) -> bool:
        """That very day included, as an elimination judges it; a contract, a day later."""
        return all(end is not None and end <= self.today for end in ends)


def simulate(
    rule_id: str,
    duration: int | None,
    measurement: str,
    *,
    unlimited: bool = False,
    category: str = "",
    today: dt.date | None = None,
) -> Simulation:
    """Return the simulation of a rule that would last ``duration`` ``measurement`` (YEAR…).

    ``duration`` is ``None`` with ``unlimited``, or for a hold without length. The category is that
    of the referential by default; raises ``LookupError`` when the rule is not in it.
    """
    if not category:
        category = rules_named([rule_id])[rule_id].category
    return Simulation(Rule(rule_id, category, duration, unlimited, measurement), today=today)


def _latest(ends: list[dt.date | None]) -> dt.date | None:
    """The last day on which one of the rules is running; ``None`` as soon as one never ends."""
    if None in ends:
        return None
    return max((end for end in ends if end is not None), default=None)


def _day(text: Any) -> dt.date | None:
    return dt.date.fromisoformat(text[:10]) if text else None


def _decoded(value: Any) -> list[list[Any]]:
    decoded: list[list[Any]] = orjson.loads(value) if isinstance(value, str | bytes) else value
    return decoded
