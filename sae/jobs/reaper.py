"""Takes back the jobs of workers that died, wakes those that waited, rings when nobody came."""

import logging
import traceback
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db import Error, connection

from sae.jobs import wake
from sae.jobs.models import Cluster
from sae.jobs.quarantine import quarantine
from sae.jobs.queue import ROUTINE
from sae.jobs.registry import known_kinds
from sae.jobs.tempo import tempo
from sae.tenancy.scope import platform_scope, tenant_scope

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Orphan:
    """A job whose worker no longer answers."""

    job_id: uuid.UUID
    tenant_id: uuid.UUID
    token: int
    worker: str


def orphans(*, run: str = "", alive: Collection[int] = ()) -> list[Orphan]:
    """Return the jobs whose lease is over, or held by a process of ``run`` that is dead.

    The second needs no lease to end: a parent knows which of its children live.
    """
    with platform_scope(reason=ROUTINE), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, tenant_id, token, worker FROM jobs_job WHERE state = 'claimed' AND ("
            "lease_until < clock_timestamp() OR (%(run)s <> '' "
            "AND split_part(worker, ':', 2) = %(run)s "
            "AND NOT split_part(worker, ':', 3) = ANY(%(alive)s)))",
            {"run": run, "alive": [str(pid) for pid in alive]},
        )
        return [Orphan(*row) for row in cursor.fetchall()]


def take_back(orphan: Orphan) -> bool:
    """Count a death and queue the job again; after ``Tempo.deaths``, give it up.

    A row locked by the very transaction of its worker is left alone: that worker is alive.
    """
    with tenant_scope(orphan.tenant_id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT cluster, deaths FROM jobs_job WHERE tenant_id = %s AND id = %s AND token = %s "
            "AND state = 'claimed' FOR UPDATE SKIP LOCKED",
            [orphan.tenant_id, orphan.job_id, orphan.token],
        )
        row = cursor.fetchone()
        if row is None:
            return False
        cluster, deaths = row[0], row[1] + 1
        last = deaths >= tempo().deaths
        cursor.execute(
            "UPDATE jobs_job SET deaths = %s, token = token + 1, last_error = %s, "
            "state = CASE WHEN %s THEN 'claimed' ELSE 'queued' END, "
            "lease_until = CASE WHEN %s THEN clock_timestamp() + interval '1 minute' END, "
            "worker = '', queued_at = clock_timestamp() WHERE tenant_id = %s AND id = %s",
            [deaths, f"worker dead: {orphan.worker}", last, last, orphan.tenant_id, orphan.job_id],
        )
        if not last:
            wake.ring(cluster)
    logger.warning("job %s taken back from %s (death %d)", orphan.job_id, orphan.worker, deaths)
    if last:
        _give_up(orphan, deaths)
    return True


def _give_up(orphan: Orphan, deaths: int) -> None:
    """In a transaction of its own: whatever the callback does, the death stays counted."""
    try:
        quarantine(
            tenant_id=orphan.tenant_id,
            job_id=orphan.job_id,
            token=orphan.token + 1,
            reason=f"{deaths} arrêts brutaux de suite",
        )
    except Exception:
        # The lease of one minute that the job now has brings it back here.
        logger.error("quarantine of job %s\n%s", orphan.job_id, traceback.format_exc())


def wake_waiting() -> int:
    """Queue the jobs whose wait is over; return their number."""
    with platform_scope(reason=ROUTINE), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET state = 'queued', queued_at = clock_timestamp() "
            "WHERE state = 'waiting' AND not_before <= clock_timestamp() RETURNING cluster"
        )
        woken = [row[0] for row in cursor.fetchall()]
        for cluster in set(woken):
            wake.ring(cluster, woken.count(cluster))
    return len(woken)


def due(cluster: str) -> int:
    """Count the due jobs of a cluster that this process knows how to advance, up to a few."""
    with platform_scope(reason=ROUTINE), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM jobs_turn t CROSS JOIN LATERAL ("
            "SELECT FROM jobs_job WHERE tenant_id = t.tenant_id AND cluster = t.cluster "
            "AND state = 'queued' AND kind = ANY(%s) LIMIT 16) j "
            "WHERE t.cluster = %s LIMIT 16) AS due",
            [known_kinds(), cluster],
        )
        count: int = cursor.fetchone()[0]
        return count


def ring_again(cluster: str) -> int:
    """Ring when jobs are due and no message waits for a worker; return how many are due."""
    waiting = due(cluster)
    if waiting and not wake.unanswered(cluster):
        wake.ring(cluster, waiting)
    return waiting


def forget_done() -> int:
    """Delete the jobs done long ago: what they did is in the journal."""
    with platform_scope(reason=ROUTINE), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM jobs_job WHERE state = 'done' AND cluster = ANY(%s) "
            "AND finished_at < clock_timestamp() - make_interval(days => %s)",
            [list(Cluster.values), tempo().keep_done_days],
        )
        forgotten = int(cursor.rowcount)
        cursor.execute(
            "DELETE FROM jobs_workerpresence WHERE seen_at < clock_timestamp() - interval '1 day'"
        )
    return forgotten


def release_run(run: str) -> int:
    """Queue again the jobs that a run holds, without counting a death: it stops on purpose.

    Their tokens move on first, so that its processes, about to be killed, can commit no more.
    """
    with platform_scope(reason=ROUTINE), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET state = 'queued', token = token + 1, worker = '', "
            "lease_until = NULL, queued_at = clock_timestamp() "
            "WHERE state = 'claimed' AND split_part(worker, ':', 2) = %s RETURNING cluster",
            [run],
        )
        freed = [row[0] for row in cursor.fetchall()]
        for cluster in set(freed):
            wake.ring(cluster, freed.count(cluster))
    return len(freed)


def busy(run: str) -> int:
    """Count the jobs that the processes of a run hold."""
    with platform_scope(reason=ROUTINE), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM jobs_job WHERE state = 'claimed' "
            "AND split_part(worker, ':', 2) = %s",
            [run],
        )
        return int(cursor.fetchone()[0])


class Outage:
    """After the database was away, leases ended that nobody could renew: leave time to renew."""

    def __init__(self) -> None:
        self._away = False
        self._until = 0.0

    def begin(self, now: float, error: Error) -> None:
        """The database did not answer."""
        if not self._away:
            logger.warning("database away: %s", error)
        self._away = True
        self._until = now + tempo().heartbeat * 2 + 5
        connection.close()

    def end(self) -> None:
        """The database answered."""
        if self._away:
            logger.warning("database back")
        self._away = False

    def is_recent(self, now: float) -> bool:
        return now < self._until
