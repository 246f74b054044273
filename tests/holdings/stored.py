"""Graphs of the pure computation laid in a real fonds, and their stored results read back."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from sae.holdings.inheritance import PARTS, Inheritance, Unit, compute
from sae.holdings.models import ArchiveUnit, RulesResult, UnitRules
from sae.holdings.rules_laying import Layer, write_result
from tests.builders.fonds import Built, FondsBuilder

Declared = Mapping[str, Any]


class StoredGraph:
    """Units named in a test, in the fonds of the open scope."""

    def __init__(self, units: Iterable[Unit]) -> None:
        fonds = FondsBuilder()
        self.built: dict[str, Built] = {}
        for unit in in_order(list(units)):
            self.built[str(unit.id)] = fonds.unit(
                str(unit.id),
                under=[self.built[str(parent)] for parent in unit.parents],
                management=orjson.dumps(dict(unit.management)),
                originating_agency=unit.agency,
            )
        fonds.load()
        self.names = {built.id: name for name, built in self.built.items()}

    def id(self, name: str) -> uuid.UUID:
        return self.built[name].id

    def declare(self, name: str, management: Declared) -> None:
        """Change what a unit declares, and nothing else: the rules have yet to follow."""
        ArchiveUnit.objects.filter(id=self.id(name)).update(management=dict(management))

    def inheritance(self) -> Inheritance:
        """Return what is stored, under the names of the test."""
        given = dict(UnitRules.objects.values_list("id", "result_id"))
        contents = {row.id: orjson.dumps(row.content) for row in RulesResult.objects.all()}
        rows = {row.id: row for row in ArchiveUnit.objects.all()}
        layer = _Named(self.names)
        return Inheritance(
            {
                self.names[row.id]: Unit(
                    self.names[row.id],
                    [self.names[parent] for parent in row.parents],
                    row.management,
                    row.originating_agency,
                )
                for row in rows.values()
            },
            {
                self.names[one]: layer.read(given[one], one, contents[given[one]]).result
                for one in rows
            },
        )


class _Named(Layer):
    """Reads results with the names of the test in the place of the origins."""

    def __init__(self, names: Mapping[uuid.UUID, str]) -> None:
        super().__init__()
        self._names = names

    def _origin(self, origin: str, unit_id: uuid.UUID) -> Any:
        return self._names[uuid.UUID(origin) if origin else unit_id]


def in_order(units: Sequence[Unit]) -> list[Unit]:
    """Return the units, parents first."""
    known = {unit.id: unit for unit in units}
    placed: dict[Any, Unit] = {}

    def place(unit: Unit) -> None:
        for parent in unit.parents:
            place(known[parent])
        placed.setdefault(unit.id, unit)

    for unit in units:
        place(unit)
    return list(placed.values())


def stored_ids() -> dict[uuid.UUID, uuid.UUID]:
    """Return the stored result of each unit of the coffre in scope."""
    return dict(UnitRules.objects.values_list("id", "result_id"))


def fresh_ids() -> dict[uuid.UUID, uuid.UUID]:
    """Return the result that each unit should have, computed by the pure pass alone."""
    rows = ArchiveUnit.objects.all()
    units = {
        row.id: Unit(row.id, row.parents, row.management, row.originating_agency) for row in rows
    }
    found = compute(units.values())
    return {
        one: write_result(
            tuple(found.in_force(one, part) for part in PARTS), one, units[one].management
        )[0]
        for one in units
    }
