"""What connectors tell the rooms below: the job that gives up unfinished archives, their labels."""

from collections.abc import Iterator

from ingest.connectors.accesses import LABELS
from ingest.connectors.models import ConnectorAccess
from ingest.connectors.pieces import EXPIRY_JOB, expire_session
from sae.jobs.claim import Claim
from sae.jobs.registry import DONE, Advance, register_handler, wait
from sae.journal.labels import register_labels
from sae.kernel import clock
from tenants.applications.others import OtherAccess, register_accesses


def connect() -> None:
    """Called once the applications are loaded."""
    register_handler(EXPIRY_JOB, _expire)
    register_labels(LABELS)
    register_accesses(_accesses)


def _accesses() -> Iterator[OtherAccess]:
    for row in ConnectorAccess.objects.all():
        yield OtherAccess(
            row.login,
            row.get_kind_display(),
            row.enabled,
            row.context_id,
            row.last_used_at,
            row.ingest_contract,
        )


def _expire(claim: Claim) -> Advance:
    """Give up an archive received by pieces once its time has passed."""
    again = expire_session(claim.tenant_id, claim.subject_id)
    if again is None:
        return DONE
    return wait(again - clock.now(), "envoi par morceaux en cours")
