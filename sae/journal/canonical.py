"""The one way a journal line is written before it is hashed.

Canonical JSON: keys sorted by code point, no space, UTF-8. A line read back from PostgreSQL must
give the same bytes as the line that was written, so ``admissible`` keeps only what ``jsonb`` gives
back unchanged: no float, no NUL, text that is valid Unicode.
"""

import datetime as dt
import enum
import re
import uuid
from collections.abc import Mapping
from typing import Any

import orjson

_LARGEST_INTEGER = 2**63 - 1
_UNFIT = re.compile("[\0\ud800-\udfff]")


def canonical(value: Any) -> bytes:
    """Return the canonical JSON of an admissible value (see ``admissible``)."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def canonical_moment(moment: dt.datetime) -> str:
    """Write an aware date in UTC to the microsecond: ``2026-01-31T08:00:00.000000Z``."""
    if moment.tzinfo is None:
        raise ValueError("a journal date must be aware")
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def admissible(value: Any) -> Any:
    """Return ``value`` as the journal keeps it; raise ``TypeError`` for what it cannot keep.

    Identifiers and dates become text, enumerations their value or name; NUL and lone surrogates
    (file names of damaged containers) become U+FFFD. Floats are refused: no two languages write
    them alike, and durations are integers of milliseconds.
    """
    if value is None or value is True or value is False:
        return value
    if isinstance(value, enum.Enum):
        return value.name if isinstance(value.value, int) else admissible(value.value)
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, int):
        if abs(value) > _LARGEST_INTEGER:
            raise TypeError(f"integer too large for a journal: {value}")
        return value
    if isinstance(value, Mapping):
        return {_key(key): admissible(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [admissible(item) for item in items]
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, dt.datetime):
        return canonical_moment(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"a journal keeps no {type(value).__name__}")


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a journal's keys are text, not {type(key).__name__}")
    return _clean(key)


def _clean(text: str) -> str:
    text = str(text)  # a lazy or enumerated subclass of str becomes plain text
    # isascii() first: nearly every text is, and NUL alone is then left to look for.
    if text.isascii():
        return text.replace("\0", "\ufffd")
    return _UNFIT.sub("\ufffd", text)
