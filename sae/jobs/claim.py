"""A job in hand: what its handler receives, and what makes a worker that lost it harmless."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection

from sae.jobs.models import JobState


class LostClaimError(RuntimeError):
    """The job has been given to another worker: nothing may be committed any more."""


@dataclass(slots=True)
class Claim:
    """A job held under a fencing token.

    ``attempt`` counts the claims of the job so far; ``deaths`` the workers that died on it and
    ``failures`` the exceptions of its handler, since it last went on.
    """

    job_id: uuid.UUID
    tenant_id: uuid.UUID
    kind: str
    subject_id: uuid.UUID
    cluster: str
    token: int
    attempt: int = 1
    deaths: int = 0
    failures: int = 0
    lost: bool = False
    deadline: float = float("inf")
    stopping: Callable[[], bool] = lambda: False
    touched_at: float = field(default_factory=time.monotonic)
    progress: tuple[int | None, int | None, str] | None = None

    def assert_current(self) -> None:
        """Lock the job's row until the transaction ends; raise ``LostClaimError`` if it was lost.

        Call it inside the step's transaction, as late as its writes allow: while the lock is held
        no other worker can take the job, and a worker that lost it rolls back. What commits then
        is progress, so the deaths and failures before it are forgotten in the same transaction.
        """
        self.touched_at = time.monotonic()
        if not connection.in_atomic_block:
            raise RuntimeError("a claim is asserted inside the transaction that it protects")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT token, state FROM jobs_job WHERE tenant_id = %s AND id = %s FOR UPDATE",
                [self.tenant_id, self.job_id],
            )
            if cursor.fetchone() != (self.token, JobState.CLAIMED):
                self.lost = True
                raise LostClaimError(f"{self.kind} {self.subject_id}")
            if self.deaths or self.failures:
                cursor.execute(
                    "UPDATE jobs_job SET deaths = 0, failures = 0, last_error = '' "
                    "WHERE tenant_id = %s AND id = %s",
                    [self.tenant_id, self.job_id],
                )

    def checkpoint(
        self, done: int | None = None, total: int | None = None, label: str = ""
    ) -> None:
        """``assert_current`` and ``report`` in one."""
        self.assert_current()
        self.report(done, total, label)

    def report(self, done: int | None, total: int | None = None, label: str = "") -> None:
        """Say how far the step is. Costs nothing: the next heartbeat writes it.

        Call it (or ``should_yield``) at least every few minutes: a handler silent for
        ``Tempo.silence`` is taken for stuck.
        """
        self.touched_at = time.monotonic()
        self.progress = (done, total, label)

    def should_yield(self) -> bool:
        """Tell a long step to commit what it has and return ``CONTINUE``.

        True when the worker is told to stop, when the job was lost, or when the slice is over.
        """
        self.touched_at = time.monotonic()
        return self.lost or self.stopping() or self.touched_at >= self.deadline
