"""The search projection: one row per unit, holding what a search filters, ranks and sorts by.

``holdings_search`` is the one table of tenants without row-level security: under a policy, ``@@``
and ``@>`` lose their index because they are not leakproof (0.85 ms became 193 ms). Therefore this
module alone touches it, always with the tenant of the open scope in its predicate, and it returns
identifiers and counts only: what is shown is read by identifier from walled tables.

The table is partitioned by tenant. Each partition has one GIN index over (ancestors, tsv), so that
words and a position in the tree are met by one scan.
"""

# Statements are put together from the constants of this module; values are always bound.
# ruff: noqa: S608

import datetime as dt
import enum
import math
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection

from sae.holdings.text import tsquery
from sae.kernel.identifiers import parse_id
from sae.tenancy.bulk import encode_lines
from sae.tenancy.scope import current_tenant_id

TABLE = "holdings_search"
COUNT_CAP = 10_000
"""Counts stop here: an exact count of half a million rows costs more than the page itself."""

_COLUMNS = (
    "tenant_id, unit_id, tsv, ancestors, agencies, unit_type, level, start_date, end_date, "
    "operation_id, has_object, title_key"
)
EntryValues = tuple[str, str, str, str, str, str, str, str, str, str, str]
"""One row in the order of the columns, without the tenant, each value as it goes by COPY."""


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries of one tenant, written as they go by COPY."""

    tenant_id: uuid.UUID
    lines: bytes


class Sort(enum.StrEnum):
    """Orders of results; every one ends with the identifier, so pages never overlap."""

    RELEVANCE = "pertinence"
    RECENT = "versement"
    TITLE = "intitule"
    OLDEST = "date"
    NEWEST = "-date"


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is searched in the coffre in scope. Empty members restrict nothing.

    ``start``/``end``: the unit's extreme dates overlap this period (both ends included); a unit
    without any date is left out as soon as one of them is given. ``under``: the unit is below one
    of these. ``after``: the ``next_after`` of the page before; ``before``: the
    ``previous_before`` of the page after.
    """

    text: str = ""
    agencies: tuple[str, ...] = ()
    start: dt.date | None = None
    end: dt.date | None = None
    under: tuple[uuid.UUID, ...] = ()
    unit_types: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    operations: tuple[uuid.UUID, ...] = ()
    with_object: bool | None = None
    sort: Sort = Sort.RELEVANCE
    after: str = ""
    before: str = ""
    limit: int = 20


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts by value among the results (the first ``COUNT_CAP`` of them)."""

    agencies: dict[str, int] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)
    unit_types: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Identifiers of one page. ``total`` is exact unless ``capped`` (then it is ``COUNT_CAP``)."""

    ids: list[uuid.UUID]
    total: int
    capped: bool
    sort: Sort = Sort.RECENT
    """The order really used."""
    next_after: str = ""
    previous_before: str = ""
    facets: Facets = field(default_factory=Facets)
    ignored_text: bool = False
    """The text holds stop words only, so it restricts nothing."""


def prepare_tenant(tenant_id: uuid.UUID) -> None:
    """Make the partition of a new coffre; does nothing when it exists.

    The application role has no DDL right: a SECURITY DEFINER function, owned by the migrating
    role, makes it. Called in the transaction that creates the coffre.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT sae_create_tenant_partition(%s)", [tenant_id])


def encode_entries(rows: Iterable[EntryValues], *, tenant_id: uuid.UUID) -> Entries:
    """Write entries as ``copy_entries`` sends them; needs neither scope nor connection."""
    tenant = tenant_id.hex
    return Entries(tenant_id, encode_lines([(tenant, *row) for row in rows]))


def copy_entries(entries: Entries) -> None:
    """Send entries by COPY, straight into the table (it has no policy)."""
    if entries.tenant_id != current_tenant_id():
        raise ValueError("entries of another tenant than the one in scope")
    with connection.cursor() as cursor:
        with cursor.cursor.copy(f"COPY {TABLE} ({_COLUMNS}) FROM STDIN") as copy:
            copy.write(entries.lines)


def remove_entries(unit_ids: Sequence[uuid.UUID]) -> int:
    """Remove the entries of units that leave the fonds; return how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {TABLE} WHERE tenant_id = %s AND unit_id = ANY(%s)",
            [current_tenant_id(), list(unit_ids)],
        )
        return cursor.rowcount


def batches_with_words(value: str, *, size: int = 1_000) -> Iterator[list[uuid.UUID]] | None:
    """Return the units that hold the words of ``value`` in a row, in batches, oldest first.

    ``None`` when ``value`` holds no word that is indexed.
    """
    text = tsquery(f'"{value.replace(chr(34), " ")}"')
    return _batches(text, current_tenant_id(), size) if text else None


def _batches(text: str, tenant_id: uuid.UUID, size: int) -> Iterator[list[uuid.UUID]]:
    last = uuid.UUID(int=0)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT unit_id FROM {TABLE} WHERE tenant_id = %s AND tsv @@ %s::tsquery "
                "AND unit_id > %s ORDER BY unit_id LIMIT %s",
                [tenant_id, text, last, size],
            )
            batch = [row[0] for row in cursor.fetchall()]
        if batch:
            yield batch
            last = batch[-1]
        if len(batch) < size:
            return


def search(query: SearchQuery, *, with_facets: bool = True) -> SearchPage:
    """Return one page of identifiers, the capped total and the facets.

    Two plans, chosen by the count rather than by estimates. Up to ``COUNT_CAP`` hits: one bitmap
    scan of the GIN over (ancestors, tsv) in the tenant's partition, then a sort. Beyond: the index
    of the order is walked until the page is full. Ranking would read every hit, so beyond the cap
    the most recent come first instead: see ``SearchPage.sort``.
    """
    where, arguments, text = _predicate(query)
    with connection.cursor() as cursor:
        total, facets = _count(cursor, where, arguments, with_facets=with_facets)
        sort = _sort_used(query.sort, text, total)
        rows = _page(cursor, query, where, arguments, text, sort, many=total > COUNT_CAP)
    backward = bool(_read_place(query.before, sort))
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    if backward:
        rows.reverse()
    forward = bool(_read_place(query.after, sort)) and not backward
    return SearchPage(
        ids=[row[0] for row in rows],
        total=min(total, COUNT_CAP),
        capped=total > COUNT_CAP,
        sort=sort,
        next_after=_place(sort, rows[-1]) if rows and (more or backward) else "",
        previous_before=_place(sort, rows[0]) if rows and (forward or (backward and more)) else "",
        facets=facets,
        ignored_text=bool(query.text.strip()) and not text,
    )


def every_id(query: SearchQuery, *, size: int = 1_000) -> Iterator[list[uuid.UUID]]:
    """Yield all the results in order, in batches: for an export. Counted once."""
    where, arguments, text = _predicate(query)
    with connection.cursor() as cursor:
        total, _facets = _count(cursor, where, arguments, with_facets=False)
    sort = _sort_used(query.sort, text, total)
    step = replace(query, after="", before="", limit=size)
    while True:
        with connection.cursor() as cursor:
            rows = _page(cursor, step, where, arguments, text, sort, many=total > COUNT_CAP)
        if rows:
            yield [row[0] for row in rows[:size]]
        if len(rows) <= size:
            return
        step = replace(step, after=_place(sort, rows[size - 1]))


def _sort_used(asked: Sort, text: str, total: int) -> Sort:
    if asked is Sort.RELEVANCE and (not text or total > COUNT_CAP):
        return Sort.RECENT
    return asked


def _page(
    cursor: Any,
    query: SearchQuery,
    where: str,
    arguments: list[Any],
    text: str,
    sort: Sort,
    *,
    many: bool,
) -> list[tuple[uuid.UUID, str]]:
    """Return one row more than the page; in the reverse order for a page ``before``."""
    order = _ORDERS[sort]
    before, after = _read_place(query.before, sort), _read_place(query.after, sort)
    direction = order.direction
    if before:
        direction = "ASC" if direction == "DESC" else "DESC"
    place = before or after
    comparison = ">" if direction == "ASC" else "<"
    beyond = f"(key, unit_id) {comparison} (%s::{order.kind}, %s)" if place else "true"
    if many:
        beyond = beyond.replace("key", order.key, 1)
        statement = (
            f"SELECT unit_id, ({order.key})::text FROM {TABLE} WHERE {where} AND {beyond} "
            f"ORDER BY {order.key} {direction}, unit_id {direction} LIMIT %s"
        )
    else:
        # The fence keeps the planner from walking a whole order after a few rare rows.
        statement = (
            f"WITH hits AS MATERIALIZED (SELECT unit_id, {order.key} AS key FROM {TABLE} "
            f"WHERE {where}) SELECT unit_id, key::text FROM hits WHERE {beyond} "
            f"ORDER BY key {direction}, unit_id {direction} LIMIT %s"
        )
    ranked = [text] if sort is Sort.RELEVANCE else []
    cursor.execute(statement, [*ranked, *arguments, *(place or ()), query.limit + 1])
    return list(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class _Order:
    key: str
    kind: str
    direction: str


_ORDERS = {
    Sort.RELEVANCE: _Order("ts_rank(tsv, %s::tsquery)", "real", "DESC"),
    Sort.RECENT: _Order("tenant_id", "uuid", "DESC"),
    Sort.TITLE: _Order("title_key", "text", "ASC"),
    Sort.OLDEST: _Order("COALESCE(start_date, end_date, 'infinity')", "date", "ASC"),
    Sort.NEWEST: _Order("COALESCE(end_date, start_date, '-infinity')", "date", "DESC"),
}


def _place(sort: Sort, row: tuple[uuid.UUID, str]) -> str:
    return f"{sort}~{row[0]}~{row[1]}"


def _read_place(text: str, sort: Sort) -> tuple[str, uuid.UUID] | None:
    """Read the place where another page ended; one of another order is ignored."""
    name, _, place = text.partition("~")
    identifier, _, key = place.partition("~")
    if name != sort:
        return None
    unit_id = parse_id(identifier)
    return (key, unit_id) if unit_id and _KEYS[sort](key) else None


def _is_real(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _is_date(text: str) -> bool:
    if text in ("infinity", "-infinity"):
        return True
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


def _count(
    cursor: Any, where: str, arguments: list[Any], *, with_facets: bool
) -> tuple[int, Facets]:
    columns = "agencies, level, unit_type" if with_facets else "1"
    hits = f"SELECT {columns} FROM {TABLE} WHERE {where} LIMIT {COUNT_CAP + 1}"
    if not with_facets:
        cursor.execute(f"SELECT count(*) FROM ({hits}) AS hits", arguments)
        return cursor.fetchone()[0], Facets()
    cursor.execute(
        f"WITH hits AS MATERIALIZED ({hits}) "
        "SELECT 'total', '', count(*) FROM hits "
        "UNION ALL SELECT 'level', level, count(*) FROM hits GROUP BY level "
        "UNION ALL SELECT 'unit_type', unit_type, count(*) FROM hits GROUP BY unit_type "
        "UNION ALL SELECT 'agency', agency, count(*) FROM hits, unnest(agencies) AS agency "
        "GROUP BY agency ORDER BY 3 DESC, 2",
        arguments,
    )
    counts: dict[str, dict[str, int]] = {"total": {}, "level": {}, "unit_type": {}, "agency": {}}
    for kind, value, count in cursor.fetchall():
        counts[kind][value] = count
    return counts["total"][""], Facets(counts["agency"], counts["level"], counts["unit_type"])


def _predicate(query: SearchQuery) -> tuple[str, list[Any], str]:
    where = ["tenant_id = %s"]
    arguments: list[Any] = [current_tenant_id()]
    text = tsquery(query.text)
    if text:
        where.append("tsv @@ %s::tsquery")
        arguments.append(text)
    if query.under:
        where.append("ancestors && %s::uuid[]")
        arguments.append(list(query.under))
    for column, values in (("unit_type", query.unit_types), ("level", query.levels)):
        if values:
            where.append(f"{column} = ANY(%s)")
            arguments.append(list(values))
    if query.agencies:
        where.append("agencies && %s::text[]")
        arguments.append(list(query.agencies))
    if query.operations:
        where.append("operation_id = ANY(%s::uuid[])")
        arguments.append(list(query.operations))
    if query.start is not None:
        where.append("COALESCE(end_date, start_date) >= %s")
        arguments.append(query.start)
    if query.end is not None:
        where.append("COALESCE(start_date, end_date) <= %s")
        arguments.append(query.end)
    if query.with_object is not None:
        where.append("has_object = %s")
        arguments.append(query.with_object)
    return " AND ".join(where), arguments, text
