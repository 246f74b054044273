"""What connectors tell the rooms below: the job that gives up unfinished archives, their labels."""

from ingest.connectors.accesses import LABELS
from ingest.connectors.pieces import EXPIRY_JOB, expire_session
from sae.jobs.claim import Claim
from sae.jobs.registry import DONE, Advance, register_handler, wait
from sae.journal.labels import register_labels
from sae.kernel import clock


def connect() -> None:
    """Called once the applications are loaded."""
    register_handler(EXPIRY_JOB, _expire)
    register_labels(LABELS)


def _expire(claim: Claim) -> Advance:
    """Give up an archive received by pieces once its time has passed."""
    again = expire_session(claim.tenant_id, claim.subject_id)
    if again is None:
        return DONE
    return wait(again - clock.now(), "envoi par morceaux en cours")
