"""Rules in force, read from the units themselves: one query for the ancestors, then the pure pass.

Nothing is stored yet: what is asked is computed, from the declarations as they stand.
"""

import itertools
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sae.holdings.inheritance import Inheritance, Unit, compute, compute_one
from sae.holdings.models import ArchiveUnit

BATCH = 1000
"""Ancestors read by one query."""


@dataclass(frozen=True, slots=True)
class PlacedUnit:
    """What one needs of a unit to name it on the way of a rule, unless it ``is_hidden``."""

    id: uuid.UUID
    title: str
    level: str
    unit_type: str
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """The rules in force on a unit and on those above it, with the names of all of them."""

    unit_id: uuid.UUID
    inheritance: Inheritance
    places: dict[uuid.UUID, PlacedUnit]


def rules_in_force(unit: ArchiveUnit) -> RulesInForce:
    """Return the rules in force on one unit, with all that explains them.

    One query, by the primary keys of its ancestors. Raises ``UnknownParentError`` when one is
    missing: the fonds would be damaged.
    """
    rows = list(_rows(unit.ancestors))
    places = {
        row.id: PlacedUnit(row.id, row.title, row.level, row.unit_type) for row in (*rows, unit)
    }
    return RulesInForce(unit.id, compute_one(_as_unit(unit), map(_as_unit, rows)), places)


def rules_in_force_on(units: Sequence[ArchiveUnit]) -> Inheritance:
    """Return the rules in force on several units: ancestors in common are read and computed once.

    One query by ``BATCH`` ancestors. Raises ``UnknownParentError``.
    """
    given = {unit.id for unit in units}
    above = {ancestor for unit in units for ancestor in unit.ancestors} - given
    return compute(map(_as_unit, itertools.chain(units, _rows(sorted(above)))))


def _rows(unit_ids: Iterable[uuid.UUID]) -> Iterable[ArchiveUnit]:
    wanted = iter(unit_ids)
    while batch := list(itertools.islice(wanted, BATCH)):
        yield from ArchiveUnit.objects.filter(id__in=batch).only(
            "id", "tenant_id", "parents", "management", "originating_agency", "title", "level",
            "unit_type",
        )  # fmt: skip


def _as_unit(row: ArchiveUnit) -> Unit:
    return Unit(row.id, row.parents, row.management, row.originating_agency)
