"""Writing the queue: put a job in, take it, give it back. Every change is a compare-and-set.

Leases and dates are the database's own (``clock_timestamp()``): two machines whose clocks differ
agree on who holds what.
"""

import datetime as dt
import uuid
from typing import Any

from django.db import connection

from sae.jobs import wake
from sae.jobs.claim import Claim
from sae.jobs.models import Cluster, JobState
from sae.jobs.registry import known_kinds
from sae.jobs.tempo import tempo
from sae.journal.platform import ROUTINE as ROUTINE_PREFIX
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import WrongTenantError, current_scope, platform_scope, tenant_scope

ROUTINE = f"{ROUTINE_PREFIX} file des travaux"
"""The reason of the scopes that look at every tenant's queue, many times a minute."""

_TRIES = 20


def enqueue(
    *,
    tenant_id: uuid.UUID,
    kind: str,
    subject_id: uuid.UUID,
    cluster: str = Cluster.SHORT,
    not_before: dt.datetime | None = None,
    priority: int = 0,
) -> uuid.UUID:
    """Ask that ``subject_id`` be advanced; return the job's identifier.

    Runs in the caller's scope and transaction: job, message and data commit together. While a job
    of this kind and subject is open there is no second one: one that waits is brought forward, one
    in hand will be looked at once more when it ends.
    """
    scope = current_scope()
    if not scope.is_platform and scope.tenant_id != tenant_id:
        raise WrongTenantError("a job of another tenant")
    cluster = Cluster(cluster).value
    state = (JobState.WAITING if not_before else JobState.QUEUED).value
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO jobs_turn (tenant_id, cluster, last_served) VALUES (%s, %s, 'epoch') "
            "ON CONFLICT DO NOTHING",
            [tenant_id, cluster],
        )
        cursor.execute(
            _ENQUEUE,
            {
                "id": new_id(),
                "tenant": tenant_id,
                "kind": kind,
                "subject": subject_id,
                "cluster": cluster,
                "state": state,
                "priority": priority,
                "not_before": not_before,
            },
        )
        job_id: uuid.UUID = cursor.fetchone()[0]
    if state == JobState.QUEUED:
        wake.ring(cluster)
    return job_id


_ENQUEUE = """
INSERT INTO jobs_job AS j (id, tenant_id, kind, subject_id, cluster, state, priority, not_before,
  reason, attempts, deaths, failures, last_error, rerun, token, worker, created_at, queued_at,
  busy_ms, progress_label)
VALUES (%(id)s, %(tenant)s, %(kind)s, %(subject)s, %(cluster)s, %(state)s, %(priority)s,
  %(not_before)s, '', 0, 0, 0, '', false, 0, '', clock_timestamp(), clock_timestamp(), 0, '')
ON CONFLICT (tenant_id, kind, subject_id) WHERE state IN ('queued', 'claimed', 'waiting')
DO UPDATE SET
  rerun = j.rerun OR j.state = 'claimed',
  state = CASE WHEN j.state = 'waiting' THEN excluded.state ELSE j.state END,
  queued_at = CASE WHEN j.state = 'waiting' THEN clock_timestamp() ELSE j.queued_at END,
  not_before = CASE WHEN j.state = 'waiting' THEN LEAST(j.not_before, excluded.not_before)
    ELSE j.not_before END,
  priority = GREATEST(j.priority, excluded.priority)
RETURNING id
"""


def claim_next(cluster: str, worker: str) -> Claim | None:
    """Take the next due job of a cluster, committed before any work; ``None`` when there is none.

    Fair: among the tenants that have a due job, the one served longest ago; within a tenant, by
    priority then by age in the queue. One index probe per tenant, whatever the length of queues.
    The jobs of a suspended organisation stay where they are.
    """
    for _ in range(_TRIES):
        with platform_scope(reason=ROUTINE), connection.cursor() as cursor:
            cursor.execute(_NEXT, {"cluster": cluster, "kinds": known_kinds()})
            found = cursor.fetchone()
            if found is None:
                return None
            job_id, tenant_id, token = found
            cursor.execute(_TAKE, [tempo().lease, worker, tenant_id, job_id, token])
            taken = cursor.fetchone()
            if taken is None:
                continue  # another worker was quicker
            cursor.execute(
                "UPDATE jobs_turn SET last_served = clock_timestamp() "
                "WHERE cluster = %s AND tenant_id = %s",
                [cluster, tenant_id],
            )
        kind, subject_id, *counted = taken
        return Claim(job_id, tenant_id, kind, subject_id, cluster, *counted)
    return None


_NEXT = """
SELECT j.id, j.tenant_id, j.token FROM jobs_turn t CROSS JOIN LATERAL (
  SELECT id, tenant_id, token FROM jobs_job
  WHERE tenant_id = t.tenant_id AND cluster = t.cluster AND state = 'queued'
    AND kind = ANY(%(kinds)s)
  ORDER BY priority DESC, queued_at, id LIMIT 1) j
WHERE t.cluster = %(cluster)s
  AND NOT EXISTS (
    SELECT FROM tenancy_tenant k JOIN tenancy_organisation o ON o.id = k.organisation_id
    WHERE k.id = t.tenant_id AND o.suspended_at IS NOT NULL)
ORDER BY t.last_served, t.tenant_id LIMIT 1
"""

_TAKE = """
UPDATE jobs_job SET state = 'claimed', token = token + 1, attempts = attempts + 1,
  lease_until = clock_timestamp() + make_interval(secs => %s), worker = %s, rerun = false,
  claimed_at = clock_timestamp(), started_at = COALESCE(started_at, clock_timestamp()),
  not_before = NULL, reason = ''
WHERE tenant_id = %s AND id = %s AND token = %s AND state = 'queued'
RETURNING kind, subject_id, token, attempts, deaths, failures
"""

_HELD = "WHERE tenant_id = %(tenant)s AND id = %(id)s AND token = %(token)s AND state = 'claimed'"

_WENT_ON = (
    "lease_until = NULL, worker = '', deaths = 0, failures = 0, last_error = '', "
    "busy_ms = busy_ms + %(busy)s"
)


def _settle(claim: Claim, statement: str, **values: Any) -> Any:
    """Run a change that holds only under the claim's token; return its row, ``None`` if lost."""
    parameters = {"tenant": claim.tenant_id, "id": claim.job_id, "token": claim.token, **values}
    with connection.cursor() as cursor:
        # `statement` is one of this module's own; values are parameters.
        cursor.execute(
            f"UPDATE jobs_job SET {statement} {_HELD} RETURNING state",  # noqa: S608
            parameters,
        )
        return cursor.fetchone()


def finish(claim: Claim, *, busy_ms: int) -> bool:
    """Mark the job done, or queue it once more if it was asked again meanwhile."""
    with tenant_scope(claim.tenant_id):
        row = _settle(
            claim,
            "state = CASE WHEN rerun THEN 'queued' ELSE 'done' END, queued_at = clock_timestamp(), "
            f"finished_at = clock_timestamp(), {_WENT_ON}",
            busy=busy_ms,
        )
        if row and row[0] == JobState.QUEUED:
            wake.ring(claim.cluster)
    return row is not None


def give_back(claim: Claim, *, busy_ms: int) -> bool:
    """Queue the job behind its tenant's others: its slice is over, or its worker stops."""
    with tenant_scope(claim.tenant_id):
        row = _settle(
            claim, f"state = 'queued', queued_at = clock_timestamp(), {_WENT_ON}", busy=busy_ms
        )
        wake.ring(claim.cluster)
    return row is not None


def postpone(claim: Claim, until: dt.datetime | dt.timedelta, reason: str, *, busy_ms: int) -> bool:
    """Have the job wait until a date or for a delay, and say why."""
    moment = "clock_timestamp() + %(until)s" if isinstance(until, dt.timedelta) else "%(until)s"
    with tenant_scope(claim.tenant_id):
        row = _settle(
            claim,
            # Asked again meanwhile: what it waits for may have come.
            "state = CASE WHEN rerun THEN 'queued' ELSE 'waiting' END, "
            f"queued_at = clock_timestamp(), not_before = {moment}, reason = %(reason)s, "
            f"{_WENT_ON}",
            until=until,
            reason=reason,
            busy=busy_ms,
        )
        if row and row[0] == JobState.QUEUED:
            wake.ring(claim.cluster)
    return row is not None


def retry_later(claim: Claim, error: str, *, busy_ms: int) -> bool:
    """Note an exception of the handler and have the job wait longer each time."""
    with tenant_scope(claim.tenant_id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT failures FROM jobs_job WHERE tenant_id = %s AND id = %s FOR UPDATE",
            [claim.tenant_id, claim.job_id],
        )
        failures = cursor.fetchone()[0] + 1
        row = _settle(
            claim,
            "state = 'waiting', failures = %(failures)s, last_error = %(error)s, "
            "not_before = clock_timestamp() + make_interval(secs => %(delay)s), "
            "lease_until = NULL, worker = '', busy_ms = busy_ms + %(busy)s",
            failures=failures,
            error=error,
            delay=tempo().backoff_after(failures),
            busy=busy_ms,
        )
    return row is not None


def cancel(*, tenant_id: uuid.UUID, kind: str, subject_id: uuid.UUID) -> bool:
    """Cancel an open job in the caller's scope; a worker on it can commit no more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET state = 'cancelled', token = token + 1, lease_until = NULL, "
            "finished_at = clock_timestamp() WHERE tenant_id = %s AND kind = %s "
            "AND subject_id = %s AND state IN ('queued', 'claimed', 'waiting')",
            [tenant_id, kind, subject_id],
        )
        return bool(cursor.rowcount)
