"""Verification of a coffre's journal asked for on screen: an operation, carried by a job.

Reading a whole journal takes longer than a click: the request only opens the operation.
"""

import uuid

from access.journal_pages import VERIFICATION
from sae.jobs.claim import Claim
from sae.jobs.models import Cluster
from sae.jobs.queue import enqueue
from sae.jobs.registry import DONE, Advance, Quarantine
from sae.journal.chain import BreakKind
from sae.journal.models import Operation
from sae.journal.services import EventDraft, append_events, close_operation, open_operation
from sae.journal.verification import Verification, verify_tenant
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import current_tenant_id, tenant_scope

JOB_KIND = "journal_verification"
CATEGORY = "CHECK"
CHAIN_EVENT = "JOURNAL_CHAIN_CHECK"

BREAKS = {
    BreakKind.EDITED: "le contenu de l’événement n’est plus celui qui a été haché",
    BreakKind.REWRITTEN: "l’événement a été réécrit : le suivant atteste une autre empreinte",
    BreakKind.DELETED: "l’événement manque",
    BreakKind.MOVED: "l’événement n’est pas à sa place",
    BreakKind.TAIL_CUT: "la fin du journal manque à partir d’ici",
    BreakKind.BEYOND_HEAD: "des événements dépassent la fin connue du journal",
    BreakKind.HEAD: "la fin connue du journal n’a pas l’empreinte du dernier événement",
    BreakKind.OPERATION: "l’opération ne correspond pas à ce que disent ses événements",
    BreakKind.LIFE_CYCLE: "des journaux du cycle de vie ne correspondent pas à leur racine",
}


def ask_verification(*, agent_id: uuid.UUID, request_id: str = "") -> Operation:
    """Open the operation and queue its job, in the open tenant scope.

    While one runs, it is the answer: the journal is not read twice at a time.
    """
    running = Operation.objects.filter(type=VERIFICATION).exclude(state=Operation.State.COMPLETED)
    already = running.order_by("-id").first()
    if already is not None:
        return already
    operation = open_operation(
        type=VERIFICATION, category=CATEGORY, agent_id=agent_id, request_id=request_id
    )
    enqueue(
        tenant_id=current_tenant_id(),
        kind=JOB_KIND,
        subject_id=operation.id,
        cluster=Cluster.LONG,
    )
    return operation


def advance_verification(claim: Claim) -> Advance:
    """Read the whole journal and write what was found. Idempotent: reading changes nothing."""
    verification = verify_tenant(claim.tenant_id)
    with tenant_scope(claim.tenant_id):
        operation = Operation.objects.get(id=claim.subject_id)
        claim.assert_current()
        if operation.state != Operation.State.COMPLETED:
            record_verification(operation, verification)
    return DONE


def record_verification(operation: Operation, verification: Verification) -> None:
    """Write what a verification found: OK, or KO with the first broken link."""
    found = told(verification)
    outcome = Outcome.KO if verification.broken else Outcome.OK
    append_events(
        [EventDraft(CHAIN_EVENT, outcome, detail=found, master={"detail": found})],
        operation=operation,
    )
    close_operation(operation=operation, outcome=outcome)


def told(verification: Verification) -> dict[str, object]:
    """Return the figures of a verification, and its first broken link in words."""
    found: dict[str, object] = {
        "events": verification.events,
        "operations": verification.operations,
        "entries": verification.entries,
        "head_sequence": verification.head.sequence,
        "head_hash": verification.head.hash.hex(),
    }
    broken = verification.broken
    if broken is not None:
        found["broken_kind"] = str(broken.kind)
        found["broken_sequence"] = broken.sequence
        found["broken_operation"] = str(broken.operation_id or "")
        found["reason"] = f"Événement n° {broken.sequence} : {BREAKS[broken.kind]}."
    return found


def give_up(quarantine: Quarantine) -> None:
    """The job was given up: the operation ends FATAL, with the reason."""
    operation = Operation.objects.get(id=quarantine.subject_id)
    if operation.state != Operation.State.COMPLETED:
        close_operation(
            operation=operation, outcome=Outcome.FATAL, detail={"reason": quarantine.reason}
        )
