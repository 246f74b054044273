"""Small deposits of several coffres, by one worker process and by two."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.deposits import receive
from ingest.models import Deposit
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope

_GIVE_UP_AFTER = 1800.0
_PROJECT = Path(__file__).parent.parent


def seconds_for(
    coffres: Sequence[Tenant], package: Path, *, deposits: int, processes: int
) -> float:
    """Return the time from the first reception to the last end, with workers already warm."""
    with _workers(processes):
        # Each process pays its first deposit before the clock starts.
        _wait([_receive(coffres[0], package) for _ in range(4 * processes)])
        began = time.monotonic()
        _wait([_receive(coffres[number % len(coffres)], package) for number in range(deposits)])
        return time.monotonic() - began


def _receive(coffre: Tenant, package: Path) -> tuple[uuid.UUID, uuid.UUID]:
    return coffre.id, receive(coffre.id, package).id


def _wait(deposits: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> None:
    """Return once all are over; raise ``RuntimeError`` for one that is refused or stuck."""
    end = time.monotonic() + _GIVE_UP_AFTER
    for tenant_id, identifier in deposits:
        while True:
            with tenant_scope(tenant_id):
                deposit = Deposit.objects.get(id=identifier)
            if deposit.state == Deposit.State.COMPLETED:
                break
            if deposit.state == Deposit.State.PAUSED or time.monotonic() > end:
                raise RuntimeError(f"{deposit.state} at step {deposit.next_step}")
            time.sleep(0.05)
        if deposit.settled_outcome not in ("OK", "WARNING"):
            raise RuntimeError(f"{deposit.file_name}: {deposit.settled_outcome}")


@contextmanager
def _workers(processes: int) -> Iterator[None]:
    """Run ``manage.py worker short`` with so many processes."""
    parent = subprocess.Popen(
        [sys.executable, "manage.py", "worker", "short", "--processes", str(processes)],
        cwd=_PROJECT,
        env=os.environ,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        parent.send_signal(signal.SIGTERM)
        try:
            parent.wait(20)
        except subprocess.TimeoutExpired:
            parent.kill()
            parent.wait()
