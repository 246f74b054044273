"""How long a piece of work takes in this process, settled as that of a worker."""

import time
from collections.abc import Callable

from sae.jobs.hosting import settle_process


def timed(work: Callable[[], object]) -> float:
    """Do it; return the seconds that it took."""
    settle_process()
    began = time.monotonic()
    work()
    return time.monotonic() - began
