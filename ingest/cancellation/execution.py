"""Carrying a cancellation out: the fonds in one transaction, then the offers, then the certificate.

A worker killed at any point resumes where the last commit left it: the fonds go once, the bytes at
the offers are destroyed as often as asked. The slip, the reply and the metadata of the deposit
stay at the offers, its operation stays as it is in the journal: they are the evidence.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Sequence

from ingest.cancellation.histories import write_departures
from ingest.cancellation.leftovers import destroy_stored
from ingest.cancellation.models import DepositCancellation
from ingest.cancellation.refusals import as_json, refusals_of
from ingest.models import Deposit
from ingest.services.cancelling import OPERATION, lacks_approval
from sae.holdings.removal import Blocker, lock_operation, remove_operation, unregister
from sae.jobs.claim import Claim
from sae.jobs.registry import CONTINUE, DONE, Advance, Quarantine, wait
from sae.journal.models import Operation
from sae.journal.services import EventDraft, append_events, close_operation
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.storage.models import ObjectCopy, StoredObject
from sae.tenancy.scope import tenant_scope

logger = logging.getLogger(__name__)

CHECK = "INGEST_CLEANUP_CHECK"
FONDS = "INGEST_CLEANUP_FONDS"
OFFERS = "INGEST_CLEANUP_OFFERS"
DEPARTURE = "LFC.INGEST_CLEANUP"
RETRY_AFTER = dt.timedelta(seconds=15)
DESTROYED = (StoredObject.Kind.OBJECT, StoredObject.Kind.PACK)

State = DepositCancellation.State


def carry_out(claim: Claim) -> Advance:
    """Do the next part of a cancellation; see ``sae.jobs.registry.register_handler``."""
    with tenant_scope(claim.tenant_id):
        cancellation = DepositCancellation.objects.select_for_update(of=("self",)).get(
            id=claim.subject_id
        )
        if cancellation.state == State.REQUESTED:
            answer = _from_fonds(cancellation)
            claim.assert_current()
            return answer
        if cancellation.state != State.ERASING:
            return DONE
        deposit_id = cancellation.deposit_id
    failure = destroy_stored(tenant_id=claim.tenant_id, operation_id=deposit_id, kinds=DESTROYED)
    if failure is not None and failure.retryable:
        logger.warning("cancellation %s waits: %s", claim.subject_id, failure)
        return wait(RETRY_AFTER, str(failure))
    if failure is not None:
        raise failure
    with tenant_scope(claim.tenant_id):
        _certify(claim.subject_id)
        claim.assert_current()
    return DONE


def _from_fonds(cancellation: DepositCancellation) -> Advance:
    """Take everything out of the fonds at once, or say what forbids it."""
    if cancellation.effective_at > clock.now():
        return wait(cancellation.effective_at, "délai de retrait")
    if lacks_approval(cancellation):
        # The approval queues the job again.
        return DONE
    deposit = Deposit.objects.select_for_update(of=("self",)).get(id=cancellation.deposit_id)
    lock_operation(deposit.id)
    blockers = refusals_of(deposit.id)
    if blockers:
        _refuse(cancellation, blockers)
        return DONE
    operation = Operation.objects.get(id=cancellation.id)
    histories = write_departures(operation=operation, removed=deposit.id, code=DEPARTURE)
    removed = remove_operation(deposit.id, agency=deposit.originating_agency)
    unregister(deposit.id, by=cancellation.id, kind=OPERATION)
    deposit.cancelled_at = clock.now()
    deposit.save(update_fields=["cancelled_at"])
    cancellation.state = State.ERASING
    cancellation.removed = {
        "units": removed.units,
        "groups": removed.groups,
        "objects": removed.objects,
        "size": removed.size,
    }
    cancellation.save(update_fields=["state", "removed"])
    counts = {**cancellation.removed, "life_cycles": histories}
    append_events(
        [EventDraft(CHECK, Outcome.OK), EventDraft(FONDS, Outcome.OK, detail={"counts": counts})],
        operation=operation,
    )
    return CONTINUE


def _refuse(cancellation: DepositCancellation, blockers: Sequence[Blocker]) -> None:
    """End a request whose deposit others have come to rely on during the delay."""
    cancellation.state = State.REFUSED
    cancellation.blockers = as_json(blockers)
    cancellation.save(update_fields=["state", "blockers"])
    operation = Operation.objects.get(id=cancellation.id)
    draft = EventDraft(CHECK, Outcome.KO, detail={"blockers": cancellation.blockers})
    append_events([draft], operation=operation)
    close_operation(operation=operation, outcome=Outcome.KO)


def _certify(cancellation_id: uuid.UUID) -> None:
    """Close the operation with what it did, for whoever must prove it."""
    cancellation = DepositCancellation.objects.select_for_update(of=("self",)).get(
        id=cancellation_id
    )
    if cancellation.state != State.ERASING:
        return
    moment = clock.now()
    destroyed = StoredObject.objects.filter(
        operation_id=cancellation.deposit_id, kind__in=DESTROYED
    )
    stored = destroyed.count()
    copies = ObjectCopy.objects.filter(stored_object__in=destroyed)
    offers = sorted(set(copies.values_list("offer", flat=True)))
    cancellation.state = State.EXECUTED
    cancellation.executed_at = moment
    cancellation.fault = ""
    cancellation.removed = {**cancellation.removed, "stored": stored}
    cancellation.save(update_fields=["state", "executed_at", "fault", "removed"])
    certificate = {
        "deposit": str(cancellation.deposit_id),
        "reason": cancellation.reason,
        "requested_by": _text(cancellation.requested_by),
        "requested_at": cancellation.requested_at.isoformat(),
        "approved_by": _text(cancellation.approved_by),
        "executed_at": moment.isoformat(),
        "removed": cancellation.removed,
        "offers": offers,
    }
    operation = Operation.objects.get(id=cancellation.id)
    append_events(
        [
            EventDraft(
                OFFERS,
                Outcome.OK,
                detail={"counts": {"stored": stored, "copies": copies.count()}, "offers": offers},
                master={"detail": {"certificate": certificate}},
            )
        ],
        operation=operation,
    )
    close_operation(operation=operation, outcome=Outcome.OK, detail={"certificate": certificate})


def _text(identifier: uuid.UUID | None) -> str | None:
    return str(identifier) if identifier else None


def stop_on_failure(quarantine: Quarantine) -> None:
    """An error of ours: the request keeps what it did, says so, and can be taken up again."""
    cancellation = DepositCancellation.objects.select_for_update(of=("self",)).get(
        id=quarantine.subject_id
    )
    if cancellation.state not in (State.REQUESTED, State.ERASING):
        return
    logger.error("cancellation %s stopped: %s", cancellation.id, quarantine.reason)
    cancellation.fault = quarantine.reason
    cancellation.save(update_fields=["fault"])
    append_events(
        [
            EventDraft(
                OPERATION,
                Outcome.FATAL,
                detail={"reason": quarantine.reason},
                master={"state": Operation.State.PAUSE, "outcome": Outcome.FATAL.name},
            )
        ],
        operation=Operation.objects.get(id=cancellation.id),
    )
