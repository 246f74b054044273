"""The heartbeat of a worker process: one thread, its own connection, the job in hand."""

import logging
import os
import signal
import threading
import time

from django.db import Error, connection

from sae.jobs.claim import Claim
from sae.jobs.tempo import tempo
from sae.tenancy.scope import tenant_scope

logger = logging.getLogger(__name__)


class Heart:
    """Renews the lease of the claim in hand and writes the progress that it reports.

    Beats stop when the claim is lost. A handler that shows no sign for ``Tempo.silence`` is stuck
    (a dead socket, an endless loop): the process kills itself, which frees its place in the pool
    and counts as a death of the job.
    """

    def __init__(self) -> None:
        self._claim: Claim | None = None
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def hold(self, claim: Claim) -> None:
        """Begin to beat for ``claim``."""
        with self._changed:
            self._claim = claim
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._beat, name="heart", daemon=True)
                self._thread.start()
            self._changed.notify()

    def drop(self) -> None:
        """The job is no longer in hand."""
        with self._changed:
            self._claim = None

    def _beat(self) -> None:
        while True:
            with self._changed:
                while self._claim is None:
                    self._changed.wait()
                claim = self._claim
            time.sleep(tempo().heartbeat)
            if self._claim is not claim or claim.lost:
                if claim.lost:
                    time.sleep(tempo().heartbeat)
                continue
            if time.monotonic() - claim.touched_at > tempo().silence:
                logger.critical("%s %s stuck: process killed", claim.kind, claim.subject_id)
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                if not renew(claim):
                    claim.lost = True
            except Error as error:
                logger.warning("heartbeat missed: %s", error)
                connection.close()


def renew(claim: Claim) -> bool:
    """Push the lease forward under the claim's token; ``False`` when the job was lost."""
    done, total, label = claim.progress or (None, None, "")
    with tenant_scope(claim.tenant_id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET lease_until = clock_timestamp() + make_interval(secs => %s), "
            "progress_done = COALESCE(%s, progress_done), "
            "progress_total = COALESCE(%s, progress_total), "
            "progress_label = COALESCE(NULLIF(%s, ''), progress_label) "
            "WHERE tenant_id = %s AND id = %s AND token = %s AND state = 'claimed'",
            [tempo().lease, done, total, label[:200], claim.tenant_id, claim.job_id, claim.token],
        )
        return bool(cursor.rowcount)
