"""Runs a deposit's workflow, one committed step at a time.

A step works outside any long transaction and returns a report; then one transaction writes the
step's changes, its problems, its events and the deposit's next step. A worker killed at any point
resumes at the last committed step, with the same final state as an undisturbed run.
"""

import datetime as dt
import enum
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

from ingest.cancellation.histories import ROLLED_BACK, write_departures
from ingest.models import Deposit, DepositProblem
from ingest.workflow.catalogue import WORKFLOWS, Workflow
from ingest.workflow.context import StepContext
from ingest.workflow.report import ActionReport, StepReport, TargetsChangedError
from ingest.workflow.waiting import WAITED_FOR, is_waited_for, why
from sae.holdings.removal import lock_operation, remove_operation
from sae.journal.canonical import admissible
from sae.journal.models import Operation
from sae.journal.services import EventDraft, append_events, close_operation
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem
from sae.tenancy.bulk import copy_rows
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope

logger = logging.getLogger(__name__)

StepFunction = Callable[[StepContext], StepReport]
Progress = Callable[[int, int, str], None]
MAX_PROBLEMS = 10_000
"""Problems kept per deposit; beyond, their number alone is kept."""


class Progression(enum.Enum):
    """What remains to be done with a deposit."""

    CONTINUE = "continue"
    WAIT = "wait"
    DONE = "done"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Advance:
    progression: Progression
    reason: str = ""


def advance(
    *,
    tenant: Tenant,
    deposit_id: uuid.UUID,
    steps: Mapping[str, StepFunction],
    assert_current: Callable[[], None],
    progress: Progress,
) -> Advance:
    """Run the deposit's next step and commit it.

    ``assert_current`` is called inside the transaction that commits: it raises when another
    worker has taken the work over. Raises whatever the step raised beyond its contract; the
    caller retries, then calls ``pause_on_failure``.
    """
    with tenant_scope(tenant.id):
        deposit = Deposit.objects.get(id=deposit_id)
        if deposit.state == Deposit.State.COMPLETED:
            return Advance(Progression.DONE)
        workflow_step = WORKFLOWS[deposit.action].steps[deposit.next_step]
        if deposit.state != Deposit.State.RUNNING:
            deposit.state = Deposit.State.RUNNING
            deposit.waiting_reason = ""
            deposit.started_at = deposit.started_at or clock.now()
            deposit.save(update_fields=["state", "waiting_reason", "started_at"])
    context = StepContext(
        tenant=tenant,
        deposit=deposit,
        step=workflow_step,
        progress=lambda done, total: progress(done, total, workflow_step.code),
    )
    started_at = clock.now()
    try:
        report = steps[workflow_step.code](context)
    except (*WAITED_FOR, OSError) as error:
        if not is_waited_for(error):
            raise
        logger.warning("deposit %s waits: %s", deposit_id, error)
        with tenant_scope(tenant.id):
            assert_current()
            return _wait(deposit_id, why(error))
    try:
        with tenant_scope(tenant.id):
            assert_current()
            if report.write is not None:
                report.write()
            return _commit(context, report, started_at)
    except TargetsChangedError as changed:
        logger.info("deposit %s refused while it was loaded: %s", deposit_id, changed)
        report.fault(report.actions[-1], changed.problems)
        with tenant_scope(tenant.id):
            assert_current()
            _take_out(context)
            return _commit(context, report, started_at)


def _take_out(context: StepContext) -> None:
    """Take out of the fonds what the steps before had put there; the closing step does the rest."""
    operation_id = context.operation_id
    operation = Operation.objects.get(id=operation_id)
    lock_operation(operation_id)
    write_departures(operation=operation, removed=operation_id, code=ROLLED_BACK)
    remove_operation(operation_id, agency=context.deposit.originating_agency)


def _wait(deposit_id: uuid.UUID, reason: str) -> Advance:
    """Say why the deposit waits; nothing of the step is kept, nothing is lost."""
    Deposit.objects.filter(id=deposit_id).update(state=Deposit.State.WAITING, waiting_reason=reason)
    return Advance(Progression.WAIT, reason)


def _commit(context: StepContext, report: StepReport, started_at: dt.datetime) -> Advance:
    """Write problems, events and the next step; close the operation after the last one."""
    deposit = context.deposit
    workflow = context.workflow
    operation = Operation.objects.get(id=deposit.id)
    outcome = report.outcome
    _write_problems(deposit, context.step.code, report)
    if outcome == Outcome.FATAL:
        # Ours to mend: the deposit stays at this step, and can be resumed.
        deposit.outcome = outcome.name
        deposit.state = Deposit.State.PAUSED
    else:
        deposit.settled_outcome = max(Outcome[deposit.settled_outcome], outcome).name
        deposit.outcome = deposit.settled_outcome
        deposit.next_step = next_position(workflow, deposit.next_step, outcome)
    finished = deposit.next_step > workflow.last
    # Asked while the step ran; the row is held until it is saved below.
    deposit.halts = (
        Deposit.objects.select_for_update(of=("self",))
        .values_list("halts", flat=True)
        .get(id=deposit.id)
    )
    if deposit.halts and not finished:
        deposit.state = Deposit.State.PAUSED
    if finished:
        deposit.state = Deposit.State.COMPLETED
        deposit.ended_at = clock.now()
    deposit.save()
    append_events(_drafts(context, report, started_at), operation=operation)
    if finished:
        close_operation(
            operation=operation,
            outcome=Outcome[deposit.settled_outcome],
            detail=_closing(deposit),
        )
        return Advance(Progression.DONE)
    return Advance(
        Progression.PAUSED if deposit.state == Deposit.State.PAUSED else Progression.CONTINUE
    )


def next_position(workflow: Workflow, position: int, outcome: Outcome) -> int:
    """Return the step after this one; a KO jumps straight to the closing step."""
    if outcome >= Outcome.KO and position < workflow.last:
        return workflow.last
    return position + 1


def _closing(deposit: Deposit) -> dict[str, int]:
    return {
        "units": deposit.unit_count,
        "object_groups": deposit.group_count,
        "objects": deposit.object_count,
        "size": deposit.total_size,
        "problems": deposit.problem_count,
    }


PROBLEM_COLUMNS = (
    "id",
    "tenant_id",
    "deposit_id",
    "position",
    "step",
    "code",
    "outcome",
    "reason",
    "file",
    "line",
    "column",
    "element",
    "identifier",
    "seen",
    "expected",
    "arguments",
    "further",
)


def _write_problems(deposit: Deposit, step: str, report: StepReport) -> None:
    first = deposit.problem_count
    problems = [*report.problems, *report.further]
    deposit.problem_count += len(problems)
    kept = problems[: max(0, MAX_PROBLEMS - first)]
    if not kept:
        return
    copy_rows(
        DepositProblem,
        PROBLEM_COLUMNS,
        (
            (
                new_id(),
                deposit.tenant_id,
                deposit.id,
                first + index,
                step,
                problem.code,
                problem.outcome.name,
                problem.reason,
                _storable(problem.place.file),
                problem.place.line,
                problem.place.column,
                _storable(problem.place.element),
                _storable(problem.place.identifier),
                _storable(problem.seen),
                _storable(problem.expected),
                _json(problem.arguments),
                index >= len(report.problems),
            )
            for index, problem in enumerate(kept)
        ),
    )


def _storable(text: str) -> str:
    """PostgreSQL's text holds no NUL; values seen in a hostile package may."""
    return text.replace("\x00", "\ufffd")[:4000]


def _json(value: object) -> str:
    return orjson.dumps(admissible(value)).decode()


def _drafts(context: StepContext, report: StepReport, started_at: dt.datetime) -> list[EventDraft]:
    """Return the step's events: its start, its actions under it, its end."""
    code = context.step.code
    outcome = report.outcome
    start = EventDraft(code, Outcome.STARTED, occurred_at=started_at)
    drafts = [start]
    for action in report.actions:
        drafts.extend(_action_drafts(action, start.id))
    ended_at = clock.now()
    master = {}
    if context.deposit.state == Deposit.State.PAUSED:
        master = {"state": Operation.State.PAUSE, "outcome": outcome.name}
    elif context.deposit.message_identifier:
        master = {"message_identifier": context.deposit.message_identifier}
    drafts.append(
        EventDraft(
            code,
            outcome,
            detail={"duration_ms": round((ended_at - started_at).total_seconds() * 1000)},
            occurred_at=ended_at,
            master=master or None,
        )
    )
    return drafts


def _action_drafts(action: ActionReport, parent_id: uuid.UUID) -> list[EventDraft]:
    detail: dict[str, object] = {"duration_ms": action.duration_ms}
    if action.counts:
        detail["counts"] = action.counts
    if action.detail:
        detail["arguments"] = action.detail
    draft = EventDraft(
        action.code,
        action.outcome,
        outcome_detail=action.outcome_detail,
        parent_id=parent_id,
        detail=detail,
    )
    drafts = [draft]
    for part in action.parts:
        drafts.extend(_action_drafts(part, draft.id))
    return drafts


def pause_on_failure(*, tenant: Tenant, deposit_id: uuid.UUID, reason: str) -> None:
    """Mark a deposit FATAL and paused after repeated deaths or errors: kept, resumable."""
    with tenant_scope(tenant.id):
        deposit = Deposit.objects.select_for_update(of=("self",)).get(id=deposit_id)
        if deposit.state == Deposit.State.COMPLETED:
            return
        step = WORKFLOWS[deposit.action].steps[deposit.next_step].code
        problem = Problem(
            f"{step}.FATAL",
            outcome=Outcome.FATAL,
            reason="technical_failure",
            arguments={"reason": reason},
        )
        _write_problems(deposit, step, StepReport(problems=[problem]))
        deposit.state = Deposit.State.PAUSED
        deposit.outcome = Outcome.FATAL.name
        deposit.save()
        append_events(
            [
                EventDraft(
                    step,
                    Outcome.FATAL,
                    detail={"reason": reason},
                    master={"state": Operation.State.PAUSE, "outcome": Outcome.FATAL.name},
                )
            ],
            operation=Operation.objects.get(id=deposit.id),
        )
