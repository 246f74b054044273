"""Reading the queue: where a job stands, what each cluster has to do, who is there to do it."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import connection

from sae.jobs.models import Cluster, Job, JobState, WorkerPresence
from sae.jobs.queue import ROUTINE
from sae.jobs.tempo import tempo
from sae.kernel import clock
from sae.tenancy.scope import platform_scope

_PRESENT_FOR = 4


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where a job stands.

    ``ahead`` jobs are likely to be served before it, ``running`` are in hand; ``wait`` is an
    estimate from the last jobs of the cluster, ``None`` without any. A job that waits has its
    ``reason`` and the date ``not_before`` which it waits for.
    """

    state: JobState
    ahead: int
    running: int
    wait: dt.timedelta | None
    reason: str = ""
    not_before: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class QueueState:
    """A cluster as the platform's state page shows it.

    ``waiting`` jobs are held up (an offer is down, a failure is tried again); ``scheduled`` ones
    only wait for their date, as routine work does between two rounds.
    """

    cluster: Cluster
    queued: int
    claimed: int
    waiting: int
    scheduled: int
    quarantined: int
    oldest_queued_at: dt.datetime | None
    workers: int
    processes: int


def job_of(kind: str, subject_id: uuid.UUID) -> Job | None:
    """Return the latest job of a subject in the tenant in scope."""
    job: Job | None = Job.objects.filter(kind=kind, subject_id=subject_id).order_by("-id").first()
    return job


def queue_position(job: Job) -> QueuePlace:
    """Return where a job stands; reads the other tenants' queues as numbers only."""
    state = JobState(job.state)
    if state is not JobState.QUEUED:
        return QueuePlace(state, 0, 0, None, job.reason, job.not_before)
    with platform_scope(reason=ROUTINE), connection.cursor() as cursor:
        cursor.execute(_AHEAD, {"tenant": job.tenant_id, "cluster": job.cluster, "job": job.id})
        ahead, running, usual_ms = cursor.fetchone()
        cursor.execute(
            "SELECT COALESCE(sum(processes), 0) FROM jobs_workerpresence "
            "WHERE cluster = %s AND seen_at > %s",
            [job.cluster, _lately()],
        )
        processes = max(1, cursor.fetchone()[0])
    wait = None
    if usual_ms is not None:
        rounds = (ahead + running / 2) / processes
        wait = dt.timedelta(milliseconds=round(rounds * float(usual_ms)))
    return QueuePlace(state, ahead, running, wait)


# Tenants are served in turn: before this job, which is k-th of its tenant, each other tenant has
# as many as it has, and at most k, or k + 1 when its turn comes first.
_AHEAD = """
WITH own AS (
  SELECT j.priority, j.queued_at, j.id, t.last_served FROM jobs_job j
  LEFT JOIN jobs_turn t ON t.tenant_id = j.tenant_id AND t.cluster = j.cluster
  WHERE j.tenant_id = %(tenant)s AND j.id = %(job)s),
rank AS (
  SELECT count(*) AS k FROM jobs_job j, own WHERE j.tenant_id = %(tenant)s
    AND j.cluster = %(cluster)s AND j.state = 'queued'
    AND (-j.priority, j.queued_at, j.id) < (-own.priority, own.queued_at, own.id)),
others AS (
  SELECT j.tenant_id, count(*) AS n FROM jobs_job j WHERE j.cluster = %(cluster)s
    AND j.state = 'queued' AND j.tenant_id <> %(tenant)s GROUP BY j.tenant_id)
SELECT (SELECT k FROM rank) + COALESCE((
    SELECT sum(LEAST(o.n, rank.k + CASE WHEN t.last_served < own.last_served THEN 1 ELSE 0 END))
    FROM others o JOIN jobs_turn t ON t.tenant_id = o.tenant_id AND t.cluster = %(cluster)s
    CROSS JOIN rank CROSS JOIN own), 0)::bigint,
  (SELECT count(*) FROM jobs_job WHERE cluster = %(cluster)s AND state = 'claimed'),
  (SELECT avg(busy_ms) FROM (SELECT busy_ms FROM jobs_job WHERE cluster = %(cluster)s
    AND state = 'done' ORDER BY finished_at DESC LIMIT 50) AS last)
"""


def queue_states() -> list[QueueState]:
    """Return the state of each cluster, over all tenants: numbers only."""
    with platform_scope(reason=ROUTINE), connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.name, count(*) FILTER (WHERE j.state = 'queued'), "
            "count(*) FILTER (WHERE j.state = 'claimed'), "
            "count(*) FILTER (WHERE j.state = 'waiting' AND (j.reason <> '' OR j.failures > 0)), "
            "count(*) FILTER (WHERE j.state = 'waiting' AND j.reason = '' AND j.failures = 0), "
            "count(*) FILTER (WHERE j.state = 'quarantined'), "
            "min(j.queued_at) FILTER (WHERE j.state = 'queued') "
            "FROM unnest(%s::text[]) AS c(name) LEFT JOIN jobs_job j ON j.cluster = c.name "
            "AND j.state IN ('queued', 'claimed', 'waiting', 'quarantined') GROUP BY c.name",
            [list(Cluster.values)],
        )
        counted = {row[0]: row[1:] for row in cursor.fetchall()}
    present: dict[str, list[int]] = {name: [] for name in Cluster.values}
    for worker in workers():
        present[worker.cluster].append(worker.processes)
    states = []
    for cluster in Cluster:
        queued, claimed, waiting, scheduled, quarantined, oldest = counted[cluster.value]
        states.append(
            QueueState(
                cluster=cluster,
                queued=queued,
                claimed=claimed,
                waiting=waiting,
                scheduled=scheduled,
                quarantined=quarantined,
                oldest_queued_at=oldest,
                workers=len(present[cluster]),
                processes=sum(present[cluster]),
            )
        )
    return states


def workers() -> list[WorkerPresence]:
    """Return the workers that said lately that they were there."""
    return list(
        WorkerPresence.objects.filter(seen_at__gt=_lately()).order_by("cluster", "started_at")
    )


def _lately() -> dt.datetime:
    return clock.now() - dt.timedelta(seconds=_PRESENT_FOR * tempo().presence)
