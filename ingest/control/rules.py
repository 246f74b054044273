"""Management rules of a package: merge of the global ones, existence, category, end dates.

Source: reference system, step UNITS_RULES_COMPUTE, and SEDA's ManagementMetadata.
"""

import calendar
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sae.kernel.problems import Problem

CATEGORIES = (
    "AccessRule",
    "AppraisalRule",
    "StorageRule",
    "DisseminationRule",
    "ReuseRule",
    "ClassificationRule",
    "HoldRule",
)
CODE = "UNITS_RULES_COMPUTE"
Management = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the referential: duration is ``None`` when it has none or is unlimited."""

    identifier: str
    category: str
    duration: int | None = None
    unlimited: bool = False
    measurement: str = ""

    @property
    def has_duration(self) -> bool:
        return self.unlimited or self.duration is not None


class RuleFault(Exception):  # noqa: N818 — carries a problem's parts, never escapes this module
    def __init__(self, sub_code: str, reason: str, seen: str, expected: str = "") -> None:
        super().__init__(reason)
        self.sub_code, self.reason, self.seen, self.expected = sub_code, reason, seen, expected


def add_duration(start: dt.date, duration: int, measurement: str) -> dt.date:
    """Add calendar years, months or days; the last day of a shorter month is kept (31/01 → 28/02).

    Raises ``OverflowError`` past the year 9999.
    """
    unit = measurement.lower()
    if unit == "day":
        return start + dt.timedelta(days=duration)
    months = start.year * 12 + start.month - 1 + duration * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    if year > dt.MAXYEAR:
        raise OverflowError("the end date passes the year 9999")
    return dt.date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def rule_identifiers(management: Management) -> Iterator[str]:
    """Yield every rule identifier declared or set aside in a unit's management block."""
    for category in CATEGORIES:
        block = management.get(category)
        if not block:
            continue
        for rule in block.get("Rules", ()):
            if rule.get("Rule"):
                yield rule["Rule"]
        yield from block.get("Inheritance", {}).get("PreventRulesId", ())


def merge_global(management: Management, transfer: Management) -> Management:
    """Give a root unit the rules of ManagementMetadata that it does not set aside or redefine.

    A global rule is left out when the unit blocks inheritance in its category, refuses that rule
    or declares it. Global properties apply where the unit says nothing.
    """
    if not transfer:
        return management
    merged = dict(management)
    for category in CATEGORIES:
        given = transfer.get(category)
        if not given:
            continue
        own = merged.get(category) or {}
        block = dict(own)
        inheritance = own.get("Inheritance", {})
        declared = {rule.get("Rule") for rule in own.get("Rules", ())}
        refused = set(inheritance.get("PreventRulesId", ()))
        if not inheritance.get("PreventInheritance"):
            added = [
                rule
                for rule in given.get("Rules", ())
                if rule.get("Rule") not in declared and rule.get("Rule") not in refused
            ]
            if added:
                block["Rules"] = [*own.get("Rules", ()), *added]
        for key, value in given.items():
            if key == "Inheritance":
                joined = {**value, **inheritance}
                ids = [
                    *inheritance.get("PreventRulesId", ()),
                    *(one for one in value.get("PreventRulesId", ()) if one not in refused),
                ]
                if ids:
                    joined["PreventRulesId"] = ids
                block[key] = joined
            elif key != "Rules" and key not in block:
                block[key] = value
        if block:
            merged[category] = block
    if "NeedAuthorization" in transfer and "NeedAuthorization" not in merged:
        merged["NeedAuthorization"] = transfer["NeedAuthorization"]
    return merged


def compute_end_dates(
    management: Management, referential: Mapping[str, Rule]
) -> tuple[Management, list[Problem]]:
    """Return the management block with end dates, and what is wrong with its rules.

    Rows of the reference: an unknown rule, a rule of another category, a rule set aside that is
    not of the category, a hold end date on a rule that has a duration, an end before the start.
    """
    if not management:
        return management, []
    problems: list[Problem] = []
    computed = dict(management)
    for category in CATEGORIES:
        block = management.get(category)
        if not block:
            continue
        for refused in block.get("Inheritance", {}).get("PreventRulesId", ()):
            known = referential.get(refused)
            if known is None or known.category != category:
                problems.append(
                    _problem("REF_INCONSISTENCY", "refused_rule", category, refused, category)
                )
        rules = []
        for rule in block.get("Rules", ()):
            try:
                rules.append(_with_end_date(rule, category, referential))
            except RuleFault as fault:
                problems.append(
                    _problem(fault.sub_code, fault.reason, category, fault.seen, fault.expected)
                )
        if rules:
            computed[category] = {**block, "Rules": rules}
    return computed, problems


def _problem(sub_code: str, reason: str, category: str, seen: str, expected: str) -> Problem:
    code = ".".join(part for part in (CODE, sub_code, "KO") if part)
    return Problem(
        code, reason=reason, seen=seen, expected=expected, arguments={"category": category}
    )


def _with_end_date(
    rule: dict[str, Any], category: str, referential: Mapping[str, Rule]
) -> dict[str, Any]:
    identifier = rule.get("Rule")
    if not identifier:
        return rule
    known = referential.get(identifier)
    if known is None:
        raise RuleFault("UNKNOWN", "unknown_rule", identifier)
    if known.category != category:
        raise RuleFault("CONSISTENCY", "wrong_category", identifier, known.category)
    start = _date(rule.get("StartDate"))
    hold_end = _date(rule.get("HoldEndDate"))
    completed = {key: value for key, value in rule.items() if key != "EndDate"}
    if category == "HoldRule" and not known.has_duration:
        if start and hold_end and hold_end < start:
            raise RuleFault(
                "CONSISTENCY", "hold_end_before_start", rule["HoldEndDate"], rule["StartDate"]
            )
        end = hold_end
    else:
        if hold_end:
            raise RuleFault("CONSISTENCY", "hold_end_with_duration", rule["HoldEndDate"])
        end = None
        if start and known.duration is not None:
            try:
                end = add_duration(start, known.duration, known.measurement)
            except OverflowError as error:
                raise RuleFault("", "end_date_too_far", rule["StartDate"]) from error
    if end:
        completed["EndDate"] = end.isoformat()
    return completed


def _date(text: str | None) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError as error:
        raise RuleFault("", "bad_date", text, "AAAA-MM-JJ") from error
