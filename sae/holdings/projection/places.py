"""Orders of results, and the places in them where pages begin and end."""

import datetime as dt
import math
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from sae.holdings.projection.query import Sort
from sae.kernel.identifiers import parse_id

_REAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?(e[-+]?[0-9]{1,3})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Order:
    """An expression to sort by, its type in SQL, and the direction."""

    key: str
    kind: str
    direction: str


ORDERS = {
    Sort.RELEVANCE: Order("ts_rank(tsv, %s::tsquery)", "real", "DESC"),
    Sort.RECENT: Order("tenant_id", "uuid", "DESC"),
    Sort.TITLE: Order("title_key", "text", "ASC"),
    Sort.OLDEST: Order("COALESCE(start_date, end_date, 'infinity')", "date", "ASC"),
    Sort.NEWEST: Order("COALESCE(end_date, start_date, '-infinity')", "date", "DESC"),
}


def write_place(sort: Sort, row: tuple[uuid.UUID, str]) -> str:
    """Write where a page ends, as an address carries it."""
    return f"{sort}~{row[0]}~{row[1]}"


def read_place(text: str, sort: Sort) -> tuple[str, uuid.UUID] | None:
    """Read the place where another page ended; one of another order is ignored."""
    name, _, place = text.partition("~")
    identifier, _, key = place.partition("~")
    if name != sort:
        return None
    unit_id = parse_id(identifier)
    return (key, unit_id) if unit_id and _KEYS[sort](key) else None


def _is_real(text: str) -> bool:
    # As PostgreSQL writes one, and within its range: Python's own reading takes « 1_0 » and « ٣ ».
    return bool(_REAL.fullmatch(text)) and math.isfinite(float(text)) and abs(float(text)) < 1e37


def _is_date(text: str) -> bool:
    if text in ("infinity", "-infinity"):
        return True
    if not _DAY.fullmatch(text):
        return False
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


# What comes back in an address is checked here: a forged one must not become an SQL error.
_KEYS: dict[Sort, Callable[[str], bool]] = {
    Sort.RELEVANCE: _is_real,
    Sort.RECENT: lambda text: parse_id(text) is not None,
    Sort.TITLE: lambda text: "\x00" not in text,
    Sort.OLDEST: _is_date,
    Sort.NEWEST: _is_date,
}
