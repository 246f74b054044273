"""When a declared rule ends: from its start, and the duration that the referential gives it.

The end is never taken from the declaration: it is computed here, at the deposit and again whenever
the declaration or the referential changes.
"""

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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


class RuleFault(Exception):  # noqa: N818 — a fault of the declaration, not of the program
    """What is wrong with a declared rule.

    ``sub_code`` completes the outcome code (``UNKNOWN``, ``CONSISTENCY`` or nothing), ``reason``
    says which fault, ``seen`` and ``expected`` are the values at stake.
    """

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


def with_end_date(
    rule: Mapping[str, Any], category: str, referential: Mapping[str, Rule]
) -> dict[str, Any]:
    """Return a declared rule with its ``EndDate``; without one when it never ends by itself.

    A hold without duration ends on its ``HoldEndDate``, or never. Any other rule ends a duration
    after its start: never without a start, or when the referential says unlimited. Raises
    ``RuleFault`` for a rule unknown or of another category, a hold end date on a rule that has a
    duration, an end before the start, a date that is none or past the year 9999.
    """
    identifier = rule.get("Rule")
    if not identifier:
        return dict(rule)
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
