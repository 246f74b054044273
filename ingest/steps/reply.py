"""What the ArchiveTransferReply of a deposit says. Source: reference system §3.

On OK: the identifiers given to everything. On WARNING, KO or FATAL also the events of that
severity: those of the operation, and in each unit or group those of its own history, an action's
(``LFC.CHECK_DIGEST``) then what refines it (``LFC.CHECK_DIGEST.CALC_CHECK``).
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from ingest.connectors.replies import answer
from ingest.control.arks import load_policy
from ingest.control.object_ids import arks_of_objects, object_identifiers
from ingest.control.plan import FILE as PLAN
from ingest.control.plan import PackagePlan, load_plan
from ingest.control.spool import HEADER, OBJECTS, OBJECTS_READY, load_header, read_unit_heads
from ingest.models import DepositProblem
from ingest.workflow.context import StepContext
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
from sae.tenancy.scope import tenant_scope

REPLY = "reply.xml"
SHOWN: Mapping[Outcome, tuple[str, ...]] = {
    Outcome.OK: (),
    Outcome.WARNING: ("WARNING",),
    Outcome.KO: ("KO", "FATAL"),
    Outcome.FATAL: ("KO", "FATAL"),
}
"""Outcomes of the events that a reply tells."""

SUB_TASKS = {
    "CHECK_DIGEST": "CALC_CHECK",
    "CHECK_OBJECT_SIZE": "CHECK_SIZE",
    "OG_OBJECTS_FORMAT_CHECK": "FILE_FORMAT",
}
"""Name of the treatment of one object within the action of its group."""

TECHNICAL = {"unit_profile_unknown": "Archive Unit Profile not found"}
"""Sentences that existing clients read in ``evDetTechData``."""

Events = Mapping[str, Sequence[ReplyEvent]]


def write_reply(context: StepContext, outcome: Outcome) -> None:
    """Write the reply once: a second run of the step keeps the first one's words and dates."""
    workspace = context.workspace
    if workspace.has(REPLY):
        return
    header = load_header(workspace) if workspace.has(HEADER) else {}
    plan = load_plan(workspace) if workspace.has(PLAN) else None
    with tenant_scope(context.tenant.id):
        events = _operation_events(context, outcome)
        own = _own_events(context, outcome)
    reply = Reply(
        message_identifier=str(context.operation_id),
        reply_code=("" if context.workflow.keeps else "Test ") + outcome.name,
        date=clock.now(),
        request_identifier=context.deposit.message_identifier,
        version=header.get("version", ""),
        archival_agreement=header.get("archival_agreement") or "",
        archival_profile=header.get("archival_profile") or "",
        code_lists=header.get("code_lists", {}),
        archival_agency=header.get("archival_agency") or "",
        transferring_agency=header.get("transferring_agency") or "",
        grant_date=clock.now() if context.workflow.keeps else None,
        groups=_groups(context, plan, own) if plan else (),
        units=_units(context, plan, own) if plan else (),
        events=events,
    )
    with tenant_scope(context.tenant.id):
        told = answer(reply, deposit=context.deposit, workspace=workspace, plan=plan)
    with workspace.writing(REPLY) as stream:
        write_archive_transfer_reply(told, stream)


def _operation_events(context: StepContext, outcome: Outcome) -> list[ReplyEvent]:
    """Return the operation's events of the severity that the depositor must look at."""
    events = Event.objects.filter(
        operation_id=context.operation_id, outcome__in=SHOWN[outcome]
    ).order_by("sequence")
    return [
        ReplyEvent(
            code=event.code,
            label=label(event.code),
            occurred_at=_utc(event.occurred_at),
            outcome=event.outcome,
            outcome_detail=event.outcome_detail,
            message=label(event.outcome_detail),
            detail_data=_detail_data(event.detail.get("arguments", {}).get("evDetTechData")),
        )
        for event in events
    ]


def _own_events(context: StepContext, outcome: Outcome) -> Events:
    """Return the events of units and objects by their identifier in the manifest."""
    problems = DepositProblem.objects.filter(
        deposit_id=context.deposit.id, outcome__in=SHOWN[outcome], further=False
    ).exclude(identifier="")
    moment = clock.now()
    found: dict[str, list[ReplyEvent]] = {}
    for problem in problems.order_by("position").iterator():
        for code, detail in _history_codes(problem):
            found.setdefault(problem.identifier, []).append(
                ReplyEvent(
                    code=code,
                    label=label(code),
                    occurred_at=_utc(moment),
                    outcome=problem.outcome,
                    outcome_detail=detail,
                    message=label(detail),
                    detail_data=_detail_data(
                        problem.arguments.get("evDetTechData") or TECHNICAL.get(problem.reason)
                    ),
                    object_reference=problem.identifier
                    if problem.element.endswith("DataObject")
                    else "",
                )
            )
    return found


def _history_codes(problem: DepositProblem) -> Iterator[tuple[str, str]]:
    """Yield the code and detailed outcome of an action's event, then of what refines it.

    ``UNITS_RULES_COMPUTE.UNKNOWN.KO`` → ``LFC.UNITS_RULES_COMPUTE`` (``….KO``), then the same with
    ``….UNKNOWN.KO``; an object's check names its treatment.
    """
    body, _dot, outcome = problem.code.rpartition(".")
    action, _dot, sub_code = body.partition(".")
    code = f"LFC.{action}"
    yield code, f"{code}.{outcome}"
    task = SUB_TASKS.get(action, "")
    refined = ".".join(part for part in (task, sub_code) if part)
    if refined:
        yield f"{code}.{task}" if task else code, f"{code}.{refined}.{outcome}"


def _detail_data(technical: Any) -> str:
    return orjson.dumps({"evDetTechData": technical}).decode() if technical else ""


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment.astimezone(dt.UTC)


def _lines(context: StepContext, ready: str, raw: str) -> Iterator[dict[str, Any]]:
    """Read what a step made ready, else what the manifest said: the deposit may end before."""
    return context.workspace.read_lines(ready if context.workspace.has(ready) else raw)


def _groups(context: StepContext, plan: PackagePlan, own: Events) -> Iterator[ReplyGroup]:
    identifiers = object_identifiers(context)
    arks: dict[int, str] = {}
    if _tells_arks(context):
        arks = arks_of_objects(context, plan, identifiers)
    objects: dict[int, list[ReplyObject]] = {}
    for entry in _lines(context, OBJECTS_READY, OBJECTS):
        group = plan.group_of_object[entry["n"]]
        objects.setdefault(group, []).append(
            ReplyObject(
                manifest_id=entry["id"],
                is_binary=entry["binary"],
                system_id=str(identifiers[entry["n"]]),
                group_system_id=str(plan.groups[group].id),
                version=entry["version"],
                ark=arks.get(entry["n"], ""),
            )
        )
    for number, group in enumerate(plan.groups):
        held = objects.get(number)
        if held:
            events = [event for one in held for event in own.get(one.manifest_id, ())]
            yield ReplyGroup(group.manifest_id or f"got-{group.id}", held, events)


def _units(context: StepContext, plan: PackagePlan, own: Events) -> Iterator[ReplyUnit]:
    policy = load_policy(context.workspace) if _tells_arks(context) else None
    for unit in read_unit_heads(context.workspace):
        number = unit["n"]
        yield ReplyUnit(
            unit["id"],
            plan.identifier_text(number),
            own.get(unit["id"], ()),
            policy.of_unit(plan.identifier(number)) if policy else "",
        )


def _tells_arks(context: StepContext) -> bool:
    """Only what entered has one, and only SEDA 2.3 has a place for it."""
    accepted = Outcome[context.deposit.settled_outcome] < Outcome.KO
    return accepted and context.workflow.keeps and context.deposit.seda_version == "2.3"
