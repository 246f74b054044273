"""The platform started by its real command, in a folder of its own, for a run of the tests."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psutil

ROOT = Path(__file__).resolve().parents[2]
_STOP_SECONDS = 20


class PlatformStartError(RuntimeError):
    """`manage.py up` ended without a word on standard output; its complaint is the message."""


@dataclass(frozen=True, slots=True)
class Account:
    """A demonstration account, as `up --json` tells it."""

    role: str
    email: str
    password: str


class DemonstrationPlatform:
    """`manage.py up --json` on a free port, with the demonstration organisation.

    A context manager: database, object store, web and workers live as long as it does.
    """

    url: str
    accounts: dict[str, Account]
    tenants: list[dict[str, Any]]

    def __init__(self) -> None:
        # Short: the database's socket lies in it, and its path may not pass 107 characters.
        self.data_dir = Path(tempfile.mkdtemp(prefix="sae-e2e-"))
        self._process: subprocess.Popen[str] | None = None
        self._told: deque[str] = deque(maxlen=40)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [
                *(sys.executable, "manage.py", "up", "--json"),
                *("--port", "0", "--data-dir", str(self.data_dir)),
            ],
            cwd=ROOT,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.__exit__()
            raise PlatformStartError("\n".join(self._told))
        told = json.loads(line)
        self.url = told["url"].rstrip("/")
        self.accounts = {each["role"]: Account(**each) for each in told["accounts"]}
        self.tenants = told["tenants"]
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def manage(self, *arguments: str) -> str:
        """Run a management command against this platform; return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**self._environment(), "SAE_DATA_DIR": str(self.data_dir)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def workers_asleep(self) -> Iterator[None]:
        """Deposits wait in the queue for a moment (less than a lease), then go on."""
        assert self._process is not None
        family = psutil.Process(self._process.pid).children(recursive=True)
        heads = [each for each in family if "worker" in each.cmdline()]
        workers = [one for head in heads for one in (head, *head.children(recursive=True))]
        for worker in workers:
            worker.suspend()
        try:
            yield
        finally:
            for worker in workers:
                worker.resume()

    def _environment(self) -> dict[str, str]:
        """This process's variables without the settings that the test run made for itself."""
        return {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("SAE_") and name != "DJANGO_SETTINGS_MODULE"
        }

    def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._told.append(line.rstrip())
