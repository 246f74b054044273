"""Taking back workspaces: those that no deposit claims, and packages kept long enough.

A process killed while it received a package leaves a folder without deposit; the package of a
refused deposit or of a blank test stays a while, to be checked again.
"""

import datetime as dt
import uuid
from pathlib import Path

from django.conf import settings

from ingest.models import Deposit
from ingest.workspace import Workspace
from sae.jobs.claim import Claim
from sae.jobs.queue import enqueue
from sae.jobs.registry import DONE, Advance, wait
from sae.kernel import clock
from sae.kernel.identifiers import parse_id
from sae.tenancy.scope import tenant_scope

SWEEP_JOB = "ingest.sweep_workspaces"
UNCLAIMED_FOR = dt.timedelta(hours=1)
"""Age from which a folder without deposit is no reception under way."""

PACKAGE_KEPT = dt.timedelta(days=30)
"""How long the package of a deposit that ended stays at hand."""

PERIOD = dt.timedelta(hours=6)


def plan_sweep(tenant_id: uuid.UUID) -> None:
    """Ask, in the caller's transaction, that the coffre's workspaces be looked at later."""
    enqueue(
        tenant_id=tenant_id,
        kind=SWEEP_JOB,
        subject_id=tenant_id,
        not_before=clock.now() + UNCLAIMED_FOR,
    )


def sweep_workspaces(claim: Claim) -> Advance:
    """Look at a coffre's workspaces; come back while some are left."""
    with tenant_scope(claim.tenant_id):
        left = remove_stale(claim.tenant_id)
        claim.assert_current()
    return wait(PERIOD, "prochain passage dans les espaces de travail") if left else DONE


def remove_stale(tenant_id: uuid.UUID) -> int:
    """Remove what may go; return how many workspaces are left. Needs the tenant's scope."""
    root = Path(settings.WORKSPACE_DIR) / str(tenant_id)
    if not root.is_dir():
        return 0
    folders = {found: entry for entry in root.iterdir() if (found := parse_id(entry.name))}
    ends = dict(Deposit.objects.filter(id__in=folders).values_list("id", "ended_at"))
    moment = clock.now()
    left = 0
    for identifier, folder in folders.items():
        if identifier in ends:
            ended_at = ends[identifier]
            stale = ended_at is not None and moment - ended_at > PACKAGE_KEPT
        else:
            touched = dt.datetime.fromtimestamp(folder.stat().st_mtime, dt.UTC)
            stale = moment - touched > UNCLAIMED_FOR
        if stale:
            Workspace(tenant_id, identifier).clean(keep_package=False)
        else:
            left += 1
    return left
