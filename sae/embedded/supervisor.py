"""Keeps a platform's processes running, and stops them all within ten seconds.

Stages start in order and stop in reverse: those who use a service leave before it does.
"""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import psutil

from sae.embedded.errors import EmbeddedError
from sae.embedded.processes import dies_with_parent, open_log

# Ten are promised; the last two are for killing and reaping on a busy machine.
STOP_SECONDS = 8.0
FIRST_BACKOFF = 0.5
LONGEST_BACKOFF = 30.0
# A child that held this long is no longer « crashing at start »: its next crash starts afresh.
STEADY_SECONDS = 60.0


class Supervised(Protocol):
    """A process that can be started again at the same address.

    `patience`: seconds it may take to leave before it is killed.
    """

    name: str
    patience: float
    process: subprocess.Popen[bytes] | None

    def launch(self) -> None: ...

    def ask_to_leave(self) -> None: ...

    def release(self) -> None: ...


class Command:
    """A child given by its command line, its output appended to `log_path`."""

    # The time of a request or of a batch; what is cut is taken up again by its lease.
    patience = 4.0

    def __init__(
        self,
        name: str,
        *,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log_path: Path,
        working_dir: Path,
    ) -> None:
        self.name = name
        self.arguments = list(arguments)
        self.environment = dict(environment)
        self.log_path = log_path
        self.working_dir = working_dir
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        with open_log(self.log_path) as log:
            self.process = subprocess.Popen(
                self.arguments,
                env=self.environment,
                cwd=self.working_dir,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # The terminal's Ctrl-C must reach the supervisor alone: a task queue whose whole
                # group is signalled hangs.
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGTERM),
            )

    def ask_to_leave(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def release(self) -> None:
        self.process = None


class Supervisor:
    """Runs `stages` of children; `say` gets one French line per event worth reading."""

    def __init__(self, *, say: Callable[[str], None]) -> None:
        self.stages: list[list[Supervised]] = []
        self._say = say
        self._stopping = threading.Event()
        self._started_at: dict[str, float] = {}
        self._backoff: dict[str, float] = {}
        self._due_at: dict[str, float] = {}

    def add(self, stage: int, child: Supervised) -> None:
        """Watch a child, launched already or not; `stage` 0 stops last."""
        while len(self.stages) <= stage:
            self.stages.append([])
        if child.process is None:
            child.launch()
        self.stages[stage].append(child)
        self._started_at[child.name] = time.monotonic()

    @property
    def children(self) -> list[Supervised]:
        return [child for stage in self.stages for child in stage]

    def request_stop(self) -> None:
        """Let `watch` return; safe from a signal handler."""
        self._stopping.set()

    def watch(self, *, pause: float = 0.2) -> None:
        """Restart whatever leaves, until a stop is requested."""
        while not self._stopping.wait(pause):
            self.restart_fallen()

    def restart_fallen(self) -> None:
        """One look at every child: note new deaths, restart those whose delay is over."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None or child.process.poll() is None:
                continue
            if child.name not in self._due_at:
                self._note_death(child, now)
            elif now >= self._due_at[child.name]:
                del self._due_at[child.name]
                self._relaunch(child, now)

    def stop(self) -> None:
        """Stop every child within `STOP_SECONDS`, the last stage first."""
        self._stopping.set()
        deadline = time.monotonic() + STOP_SECONDS
        for stage in reversed(self.stages):
            stop_together(stage, seconds=max(deadline - time.monotonic(), 0.5))

    def _note_death(self, child: Supervised, now: float) -> None:
        steady = now - self._started_at[child.name] >= STEADY_SECONDS
        delay = FIRST_BACKOFF if steady else self._backoff.get(child.name, FIRST_BACKOFF)
        self._backoff[child.name] = min(delay * 2, LONGEST_BACKOFF)
        self._due_at[child.name] = now + delay
        code = child.process.returncode if child.process else None
        reason = f"signal {-code}" if code is not None and code < 0 else f"code {code}"
        self._say(f"{child.name} s’est arrêté ({reason}) ; relance dans {delay:g} s.")

    def _relaunch(self, child: Supervised, now: float) -> None:
        self._started_at[child.name] = now
        try:
            child.launch()
        except (EmbeddedError, OSError) as error:
            self._say(f"{child.name} : {error}")


def stop_together(children: Sequence[Supervised], *, seconds: float) -> None:
    """Ask all at once, wait for each its patience (`seconds` at most), kill the rest.

    Descendants go too: a killed task queue leaves its own workers behind.
    """
    began = time.monotonic()
    families: list[psutil.Process] = []
    for child in children:
        if child.process is not None:
            families += _descendants(child.process.pid)
        child.ask_to_leave()
    for child in sorted(children, key=lambda each: each.patience):
        if child.process is None:
            continue
        patience = began + min(child.patience, seconds) - time.monotonic()
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(timeout=max(patience, 0.01))
        if child.process.poll() is None:
            families += _descendants(child.process.pid)
            child.process.kill()
            child.process.wait()
    for orphan in families:
        with suppress(psutil.NoSuchProcess):
            orphan.kill()
    psutil.wait_procs(families, timeout=1)
    for child in children:
        child.release()


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
