"""The last steps: groups of the fonds that were extended, accession register, reply.

Source: reference system §1.7, §1.8, §3, §5.5.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ingest.cancellation.leftovers import sweep_operation
from ingest.control.plan import PackagePlan, load_plan
from ingest.control.spool import OBJECTS_READY, load_header
from ingest.steps.reply import REPLY, write_reply
from ingest.workflow.context import StepContext
from ingest.workflow.report import StepReport
from sae.holdings.loading import RegisterEntry, extend_group, register_deposit
from sae.journal.models import Event
from sae.kernel.outcomes import Outcome
from sae.storage.models import StoredObject
from sae.storage.records import record_stored
from sae.storage.sources import ItemToStore
from sae.storage.strategies import strategy
from sae.storage.writer import StoredResult, store_files
from sae.tenancy.scope import tenant_scope

MANIFEST = "manifest.xml"


def run_group_update(context: StepContext) -> StepReport:
    """STP_UPDATE_OBJECT_GROUP: existing groups learn of their new objects and units."""
    report = StepReport()
    plan = load_plan(context.workspace)
    existing = [number for number, group in enumerate(plan.groups) if group.existing]
    for code in ("OBJECT_GROUP_UPDATE", "COMMIT_LIFE_CYCLE_OBJECT_GROUP", "OG_METADATA_STORAGE"):
        with report.action(code) as action:
            action.counts = {"groups": len(existing)}
    if existing:
        report.write = lambda: _extend(context, plan, existing)
    return report


def _extend(context: StepContext, plan: PackagePlan, existing: list[int]) -> None:
    added = dict.fromkeys(existing, 0)
    for entry in context.workspace.read_lines(OBJECTS_READY):
        group = plan.group_of_object[entry["n"]]
        if group in added:
            added[group] += 1
    agency = context.deposit.originating_agency
    for number in sorted(existing, key=lambda one: plan.groups[one].id.bytes):
        extend_group(
            plan.groups[number].id,
            operation_id=context.operation_id,
            object_count=added[number],
            agencies=[agency] if agency else [],
        )


def run_registration(context: StepContext) -> StepReport:
    """STP_ACCESSION_REGISTRATION: what this deposit brought, in the register of the fonds."""
    report = StepReport()
    deposit = context.deposit
    header = load_header(context.workspace)
    entry = RegisterEntry(
        operation_id=context.operation_id,
        originating_agency=header.get("originating_agency") or "",
        submission_agency=header.get("submission_agency") or "",
        archival_agreement=header.get("archival_agreement") or "",
        archival_profile=header.get("archival_profile") or "",
        acquisition_information=header.get("acquisition_information") or "",
        legal_status=header.get("legal_status") or "",
        message_identifier=deposit.message_identifier,
        comment=header.get("comment") or "",
        units=deposit.unit_count,
        groups=deposit.group_count,
        objects=deposit.object_count,
        size=sum(
            one["size"] or 0 for one in context.workspace.read_lines(OBJECTS_READY) if one["binary"]
        ),
    )
    with report.action("ACCESSION_REGISTRATION") as action:
        action.detail["Volumetry"] = {
            "Units": entry.units,
            "ObjectGroups": entry.groups,
            "Objects": entry.objects,
            "ObjectSize": entry.size,
        }

    def write() -> None:
        register_deposit(entry)

    report.write = write
    return report


def run_finalisation(context: StepContext) -> StepReport:
    """STP_INGEST_FINALISATION: the reply, kept with the manifest; then the workspace is emptied."""
    report = StepReport()
    outcome = Outcome[context.deposit.settled_outcome]
    with report.action("ATR_NOTIFICATION") as action:
        with ThreadPoolExecutor(1, thread_name_prefix="manifest") as beside:
            # The manifest of a large package travels while the reply is written.
            manifest = beside.submit(_store, context, context.workspace.unpacked / MANIFEST)
            write_reply(context, outcome)
            replies = _store(context, context.workspace.path(REPLY))
            manifests = manifest.result()
        action.detail["FileName"] = f"ATR_{context.operation_id}"
        action.detail["MessageDigest"] = replies[0].sha512
        action.detail["Algorithm"] = "SHA-512"
    with report.action("ROLL_BACK"):
        if outcome >= Outcome.KO and _had_stored(context):
            _sweep(context)

    def write() -> None:
        for stored, kind in (
            (replies, StoredObject.Kind.REPLY),
            (manifests, StoredObject.Kind.MANIFEST),
        ):
            record_stored(
                stored,
                tenant_id=context.tenant.id,
                operation_id=context.operation_id,
                kind=kind,
            )

    report.write = write
    return report


def _had_stored(context: StepContext) -> bool:
    """Tell whether the deposit was refused after its objects had begun to be written."""
    with tenant_scope(context.tenant.id):
        return bool(
            Event.objects.filter(operation_id=context.operation_id, code="OBJ_STORAGE").exists()
        )


def _sweep(context: StepContext) -> None:
    """Destroy at the offers what a refused deposit wrote there, but its slip and its reply."""
    failure = sweep_operation(tenant_id=context.tenant.id, operation_id=context.operation_id)
    if failure is not None:
        raise failure


def _store(context: StepContext, file: Path) -> list[StoredResult]:
    """Store a file of the workspace under its own name; nothing when the package had none."""
    if not file.exists():
        return []
    return store_files(
        tenant_id=context.tenant.id,
        operation_id=context.operation_id,
        items=[ItemToStore(file.name, file, file.stat().st_size)],
        strategy=strategy(),
    )
