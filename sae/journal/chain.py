"""The chain of a tenant's events: ``hash(n) = SHA-512(hash(n-1) ‖ canonical(event n))``.

Pure: values in, values out. The first event follows ``GENESIS``, sixty-four zero bytes.
"""

import datetime as dt
import enum
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha512
from typing import Any

from sae.journal.canonical import canonical, canonical_moment

GENESIS = bytes(64)


@dataclass(frozen=True, slots=True)
class ChainedEvent:
    """One event as it stands in the chain; ``detail`` is admissible (``canonical.admissible``)."""

    tenant_id: uuid.UUID
    sequence: int
    id: uuid.UUID
    operation_id: uuid.UUID
    parent_id: uuid.UUID | None
    code: str
    outcome: str
    outcome_detail: str
    occurred_at: dt.datetime
    detail: Any
    previous_hash: bytes = b""
    hash: bytes = b""


def event_line(event: ChainedEvent) -> bytes:
    """Return the canonical bytes of an event: everything but the two hashes."""
    return canonical(
        {
            "code": event.code,
            "detail": event.detail,
            "id": str(event.id),
            "occurred_at": canonical_moment(event.occurred_at),
            "operation": str(event.operation_id),
            "outcome": event.outcome,
            "outcome_detail": event.outcome_detail,
            "parent": str(event.parent_id) if event.parent_id else None,
            "sequence": event.sequence,
            "tenant": str(event.tenant_id),
        }
    )


def link(previous_hash: bytes, line: bytes) -> bytes:
    """Return the hash that follows ``previous_hash`` for ``line``."""
    return sha512(previous_hash + line).digest()


class BreakKind(enum.StrEnum):
    """How a chain was found broken."""

    EDITED = "edited"
    REWRITTEN = "rewritten"
    DELETED = "deleted"
    MOVED = "moved"
    TAIL_CUT = "tail_cut"
    BEYOND_HEAD = "beyond_head"
    HEAD = "head"
    OPERATION = "operation"
    LIFE_CYCLE = "life_cycle"


@dataclass(frozen=True, slots=True)
class Break:
    """The first broken link: at which sequence number, of which operation, and how."""

    kind: BreakKind
    sequence: int
    operation_id: uuid.UUID | None = None
    what: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain says that it ends; ``Head(0, GENESIS)`` before any event."""

    sequence: int
    hash: bytes


def first_break(events: Iterable[ChainedEvent], head: Head) -> Break | None:
    """Return the first broken link of the whole chain, ``None`` when it holds.

    ``events`` come in order of sequence; they are read once and not kept.
    """
    expected, previous = 0, GENESIS
    before: ChainedEvent | None = None
    for event in events:
        expected += 1
        found = _link_break(event, expected, previous, before)
        if found:
            return found
        previous, before = event.hash, event
    if expected < head.sequence:
        return Break(BreakKind.TAIL_CUT, expected + 1)
    if expected > head.sequence:
        return Break(BreakKind.BEYOND_HEAD, head.sequence + 1)
    if previous != head.hash:
        return Break(BreakKind.HEAD, expected, before.operation_id if before else None)
    return None


def _link_break(
    event: ChainedEvent, expected: int, previous: bytes, before: ChainedEvent | None
) -> Break | None:
    if event.sequence != expected:
        return Break(BreakKind.DELETED, expected)
    coherent = link(event.previous_hash, event_line(event)) == event.hash
    if event.previous_hash == previous:
        return None if coherent else Break(BreakKind.EDITED, expected, event.operation_id)
    if coherent and before is not None:
        # This event attests another hash than the one before now has: that one was redone.
        return Break(BreakKind.REWRITTEN, expected - 1, before.operation_id)
    return Break(BreakKind.MOVED, expected, event.operation_id)


def chain(events: Iterable[ChainedEvent], head: Head) -> Iterator[ChainedEvent]:
    """Give each event its sequence number and hashes after ``head``, in order."""
    sequence, previous = head.sequence, head.hash
    for event in events:
        sequence += 1
        numbered = ChainedEvent(
            tenant_id=event.tenant_id,
            sequence=sequence,
            id=event.id,
            operation_id=event.operation_id,
            parent_id=event.parent_id,
            code=event.code,
            outcome=event.outcome,
            outcome_detail=event.outcome_detail,
            occurred_at=event.occurred_at,
            detail=event.detail,
            previous_hash=previous,
        )
        digest = link(previous, event_line(numbered))
        yield _with_hash(numbered, digest)
        previous = digest


def _with_hash(event: ChainedEvent, digest: bytes) -> ChainedEvent:
    return ChainedEvent(
        event.tenant_id,
        event.sequence,
        event.id,
        event.operation_id,
        event.parent_id,
        event.code,
        event.outcome,
        event.outcome_detail,
        event.occurred_at,
        event.detail,
        event.previous_hash,
        digest,
    )
