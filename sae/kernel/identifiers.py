"""UUIDv7 identifiers (RFC 9562 §5.7): ordered in time, never reused, 36 characters as text."""

import os
import threading
import time
import uuid
from collections.abc import Iterator

_lock = threading.Lock()
_last_stamp = 0


def _reset_after_fork() -> None:
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_reset_after_fork)


def new_ids(count: int) -> list[uuid.UUID]:
    """Return ``count`` identifiers, strictly increasing within this process.

    The 12 bits after the version hold a counter of 1/4096 of a millisecond (RFC 9562 §6.2,
    method 3), so that rows made in one go keep their order; 62 random bits keep two processes
    apart.
    """
    return [uuid.UUID(int=high << 64 | low) for high, low in _halves(count)]


def new_ids_in_hex(count: int) -> list[str]:
    """Return such identifiers as 32 hexadecimal digits: for rows by the hundred thousand."""
    return [f"{high:016x}{low:016x}" for high, low in _halves(count)]


def _halves(count: int) -> Iterator[tuple[int, int]]:
    global _last_stamp
    with _lock:
        stamp = max(time.time_ns() * 4096 // 1_000_000, _last_stamp + 1)
        _last_stamp = stamp + count - 1 if count else _last_stamp
    random_bytes = os.urandom(8 * count)
    for index in range(count):
        milliseconds, fraction = divmod(stamp + index, 4096)
        tail = int.from_bytes(random_bytes[8 * index : 8 * index + 8], "big") >> 2
        yield milliseconds << 16 | 7 << 12 | fraction, 2 << 62 | tail


def new_id() -> uuid.UUID:
    """Return one UUIDv7."""
    return new_ids(1)[0]


def parse_id(text: str) -> uuid.UUID | None:
    """Return the identifier written in ``text`` in its 36-character form, else ``None``."""
    try:
        identifier = uuid.UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
    return identifier if str(identifier) == text.lower() else None
