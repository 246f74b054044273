"""STP_STORAGE_AVAILABILITY_CHECK: is there room on every offer for what the package declares?

KO means: an offer lacks room, or what the package holds passes a quota of the coffre; the package
is sound. Source: reference system §1.7; quotas are ours.
"""

from ingest.services.arriving import arriving_before
from ingest.workflow.context import StepContext
from ingest.workflow.report import StepReport
from sae.kernel.problems import Problem
from sae.storage.offers.errors import OfferUnavailable
from sae.storage.strategies import offers_state
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.organisations.quotas import Arriving, overflows


def run(context: StepContext) -> StepReport:
    """Compare the room that each offer reports with the total of the objects."""
    report = StepReport()
    with report.action("STORAGE_AVAILABILITY_CHECK") as action:
        needed = context.deposit.total_size
        problems = []
        for state in offers_state():
            if not state.available:
                raise OfferUnavailable(state.offer, state.message)
            if state.free_bytes is not None and state.free_bytes < needed:
                problems.append(
                    Problem(
                        "STORAGE_AVAILABILITY_CHECK.STORAGE_OFFER_SPACE_KO.KO",
                        reason="offer_full",
                        seen=str(state.free_bytes),
                        expected=str(needed),
                        arguments={"offer": state.offer},
                    )
                )
        action.detail["needed_bytes"] = needed
        report.fault(action, [*problems, *_quota_problems(context)])
    return report


def _quota_problems(context: StepContext) -> list[Problem]:
    """Say which quota the package would pass, now that its objects and units are known."""
    deposit = context.deposit
    with tenant_scope(context.tenant.id):
        # Read again: a quota may be raised while the deposit waits.
        coffre = Tenant.objects.get(id=context.tenant.id)
        passed = overflows(
            coffre,
            before=arriving_before(deposit),
            brings=Arriving(size=deposit.total_size, units=deposit.unit_count),
        )
    return [
        Problem(
            "STORAGE_AVAILABILITY_CHECK.COFFRE_QUOTA_KO.KO",
            reason=f"quota_{one.quota}",
            seen=str(one.left),
            expected=str(one.brings),
        )
        for one in passed
    ]
