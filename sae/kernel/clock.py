"""The only source of time. Proof tests freeze it with ``fixed``.

Instants are kept and compared in UTC. Days are those of the people served: at half past midnight in
Paris it is a new day, whatever UTC says. Ends of rules, communicability, holds, delegations and
lists of what is due turn over together, at their midnight.
"""

import contextlib
import datetime as dt
from collections.abc import Iterator
from contextvars import ContextVar

_fixed: ContextVar[dt.datetime | None] = ContextVar("fixed_clock", default=None)
_zone: dt.tzinfo = dt.UTC


def keep_days_of(zone: dt.tzinfo) -> None:
    """Say where days begin and end. The composition root does, once, from ``SAE_TIME_ZONE``."""
    global _zone
    _zone = zone


def now() -> dt.datetime:
    """Return the current time, aware, in UTC."""
    return _fixed.get() or dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """Return the current date where the platform serves (see ``keep_days_of``)."""
    return now().astimezone(_zone).date()


@contextlib.contextmanager
def fixed(moment: dt.datetime) -> Iterator[None]:
    """Stop the clock at ``moment`` (aware) within the block."""
    token = _fixed.set(moment)
    try:
        yield
    finally:
        _fixed.reset(token)
