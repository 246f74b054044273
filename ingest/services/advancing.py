"""The handler of a deposit's job: one step at a time, then the workspace is emptied."""

import datetime as dt
import logging

from ingest.models import Deposit
from ingest.services.receive import JOB_KIND
from ingest.steps import STEPS
from ingest.workflow.runner import Progression, advance, pause_on_failure
from ingest.workspace import Workspace
from sae.jobs.claim import Claim
from sae.jobs.registry import CONTINUE, DONE, Advance, Quarantine, wait
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope

logger = logging.getLogger(__name__)

RETRY_OFFER_AFTER = dt.timedelta(seconds=15)
"""How long a deposit waits before it looks again for an offer or an antivirus that was down."""


def advance_deposit(claim: Claim) -> Advance:
    """Run the next step of a deposit; see ``sae.jobs.registry.register_handler``."""
    tenant = Tenant.objects.get(id=claim.tenant_id)
    result = advance(
        tenant=tenant,
        deposit_id=claim.subject_id,
        steps=STEPS,
        assert_current=claim.assert_current,
        progress=claim.report,
    )
    if result.progression is Progression.CONTINUE:
        return CONTINUE
    if result.progression is Progression.WAIT:
        return wait(RETRY_OFFER_AFTER, result.reason)
    if result.progression is Progression.DONE:
        empty_workspace(tenant, claim)
    return DONE


def empty_workspace(tenant: Tenant, claim: Claim) -> None:
    """Remove what the steps left; the package of a refused deposit stays, to be checked again."""
    with tenant_scope(tenant.id):
        deposit = Deposit.objects.get(id=claim.subject_id)
    refused = Outcome[deposit.settled_outcome] >= Outcome.KO
    dry_run = deposit.action == Deposit.Action.BLANK_TEST
    Workspace(tenant.id, deposit.id).clean(keep_package=refused or dry_run)


def give_up(quarantine: Quarantine) -> None:
    """A deposit that kills its workers, or whose step keeps failing: paused, FATAL, kept whole."""
    tenant = Tenant.objects.get(id=quarantine.tenant_id)
    # The last line of a traceback says what failed: a disk, a right, a limit.
    reason, trace = quarantine.reason, quarantine.last_error.strip()
    if trace.startswith("Traceback"):
        reason = f"{reason} : {trace.rpartition(chr(10))[2]}"
    logger.error("deposit %s given up: %s", quarantine.subject_id, reason)
    pause_on_failure(tenant=tenant, deposit_id=quarantine.subject_id, reason=reason[:500])


__all__ = ["JOB_KIND", "advance_deposit", "give_up"]
