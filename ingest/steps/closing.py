"""The last steps: groups of the fonds that were extended, accession register, reply.

Source: reference system §1.7, §1.8, §3, §5.5.
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import orjson

from ingest.control.plan import FILE as PLAN
from ingest.control.plan import PackagePlan, load_plan
from ingest.control.spool import HEADER, OBJECTS_READY, UNITS_READY, load_header
from ingest.steps.storing import IDENTIFIERS
from ingest.workflow.context import StepContext
from ingest.workflow.report import StepReport
from sae.holdings.loading import RegisterEntry, extend_group, register_deposit
from sae.journal.labels import label
from sae.journal.models import Event
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.seda.writer import (
    Reply,
    ReplyEvent,
    ReplyGroup,
    ReplyObject,
    ReplyUnit,
    write_archive_transfer_reply,
)
from sae.storage.models import StoredObject
from sae.storage.records import record_stored
from sae.storage.sources import ItemToStore
from sae.storage.strategies import strategy
from sae.storage.writer import store_files
from sae.tenancy.scope import tenant_scope

REPLY = "reply.xml"


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
        path = context.workspace.path(REPLY)
        _write_reply(context, outcome)
        items = [ItemToStore(REPLY, path, path.stat().st_size)]
        manifest = context.workspace.unpacked / "manifest.xml"
        kinds = {REPLY: StoredObject.Kind.REPLY}
        if manifest.exists():
            items.append(ItemToStore("manifest.xml", manifest, manifest.stat().st_size))
            kinds["manifest.xml"] = StoredObject.Kind.MANIFEST
        stored = store_files(
            tenant_id=context.tenant.id,
            operation_id=context.operation_id,
            items=items,
            strategy=strategy(),
        )
        action.detail["FileName"] = f"ATR_{context.operation_id}"
        action.detail["MessageDigest"] = stored[0].sha512
        action.detail["Algorithm"] = "SHA-512"
    with report.action("ROLL_BACK"):
        pass

    def write() -> None:
        for result in stored:
            record_stored(
                [result],
                tenant_id=context.tenant.id,
                operation_id=context.operation_id,
                kind=kinds[result.identifier],
            )

    report.write = write
    return report


def _write_reply(context: StepContext, outcome: Outcome) -> None:
    """Write the reply once: a second run of the step keeps the first one's words and dates."""
    workspace = context.workspace
    if workspace.has(REPLY):
        return
    header = load_header(workspace) if workspace.has(HEADER) else {}
    prefix = "Test " if not context.workflow.keeps else ""
    with tenant_scope(context.tenant.id):
        events = _reply_events(context, outcome)
    kept = outcome < Outcome.KO and workspace.has(PLAN)
    plan = load_plan(workspace) if kept else None
    reply = Reply(
        message_identifier=str(context.operation_id),
        reply_code=prefix + outcome.name,
        date=clock.now(),
        request_identifier=context.deposit.message_identifier,
        version=header.get("version", ""),
        archival_agreement=header.get("archival_agreement") or "",
        archival_profile=header.get("archival_profile") or "",
        code_lists=header.get("code_lists", {}),
        archival_agency=header.get("archival_agency") or "",
        transferring_agency=header.get("transferring_agency") or "",
        grant_date=clock.now() if context.workflow.keeps else None,
        groups=_reply_groups(context, plan) if plan else (),
        units=_reply_units(context, plan) if plan else (),
        events=events,
    )
    with workspace.writing(REPLY) as stream:
        write_archive_transfer_reply(reply, stream)


def _reply_events(context: StepContext, outcome: Outcome) -> list[ReplyEvent]:
    """Return the operation's events of the severity that the depositor must look at."""
    wanted = {
        Outcome.OK: (),
        Outcome.WARNING: ("WARNING",),
        Outcome.KO: ("KO", "FATAL"),
        Outcome.FATAL: ("KO", "FATAL"),
    }[outcome]
    if not wanted:
        return []
    events = Event.objects.filter(operation_id=context.operation_id, outcome__in=wanted)
    return [
        ReplyEvent(
            code=event.code,
            label=label(event.code),
            occurred_at=_local(event.occurred_at),
            outcome=event.outcome,
            outcome_detail=event.outcome_detail,
            message=label(event.outcome_detail),
            detail_data=_detail(event.detail),
        )
        for event in events.order_by("sequence")
    ]


def _detail(detail: dict[str, Any]) -> str:
    technical = detail.get("arguments", {}).get("evDetTechData")
    return orjson.dumps({"evDetTechData": technical}).decode() if technical else ""


def _local(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC)


def _reply_groups(context: StepContext, plan: PackagePlan) -> Iterator[ReplyGroup]:
    identifiers = context.workspace.path(IDENTIFIERS)
    raw = identifiers.read_bytes() if identifiers.exists() else b""
    objects: dict[int, list[ReplyObject]] = {}
    for entry in context.workspace.read_lines(OBJECTS_READY):
        number = entry["n"]
        group = plan.group_of_object[number]
        piece = raw[16 * number : 16 * number + 16]
        objects.setdefault(group, []).append(
            ReplyObject(
                manifest_id=entry["id"],
                is_binary=entry["binary"],
                system_id=str(uuid.UUID(bytes=piece)) if piece else "",
                group_system_id=str(plan.groups[group].id),
                version=entry["version"],
            )
        )
    for number, group in enumerate(plan.groups):
        name = group.manifest_id or f"got-{group.id}"
        if objects.get(number):
            yield ReplyGroup(name, objects[number])


def _reply_units(context: StepContext, plan: PackagePlan) -> Iterator[ReplyUnit]:
    for unit in context.workspace.read_lines(UNITS_READY):
        yield ReplyUnit(unit["id"], str(plan.identifier(unit["n"])))
