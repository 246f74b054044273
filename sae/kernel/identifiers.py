"""UUIDv7 identifiers (RFC 9562 §5.7): ordered in time, never reused, 36 characters as text."""

import os
import threading
import time
import uuid

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
    return [uuid.UUID(hex=one) for one in new_ids_in_hex(count)]


def new_ids_in_hex(count: int) -> list[str]:
    """Return such identifiers as 32 hexadecimal digits: for rows by the hundred thousand."""
    drawn = os.urandom(8 * count)
    digits = drawn.hex()
    return [
        # The variant takes the place of one of the 16 random digits.
        f"{stamp // 4096:012x}7{stamp % 4096:03x}{_VARIANTS[drawn[8 * rank]]}"
        f"{digits[16 * rank + 1 : 16 * rank + 16]}"
        for rank, stamp in enumerate(_stamps(count))
    ]


_VARIANTS = ["89ab"[byte >> 6] for byte in range(256)]
"""Hexadecimal digit of the variant and of two random bits, by the byte that draws them."""


def _stamps(count: int) -> range:
    """Return the next moments of this process, in 1/4096 of a millisecond."""
    global _last_stamp
    with _lock:
        stamp = max(time.time_ns() * 4096 // 1_000_000, _last_stamp + 1)
        _last_stamp = stamp + count - 1 if count else _last_stamp
    return range(stamp, stamp + count)


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
