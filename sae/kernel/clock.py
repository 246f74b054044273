"""The only source of time. Proof tests freeze it with ``fixed``."""

import contextlib
import datetime as dt
from collections.abc import Iterator
from contextvars import ContextVar

_fixed: ContextVar[dt.datetime | None] = ContextVar("fixed_clock", default=None)


def now() -> dt.datetime:
    """Return the current time, aware, in UTC."""
    return _fixed.get() or dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """Return the current date in UTC."""
    return now().date()


@contextlib.contextmanager
def fixed(moment: dt.datetime) -> Iterator[None]:
    """Stop the clock at ``moment`` (aware) within the block."""
    token = _fixed.set(moment)
    try:
        yield
    finally:
        _fixed.reset(token)
