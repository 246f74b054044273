"""Taking back the space of uploads given up: a job per coffre, there only while uploads are."""

import datetime as dt

from django.db.models import Min

from ingest.models import Upload
from ingest.uploads import expire_uploads, sweep_incoming
from sae.jobs.claim import Claim
from sae.jobs.registry import DONE, Advance, wait
from sae.tenancy.scope import tenant_scope

LEAST_DELAY = dt.timedelta(minutes=1)


def expire_tenant_uploads(claim: Claim) -> Advance:
    """Give up what has expired in the claim's coffre, then wait for the next to expire."""
    with tenant_scope(claim.tenant_id):
        expire_uploads()
        following = Upload.objects.aggregate(next=Min("expires_at"))["next"]
        claim.assert_current()
    sweep_incoming()
    if following is None:
        return DONE
    return wait(following + LEAST_DELAY, "prochain téléversement à expirer")
