"""Where the work on a deposit stands: its place in the queue, how far its step has gone."""

from dataclasses import dataclass

from ingest.models import Deposit
from ingest.services.receive import JOB_KIND
from sae.jobs.models import JobState
from sae.jobs.selectors import QueuePlace, job_of, queue_position


@dataclass(frozen=True, slots=True)
class Progress:
    """Items done and to do in the step named by ``step``."""

    step: str
    done: int
    total: int


def progress_of(deposit: Deposit) -> Progress | None:
    """Return how far the step in hand has gone, ``None`` when nothing was said of it."""
    job = job_of(JOB_KIND, deposit.id)
    if job is None or not job.progress_total:
        return None
    return Progress(job.progress_label, job.progress_done or 0, job.progress_total)


def place_of(deposit: Deposit) -> QueuePlace | None:
    """Return the deposit's place among those that wait, ``None`` when it does not."""
    if deposit.state != Deposit.State.QUEUED:
        return None
    job = job_of(JOB_KIND, deposit.id)
    if job is None or job.state != JobState.QUEUED:
        return None
    return queue_position(job)


__all__ = ["Progress", "QueuePlace", "place_of", "progress_of"]
