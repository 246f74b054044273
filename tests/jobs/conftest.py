"""Real worker processes on a real database, and what they wrote down."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from django.db import connection

from sae.jobs.models import Job
from sae.jobs.queue import enqueue
from sae.journal.models import Operation
from sae.journal.services import open_operation
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tests.jobs.playground import NOTES, register_all

ROOT = Path(__file__).parents[2]
HANGS_AFTER = 60.0
"""Seconds after which a process told to stop is taken for hung."""


def make_tenant() -> Tenant:
    with platform_scope(reason="coffre d’essai"):
        organisation = Organisation.objects.create(name=f"Commune {secrets.token_hex(8)}")
        return Tenant.objects.create(
            organisation=organisation, number=secrets.randbelow(2**30), name="Archives"
        )


@dataclass
class Queue:
    """A test's way to ask for work and to look at what became of it."""

    tenant: Tenant
    notes_folder: Path

    def ask(self, kind: str, *, tenant: Tenant | None = None, **others: object) -> uuid.UUID:
        """Enqueue a job on a new subject; return the subject."""
        subject_id = others.pop("subject_id", None) or new_id()
        chosen = tenant or self.tenant
        with tenant_scope(chosen.id):
            enqueue(tenant_id=chosen.id, kind=f"test.{kind}", subject_id=subject_id, **others)
        return subject_id

    def ask_operation(self, kind: str, *deaths: str) -> Operation:
        """Open an operation and enqueue its job, with the places where its worker must die."""
        operation_id = new_id()
        for place in deaths:
            (self.notes_folder / f"{operation_id}.die.{place}").touch()
        with tenant_scope(self.tenant.id):
            operation = open_operation(
                type="PROCESS_SIP_UNITARY", category="INGEST", id=operation_id
            )
            enqueue(tenant_id=self.tenant.id, kind=f"test.{kind}", subject_id=operation_id)
        return operation

    def job(self, subject_id: uuid.UUID) -> Job:
        with platform_scope(reason="essai"):
            return Job.objects.filter(subject_id=subject_id).latest("id")

    def state(self, subject_id: uuid.UUID) -> str:
        return self.job(subject_id).state

    def notes(self, subject_id: uuid.UUID) -> list[str]:
        """What handlers noted of a subject, without time and process."""
        return [line.split(" ", 2)[2] for line in self.lines(subject_id)]

    def lines(self, subject_id: uuid.UUID) -> list[str]:
        path = self.notes_folder / str(subject_id)
        return path.read_text().splitlines() if path.exists() else []

    def wait_for(self, condition: Callable[[], object], *, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it never came"
            time.sleep(0.02)

    def wait_state(self, subject_id: uuid.UUID, state: str, *, seconds: float = 20) -> Job:
        self.wait_for(lambda: self.state(subject_id) == state, seconds=seconds)
        return self.job(subject_id)


@pytest.fixture
def tenant(committed_db: None) -> Tenant:
    register_all()
    return make_tenant()


@pytest.fixture
def other_tenant(tenant: Tenant) -> Tenant:
    return make_tenant()


@pytest.fixture
def queue(tenant: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Queue:
    monkeypatch.setenv(NOTES, str(tmp_path))
    return Queue(tenant, tmp_path)


class Worker:
    """A real ``manage.py worker``, in a session of its own."""

    def __init__(self, cluster: str = "short", processes: int = 1) -> None:
        self.log = Path(os.environ[NOTES]) / f"worker-{secrets.token_hex(4)}.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "worker", cluster, "--processes", str(processes)],
                cwd=ROOT,
                env={
                    **os.environ,
                    "DJANGO_SETTINGS_MODULE": "tests.jobs.worker_settings",
                    "SAE_LOG_LEVEL": "INFO",
                },
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.family = psutil.Process(self.process.pid)

    def children(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            return self.family.children(recursive=True)
        return []

    def wait_ready(self, count: int = 4, seconds: float = 20) -> "Worker":
        """Wait for the sentinel, the workers, the monitor and the pusher."""
        end = time.monotonic() + seconds
        while len(self.children()) < count:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)
        return self

    def terminate(self) -> None:
        """SIGTERM to the main process alone; it leaves, or hangs."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(HANGS_AFTER)

    def end(self) -> None:
        children = self.children()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.send_signal(signal.SIGCONT)
                child.kill()


@pytest.fixture
def start_worker(queue: Queue) -> Iterator[Callable[..., Worker]]:
    started: list[Worker] = []

    def start(*arguments: object, **others: object) -> Worker:
        worker = Worker(*arguments, **others)
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.end()
        sys.stdout.write(worker.log.read_text())
    connection.close()
