"""Cancelling a deposit that was accepted by mistake: asked, delayed, approved, or withdrawn.

Each act runs in the caller's ``tenant_scope`` and is told in the journal, under an operation of
its own (``INGEST_CLEANUP``, identifier of the request) that stays open until the request ends.
The deletion itself is ``ingest.cancellation.execution``.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.conf import settings

from ingest.cancellation.models import DepositCancellation
from ingest.cancellation.refusals import refusals_of
from ingest.models import Deposit
from sae.holdings.removal import Blocker
from sae.jobs.models import Cluster
from sae.jobs.queue import cancel, enqueue
from sae.journal.canonical import admissible
from sae.journal.models import Operation
from sae.journal.services import EventDraft, append_events, close_operation, open_operation
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import current_tenant_id
from tenants.rights.four_eyes import needed_here

JOB_KIND = "ingest.cancel"
FOUR_EYES = "deposit.cancel"
"""The act, as organisations choose whether it needs a second person."""
OPERATION = "INGEST_CLEANUP"
CATEGORY = "INTERNAL_OPERATING_OP"
APPROVAL = "INGEST_CLEANUP_APPROVAL"
WITHDRAWAL = "INGEST_CLEANUP_WITHDRAWAL"
RELAUNCH = "INGEST_CLEANUP_RELAUNCH"
LONGEST_REASON = 1000
ACCEPTED = (Outcome.OK.name, Outcome.WARNING.name)

State = DepositCancellation.State
OPEN = (State.REQUESTED, State.ERASING)


class NotCancellableError(Exception):
    """The request cannot be accepted.

    ``reason``: ``not_accepted`` (the deposit brought nothing), ``already`` (asked or done),
    ``no_reason``, ``wrong_count`` (the typed number is not that of the units) or ``needed``
    (others rely on what it brought: ``blockers``).
    """

    def __init__(self, reason: str, blockers: Sequence[Blocker] = ()) -> None:
        self.reason = reason
        self.blockers = tuple(blockers)
        super().__init__(reason)


class NotOpenError(Exception):
    """The request no longer waits: it was withdrawn, refused, or is being carried out."""


class SamePersonError(Exception):
    """Whoever asked cannot approve: another person must."""


def delay() -> dt.timedelta:
    """How long a request can be withdrawn before anything disappears."""
    return dt.timedelta(days=settings.CANCELLATION_DELAY_DAYS)


def needs_approval() -> bool:
    """Tell whether another person than the one who asks must approve, in this organisation."""
    return needed_here(current_tenant_id(), FOUR_EYES)


def lacks_approval(cancellation: DepositCancellation) -> bool:
    """Tell whether a second person is still to approve this request."""
    return needs_approval() and (
        cancellation.approved_at is None or cancellation.approved_by == cancellation.requested_by
    )


def is_accepted(deposit: Deposit) -> bool:
    """Tell whether a deposit brought something into the fonds, and is over."""
    return (
        deposit.state == Deposit.State.COMPLETED
        and deposit.outcome in ACCEPTED
        and deposit.action != Deposit.Action.BLANK_TEST
        and deposit.cancelled_at is None
    )


def request_cancellation(
    *,
    deposit_id: uuid.UUID,
    account_id: uuid.UUID | None,
    reason: str,
    unit_count: int,
    request_id: str = "",
) -> DepositCancellation:
    """Ask that a deposit be undone once the delay is over; nothing disappears before.

    ``unit_count`` is the number that the person typed. Raises ``Deposit.DoesNotExist``,
    ``NotCancellableError``.
    """
    deposit = Deposit.objects.select_for_update(of=("self",)).get(id=deposit_id)
    if not is_accepted(deposit):
        raise NotCancellableError("not_accepted")
    if cancellation_of(deposit) is not None:
        raise NotCancellableError("already")
    reason = admissible(reason.strip())[:LONGEST_REASON]
    if not reason:
        raise NotCancellableError("no_reason")
    blockers = refusals_of(deposit.id)
    if blockers:
        raise NotCancellableError("needed", blockers)
    if unit_count != deposit.unit_count:
        raise NotCancellableError("wrong_count")
    moment = clock.now()
    cancellation = DepositCancellation.objects.create(
        id=new_id(),
        deposit=deposit,
        reason=reason,
        requested_by=account_id,
        requested_at=moment,
        effective_at=moment + delay(),
    )
    if not lacks_approval(cancellation):
        _enqueue(cancellation)
    open_operation(
        id=cancellation.id,
        type=OPERATION,
        category=CATEGORY,
        agent_id=account_id,
        request_id=request_id,
        parent_id=deposit.id,
        message_identifier=deposit.message_identifier,
        detail={
            "deposit": str(deposit.id),
            "reference": deposit.reference,
            "reason": reason,
            "units": unit_count,
            "effective_at": cancellation.effective_at.isoformat(),
        },
    )
    return cancellation


def cancellation_of(deposit: Deposit) -> DepositCancellation | None:
    """Return the request under way or carried out of a deposit, if any."""
    found: DepositCancellation | None = DepositCancellation.objects.filter(
        deposit=deposit, state__in=[*OPEN, State.EXECUTED]
    ).first()
    return found


def latest_cancellation_of(deposit: Deposit) -> DepositCancellation | None:
    """Return the latest request of a deposit, whatever became of it."""
    found: DepositCancellation | None = (
        DepositCancellation.objects.filter(deposit=deposit).order_by("-id").first()
    )
    return found


def _enqueue(cancellation: DepositCancellation) -> None:
    due = cancellation.effective_at
    enqueue(
        tenant_id=cancellation.tenant_id,
        kind=JOB_KIND,
        subject_id=cancellation.id,
        cluster=Cluster.LONG,
        not_before=due if due > clock.now() else None,
    )


def _waiting(cancellation_id: uuid.UUID) -> DepositCancellation:
    found: DepositCancellation = DepositCancellation.objects.select_for_update(of=("self",)).get(
        id=cancellation_id
    )
    if found.state != State.REQUESTED:
        raise NotOpenError(found.state)
    return found


def approve_cancellation(
    *, cancellation_id: uuid.UUID, account_id: uuid.UUID
) -> DepositCancellation:
    """Approve a request as a second person; its delay goes on from the day it was asked.

    Approving twice changes nothing. Raises ``DepositCancellation.DoesNotExist``,
    ``NotOpenError``, ``SamePersonError``.
    """
    cancellation = _waiting(cancellation_id)
    if account_id == cancellation.requested_by:
        raise SamePersonError
    if cancellation.approved_at is not None:
        return cancellation
    cancellation.approved_by = account_id
    cancellation.approved_at = clock.now()
    cancellation.save(update_fields=["approved_by", "approved_at"])
    _enqueue(cancellation)
    _tell(cancellation, APPROVAL, account_id)
    return cancellation


def withdraw_cancellation(
    *, cancellation_id: uuid.UUID, account_id: uuid.UUID | None
) -> DepositCancellation:
    """Give a request up: the deposit stays as it is.

    Raises ``DepositCancellation.DoesNotExist``, ``NotOpenError``.
    """
    cancellation = _waiting(cancellation_id)
    cancellation.state = State.WITHDRAWN
    cancellation.withdrawn_by = account_id
    cancellation.withdrawn_at = clock.now()
    cancellation.save(update_fields=["state", "withdrawn_by", "withdrawn_at"])
    cancel(tenant_id=cancellation.tenant_id, kind=JOB_KIND, subject_id=cancellation.id)
    operation = _tell(cancellation, WITHDRAWAL, account_id)
    # Nothing was undone: the operation did not do what it was for.
    close_operation(operation=operation, outcome=Outcome.KO, detail={"withdrawn": True})
    return cancellation


def relaunch_cancellation(
    *, cancellation_id: uuid.UUID, account_id: uuid.UUID | None
) -> DepositCancellation:
    """Take up a request that a technical error stopped.

    Raises ``DepositCancellation.DoesNotExist``, ``NotOpenError``.
    """
    cancellation: DepositCancellation = DepositCancellation.objects.select_for_update(
        of=("self",)
    ).get(id=cancellation_id)
    if not cancellation.fault or cancellation.state not in OPEN:
        raise NotOpenError(cancellation.state)
    cancellation.fault = ""
    cancellation.save(update_fields=["fault"])
    _enqueue(cancellation)
    _tell(cancellation, RELAUNCH, account_id, state=Operation.State.RUNNING)
    return cancellation


def _tell(
    cancellation: DepositCancellation,
    code: str,
    account_id: uuid.UUID | None,
    *,
    state: str = "",
) -> Operation:
    operation: Operation = Operation.objects.get(id=cancellation.id)
    master = {"state": state, "outcome": Outcome.STARTED.name} if state else None
    draft = EventDraft(
        code,
        Outcome.OK,
        detail={"agent": account_id and str(account_id)},
        master=master,
    )
    append_events([draft], operation=operation)
    return operation
