"""On whose behalf the present request acts: carried by every operation that it opens.

An account of the operator that works in a town under a granted access is the agent of what it does;
the access itself, and who granted it, stand in the detail of each operation.
"""

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

_NOBODY: Mapping[str, Any] = MappingProxyType({})
_acting: ContextVar[Mapping[str, Any]] = ContextVar("journal_acting", default=_NOBODY)


@contextlib.contextmanager
def acting(**detail: Any) -> Iterator[None]:
    """Have every operation opened meanwhile carry these: technical identifiers only."""
    token = _acting.set({**_acting.get(), **detail})
    try:
        yield
    finally:
        _acting.reset(token)


def acting_detail() -> Mapping[str, Any]:
    """Return what operations opened now carry beside their own detail."""
    return _acting.get()
