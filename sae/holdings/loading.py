"""Rows of a whole deposit enter the fonds by COPY, in the caller's transaction.

The caller (the ingest engine) opens ``tenant_scope`` and calls, in this order and in ONE
transaction: ``load_groups``, ``load_objects``, ``load_units``, ``extend_group`` for each existing
group that received objects, ``register_deposit``, and last ``attach_counts``, which locks the rows
of the existing units above (the locks other deposits under the same plan wait for).

Every ``load_*`` function takes any iterable, consumes it as a stream with flat memory, and returns
the number of rows written. The iterable is consumed in a thread of its own, which has neither the
caller's scope nor its connection: it must not ask the database for anything. The tenant is that of
the open scope. jsonb values come encoded (``orjson.dumps``). Referential integrity is checked by
PostgreSQL at commit.
"""

import datetime as dt
import itertools
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import connection

from sae.holdings import projection
from sae.holdings.models import (
    AccessionRegisterDetail,
    DataObject,
    ObjectGroup,
)
from sae.holdings.recomputing import lay_late
from sae.holdings.rows import (
    GROUP_COLUMNS,
    OBJECT_COLUMNS,
    UNIT_LINES,
    GroupRow,
    ObjectRow,
    UnitRow,
    entry_values,
    group_values,
    object_values,
    unit_values,
)
from sae.holdings.rules_descent import Descent, Folder
from sae.holdings.rules_laying import Layer, ResultLine
from sae.holdings.rules_store import ResultsToCome, handed_down_by, share_rules
from sae.holdings.text import sort_key
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.kernel.readahead import read_ahead
from sae.tenancy.bulk import copy_lines, encode_lines, share_lines
from sae.tenancy.models import TenantModel
from sae.tenancy.scope import current_tenant_id

BATCH = 2_500
"""Rows made at a time, while those before are sent: two batches are in memory at most."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class CountDelta:
    """What a deposit adds below an existing unit: direct children, and all descendants."""

    children: int = 0
    descendants: int = 0


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """What one deposit brought, for its line of the accession register (sizes in bytes)."""

    operation_id: uuid.UUID
    originating_agency: str
    submission_agency: str = ""
    archival_agreement: str = ""
    archival_profile: str = ""
    acquisition_information: str = ""
    legal_status: str = ""
    message_identifier: str = ""
    comment: str = ""
    units: int = 0
    groups: int = 0
    objects: int = 0
    size: int = 0
    created_at: dt.datetime = field(default_factory=clock.now)


def load_groups(rows: Iterable[GroupRow]) -> int:
    """Write new object groups."""
    return _load(ObjectGroup, GROUP_COLUMNS, rows, group_values)


def load_objects(rows: Iterable[ObjectRow]) -> int:
    """Write new data objects, of new or existing groups."""
    return _load(DataObject, OBJECT_COLUMNS, rows, object_values)


def load_units(
    rows: Iterable[UnitRow],
    *,
    under: Collection[uuid.UUID] = (),
    folders: Iterable[Folder] = (),
) -> int:
    """Write new units with their edges, their entries of the search projection and their rules.

    ``under`` names the existing units that some of these hang under: the rules in force there are
    read first, and nobody changes them until the transaction ends. ``folders``: those of these that
    have children, each after its parents, when the rows come in another order. Batches of ``BATCH``
    units: each goes by two COPY, so memory does not grow with the deposit. Rules are laid as units
    pass; those of a unit that comes before its parent, or under one not named, come at the end.
    """
    tenant_id = current_tenant_id()
    share_rules()
    layer = Layer()
    descent = Descent(layer, handed_down_by(under, layer))
    descent.lay_folders(folders)
    batches = (_encode_units(batch, tenant_id, descent) for batch in _batches(rows, BATCH))
    results = ResultsToCome()
    late: list[uuid.UUID] = []
    count = 0
    for batch in read_ahead(batches):
        count += share_lines(UNIT_LINES, batch.units)
        projection.copy_entries(batch.entries)
        results.add(batch.results)
        late += batch.late
    results.write()
    lay_late(late)
    return count


def _load(
    model: type[TenantModel],
    columns: Sequence[str],
    rows: Iterable[Row],
    values_of: Callable[[Row], tuple[str, ...]],
) -> int:
    tenant = current_tenant_id().hex
    batches = (
        encode_lines([(tenant, *values_of(row)) for row in batch])
        for batch in _batches(rows, BATCH)
    )
    return sum(copy_lines(model, columns, lines) for lines in read_ahead(batches))


def _batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    stream = iter(rows)
    while batch := list(itertools.islice(stream, size)):
        yield batch


@dataclass(frozen=True, slots=True)
class _UnitLines:
    """A batch of units as it goes to the tables, and the results it brings.

    ``late``: units whose rules could not be laid as they passed.
    """

    units: bytes
    entries: projection.Entries
    results: Collection[ResultLine]
    late: list[uuid.UUID]


def _encode_units(batch: Sequence[UnitRow], tenant_id: uuid.UUID, descent: Descent) -> _UnitLines:
    results = [descent.result_of(row) for row in batch]
    identifiers = [row.id.hex for row in batch]
    keys = [sort_key(row.title) for row in batch]
    return _UnitLines(
        encode_lines(unit_values(batch, identifiers, keys, results)),
        projection.encode_entries(entry_values(batch, identifiers, keys), tenant_id=tenant_id),
        descent.take_fresh(),
        [row.id for row, result in zip(batch, results, strict=True) if not result],
    )


def attach_counts(deltas: Mapping[uuid.UUID, CountDelta]) -> None:
    """Add to the counts of existing units. Rows are locked in identifier order: no deadlock.

    Call it last in the transaction. Raises ``LookupError`` when a unit is not of this tenant.
    """
    if not deltas:
        return
    identifiers = sorted(deltas, key=lambda identifier: identifier.bytes)
    children = [deltas[one].children for one in identifiers]
    descendants = [deltas[one].descendants for one in identifiers]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM holdings_archiveunit WHERE tenant_id = %s AND id = ANY(%s) "
            "ORDER BY id FOR NO KEY UPDATE",
            [current_tenant_id(), identifiers],
        )
        found = {row[0] for row in cursor.fetchall()}
        if len(found) < len(identifiers):
            raise LookupError(f"unknown units: {sorted(map(str, set(identifiers) - found))}")
        cursor.execute(
            "UPDATE holdings_archiveunit AS unit SET child_count = child_count + delta.children, "
            "descendant_count = descendant_count + delta.descendants "
            "FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[]) "
            "AS delta(id, children, descendants) WHERE unit.tenant_id = %s AND unit.id = delta.id",
            [identifiers, children, descendants, current_tenant_id()],
        )


def extend_group(
    group_id: uuid.UUID,
    *,
    operation_id: uuid.UUID,
    object_count: int,
    agencies: Sequence[str] = (),
    moment: dt.datetime | None = None,
) -> None:
    """Record that a deposit added ``object_count`` objects to an existing group.

    The operation joins the group's operations, ``agencies`` (of the new units) its agencies.
    Raises ``LookupError`` when the group is not of this tenant.
    """
    group = ObjectGroup.objects.select_for_update(no_key=True).filter(id=group_id).first()
    if group is None:
        raise LookupError(f"unknown object group: {group_id}")
    if operation_id not in group.operations:
        group.operations.append(operation_id)
    group.originating_agencies += [
        one for one in dict.fromkeys(agencies) if one not in group.originating_agencies
    ]
    group.object_count += object_count
    group.version += 1
    group.updated_at = moment or clock.now()
    group.save()


def register_deposit(entry: RegisterEntry) -> bool:
    """Write the register's line of a deposit; return whether there was something to write.

    One line per deposit and originating agency, none when it brought nothing; the submission
    agency is the originating agency when the manifest names none.
    """
    if not (entry.units or entry.groups or entry.objects or entry.size):
        return False
    AccessionRegisterDetail.objects.create(
        id=new_id(),
        operation_id=entry.operation_id,
        last_operation_id=entry.operation_id,
        originating_agency=entry.originating_agency,
        submission_agency=entry.submission_agency or entry.originating_agency,
        archival_agreement=entry.archival_agreement,
        archival_profile=entry.archival_profile,
        acquisition_information=entry.acquisition_information,
        legal_status=entry.legal_status,
        message_identifier=entry.message_identifier,
        comment=entry.comment,
        status=AccessionRegisterDetail.Status.STORED_AND_COMPLETED,
        units_ingested=entry.units,
        units_remained=entry.units,
        groups_ingested=entry.groups,
        groups_remained=entry.groups,
        objects_ingested=entry.objects,
        objects_remained=entry.objects,
        size_ingested=entry.size,
        size_remained=entry.size,
        events=[
            {
                "Opc": str(entry.operation_id),
                "OpType": "INGEST",
                "Gots": entry.groups,
                "Units": entry.units,
                "Objects": entry.objects,
                "ObjSize": entry.size,
                "CreationDate": entry.created_at.isoformat(),
            }
        ],
        created_at=entry.created_at,
    )
    return True
