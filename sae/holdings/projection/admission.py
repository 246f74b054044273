"""A sight as SQL: which entries of the projection it shows, and through which grants.

Every function reads the coffre in scope under the open sight, and raises ``NoSightError`` without.
"""

# Statements are put together from constants of this package; values are always bound.
# ruff: noqa: S608

import contextlib
import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

from sae.holdings.inheritance.categories import CATEGORIES
from sae.holdings.projection.table import TABLE
from sae.holdings.sight import Grant, Sight, Writing, current_sight
from sae.kernel import clock
from sae.tenancy.plans import joining_whole
from sae.tenancy.scope import current_tenant_id

Condition = tuple[str, list[Any]]

RESULTS = "holdings_rulesresult"
UNIT_RULES = "holdings_unitrules"
_LAST_END = {category: f"{category.removesuffix('Rule').lower()}_end" for category in CATEGORIES}
"""Column of the latest end date of each category of rules."""


def condition_of(sight: Sight) -> Condition:
    """Return the condition that an entry (``{TABLE} AS entry``) meets to be shown.

    Positions are met by the GIN over ancestors and by the primary key; agencies and end dates
    filter what these, or the words, have found.
    """
    if sight.is_whole:
        return "true", []
    return _any([condition_of_grant(grant) for grant in sight.grants])


def joining_rules(text: str) -> contextlib.AbstractContextManager[None]:
    """Open what a statement needs whose condition ``text`` may ask the rules in force of units."""
    return joining_whole(UNIT_RULES, RESULTS) if UNIT_RULES in text else contextlib.nullcontext()


def condition_of_grant(grant: Grant) -> Condition:
    """Return the condition of one access contract: see ``Grant`` for what its members mean."""
    today = clock.today()
    shown = _all(
        [
            *([_within(grant.roots)] if grant.roots else []),
            _due(grant.due_categories, today),
            _any(_by_agency(grant, today)),
        ]
    )
    if grant.plans_always:
        shown = _any([("entry.unit_type IN ('FILING_UNIT', 'HOLDING_UNIT')", []), shown])
    if grant.excluded:
        within, arguments = _within(grant.excluded)
        shown = _all([shown, (f"NOT {within}", arguments)])
    return shown


def _by_agency(grant: Grant, today: dt.date) -> list[Condition]:
    if grant.every_agency:
        return [("true", [])]
    ways: list[Condition] = []
    if grant.agencies:
        ways.append(("entry.agencies && %s::text[]", [list(grant.agencies)]))
        ways.append(("entry.unit_type = 'HOLDING_UNIT'", []))
    if grant.due_categories_of_others:
        ways.append(_due(grant.due_categories_of_others, today))
    return ways


def _within(positions: Sequence[uuid.UUID]) -> Condition:
    return (
        "(entry.ancestors && %s::uuid[] OR entry.unit_id = ANY(%s::uuid[]))",
        [list(positions), list(positions)],
    )


def _due(categories: Sequence[str], today: dt.date) -> Condition:
    """Every rule of each category is over: its end date is known, and past (that day is not).

    Stricter than the reference system, which forgets rules without end: these are never over.
    A unit whose rules are not computed, or which has none, is not shown.
    """
    if not categories:
        return "true", []
    if not all(category in _LAST_END for category in categories):
        return "false", []
    over = " AND ".join(
        f"result.{_LAST_END[category]} < %s AND NOT %s = ANY(result.undated)"
        for category in categories
    )
    return (
        f"EXISTS (SELECT FROM {UNIT_RULES} AS own JOIN {RESULTS} AS result "
        "ON result.tenant_id = own.tenant_id AND result.id = own.result_id "
        f"WHERE own.tenant_id = entry.tenant_id AND own.id = entry.unit_id AND {over})",
        [value for category in categories for value in (today, category)],
    )


def _all(conditions: Sequence[Condition]) -> Condition:
    if any(text == "false" for text, _arguments in conditions):
        return "false", []
    return _joined([one for one in conditions if one[0] != "true"], " AND ") or ("true", [])


def _any(conditions: Sequence[Condition]) -> Condition:
    if any(text == "true" for text, _arguments in conditions):
        return "true", []
    return _joined([one for one in conditions if one[0] != "false"], " OR ") or ("false", [])


def _joined(conditions: Sequence[Condition], word: str) -> Condition | None:
    if len(conditions) < 2:
        return conditions[0] if conditions else None
    text = word.join(one[0] for one in conditions)
    return f"({text})", [value for one in conditions for value in one[1]]


def visible_ids(unit_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of these units that the open sight shows. One query at most."""
    sight = current_sight()
    if not unit_ids or sight.is_empty:
        return set()
    return _among(unit_ids, condition_of(sight))


def shown_ids(unit_ids: Collection[uuid.UUID]) -> Collection[uuid.UUID]:
    """Return those of these units that the open sight shows; all, unread, under the whole sight."""
    return unit_ids if current_sight().is_whole else visible_ids(unit_ids)


def ids_in_sight() -> RawSQL:
    """Return the identifiers of the units in sight, for ``filter(id__in=…)`` on walled tables."""
    text, arguments = condition_of(current_sight())
    return RawSQL(  # noqa: S611 constants, and values that are bound
        f"SELECT entry.unit_id FROM {TABLE} AS entry WHERE entry.tenant_id = %s AND {text}",
        [current_tenant_id(), *arguments],
    )


def may_write(unit_ids: Collection[uuid.UUID], writing: Writing) -> set[uuid.UUID]:
    """Return those of these units on which the open sight allows that much writing.

    A unit is written under a contract that shows it and allows it; another contract's right to
    write elsewhere counts for nothing.
    """
    sight = current_sight().for_writing(writing)
    if not unit_ids or sight.is_empty:
        return set()
    return _among(unit_ids, condition_of(sight))


def grants_of(unit_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[Grant, ...]]:
    """Return the grants that show each unit; units that none shows are left out. One query."""
    grants, wanted = current_sight().grants, list(unit_ids)
    if not wanted or not grants:
        return {}
    # A condition asked of each unit found would be looked for among all those of the coffre, while
    # PostgreSQL takes the tables for empty: each grant finds its own units.
    parts: list[str] = []
    values: list[Any] = []
    for place, grant in enumerate(grants):
        text, arguments = condition_of_grant(grant)
        parts.append(
            f"SELECT {place}, unit_id FROM {TABLE} AS entry WHERE tenant_id = %s "
            f"AND unit_id = ANY(%s::uuid[]) AND {text}"
        )
        values += [current_tenant_id(), wanted, *arguments]
    statement = " UNION ALL ".join(parts)
    with joining_rules(statement), connection.cursor() as cursor:
        cursor.execute(f"{statement} ORDER BY 1", values)
        rows = cursor.fetchall()
    found: dict[uuid.UUID, tuple[Grant, ...]] = {}
    for place, unit_id in rows:
        found[unit_id] = (*found.get(unit_id, ()), grants[place])
    return found


def _among(unit_ids: Collection[uuid.UUID], condition: Condition) -> set[uuid.UUID]:
    text, arguments = condition
    with joining_rules(text), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT unit_id FROM {TABLE} AS entry WHERE tenant_id = %s "
            f"AND unit_id = ANY(%s::uuid[]) AND {text}",
            [current_tenant_id(), list(unit_ids), *arguments],
        )
        return {row[0] for row in cursor.fetchall()}
