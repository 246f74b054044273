"""The process that is measured: ``python -m bench.working REQUEST`` (JSON both ways).

It first deposits a small package, so that what a worker does once in its life is not counted.
"""

import json
import re
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """``floor_tenant`` is the empty coffre where the floor is done; None leaves it out."""

    tenant: str
    package: str
    warm_tenant: str
    warm_package: str
    scratch: str
    admin_url: str
    floor_tenant: str | None = None


def work(request: Request) -> dict[str, Any]:
    """Deposit, then do the floor; return what was measured (seconds, bytes)."""
    from bench.deposits import run_deposit
    from bench.floor import measure_floor

    run_deposit(uuid.UUID(request.warm_tenant), Path(request.warm_package))
    rest = peak_memory()
    cpu = time.process_time()
    measured = run_deposit(uuid.UUID(request.tenant), Path(request.package))
    deposit = measured.deposit
    told: dict[str, Any] = {
        "seconds": measured.seconds,
        "steps": measured.steps,
        "cpu": time.process_time() - cpu,
        "memory_before": rest,
        "memory": peak_memory(),
        "units": deposit.unit_count,
        "objects": deposit.object_count,
        "bytes": deposit.total_size,
        "outcome": deposit.settled_outcome,
    }
    if request.floor_tenant:
        told["floor"] = measure_floor(
            Path(request.package),
            source=(deposit.tenant_id, deposit.id),
            into=uuid.UUID(request.floor_tenant),
            admin_url=request.admin_url,
            scratch=Path(request.scratch),
        )
    return told


def peak_memory() -> int:
    """Return the most memory that this process ever held, in bytes."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def main() -> None:
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sae.config.settings")
    django.setup()
    print(json.dumps(work(Request(**json.loads(sys.argv[1])))))


if __name__ == "__main__":
    main()
