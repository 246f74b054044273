"""A fonds built row by row, through the same loading functions as a deposit.

with tenant_scope(coffre.id):
    fonds = FondsBuilder(agency="FRAD000001")
    plan = fonds.unit("Commune", unit_type="FILING_UNIT")
    folder = fonds.unit("Marché 2014-021", under=plan, description="Toiture du gymnase")
    fonds.unit("PV de réception", under=folder, level="Item", file=b"%PDF-1.4")
    fonds.load()
"""

import datetime as dt
import functools
import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Any

import orjson

from sae.holdings import loading, rows
from sae.holdings.graph import ExistingUnit, PackageGraph
from sae.holdings.text import text_of_content
from sae.journal.life_cycle import LifeCycleDraft, write_life_cycle
from sae.journal.models import Operation
from sae.journal.services import close_operation, open_operation
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.kernel.outcomes import Outcome
from sae.storage.models import StoredObject
from sae.storage.records import record_stored
from sae.storage.sources import ItemToStore
from sae.storage.strategies import strategy
from sae.storage.writer import store_files, store_pack
from sae.tenancy.scope import current_tenant_id


@dataclass
class Built:
    """One unit to come: its number in the package, and what its row will say."""

    index: int
    id: uuid.UUID
    title: str
    content: dict[str, Any]
    fields: dict[str, Any]
    file: bytes | None = None
    filename: str = ""
    mime_type: str = "text/plain"
    object_id: uuid.UUID = field(default_factory=new_id)
    group_id: uuid.UUID = field(default_factory=new_id)


class FondsBuilder:
    """Units and objects of one operation. ``load()`` writes them in the open tenant scope."""

    def __init__(self, *, agency: str = "FRAD000001", bytes_kept: str = "") -> None:
        """``bytes_kept``: "" (rows alone), "apart" or "pack" (really stored at both offers)."""
        self.agency = agency
        self.bytes_kept = bytes_kept
        self.operation = open_operation(type="PROCESS_SIP_UNITARY", category="INGEST")
        self.units: list[Built] = []
        self._graph = PackageGraph()

    def unit(
        self,
        title: str,
        *,
        under: "Built | list[Built] | None" = None,
        attached_to: ExistingUnit | None = None,
        level: str = "RecordGrp",
        file: bytes | None = None,
        filename: str = "",
        description: str = "",
        content: dict[str, Any] | None = None,
        **fields: Any,
    ) -> Built:
        """Add a unit; ``fields`` are those of ``UnitRow``."""
        described = {"DescriptionLevel": level, "Title": title, **(content or {})}
        if description:
            described["Description"] = description
        built = Built(
            self._graph.add_unit(), new_id(), title, described, {"level": level, **fields}, file,
            filename or f"{title}.txt",
        )  # fmt: skip
        parents = under if isinstance(under, list) else [under] if under else []
        for parent in parents:
            self._graph.link(parent.index, built.index)
        if attached_to is not None:
            self._graph.attach(built.index, attached_to)
        self.units.append(built)
        return built

    def load(self) -> "FondsBuilder":
        """Write everything, journal included; objects get a stored object, no bytes."""
        with_file = [unit for unit in self.units if unit.file is not None]
        moment = clock.now()
        loading.load_groups(
            rows.GroupRow(
                id=unit.group_id,
                operation_id=self.operation.id,
                created_at=moment,
                originating_agency=self.agency,
                originating_agencies=(self.agency,),
                object_count=1,
            )
            for unit in with_file
        )
        places = self._store(with_file)
        loading.load_objects([self._object_row(unit, *places[unit.index]) for unit in with_file])
        loading.load_units(self._unit_rows(moment))
        loading.attach_counts(
            {
                identifier: loading.CountDelta(growth.children, growth.descendants)
                for identifier, growth in self._graph.growth().items()
            }
        )
        loading.register_deposit(
            loading.RegisterEntry(
                operation_id=self.operation.id,
                originating_agency=self.agency,
                units=len(self.units),
                groups=len(with_file),
                objects=len(with_file),
                size=sum(len(unit.file or b"") for unit in with_file),
            )
        )
        write_life_cycle(
            (
                LifeCycleDraft("unit", unit.id, ["LFC.CHECK_MANIFEST", "LFC.CHECK_UNIT_SCHEMA"])
                for unit in self.units
            ),
            operation=self.operation,
        )
        close_operation(operation=self.operation, outcome=Outcome.OK)
        self.operation = Operation.objects.get(id=self.operation.id)
        return self

    def existing(self, unit: Built) -> ExistingUnit:
        """Return a loaded unit as the next package may attach to it."""
        from sae.holdings.selectors.units import units_for_attachment

        return units_for_attachment([unit.id])[unit.id].in_graph()

    def _unit_rows(self, moment: dt.datetime) -> Any:
        for placed in self._graph.arrange(lambda index: self.units[index].id):
            unit = self.units[placed.index]
            description, other = text_of_content(unit.content)
            agencies = (self.agency,) if self.agency else ()
            yield rows.UnitRow(
                **{
                    "id": unit.id,
                    "operation_id": self.operation.id,
                    "created_at": moment,
                    "title": unit.title,
                    "parents": placed.parents,
                    "ancestors": placed.ancestors,
                    "depth": placed.depth,
                    "originating_agency": self.agency,
                    "originating_agencies": agencies,
                    "object_group_id": unit.group_id if unit.file is not None else None,
                    "content": orjson.dumps(unit.content),
                    "child_count": self._graph.child_count(unit.index),
                    "descendant_count": self._graph.descendant_count(unit.index),
                    "description": description,
                    "other_text": other,
                    **unit.fields,
                }
            )

    def _store(self, units: list[Built]) -> dict[int, tuple[uuid.UUID, int]]:
        """Return, by unit, the stored object of its file and the offset of the file in it."""
        items = [
            ItemToStore(str(unit.object_id), unit.file or b"", len(unit.file or b""))
            for unit in units
        ]
        where = {
            "tenant_id": current_tenant_id(), "operation_id": self.operation.id,
        }  # fmt: skip
        record = functools.partial(record_stored, **where)
        if self.bytes_kept == "apart":
            ids = record(
                store_files(**where, items=items, strategy=strategy()),
                kind=StoredObject.Kind.OBJECT,
            )
            return {unit.index: (ids[str(unit.object_id)], 0) for unit in units}
        if self.bytes_kept == "pack":
            (pack,) = store_pack(**where, items=items, strategy=strategy())
            (stored_id,) = record([pack.stored], kind=StoredObject.Kind.PACK).values()
            return {
                unit.index: (stored_id, place.offset)
                for unit, place in zip(units, pack.places, strict=True)
            }
        return {unit.index: (self._row_alone(unit), 0) for unit in units}

    def _row_alone(self, unit: Built) -> uuid.UUID:
        file = unit.file or b""
        stored = StoredObject.objects.create(
            operation_id=self.operation.id,
            kind=StoredObject.Kind.OBJECT,
            key=f"{current_tenant_id()}/{self.operation.id}/{unit.object_id}",
            size=len(file),
            sha512=hashlib.sha512(file).hexdigest(),
            part_size=8 * 2**20,
            strategy="default",
            created_at=clock.now(),
        )
        return stored.id

    def _object_row(self, unit: Built, stored_id: uuid.UUID, offset: int) -> rows.ObjectRow:
        file = unit.file or b""
        return rows.ObjectRow(
            id=unit.object_id,
            operation_id=self.operation.id,
            object_group_id=unit.group_id,
            kind="binary",
            usage="BinaryMaster",
            uri=f"content/{unit.object_id}",
            filename=unit.filename,
            size=len(file),
            sha512=hashlib.sha512(file).hexdigest(),
            format_id="x-fmt/111",
            format_litteral="Plain Text File",
            mime_type=unit.mime_type,
            stored_object_id=stored_id,
            offset=offset,
            length=len(file),
        )
