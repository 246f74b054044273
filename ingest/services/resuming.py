"""A deposit stopped by a fault of ours goes on, or is given up by someone who has the right.

Both run in the caller's ``tenant_scope``: the deposit's new state, its job and its events commit
together.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Sequence

from ingest.cancellation.histories import ROLLED_BACK, write_departures
from ingest.cancellation.leftovers import sweep_operation
from ingest.cancellation.refusals import refusals_of
from ingest.models import Deposit, DepositProblem
from ingest.services.receive import JOB_KIND, LARGE_PACKAGE
from ingest.workflow.catalogue import WORKFLOWS
from ingest.workflow.runner import pause_on_failure
from sae.holdings.removal import Blocker, lock_operation, remove_operation, unregister
from sae.jobs.claim import Claim
from sae.jobs.models import OPEN_STATES, Cluster, Job, JobState
from sae.jobs.queue import cancel, enqueue
from sae.jobs.registry import DONE, Advance, Quarantine, wait
from sae.journal.canonical import admissible
from sae.journal.models import Operation
from sae.journal.services import EventDraft, append_events
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Tenant
from sae.tenancy.scope import current_tenant_id, tenant_scope

logger = logging.getLogger(__name__)

SWEEP_KIND = "ingest.sweep"
"""The job that empties the offers of an abandoned deposit, then has it answered."""

RESUME = "INGEST_RESUME"
PAUSE = "INGEST_PAUSE"
ABANDON = "INGEST_ABANDON"
ABANDONED = "abandoned"
"""Reason of the problem that says that a deposit was given up."""

RETRY_AFTER = dt.timedelta(seconds=15)
LONGEST_REASON = 1000


class NotResumableError(Exception):
    """The deposit is not paused: there is nothing to resume."""


class NotPausableError(Exception):
    """The deposit is over: there is nothing to pause."""


class NotAbandonableError(Exception):
    """The deposit cannot be given up as it stands.

    ``reason``: ``over``, ``running``, ``closing`` (nothing is left but the reply) or ``needed``
    (others already rely on its units: ``blockers``).
    """

    def __init__(self, reason: str, blockers: Sequence[Blocker] = ()) -> None:
        self.reason = reason
        self.blockers = tuple(blockers)
        super().__init__(reason)


def may_resume(deposit: Deposit) -> bool:
    """Tell whether a deposit is paused, by a technical error or on demand, its work kept."""
    return bool(deposit.state == Deposit.State.PAUSED)


def may_pause(deposit: Deposit) -> bool:
    """Tell whether a deposit goes on, and was not yet asked to stop."""
    going_on = deposit.state not in (Deposit.State.COMPLETED, Deposit.State.PAUSED)
    return going_on and not deposit.halts


def pause_deposit(*, deposit_id: uuid.UUID, account_id: uuid.UUID | None) -> Deposit:
    """Have a deposit pause: at once when it is in no worker's hands, else after the step in hand.

    Pausing twice changes nothing. Raises ``Deposit.DoesNotExist``, ``NotPausableError``.
    """
    # The job's row first, as a worker that commits its step does.
    job = _open_job(deposit_id)
    deposit = Deposit.objects.select_for_update(of=("self",)).get(id=deposit_id)
    if deposit.state == Deposit.State.COMPLETED:
        raise NotPausableError(deposit.state)
    if not may_pause(deposit):
        return deposit
    deposit.halts = True
    master = None
    if job is not None and job.state != JobState.CLAIMED:
        cancel(tenant_id=current_tenant_id(), kind=JOB_KIND, subject_id=deposit_id)
        deposit.state = Deposit.State.PAUSED
        deposit.waiting_reason = ""
        master = {"state": Operation.State.PAUSE, "outcome": deposit.settled_outcome}
    deposit.save(update_fields=["halts", "state", "waiting_reason"])
    append_events(
        [
            EventDraft(
                PAUSE,
                Outcome.OK,
                detail={
                    "step": WORKFLOWS[deposit.action].steps[deposit.next_step].code,
                    "agent": account_id and str(account_id),
                },
                master=master,
            )
        ],
        operation=Operation.objects.get(id=deposit.id),
    )
    return deposit


def _open_job(deposit_id: uuid.UUID) -> Job | None:
    """Lock and return the job that advances a deposit, if it has one."""
    job: Job | None = (
        Job.objects.select_for_update(of=("self",))
        .filter(kind=JOB_KIND, subject_id=deposit_id, state__in=OPEN_STATES)
        .first()
    )
    return job


def resume_deposit(
    *, deposit_id: uuid.UUID, account_id: uuid.UUID | None, one_step: bool = False
) -> Deposit:
    """Queue a paused deposit again, at the step that failed or was next.

    What a failed step found wrong is forgotten: it will run again and say it anew; the journal
    keeps its first run. With ``one_step`` the deposit pauses again after that step. Raises
    ``Deposit.DoesNotExist``, ``NotResumableError``.
    """
    deposit = Deposit.objects.select_for_update(of=("self",)).get(id=deposit_id)
    if not may_resume(deposit):
        raise NotResumableError(deposit.state)
    step = WORKFLOWS[deposit.action].steps[deposit.next_step].code
    if deposit.outcome == Outcome.FATAL.name:
        _forget_problems(deposit, step)
    deposit.halts = one_step
    deposit.outcome = deposit.settled_outcome
    deposit.state = Deposit.State.QUEUED
    deposit.waiting_reason = ""
    deposit.save()
    _enqueue(deposit, SWEEP_KIND if _is_abandoned(deposit) else JOB_KIND)
    append_events(
        [
            EventDraft(
                RESUME,
                Outcome.OK,
                detail={"step": step, "agent": account_id and str(account_id)},
                master={"state": Operation.State.RUNNING, "outcome": Outcome.STARTED.name},
            )
        ],
        operation=Operation.objects.get(id=deposit.id),
    )
    return deposit


def _forget_problems(deposit: Deposit, step: str) -> None:
    """Drop what the failed step said (it comes last), but not that the deposit was given up."""
    said = DepositProblem.objects.filter(deposit=deposit, step=step).exclude(reason=ABANDONED)
    dropped, _by_model = said.delete()
    deposit.problem_count -= min(dropped, deposit.problem_count)


def _is_abandoned(deposit: Deposit) -> bool:
    return bool(DepositProblem.objects.filter(deposit=deposit, reason=ABANDONED).exists())


def _enqueue(deposit: Deposit, kind: str) -> None:
    large = deposit.file_size > LARGE_PACKAGE
    enqueue(
        tenant_id=deposit.tenant_id,
        kind=kind,
        subject_id=deposit.id,
        cluster=Cluster.LONG if large else Cluster.SHORT,
    )


def may_abandon(deposit: Deposit) -> bool:
    """Tell whether a deposit stands still before its closing step."""
    stands = (Deposit.State.PAUSED, Deposit.State.WAITING, Deposit.State.QUEUED)
    return deposit.state in stands and deposit.next_step < WORKFLOWS[deposit.action].last


def abandon_deposit(*, deposit_id: uuid.UUID, account_id: uuid.UUID | None, reason: str) -> Deposit:
    """Give a deposit up: it ends KO with its reply, and nothing that it wrote stays.

    What it had put in the fonds goes now, in this transaction; a job then empties the offers and
    has the deposit answered. ``reason`` is kept in the journal and the reply. Raises
    ``Deposit.DoesNotExist``, ``NotAbandonableError``.
    """
    # The job's row first, as a worker that commits its step does.
    job = _open_job(deposit_id)
    deposit = Deposit.objects.select_for_update(of=("self",)).get(id=deposit_id)
    _check_abandonable(deposit, job)
    workflow = WORKFLOWS[deposit.action]
    step = workflow.steps[deposit.next_step].code
    cancel(tenant_id=current_tenant_id(), kind=JOB_KIND, subject_id=deposit_id)
    operation = Operation.objects.get(id=deposit.id)
    lock_operation(deposit.id)
    blockers = refusals_of(deposit.id)
    if blockers:
        raise NotAbandonableError("needed", blockers)
    write_departures(operation=operation, removed=deposit.id, code=ROLLED_BACK)
    removed = remove_operation(deposit.id, agency=deposit.originating_agency)
    unregister(deposit.id, by=deposit.id, kind=ABANDON)
    reason = admissible(reason.strip())[:LONGEST_REASON]
    DepositProblem.objects.create(
        deposit=deposit,
        position=deposit.problem_count,
        step=step,
        code=f"{ABANDON}.KO",
        outcome=Outcome.KO.name,
        reason=ABANDONED,
        seen=reason,
        arguments={"agent": account_id and str(account_id)},
    )
    deposit.problem_count += 1
    deposit.settled_outcome = deposit.outcome = Outcome.KO.name
    deposit.next_step = workflow.last
    deposit.state = Deposit.State.QUEUED
    deposit.waiting_reason = ""
    deposit.halts = False
    deposit.save()
    _enqueue(deposit, SWEEP_KIND)
    append_events(
        [
            EventDraft(
                ABANDON,
                Outcome.KO,
                detail={
                    "step": step,
                    "reason": reason,
                    "agent": account_id and str(account_id),
                    "removed": {"units": removed.units, "objects": removed.objects},
                },
                master={"state": Operation.State.RUNNING, "outcome": Outcome.STARTED.name},
            )
        ],
        operation=operation,
    )
    return deposit


def _check_abandonable(deposit: Deposit, job: Job | None) -> None:
    if deposit.state == Deposit.State.COMPLETED:
        raise NotAbandonableError("over")
    if deposit.next_step >= WORKFLOWS[deposit.action].last:
        raise NotAbandonableError("closing")
    if not may_abandon(deposit) or (job is not None and job.state == JobState.CLAIMED):
        raise NotAbandonableError("running")


def sweep_abandoned(claim: Claim) -> Advance:
    """Empty the offers of an abandoned deposit, then queue its closing step."""
    failure = sweep_operation(tenant_id=claim.tenant_id, operation_id=claim.subject_id)
    if failure is not None and failure.retryable:
        logger.warning("abandoned deposit %s waits: %s", claim.subject_id, failure)
        return wait(RETRY_AFTER, str(failure))
    if failure is not None:
        raise failure
    with tenant_scope(claim.tenant_id):
        claim.assert_current()
        deposit = Deposit.objects.get(id=claim.subject_id)
        if deposit.state != Deposit.State.COMPLETED:
            _enqueue(deposit, JOB_KIND)
    return DONE


def give_sweep_up(quarantine: Quarantine) -> None:
    """The offers could not be emptied: the deposit says so, and can be resumed."""
    tenant = Tenant.objects.get(id=quarantine.tenant_id)
    pause_on_failure(tenant=tenant, deposit_id=quarantine.subject_id, reason=quarantine.reason)
