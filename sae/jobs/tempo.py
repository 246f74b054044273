"""The times of the queue, in seconds, with what each one buys."""

from dataclasses import dataclass, fields
from functools import cache

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Tempo:
    """Defaults suit production; the setting ``JOBS`` (a dict) changes some of them."""

    # How long a silent worker keeps its job: the longest silence after a machine is lost. A worker
    # killed on a machine that lives is noticed by its own parent at the next ``reap``.
    lease: float = 30.0
    heartbeat: float = 5.0
    reap: float = 1.0
    # A tenant's long job gives its place back after a slice.
    slice: float = 20.0
    # A handler that neither returns nor shows a sign for so long is stuck: its process is killed.
    silence: float = 900.0
    # What SIGTERM leaves to the jobs in hand before they are taken back; 5 s in all.
    grace: float = 3.0
    # Due jobs, idle processes and no wake for so long: the pool's queue is broken, start it anew.
    stuck: float = 15.0
    presence: float = 5.0
    deaths: int = 3
    failures: int = 5
    backoff: float = 5.0
    backoff_limit: float = 600.0
    keep_done_days: int = 90

    def backoff_after(self, failures: int) -> float:
        """Return how long to wait after so many exceptions in a row: 5 s, 20 s, 80 s, 320 s…"""
        return min(self.backoff * 4 ** (failures - 1), self.backoff_limit)


@cache
def tempo() -> Tempo:
    """Return the times in force."""
    chosen = getattr(settings, "JOBS", {})
    unknown = set(chosen) - {known.name for known in fields(Tempo)}
    if unknown:
        raise ValueError(f"unknown in JOBS: {', '.join(sorted(unknown))}")
    return Tempo(**chosen)
