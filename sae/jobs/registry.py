"""Which code advances which kind of job: filled by the rooms above in ``AppConfig.ready()``."""

import datetime as dt
import enum
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sae.jobs.claim import Claim


class AdvanceKind(enum.Enum):
    CONTINUE = "continue"
    DONE = "done"
    WAIT = "wait"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Advance:
    """What a handler answers after a step; see ``CONTINUE``, ``DONE``, ``wait`` and ``failed``."""

    kind: AdvanceKind
    until: dt.datetime | dt.timedelta | None = None
    reason: str = ""


CONTINUE = Advance(AdvanceKind.CONTINUE)
"""One step done, more to do: the handler is called again, or the job goes back in the queue."""

DONE = Advance(AdvanceKind.DONE)
"""Nothing left to do."""


def wait(until: dt.datetime | dt.timedelta, reason: str) -> Advance:
    """Try again at a date or after a delay; ``reason`` is shown (an offer is down…)."""
    return Advance(AdvanceKind.WAIT, until, reason)


def failed(reason: str) -> Advance:
    """Give up for good: the job goes to quarantine and the handler's callback is told."""
    return Advance(AdvanceKind.FAILED, None, reason)


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A job given up: after three dead workers, repeated exceptions, or by its handler's word."""

    job_id: uuid.UUID
    tenant_id: uuid.UUID
    kind: str
    subject_id: uuid.UUID
    reason: str
    last_error: str


Handler = Callable[["Claim"], Advance]
OnQuarantine = Callable[[Quarantine], None]


@dataclass(frozen=True, slots=True)
class Registration:
    handler: Handler
    on_quarantine: OnQuarantine | None


_registered: dict[str, Registration] = {}


class UnknownKindError(LookupError):
    """No handler is registered under this name."""


def register_handler(
    kind: str, handler: Handler, *, on_quarantine: OnQuarantine | None = None
) -> None:
    """Have ``handler`` advance the jobs of ``kind``.

    The handler is called outside any scope. It opens ``tenant_scope(claim.tenant_id)``, does one
    step of a minute at most, ends its transaction with ``claim.assert_current()`` and its journal
    events, and returns an ``Advance``. It must be idempotent: after a crash it is called again.

    ``on_quarantine`` is called within the tenant's scope, in the transaction that gives the job
    up: it says so on the subject (an operation becomes FATAL, with the reason). It writes the
    database and nothing else: it may run in the parent of the workers, which forks.

    Raises ``ValueError`` when ``kind`` already has another handler.
    """
    registration = Registration(handler, on_quarantine)
    if _registered.setdefault(kind, registration) != registration:
        raise ValueError(f"two handlers for {kind}")


def registration_of(kind: str) -> Registration:
    """Return the registration of ``kind``; raise ``UnknownKindError``."""
    try:
        return _registered[kind]
    except KeyError:
        raise UnknownKindError(kind) from None


def known_kinds() -> list[str]:
    """Return the kinds that this process can advance: it claims no other."""
    return sorted(_registered)
