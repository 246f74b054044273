"""PostgreSQL array literals for COPY: psycopg adapts lists in Python, ten times slower."""

import functools
import uuid
from collections.abc import Sequence

_last_identifiers: tuple[Sequence[uuid.UUID], str] = ((), "{}")


def identifiers_literal(identifiers: Sequence[uuid.UUID]) -> str:
    """Return a ``uuid[]`` literal. Siblings share one ancestors tuple: the last is remembered."""
    global _last_identifiers
    if not identifiers:
        return "{}"
    known, literal = _last_identifiers
    if known is identifiers and isinstance(known, tuple):
        return literal
    literal = "{" + ",".join(map(str, identifiers)) + "}"
    _last_identifiers = (identifiers, literal)
    return literal


def array_literal(values: Sequence[str]) -> str:
    """Return a ``text[]`` literal, each value quoted."""
    return _quoted(tuple(values)) if values else "{}"


@functools.lru_cache(maxsize=1024)
def _quoted(values: tuple[str, ...]) -> str:
    escaped = (one.replace("\\", r"\\").replace('"', r"\"") for one in values)
    return "{" + ",".join(f'"{one}"' for one in escaped) + "}"
