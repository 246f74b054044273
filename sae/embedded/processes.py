"""Child processes that never outlive their parent, and are stopped politely, then firmly."""

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from sae.embedded.errors import AlreadyRunningError

_PR_SET_PDEATHSIG = 1
# Loaded before any fork: between fork and exec nothing may take a lock.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def dies_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends `death_signal` to the child when its parent dies.

    Even SIGKILL of the parent then leaves no server behind. Only Linux has it; elsewhere the
    leftovers are found and stopped by the next start.
    """

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)

    return prepare


def open_log(path: Path) -> BinaryIO:
    """Open a log to append to; past 10 MiB the previous one is kept aside as `….1`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        if path.stat().st_size > 10 * 2**20:
            path.rename(path.with_name(f"{path.name}.1"))
    return path.open("ab")


def stop_process(
    process: subprocess.Popen[bytes], *, steps: Sequence[tuple[signal.Signals, float]]
) -> bool:
    """Send each signal in turn and wait its seconds; SIGKILL at the end.

    True when the process left before SIGKILL.
    """
    for sent, patience in steps:
        if process.poll() is not None:
            return True
        process.send_signal(sent)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience)
            return True
    process.kill()
    process.wait()
    return False


def acquire_lock(lock_path: Path, *, what: str) -> int:
    """Take the lock file, write our pid in it and return its descriptor; closing it releases.

    The kernel drops the lock with the process, so a file left by a dead one never blocks: the pid
    in it only serves the message. Raises `AlreadyRunningError` when a living process holds it.
    """
    lock_path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 32).decode(errors="replace").strip() or "inconnu"
        os.close(descriptor)
        raise AlreadyRunningError(
            f"{what} : déjà en service dans {lock_path.parent} (processus {holder})."
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor


def port_is_free(port: int, *, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        # As servers do: a connection of the last run lingering in TIME_WAIT is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """`count` distinct loopback ports nobody listens to at this instant."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def wait_until(
    ready: Callable[[], bool], *, seconds: float, alive: Callable[[], bool], pause: float = 0.05
) -> bool:
    """Poll `ready` until it holds; False once `alive` no longer does or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return True
        if not alive():
            return False
        time.sleep(pause)
    return False
