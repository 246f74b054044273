"""Reading the projection: pages, counts, facets, and every identifier for an export."""

# Statements are put together from constants of this package; values are always bound.
# ruff: noqa: S608

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection

from sae.holdings.projection.admission import condition_of
from sae.holdings.projection.places import ORDERS, read_place, write_place
from sae.holdings.projection.query import SearchQuery, Sort, predicate
from sae.holdings.projection.rules import FACETS, TABLES
from sae.holdings.projection.table import TABLE
from sae.holdings.sight import current_sight
from sae.holdings.text import tsquery
from sae.tenancy.plans import joining_whole
from sae.tenancy.scope import current_tenant_id

COUNT_CAP = 10_000
"""Counts stop here: an exact count of half a million rows costs more than the page itself."""


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts by value among the results (the first ``COUNT_CAP`` of them)."""

    agencies: dict[str, int] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)
    unit_types: dict[str, int] = field(default_factory=dict)
    final_actions: dict[str, int] = field(default_factory=dict)
    due_years: dict[str, int] = field(default_factory=dict)
    """By year in which the appraisal rules end."""


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


def batches_with_words(value: str, *, size: int = 1_000) -> Iterator[list[uuid.UUID]]:
    """Return the units in sight with the words of ``value`` in a row, in batches, oldest first.

    Every unit in sight when ``value`` holds no word that is indexed.
    """
    text = tsquery(f'"{value.replace(chr(34), " ")}"')
    where, arguments = condition_of(current_sight())
    if text:
        where, arguments = f"{where} AND tsv @@ %s::tsquery", [*arguments, text]
    return _batches(where, arguments, size)


def _batches(where: str, arguments: list[Any], size: int) -> Iterator[list[uuid.UUID]]:
    tenant_id = current_tenant_id()
    last = uuid.UUID(int=0)
    while True:
        with joining_whole(*TABLES), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT unit_id FROM {TABLE} AS entry WHERE tenant_id = %s AND {where} "
                "AND unit_id > %s ORDER BY unit_id LIMIT %s",
                [tenant_id, *arguments, last, size],
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
    where, arguments, text = predicate(query)
    with joining_whole(*TABLES), connection.cursor() as cursor:
        total, facets = _count(cursor, where, arguments, with_facets=with_facets)
        sort = _sort_used(query.sort, text, total)
        rows = _page(cursor, query, where, arguments, text, sort, many=total > COUNT_CAP)
    backward = bool(read_place(query.before, sort))
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    if backward:
        rows.reverse()
    forward = bool(read_place(query.after, sort)) and not backward
    return SearchPage(
        ids=[row[0] for row in rows],
        total=min(total, COUNT_CAP),
        capped=total > COUNT_CAP,
        sort=sort,
        next_after=write_place(sort, rows[-1]) if rows and (more or backward) else "",
        previous_before=write_place(sort, rows[0])
        if rows and (forward or (backward and more))
        else "",
        facets=facets,
        ignored_text=bool(query.text.strip()) and not text,
    )


def every_id(query: SearchQuery, *, size: int = 1_000) -> Iterator[list[uuid.UUID]]:
    """Return all the results in order, in batches: for an export. Counted once.

    The sight is that open at the call, whatever is open when the batches are read.
    """
    where, arguments, text = predicate(query)
    with joining_whole(*TABLES), connection.cursor() as cursor:
        total, _facets = _count(cursor, where, arguments, with_facets=False)
    sort = _sort_used(query.sort, text, total)
    return _every_id(query, where, arguments, text, sort, many=total > COUNT_CAP, size=size)


def _every_id(
    query: SearchQuery,
    where: str,
    arguments: list[Any],
    text: str,
    sort: Sort,
    *,
    many: bool,
    size: int,
) -> Iterator[list[uuid.UUID]]:
    step = replace(query, after="", before="", limit=size)
    while True:
        with joining_whole(*TABLES), connection.cursor() as cursor:
            rows = _page(cursor, step, where, arguments, text, sort, many=many)
        if rows:
            yield [row[0] for row in rows[:size]]
        if len(rows) <= size:
            return
        step = replace(step, after=write_place(sort, rows[size - 1]))


def count_in_sight() -> int:
    """Return how many units the open sight shows. Exact: reads the coffre's entries."""
    where, arguments, _text = predicate(SearchQuery())
    with joining_whole(*TABLES), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {TABLE} AS entry WHERE {where}", arguments)
        return int(cursor.fetchone()[0])


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
    order = ORDERS[sort]
    before, after = read_place(query.before, sort), read_place(query.after, sort)
    direction = order.direction
    if before:
        direction = "ASC" if direction == "DESC" else "DESC"
    place = before or after
    comparison = ">" if direction == "ASC" else "<"
    beyond = f"(key, unit_id) {comparison} (%s::{order.kind}, %s)" if place else "true"
    if many:
        beyond = beyond.replace("key", order.key, 1)
        statement = (
            f"SELECT unit_id, ({order.key})::text FROM {TABLE} AS entry WHERE {where} AND {beyond} "
            f"ORDER BY {order.key} {direction}, unit_id {direction} LIMIT %s"
        )
    else:
        # The fence keeps the planner from walking a whole order after a few rare rows.
        statement = (
            f"WITH hits AS MATERIALIZED (SELECT unit_id, {order.key} AS key FROM {TABLE} AS entry "
            f"WHERE {where}) SELECT unit_id, key::text FROM hits WHERE {beyond} "
            f"ORDER BY key {direction}, unit_id {direction} LIMIT %s"
        )
    ranked = [text] if sort is Sort.RELEVANCE else []
    cursor.execute(statement, [*ranked, *arguments, *(place or ()), query.limit + 1])
    return list(cursor.fetchall())


def _count(
    cursor: Any, where: str, arguments: list[Any], *, with_facets: bool
) -> tuple[int, Facets]:
    columns = "tenant_id, unit_id, agencies, level, unit_type" if with_facets else "1"
    hits = f"SELECT {columns} FROM {TABLE} AS entry WHERE {where} LIMIT {COUNT_CAP + 1}"
    if not with_facets:
        cursor.execute(f"SELECT count(*) FROM ({hits}) AS hits", arguments)
        return cursor.fetchone()[0], Facets()
    cursor.execute(
        f"WITH hits AS MATERIALIZED ({hits}) "
        "SELECT 'total', '', count(*) FROM hits "
        "UNION ALL SELECT 'level', level, count(*) FROM hits GROUP BY level "
        "UNION ALL SELECT 'unit_type', unit_type, count(*) FROM hits GROUP BY unit_type "
        "UNION ALL SELECT 'agency', agency, count(*) FROM hits, unnest(agencies) AS agency "
        f"GROUP BY agency {FACETS} ORDER BY 3 DESC, 2",
        arguments,
    )
    counts: dict[str, dict[str, int]] = {
        kind: {} for kind in ("total", "agency", "level", "unit_type", "final_action", "due_year")
    }
    for kind, value, count in cursor.fetchall():
        counts[kind][value] = count
    return counts.pop("total")[""], Facets(*counts.values())
