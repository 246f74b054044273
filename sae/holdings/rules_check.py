"""What is stored of the rules in force, against what the declarations say now.

The computation here reads declarations alone, from the unit to its roots, and nothing stored: an
error above is not taken for granted below.
"""

# Statements are put together from the constants of this module; values are always bound.
# ruff: noqa: S608

import enum
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection

from sae.holdings.declared_rules import rule_identifiers
from sae.holdings.inheritance import PARTS
from sae.holdings.models import ArchiveUnit, RulesResult, RulesUpdate, UnitRules
from sae.holdings.recomputing import Recomputed, recompute_batch
from sae.holdings.redating import redate, rules_named
from sae.holdings.rules_in_force import rules_in_force_on
from sae.holdings.rules_laying import COLUMNS, Layer, ResultLine, write_result
from sae.holdings.rules_store import RESULTS, UNITS, ResultsToCome, hold_rules_still, sweep_results
from sae.journal.models import Operation
from sae.journal.services import close_operation, open_operation
from sae.kernel.outcomes import Outcome
from sae.tenancy.plans import joining_whole
from sae.tenancy.scope import current_tenant_id, tenant_scope

BATCH = 1_000
SLICE = 25_000
RECOMPUTATION = "COMPUTE_INHERITED_RULES"


class Fault(enum.Enum):
    """What is wrong with the rules stored of a unit."""

    MISSING = "missing"
    """It has none."""
    STALE = "stale"
    """They are not those that the declarations give."""
    ALTERED = "altered"
    """The row that should hold them says something else, or is gone."""
    MISDATED = "misdated"
    """What it declares does not end on the day that the referential gives."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A unit whose stored rules are not right, and the categories in which they differ."""

    unit_id: uuid.UUID
    fault: Fault
    categories: tuple[str, ...] = ()


@dataclass(slots=True)
class Check:
    """A check in the scope of a coffre. ``units`` grows as ``differences`` is read."""

    sample: int | None = None
    units: int = 0

    def differences(self) -> Iterator[Difference]:
        """Yield what is wrong, on a sample of units drawn at random or on all."""
        for batch in self._batches():
            self.units += len(batch)
            yield from _compared(batch)
            for unit_id, rules in _misdated(batch).items():
                yield Difference(unit_id, Fault.MISDATED, tuple(sorted({one for one, _ in rules})))

    def misdated_rules(self) -> set[str]:
        """Return the rules whose declared end dates are not those of the referential."""
        found = (_misdated(batch) for batch in self._batches())
        return {name for one in found for rules in one.values() for _category, name in rules}

    def _batches(self) -> Iterator[list[ArchiveUnit]]:
        rows = ArchiveUnit.objects.only(
            "id", "tenant_id", "parents", "ancestors", "management", "originating_agency"
        )
        if self.sample is not None:
            yield from _in_batches(list(rows.order_by("?")[: self.sample]))
            return
        last = uuid.UUID(int=0)
        while batch := list(rows.filter(id__gt=last).order_by("id")[:BATCH]):
            yield batch
            last = batch[-1].id


def strays() -> int:
    """Count the stored rules of units that are not in the fonds."""
    with joining_whole(UNITS, "holdings_archiveunit"), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {UNITS} AS given WHERE tenant_id = %s AND NOT EXISTS ("
            "SELECT FROM holdings_archiveunit AS unit WHERE unit.tenant_id = given.tenant_id "
            "AND unit.id = given.id)",
            [current_tenant_id()],
        )
        return int(cursor.fetchone()[0])


def _in_batches(rows: Sequence[ArchiveUnit]) -> Iterator[list[ArchiveUnit]]:
    for start in range(0, len(rows), BATCH):
        yield list(rows[start : start + BATCH])


def _compared(units: Sequence[ArchiveUnit]) -> Iterator[Difference]:
    inheritance = rules_in_force_on(units)
    expected: dict[uuid.UUID, uuid.UUID] = {}
    lines: dict[uuid.UUID, ResultLine] = {}
    for unit in units:
        result = tuple(inheritance.in_force(unit.id, part) for part in PARTS)
        result_id, line, _has_own = write_result(result, unit.id, unit.management)
        expected[unit.id], lines[result_id] = result_id, line
    stored = dict(UnitRules.objects.filter(id__in=expected).values_list("id", "result_id"))
    altered = _altered(lines)
    for unit_id, result_id in expected.items():
        if unit_id not in stored:
            yield Difference(unit_id, Fault.MISSING)
        elif stored[unit_id] != result_id:
            row = RulesResult.objects.filter(id=stored[unit_id]).first()
            yield Difference(
                unit_id, Fault.STALE, _categories(row.content if row else {}, lines[result_id])
            )
        elif result_id in altered:
            yield Difference(unit_id, Fault.ALTERED)


def _misdated(units: Sequence[ArchiveUnit]) -> dict[uuid.UUID, set[tuple[str, str]]]:
    """Return the units that declare ends which the referential does not give: category, rule.

    An update that is under way is about to date its rules: those are left out.
    """
    named = {name for unit in units for name in rule_identifiers(unit.management)}
    under_way = RulesUpdate.objects.exclude(operation__state=Operation.State.COMPLETED)
    named.difference_update(*under_way.values_list("rules", flat=True))
    referential = rules_named(named) if named else {}
    found: dict[uuid.UUID, set[tuple[str, str]]] = {}
    for unit in units:
        dated = redate(unit.management, referential)
        for category in dated.categories:
            now, then = unit.management[category]["Rules"], dated.management[category]["Rules"]
            wrong = {
                (category, one["Rule"]) for one, two in zip(now, then, strict=True) if one != two
            }
            found.setdefault(unit.id, set()).update(wrong)
    return found


def _altered(lines: Mapping[uuid.UUID, ResultLine]) -> set[uuid.UUID]:
    """Return the results whose row is not what it should be, or is not there. One comparison."""
    staged = ResultsToCome()
    staged.add(lines.values())
    columns = ", ".join(COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM (SELECT {columns} FROM {staged.TABLE} EXCEPT "
            f"SELECT {columns} FROM {RESULTS} WHERE tenant_id = %s) AS altered",
            [current_tenant_id()],
        )
        found = {row[0] for row in cursor.fetchall()}
    staged.drop()
    return found


def _categories(stored: Mapping[str, Any], line: ResultLine) -> tuple[str, ...]:
    """Return the categories in which two contents differ."""
    text = line[COLUMNS.index("content")].replace("\\\\", "\\")
    expected = orjson.loads(text)
    names = []
    for number, name in enumerate(PARTS):
        parts = [
            [entry for entry in content.get("entries", []) if entry[0] == number]
            for content in (stored, expected)
        ]
        if parts[0] != parts[1]:
            names.append(name)
    return tuple(names)


def recompute_all(tenant_id: uuid.UUID) -> Recomputed:
    """Compute again every unit of a coffre, slice by slice, and remove the results left over.

    Outside any scope: each slice is a transaction, deposits enter in between. Done again after a
    stop, it only writes what is still to be.
    """
    done = Recomputed()
    place: tuple[int, uuid.UUID] = (0, uuid.UUID(int=0))
    while True:
        with tenant_scope(tenant_id):
            hold_rules_still()
            found = list(_after(place))
            layer = Layer()
            for start in range(0, len(found), BATCH):
                batch = [unit_id for unit_id, _depth in found[start : start + BATCH]]
                recompute_batch(batch, layer, done)
        if not found:
            break
        place = (found[-1][1], found[-1][0])
    with tenant_scope(tenant_id):
        swept = sweep_results()
        operation = open_operation(type=RECOMPUTATION, category="UPDATE")
        counts = {"units": done.units, "changed": done.changed, "results_removed": swept}
        close_operation(operation=operation, outcome=Outcome.OK, detail={"counts": counts})
    return done


def _after(place: tuple[int, uuid.UUID]) -> list[tuple[uuid.UUID, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, depth FROM holdings_archiveunit WHERE tenant_id = %s "
            "AND (depth, id) > (%s, %s) ORDER BY depth, id LIMIT %s",
            [current_tenant_id(), *place, SLICE],
        )
        return list(cursor.fetchall())
