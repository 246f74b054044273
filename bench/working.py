"""The process that is measured: ``python -m bench.working REQUEST`` (JSON both ways).

It first deposits a small package, so that what a worker does once in its life is not counted.
"""

import contextlib
import json
import os
import re
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil


@dataclass(frozen=True, slots=True)
class Request:
    """``services`` are process identifiers; ``floor_tenant`` is the empty coffre where the floor
    is done, None leaves it out."""

    tenant: str
    package: str
    warm_tenant: str
    warm_package: str
    scratch: str
    admin_url: str
    services: list[int]
    floor_tenant: str | None = None


def work(request: Request) -> dict[str, Any]:
    """Deposit, then do the floor; return what was measured (seconds, bytes)."""
    from bench.deposits import run_deposit
    from bench.floor import measure_floor
    from sae.jobs.hosting import settle_process

    run_deposit(uuid.UUID(request.warm_tenant), Path(request.warm_package))
    # As the parent of the worker processes does before it makes them.
    settle_process()
    rest = peak_memory()
    cpu, everything = time.process_time(), processor_seconds(request.services)
    measured = run_deposit(uuid.UUID(request.tenant), Path(request.package))
    deposit = measured.deposit
    told: dict[str, Any] = {
        "seconds": measured.seconds,
        "steps": measured.steps,
        "cpu": time.process_time() - cpu,
        "cpu_of_all": processor_seconds(request.services) - everything,
        "memory_before": rest,
        "memory": peak_memory(),
        "units": deposit.unit_count,
        "objects": deposit.object_count,
        "bytes": deposit.total_size,
        "outcome": deposit.settled_outcome,
    }
    if request.floor_tenant:
        told["floor"], told["floor_cpu_of_all"] = measure_floor(
            Path(request.package),
            source=(deposit.tenant_id, deposit.id),
            into=uuid.UUID(request.floor_tenant),
            admin_url=request.admin_url,
            scratch=Path(request.scratch),
            processor_seconds=lambda: processor_seconds(request.services),
        )
    return told


def processor_seconds(services: Sequence[int]) -> float:
    """Return what this process, the services and all their children have used of the processors.

    Unlike durations, it does not depend on what else the machine does.
    """
    total = 0.0
    for parent in (psutil.Process(), *map(psutil.Process, services)):
        own = parent.cpu_times()
        # Children that have ended are counted in their parent's; those that live are not.
        total += own.user + own.system + own.children_user + own.children_system
        for child in parent.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = child.cpu_times()
                total += times.user + times.system
    return total


def peak_memory() -> int:
    """Return the most memory that this process ever held, in bytes."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sae.config.settings")
    django.setup()
    print(json.dumps(work(Request(**json.loads(sys.argv[1])))))


if __name__ == "__main__":
    main()
