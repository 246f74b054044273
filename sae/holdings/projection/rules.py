"""Conditions and counts on the rules in force, beside the entries of the projection.

Units that share a result share one row of it, so a condition is met by few rows, then by the units
that have them (an index), whatever the number of units. End dates in the entries themselves would
have had their full text rewritten at every change of a rule above.
"""

# Statements are put together from the constants of this package; values are always bound.
# ruff: noqa: S608

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sae.holdings.inheritance import CATEGORIES
from sae.holdings.models import RulesResult, UnitRules
from sae.holdings.rules_filter import BLOCKED, INHERITED, LOCAL, EndRange, RulesFilter
from sae.kernel import clock
from sae.tenancy.scope import current_tenant_id

Condition = tuple[str, list[Any]]

END_COLUMNS = {category: f"{category.removesuffix('Rule').lower()}_end" for category in CATEGORIES}
"""Column of the latest end date of each category."""

_UNITS, _RESULTS = UnitRules._meta.db_table, RulesResult._meta.db_table
_JOINED = (
    f"{_UNITS} AS of_unit JOIN {_RESULTS} AS result ON result.tenant_id = of_unit.tenant_id "
    "AND result.id = of_unit.result_id"
)
TABLES = (_UNITS, _RESULTS)
_ORIGINS = {
    LOCAL: "result.local <> '{}'",
    INHERITED: "result.inherited <> '{}'",
    BLOCKED: "result.prevents <> '{}'",
}

FACETS = (
    f"UNION ALL SELECT 'final_action', action, count(*) FROM hits JOIN {_JOINED} "
    "ON of_unit.tenant_id = hits.tenant_id AND of_unit.id = hits.unit_id, "
    "unnest(result.appraisal_actions) AS action GROUP BY action "
    "UNION ALL SELECT 'due_year', extract(year FROM result.appraisal_end)::text, count(*) "
    f"FROM hits JOIN {_JOINED} ON of_unit.tenant_id = hits.tenant_id "
    "AND of_unit.id = hits.unit_id WHERE result.appraisal_end IS NOT NULL GROUP BY 2 "
)
"""Counts by final action and by year of the appraisal's end, among ``hits`` (tenant, unit)."""


def condition_on_rules(asked: RulesFilter, *, today: dt.date | None = None) -> Condition:
    """Return the condition on an entry (``AS entry``); ``true`` when nothing is asked."""
    conditions: list[Condition] = []
    met = _met(asked, today or clock.today())
    if met:
        text = " AND ".join(one[0] for one in met)
        conditions.append(_among(text, [value for one in met for value in one[1]]))
    if asked.waiting:
        conditions.append(
            (
                f"NOT EXISTS (SELECT FROM {_UNITS} AS of_unit WHERE of_unit.tenant_id = "
                "entry.tenant_id AND of_unit.id = entry.unit_id)",
                [],
            )
        )
    if not conditions:
        return "true", []
    return (
        " AND ".join(one[0] for one in conditions),
        [value for one in conditions for value in one[1]],
    )


def _among(text: str, arguments: Sequence[Any]) -> Condition:
    return (
        f"entry.unit_id IN (SELECT of_unit.id FROM {_JOINED} WHERE of_unit.tenant_id = %s "
        f"AND {text})",
        [current_tenant_id(), *arguments],
    )


def _met(asked: RulesFilter, today: dt.date) -> list[Condition]:
    met: list[Condition] = []
    if asked.rules:
        met.append(("result.rules && %s::text[]", [list(asked.rules)]))
    if asked.final_actions:
        met.append(
            (
                "(result.appraisal_actions && %s::text[] OR result.storage_actions && %s::text[])",
                [list(asked.final_actions)] * 2,
            )
        )
    met += [_within(one) for one in asked.ends]
    if asked.origins:
        met.append((f"({' OR '.join(_ORIGINS[one] for one in asked.origins)})", []))
    if asked.on_hold is not None:
        running = "(COALESCE(result.hold_end > %s, false) OR 'HoldRule' = ANY(result.undated))"
        met.append((running if asked.on_hold else f"NOT {running}", [today]))
    if asked.communicable is not None:
        open_to_all = (
            "(COALESCE(result.access_end <= %s, true) AND 'AccessRule' <> ALL(result.undated))"
        )
        met.append((open_to_all if asked.communicable else f"NOT {open_to_all}", [today]))
    if asked.without_rule:
        met.append(("result.rules = '{}'", []))
    return met


def _within(asked: EndRange) -> Condition:
    columns = [END_COLUMNS[asked.category]] if asked.category else list(END_COLUMNS.values())
    parts, arguments = [], []
    for column in columns:
        bounds = [f"result.{column} IS NOT NULL"]
        if asked.first is not None:
            bounds.append(f"result.{column} >= %s")
            arguments.append(asked.first)
        if asked.last is not None:
            bounds.append(f"result.{column} <= %s")
            arguments.append(asked.last)
        parts.append(f"({' AND '.join(bounds)})")
    return f"({' OR '.join(parts)})", arguments
