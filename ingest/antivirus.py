"""Antivirus: ClamAV over its own protocol. Absent is never « clean »: it is told as not done.

The protocol is spoken here rather than by the `clamd` package, whose stream goes out by `send`:
under a time-out a full socket takes a part of a piece, the rest is lost, and the daemon scans
something else than the file.
"""

import contextlib
import enum
import re
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

ANSWER_SECONDS = 600
"""The daemon says nothing before it has scanned the whole stream."""

_CONNECT_SECONDS = 10
_PIECE = 256 * 1024
_LONGEST_ANSWER = 4096
_VERDICT = re.compile(r"stream: (?:(?P<clean>OK)|(?P<signature>.+) FOUND)")


class AntivirusUnavailable(RuntimeError):  # noqa: N818 — a state of a service, told to people
    """The configured antivirus does not answer, or does not judge: the deposit waits."""


class Verdict(enum.Enum):
    CLEAN = "clean"
    INFECTED = "infected"
    NOT_DONE = "not_done"


@dataclass(frozen=True, slots=True)
class Scan:
    """What the antivirus said; ``signature`` names the threat found."""

    verdict: Verdict
    signature: str = ""


def _ignore(sent: int) -> None:
    """Progress that nobody watches."""


def scan(path: Path, *, on_sent: Callable[[int], None] = _ignore) -> Scan:
    """Scan one file as a stream; raise ``AntivirusUnavailable`` when the service does not judge.

    ``on_sent`` is told now and then how many bytes have been sent.
    """
    if not settings.ANTIVIRUS_URL:
        return Scan(Verdict.NOT_DONE)
    with path.open("rb") as file, _conversation(b"zINSTREAM\0") as daemon:
        sent = 0
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            # A daemon that has heard enough (its size limit) hangs up, and has said why.
            while piece := file.read(_PIECE):
                daemon.sendall(struct.pack("!L", len(piece)) + piece)
                sent += len(piece)
                on_sent(sent)
            daemon.sendall(struct.pack("!L", 0))
        answer = _answer_of(daemon)
    found = _VERDICT.fullmatch(answer)
    if found is None:
        raise AntivirusUnavailable(f"no verdict: {answer!r}")
    if found["clean"]:
        return Scan(Verdict.CLEAN)
    return Scan(Verdict.INFECTED, found["signature"])


def version() -> str:
    """Return the service's version line, empty when none is configured.

    Raises ``AntivirusUnavailable`` when it is configured and does not answer.
    """
    if not settings.ANTIVIRUS_URL:
        return ""
    with _conversation(b"zVERSION\0") as daemon:
        return _answer_of(daemon)


@contextlib.contextmanager
def _conversation(command: bytes) -> Iterator[socket.socket]:
    """Speak to the daemon at ``settings.ANTIVIRUS_URL`` (tcp://host:port or unix:///path)."""
    parts = urlsplit(settings.ANTIVIRUS_URL)
    try:
        if parts.scheme == "unix":
            daemon = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            daemon.settimeout(_CONNECT_SECONDS)
            daemon.connect(parts.path)
        else:
            address = (parts.hostname or "127.0.0.1", parts.port or 3310)
            daemon = socket.create_connection(address, _CONNECT_SECONDS)
    except OSError as error:
        raise AntivirusUnavailable(str(error)) from error
    with daemon:
        daemon.settimeout(ANSWER_SECONDS)
        try:
            daemon.sendall(command)
            yield daemon
        except OSError as error:
            raise AntivirusUnavailable(str(error)) from error


def _answer_of(daemon: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
        heard = daemon.recv(_LONGEST_ANSWER)
        if not heard:
            break
        answer += heard
    return answer.rstrip(b"\0\n").decode("utf-8", "backslashreplace")
