"""STP_STORAGE_AVAILABILITY_CHECK: is there room on every offer for what the package declares?

KO means: an offer lacks room; the package is sound. Source: reference system §1.7.
"""

from ingest.workflow.context import StepContext
from ingest.workflow.report import StepReport
from sae.kernel.problems import Problem
from sae.storage.offers.errors import OfferUnavailable
from sae.storage.strategies import offers_state


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
        report.fault(action, problems)
    return report
