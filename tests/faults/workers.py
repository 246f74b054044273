"""Real worker processes over the whole product, with traps, and what became of their jobs."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import psutil

from ingest.models import Deposit
from sae.jobs.models import Job
from sae.jobs.queue import ROUTINE
from sae.tenancy.models import Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tests.faults.traps import FOLDER

ROOT = Path(__file__).parents[2]


class DepositWorker:
    """A real ``manage.py worker``, in a session of its own, under ``tests.faults``' settings."""

    def __init__(self, *, cluster: str = "short", processes: int = 1, **environment: str) -> None:
        self.log = Path(os.environ[FOLDER]) / f"worker-{secrets.token_hex(4)}.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "worker", cluster, "--processes", str(processes)],
                cwd=ROOT,
                env={
                    **os.environ,
                    "DJANGO_SETTINGS_MODULE": "tests.faults.worker_settings",
                    "SAE_LOG_LEVEL": "WARNING",
                    **environment,
                },
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.family = psutil.Process(self.process.pid)

    def children(self) -> list[psutil.Process]:
        """The processes under the main one."""
        with contextlib.suppress(psutil.NoSuchProcess):
            return self.family.children(recursive=True)
        return []

    def end(self) -> None:
        """Stop as an administrator would; by force when it does not."""
        children = self.children()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(8)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()


def wait_for(condition: Callable[[], object], *, seconds: float = 60, told: str = "") -> None:
    """Wait until something is true; fail when it never comes."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"it never came: {told}"
        time.sleep(0.05)


def job_of(deposit_id: uuid.UUID) -> Job:
    """The job that advances a deposit."""
    with platform_scope(reason=ROUTINE):
        return Job.objects.filter(subject_id=deposit_id).latest("id")


def wait_job(deposit_id: uuid.UUID, *states: str, seconds: float = 60) -> Job:
    """Wait until the job of a deposit is in one of these states."""
    wait_for(
        lambda: job_of(deposit_id).state in states,
        seconds=seconds,
        told=f"job of {deposit_id} {'/'.join(states)}",
    )
    return job_of(deposit_id)


def look(coffre: Tenant, deposit_id: uuid.UUID) -> Deposit:
    """The deposit as it now stands."""
    with tenant_scope(coffre.id):
        return Deposit.objects.get(id=deposit_id)
