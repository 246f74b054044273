"""Antivirus: ClamAV over its own protocol. Absent is never « clean »: it is told as not done."""

import enum
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import clamd
from django.conf import settings


class AntivirusUnavailable(RuntimeError):  # noqa: N818 — a state of a service, told to people
    """The configured antivirus does not answer: the deposit waits."""


class Verdict(enum.Enum):
    CLEAN = "clean"
    INFECTED = "infected"
    NOT_DONE = "not_done"


@dataclass(frozen=True, slots=True)
class Scan:
    """What the antivirus said; ``signature`` names the threat found."""

    verdict: Verdict
    signature: str = ""


def _client() -> clamd.ClamdNetworkSocket:
    parts = urlsplit(settings.ANTIVIRUS_URL)
    if parts.scheme == "unix":
        return clamd.ClamdUnixSocket(parts.path, timeout=600)
    return clamd.ClamdNetworkSocket(parts.hostname or "127.0.0.1", parts.port or 3310, timeout=600)


def scan(path: Path) -> Scan:
    """Scan one file as a stream; raise ``AntivirusUnavailable`` when the service is down."""
    if not settings.ANTIVIRUS_URL:
        return Scan(Verdict.NOT_DONE)
    try:
        with path.open("rb") as stream:
            answer = _client().instream(stream)
    except (clamd.ConnectionError, clamd.BufferTooLongError, OSError) as error:
        raise AntivirusUnavailable(str(error)) from error
    status, signature = answer["stream"]
    if status == "FOUND":
        return Scan(Verdict.INFECTED, signature or "")
    if status == "OK":
        return Scan(Verdict.CLEAN)
    raise AntivirusUnavailable(f"{status} {signature}")


def version() -> str:
    """Return the service's version line, empty when none is configured.

    Raises ``AntivirusUnavailable`` when it is configured and does not answer.
    """
    if not settings.ANTIVIRUS_URL:
        return ""
    try:
        return str(_client().version())
    except (clamd.ConnectionError, OSError) as error:
        raise AntivirusUnavailable(str(error)) from error
