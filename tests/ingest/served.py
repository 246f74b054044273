"""The site served for real beside a test: a gunicorn, and a worker where deposits must go on."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests
from django.conf import settings

from tests.services import ServiceEnv

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """A gunicorn of one worker on a port of its own."""

    def __init__(
        self, services: ServiceEnv, *, log: Path | None = None, **environment: str
    ) -> None:
        """``log``: where all that the server says goes, down to each request."""
        self._log = log
        self._environment = {
            **os.environ,
            **services.environment(),
            "DJANGO_SETTINGS_MODULE": "sae.config.settings",
            "SAE_SECRET_KEY": settings.SECRET_KEY,
            "SAE_DATA_DIR": str(settings.DATA_DIR),
            **environment,
        }
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self._worker: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        told = ["error"] if self._log is None else ["debug", "--access-logfile", "-"]
        with (self._log or Path(os.devnull)).open("ab") as output:
            self._process = subprocess.Popen(
                [
                    sys.executable, "-m", "gunicorn", "sae.config.wsgi:application",
                    "--bind", f"127.0.0.1:{self.port}", "--threads", "4", "--log-level", *told,
                ],
                cwd=ROOT,
                env=self._environment,
                start_new_session=True,
                stdout=output if self._log else None,
                stderr=subprocess.STDOUT if self._log else None,
            )  # fmt: skip
        for _try in range(300):
            try:
                requests.get(f"{self.address}/sante/", timeout=5)
                return
            except (requests.ConnectionError, requests.Timeout):
                time.sleep(0.1)
        raise RuntimeError("gunicorn did not start")

    @property
    def worker_pid(self) -> int:
        """The process that answers."""
        assert self._process is not None
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
        return int(children.split()[0])

    def kill(self) -> None:
        """SIGKILL to the server and its workers: the power goes, as far as they know."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(20)
            self._process = None

    def start_worker(self) -> None:
        """Start what advances deposits."""
        self._worker = subprocess.Popen(
            [sys.executable, "manage.py", "worker", "short"],
            cwd=ROOT,
            env=self._environment,
            start_new_session=True,
            stderr=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        """Kill everything that was started."""
        self.kill()
        if self._worker is not None:
            os.killpg(self._worker.pid, signal.SIGKILL)
            self._worker.wait(20)
            self._worker = None
