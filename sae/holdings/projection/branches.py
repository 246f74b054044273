"""The classification as a sight shows it: children in order, entries at the top, counts below.

Edges are walled by tenant; their index gives the order, and the projection says what is shown.
"""

# Statements are put together from constants of this package; values are always bound.
# ruff: noqa: S608

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from sae.holdings.projection.admission import Condition, condition_of, joining_rules
from sae.holdings.projection.table import TABLE
from sae.holdings.sight import current_sight
from sae.tenancy.scope import current_tenant_id

EDGES = "holdings_unitedge"
MOST_TOPS = 20_000
"""Up to that many units in sight, those whose parents are all out of sight are found exactly."""
MOST_BELOW = 1_000
"""Counts of a line of the tree stop here."""

Place = tuple[str, uuid.UUID]
"""Where a unit stands among its brothers: sort key, identifier."""


@dataclass(frozen=True, slots=True)
class Below:
    """What is in sight below a unit; each number stops at ``MOST_BELOW`` (then ``capped``)."""

    children: int
    descendants: int
    capped: bool


def children_in_sight(
    parent_id: uuid.UUID, *, after: Place | None = None, before: Place | None = None, limit: int
) -> list[Place]:
    """Return the children that the open sight shows: after a place, or before it from near to far.

    Plan: index scan of the edges in their order, each looked up in the projection.
    """
    condition, arguments = condition_of(current_sight())
    source = (
        f"SELECT edge.sort_key, edge.unit_id FROM {EDGES} AS edge JOIN {TABLE} AS entry "
        "ON entry.tenant_id = edge.tenant_id AND entry.unit_id = edge.unit_id "
        f"WHERE edge.tenant_id = %s AND edge.parent_id = %s AND {condition}"
    )
    return _in_order((source, [current_tenant_id(), parent_id, *arguments]), after, before, limit)


def tops_in_sight(
    roots: Collection[uuid.UUID],
    *,
    after: Place | None = None,
    before: Place | None = None,
    limit: int,
) -> list[Place]:
    """Return where the tree begins for the open sight: units shown none of whose parents is.

    Beyond ``MOST_TOPS`` units in sight, only those are returned that are ``roots`` of a contract
    or have no parent at all: finding the others would read everything.
    """
    condition, arguments = condition_of(current_sight())
    seen = (
        f"SELECT entry.unit_id FROM {TABLE} AS entry WHERE entry.tenant_id = %s AND {condition} "
        f"LIMIT {MOST_TOPS + 1}"
    )
    source = (
        f"WITH seen AS MATERIALIZED ({seen}), few AS MATERIALIZED "
        f"(SELECT count(*) <= {MOST_TOPS} AS yes FROM seen), "
        "candidate AS MATERIALIZED (SELECT unit_id FROM seen WHERE (SELECT yes FROM few) "
        f"UNION SELECT entry.unit_id FROM {TABLE} AS entry WHERE NOT (SELECT yes FROM few) "
        f"AND entry.tenant_id = %s AND (entry.unit_id = ANY(%s::uuid[]) "
        "OR entry.ancestors = '{}') "
        f"AND {condition}) "
        "SELECT min(edge.sort_key) AS sort_key, edge.unit_id FROM candidate "
        f"JOIN {EDGES} AS edge ON edge.unit_id = candidate.unit_id AND edge.tenant_id = %s "
        f"LEFT JOIN {TABLE} AS entry ON entry.tenant_id = edge.tenant_id "
        f"AND entry.unit_id = edge.parent_id AND {condition} "
        "GROUP BY edge.unit_id HAVING bool_and(entry.unit_id IS NULL)"
    )
    tenant_id = current_tenant_id()
    values = [tenant_id, *arguments, tenant_id, list(roots), *arguments, tenant_id, *arguments]
    return _in_order((source, values), after, before, limit)


def _in_order(
    source: Condition, after: Place | None, before: Place | None, limit: int
) -> list[Place]:
    statement, arguments = source
    place = before or after
    beyond, direction = ("<", "DESC") if before else (">", "ASC")
    where = f"WHERE (sort_key, unit_id) {beyond} (%s, %s)" if place else ""
    with joining_rules(statement), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT sort_key, unit_id FROM ({statement}) AS line {where} "
            f"ORDER BY sort_key {direction}, unit_id {direction} LIMIT %s",
            [*arguments, *(place or ()), limit],
        )
        return list(cursor.fetchall())


def within_in_sight(unit_ids: Collection[uuid.UUID]) -> int:
    """Return how many units the open sight shows among these and what is below them.

    Exact, each counted once: reads their entries. One query.
    """
    condition, arguments = condition_of(current_sight())
    with joining_rules(condition), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {TABLE} AS entry WHERE entry.tenant_id = %s AND "
            f"(entry.ancestors && %s::uuid[] OR entry.unit_id = ANY(%s::uuid[])) AND {condition}",
            [current_tenant_id(), list(unit_ids), list(unit_ids), *arguments],
        )
        return int(cursor.fetchone()[0])


def below_in_sight(unit_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Below]:
    """Return how many children and descendants of each unit the open sight shows. One query."""
    if not unit_ids:
        return {}
    condition, arguments = condition_of(current_sight())
    tenant_id = current_tenant_id()
    descendants = (
        f"SELECT FROM {TABLE} AS entry WHERE entry.tenant_id = %s "
        f"AND entry.ancestors && ARRAY[wanted.id] AND {condition} LIMIT {MOST_BELOW + 1}"
    )
    children = (
        f"SELECT FROM {EDGES} AS edge JOIN {TABLE} AS entry ON entry.tenant_id = edge.tenant_id "
        "AND entry.unit_id = edge.unit_id WHERE edge.tenant_id = %s "
        f"AND edge.parent_id = wanted.id AND {condition} LIMIT {MOST_BELOW + 1}"
    )
    values: list[Any] = [tenant_id, *arguments, tenant_id, *arguments, list(unit_ids)]
    with joining_rules(condition), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT wanted.id, (SELECT count(*) FROM ({children}) AS children), "
            f"(SELECT count(*) FROM ({descendants}) AS descendants) "
            "FROM unnest(%s::uuid[]) AS wanted(id)",
            values,
        )
        return {
            unit_id: Below(
                min(children, MOST_BELOW), min(descendants, MOST_BELOW), descendants > MOST_BELOW
            )
            for unit_id, children, descendants in cursor.fetchall()
        }
