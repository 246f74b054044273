"""PostgreSQL array literals for COPY: psycopg adapts lists in Python, ten times slower.

A literal still passes through ``bulk.escaped`` when its values may hold a backslash.
"""

import functools
import uuid
from collections.abc import Iterable, Sequence


class IdentifiersLiteral:
    """Writes ``uuid[]`` literals; the last is remembered, since siblings share one tuple."""

    __slots__ = ("_identifiers", "_literal")

    def __init__(self) -> None:
        self._identifiers: Sequence[uuid.UUID] = ()
        self._literal = "{}"

    def __call__(self, identifiers: Sequence[uuid.UUID]) -> str:
        if not identifiers:
            return "{}"
        if self._identifiers is identifiers and isinstance(identifiers, tuple):
            return self._literal
        self._identifiers = identifiers
        self._literal = identifiers_literal(identifiers)
        return self._literal


def identifiers_literal(identifiers: Iterable[uuid.UUID]) -> str:
    """Return a ``uuid[]`` literal."""
    return "{" + ",".join([one.hex for one in identifiers]) + "}"


@functools.lru_cache(maxsize=4096)
def identifiers_in(literal: str) -> tuple[uuid.UUID, ...]:
    """Read a ``uuid[]`` as PostgreSQL writes it; rows that follow each other share the same one."""
    inside = literal[1:-1]
    return tuple(map(uuid.UUID, inside.split(","))) if inside else ()


def array_literal(values: Sequence[str]) -> str:
    """Return a ``text[]`` literal, each value quoted."""
    return _quoted(tuple(values)) if values else "{}"


@functools.lru_cache(maxsize=1024)
def _quoted(values: tuple[str, ...]) -> str:
    escaped = (one.replace("\\", r"\\").replace('"', r"\"") for one in values)
    return "{" + ",".join(f'"{one}"' for one in escaped) + "}"
