"""STP_OG_STORING, STP_UNIT_STORING: histories of groups and units, and their metadata on offers.

The life-cycle entries go in with their Merkle sum; metadata are written to every offer as JSON
Lines, one file of units and one of groups per operation, so that the fonds can be rebuilt from the
offers alone. Source: reference system §1.7, §5.4.
"""

from collections.abc import Iterator
from typing import Any

from ingest.control.arks import load_policy
from ingest.control.object_ids import arks_of_objects, object_identifiers
from ingest.control.plan import PackagePlan, load_plan
from ingest.control.spool import GROUPS, OBJECTS_READY, read_unit_heads
from ingest.steps.metadata_lines import GROUP_LINES, UNIT_LINES, write_group_lines
from ingest.workflow.context import StepContext
from ingest.workflow.report import StepReport
from sae.journal.life_cycle import LifeCycleDraft, write_life_cycle
from sae.journal.models import Operation
from sae.kernel.outcomes import Outcome
from sae.storage.models import StoredObject
from sae.storage.records import record_stored
from sae.storage.sources import ItemToStore
from sae.storage.strategies import strategy
from sae.storage.writer import StoredResult, store_files

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


def run_groups(context: StepContext) -> StepReport:
    """Histories and metadata of the groups created."""
    plan = load_plan(context.workspace)
    report = StepReport()
    with report.action("COMMIT_LIFE_CYCLE_OBJECT_GROUP"):
        pass
    with report.action("OG_METADATA_STORAGE") as action:
        action.counts = {"lines": len(plan.groups)}
        write_group_lines(context, plan)
        stored = _store(context, GROUP_LINES) if plan.groups else []
    report.write = lambda: _write(context, _group_drafts(context, plan), stored)
    if not context.deposit.object_count:
        for one in report.actions:
            one.outcome = Outcome.WARNING
            one.counts = {"OBJECTS_LIST_EMPTY": 1}
    return report


def run_units(context: StepContext) -> StepReport:
    """Histories and metadata of the units created."""
    plan = load_plan(context.workspace)
    report = StepReport()
    with report.action("COMMIT_LIFE_CYCLE_UNIT"):
        pass
    with report.action("UNIT_METADATA_STORAGE") as action:
        action.counts = {"lines": plan.unit_count}
        stored = _store(context, UNIT_LINES) if plan.unit_count else []
    report.write = lambda: _write(context, _unit_drafts(context, plan), stored)
    return report


def _write(
    context: StepContext, drafts: Iterator[LifeCycleDraft], stored: list[StoredResult]
) -> None:
    write_life_cycle(drafts, operation=Operation.objects.get(id=context.operation_id))
    record_stored(
        stored,
        tenant_id=context.tenant.id,
        operation_id=context.operation_id,
        kind=StoredObject.Kind.METADATA,
    )


def _store(context: StepContext, name: str) -> list[StoredResult]:
    path = context.workspace.path(name)
    return store_files(
        tenant_id=context.tenant.id,
        operation_id=context.operation_id,
        items=[ItemToStore(name, path, path.stat().st_size)],
        strategy=strategy(),
    )


def _unit_drafts(context: StepContext, plan: PackagePlan) -> Iterator[LifeCycleDraft]:
    arks = load_policy(context.workspace)
    for unit in read_unit_heads(context.workspace):
        events = unit["events"]
        detail: dict[str, Any] = {"external": events} if events else {}
        if arks is not None and arks.units:
            detail["persistent_identifier"] = arks.of_unit(plan.identifier(unit["n"]))
        yield LifeCycleDraft(
            "unit",
            plan.identifier(unit["n"]),
            (*UNIT_CODES, EXTERNAL) if events else UNIT_CODES,
            detail=detail,
        )


def _group_drafts(context: StepContext, plan: PackagePlan) -> Iterator[LifeCycleDraft]:
    notable: dict[int, dict[str, Any]] = {}
    warned: set[int] = set()
    arks = arks_of_objects(context, plan, object_identifiers(context))
    for entry in context.workspace.read_lines(OBJECTS_READY):
        group = plan.group_of_object[entry["n"]]
        for code, detail in (entry.get("events") or {}).items():
            differences = notable.setdefault(group, {}).setdefault("differences", [])
            differences.append({"code": f"LFC.{code}", "object": entry["id"], **detail})
        if entry["n"] in arks:
            given = notable.setdefault(group, {}).setdefault("persistent_identifiers", [])
            given.append({"object": entry["id"], "ark": arks[entry["n"]]})
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
