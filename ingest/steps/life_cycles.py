"""STP_OG_STORING, STP_UNIT_STORING: histories of groups and units, and their metadata on offers.

The life-cycle entries go in with their Merkle sum; metadata are written to every offer as JSON
Lines, one file of units and one of groups per operation, so that the fonds can be rebuilt from the
offers alone. Source: reference system §1.7, §5.4.
"""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
from isal import igzip

from ingest.control.plan import NO_GROUP, PackagePlan, load_plan
from ingest.control.spool import GROUPS, OBJECTS_READY, UNITS_READY
from ingest.steps.indexing import unit_rows
from ingest.workflow.context import StepContext
from ingest.workflow.report import StepReport
from sae.holdings.models import DataObject, ObjectGroup
from sae.journal.life_cycle import LifeCycleDraft, write_life_cycle
from sae.journal.models import Operation
from sae.kernel.outcomes import Outcome
from sae.storage.models import StoredObject
from sae.storage.records import record_stored
from sae.storage.sources import ItemToStore
from sae.storage.strategies import strategy
from sae.storage.writer import StoredResult, store_files
from sae.tenancy.scope import tenant_scope

UNIT_CODES = (
    "LFC.LFC_CREATION",
    "LFC.CHECK_MANIFEST",
    "LFC.CHECK_UNIT_SCHEMA",
    "LFC.CHECK_ARCHIVE_UNIT_PROFILE",
    "LFC.CHECK_CLASSIFICATION_LEVEL",
    "LFC.UNITS_RULES_COMPUTE",
    "LFC.UNIT_METADATA_INDEXATION",
)
GROUP_CODES = (
    "LFC.LFC_CREATION",
    "LFC.CHECK_MANIFEST",
    "LFC.CHECK_CONSISTENCY",
    "LFC.CHECK_DIGEST",
    "LFC.CHECK_OBJECT_SIZE",
    "LFC.OG_OBJECTS_FORMAT_CHECK",
    "LFC.CHECK_OBJECT_GROUP_SCHEMA",
    "LFC.OBJ_STORAGE",
    "LFC.OG_METADATA_INDEXATION",
)
EXTERNAL = "LFC.EXTERNAL_LOGBOOK"
BATCH = 500


def run_groups(context: StepContext) -> StepReport:
    """Histories and metadata of the groups created."""
    return _run(
        context,
        "COMMIT_LIFE_CYCLE_OBJECT_GROUP",
        "OG_METADATA_STORAGE",
        "object-groups.jsonl.gz",
        _group_lines,
        _group_drafts,
    )


def run_units(context: StepContext) -> StepReport:
    """Histories and metadata of the units created."""
    return _run(
        context,
        "COMMIT_LIFE_CYCLE_UNIT",
        "UNIT_METADATA_STORAGE",
        "units.jsonl.gz",
        _unit_lines,
        _unit_drafts,
    )


Drafts = Callable[[StepContext, PackagePlan], Iterator[LifeCycleDraft]]


def _run(
    context: StepContext,
    commit: str,
    storage: str,
    name: str,
    lines: Callable[[StepContext, PackagePlan], Iterator[bytes]],
    drafts: Drafts,
) -> StepReport:
    report = StepReport()
    plan = load_plan(context.workspace)
    with report.action(commit):
        pass
    with report.action(storage) as action:
        path = context.workspace.path(name)
        count = _write_lines(path, lines(context, plan))
        action.counts = {"lines": count}
        stored = _store(context, name, path) if count else []

    def write() -> None:
        write_life_cycle(
            drafts(context, plan), operation=Operation.objects.get(id=context.operation_id)
        )
        record_stored(
            stored,
            tenant_id=context.tenant.id,
            operation_id=context.operation_id,
            kind=StoredObject.Kind.METADATA,
        )

    report.write = write
    if not context.deposit.object_count and commit.endswith("GROUP"):
        for one in report.actions:
            one.outcome = Outcome.WARNING
            one.counts = {"OBJECTS_LIST_EMPTY": 1}
    return report


def _write_lines(path: Path, lines: Iterator[bytes]) -> int:
    """Write lines compressed, the same bytes for the same lines: a second run finds its object."""
    count = 0
    with (
        path.open("wb") as raw,
        igzip.IGzipFile(filename="", mode="wb", compresslevel=1, fileobj=raw, mtime=0) as stream,
    ):
        for line in lines:
            stream.write(line + b"\n")
            count += 1
    return count


def _store(context: StepContext, name: str, path: Path) -> list[StoredResult]:
    return store_files(
        tenant_id=context.tenant.id,
        operation_id=context.operation_id,
        items=[ItemToStore(name, path, path.stat().st_size)],
        strategy=strategy(),
    )


def _unit_drafts(context: StepContext, plan: PackagePlan) -> Iterator[LifeCycleDraft]:
    for unit in context.workspace.read_lines(UNITS_READY):
        events = unit["events"]
        yield LifeCycleDraft(
            "unit",
            plan.identifier(unit["n"]),
            (*UNIT_CODES, EXTERNAL) if events else UNIT_CODES,
            detail={"external": events} if events else {},
        )


def _unit_lines(context: StepContext, plan: PackagePlan) -> Iterator[bytes]:
    for row in unit_rows(context, plan):
        yield orjson.dumps(
            {
                "id": row.id,
                "type": row.unit_type,
                "parents": row.parents,
                "object_group": row.object_group_id,
                "agency": row.originating_agency,
                "agencies": row.originating_agencies,
                "manifest_id": row.manifest_id,
                "seda_version": row.seda_version,
                "profile": row.archive_unit_profile,
                "content": orjson.Fragment(row.content),
                "management": orjson.Fragment(row.management),
            }
        )


def _group_drafts(context: StepContext, plan: PackagePlan) -> Iterator[LifeCycleDraft]:
    notable: dict[int, dict[str, Any]] = {}
    warned: set[int] = set()
    for entry in context.workspace.read_lines(OBJECTS_READY):
        group = plan.group_of_object[entry["n"]]
        for code, detail in (entry.get("events") or {}).items():
            differences = notable.setdefault(group, {}).setdefault("differences", [])
            differences.append({"code": f"LFC.{code}", "object": entry["id"], **detail})
        if entry.get("warning"):
            warned.add(group)
    number_of = {group.manifest_id: number for number, group in enumerate(plan.groups)}
    for line in context.workspace.read_lines(GROUPS):
        if line["id"] in number_of:
            notable.setdefault(number_of[line["id"]], {})["external"] = line["events"]
    for number, group in enumerate(plan.groups):
        if group.existing:
            continue
        detail = notable.get(number, {})
        yield LifeCycleDraft(
            "object_group",
            group.id,
            (*GROUP_CODES, EXTERNAL) if "external" in detail else GROUP_CODES,
            Outcome.WARNING if number in warned else Outcome.OK,
            detail,
        )


def _group_lines(context: StepContext, plan: PackagePlan) -> Iterator[bytes]:
    """Yield each group created or extended, with its objects of this operation."""
    units_of: dict[int, list[uuid.UUID]] = {}
    for number, group in enumerate(plan.group_of_unit):
        if group != NO_GROUP:
            units_of.setdefault(group, []).append(plan.identifier(number))
    numbers = list(range(len(plan.groups)))
    for start in range(0, len(numbers), BATCH):
        batch = numbers[start : start + BATCH]
        with tenant_scope(context.tenant.id):
            found = {
                group.id: group
                for group in ObjectGroup.objects.filter(
                    id__in=[plan.groups[number].id for number in batch]
                )
            }
            objects: dict[uuid.UUID, list[DataObject]] = {}
            for entry in (
                DataObject.objects.filter(
                    object_group_id__in=found, operation_id=context.operation_id
                )
                .select_related("stored_object")
                .order_by("id")
            ):
                objects.setdefault(entry.object_group_id, []).append(entry)
        for number in batch:
            group = found[plan.groups[number].id]
            yield orjson.dumps(
                {
                    "id": group.id,
                    "agency": group.originating_agency,
                    "category": group.category,
                    "manifest_id": group.manifest_id,
                    "units": units_of.get(number, []),
                    "objects": [_object(entry) for entry in objects.get(group.id, [])],
                }
            )


def _object(entry: DataObject) -> dict[str, Any]:
    return {
        "id": entry.id,
        "kind": entry.kind,
        "usage": entry.data_object_version,
        "uri": entry.uri,
        "filename": entry.filename,
        "size": entry.size,
        "sha512": entry.sha512,
        "declared_algorithm": entry.declared_algorithm,
        "declared_digest": entry.declared_digest,
        "format_id": entry.format_id,
        "format_litteral": entry.format_litteral,
        "mime_type": entry.mime_type,
        "physical_id": entry.physical_id,
        "metadata": entry.metadata,
        "key": entry.stored_object.key if entry.stored_object else None,
        "offset": entry.offset,
        "length": entry.length,
        "manifest_id": entry.manifest_id,
    }
