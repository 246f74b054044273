"""Serves the queue to its end in a process of its own, under limits, and tells what it took.

python -m tests.faults.lone_worker [--files N] [--file-size BYTES] [--memory BYTES]
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Spent:
    """Memory in bytes: once the product was loaded, and at most."""

    loaded: int
    peak: int

    @property
    def grown(self) -> int:
        return self.peak - self.loaded


def serve_apart(*arguments: str, seconds: float = 120, may_die: bool = False) -> Spent:
    """Have another process serve what is due; fail when it is not over in time."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.lone_worker", *arguments],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.faults.lone_worker_settings"},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    sys.stdout.write(done.stderr)
    if done.returncode and may_die:
        return Spent(0, 0)
    assert done.returncode == 0, done.stderr
    spent = Spent(**json.loads(done.stdout.splitlines()[-1]))
    sys.stdout.write(f"memory: {spent.loaded >> 20} MB loaded, {spent.peak >> 20} MB at most\n")
    return spent


def peak() -> int:
    """Return the peak resident memory of this process, in bytes.

    Not ru_maxrss, which counts what the parent held before the new process was itself.
    """
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) << 10


def main() -> None:
    """Load the product, take the limits, serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int)
    parser.add_argument("--file-size", type=int)
    parser.add_argument("--memory", type=int)
    asked = parser.parse_args()

    import django

    django.setup()
    from sae.jobs.serving import serve

    loaded = peak()
    for limit, value in (
        (resource.RLIMIT_NOFILE, asked.files),
        (resource.RLIMIT_FSIZE, asked.file_size),
        (resource.RLIMIT_AS, asked.memory),
    ):
        if value:
            resource.setrlimit(limit, (value, value))
    while serve("short") or serve("long"):
        pass
    sys.stdout.write(json.dumps({"loaded": loaded, "peak": peak()}) + "\n")


if __name__ == "__main__":
    main()
