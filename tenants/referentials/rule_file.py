"""The CSV of management rules: read line by line, every fault with its place.

Source: the reference's import of rules (``FileRules``): its columns, its bounds, its codes.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sae.kernel.problems import Problem
from tenants.models import ManagementRule
from tenants.referentials.csv_reading import Row, Sheet, read_sheet
from tenants.referentials.reports import problem

EVENT = "STP_IMPORT_RULES"
COLUMNS = (
    "RuleId",
    "RuleType",
    "RuleValue",
    "RuleDescription",
    "RuleDuration",
    "RuleMeasurement",
)
UNLIMITED = "unlimited"
LONGEST = {"YEAR": 999, "MONTH": 11_988, "DAY": 359_640}
"""999 years in each unit, as the reference counts them (12 months, 360 days)."""
DAYS = {"YEAR": 365, "MONTH": 30, "DAY": 1, "SECOND": 0}

NOT_CSV = f"{EVENT}_NOT_CSV_FORMAT.KO"
WRONG_DURATION = f"{EVENT}_WRONG_RULEDURATION.KO"
DUPLICATE = f"{EVENT}_RULEID_DUPLICATION.KO"
WRONG_MEASUREMENT = f"{EVENT}_WRONG_RULEMEASUREMENT.KO"
WRONG_CATEGORY = f"{EVENT}_WRONG_RULETYPE_UNKNOW.KO"
TOO_LONG = f"{EVENT}_WRONG_TOTALDURATION.KO"
TOO_SHORT = f"{EVENT}_RULEDURATION_EXCEED.KO"
NOT_UTF8 = "CHECK_RULES.INVALID_CSV_ENCODING_NOT_UTF_EIGHT.KO"


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule as the file describes it."""

    line: int
    identifier: str
    category: str
    value: str
    description: str
    duration: int | None
    unlimited: bool
    measurement: str

    @property
    def length(self) -> tuple[int | None, bool, str]:
        return self.duration, self.unlimited, self.measurement

    @property
    def has_duration(self) -> bool:
        return self.unlimited or self.duration is not None

    @property
    def document(self) -> dict[str, str]:
        """The line as the file writes it."""
        duration = UNLIMITED if self.unlimited else self.duration
        return dict(
            zip(
                COLUMNS,
                (
                    self.identifier,
                    self.category,
                    self.value,
                    self.description,
                    "" if duration is None else str(duration),
                    self.measurement,
                ),
                strict=True,
            )
        )


def read_rules(
    content: bytes, minimums: Mapping[str, str] | None = None
) -> tuple[list[RuleLine], list[Problem]]:
    """Read the file; return its rules and every fault."""
    sheet = read_sheet(content, code=NOT_CSV, encoding_code=NOT_UTF8, required=COLUMNS)
    problems = list(sheet.problems)
    lines: list[RuleLine] = []
    occurrences = Counter(row["RuleId"] for row in sheet.rows)
    seen: dict[str, int] = {}
    for row in sheet.rows:
        reader = _LineReader(row, sheet, problems)
        rule = reader.read(minimums or {})
        if rule.identifier and occurrences[rule.identifier] > 1 and rule.identifier in seen:
            reader.refuse(
                DUPLICATE, "duplicate_in_file", "RuleId", first_line=seen[rule.identifier]
            )
        seen.setdefault(rule.identifier, row.line)
        lines.append(rule)
    problems.sort(key=lambda found: (found.place.line or 0, found.place.column or 0))
    return lines, problems


class _LineReader:
    """Reads one line, adding its faults to a list."""

    def __init__(self, row: Row, sheet: Sheet, problems: list[Problem]) -> None:
        self.row = row
        self.sheet = sheet
        self.problems = problems

    def refuse(
        self, code: str, reason: str, column: str, *, expected: str = "", **more: Any
    ) -> None:
        self.problems.append(
            problem(
                code,
                reason,
                line=self.row.line,
                column=self.sheet.column_number(column),
                element=column,
                identifier=self.row["RuleId"],
                seen=self.row[column],
                expected=expected,
                **more,
            )
        )

    def read(self, minimums: Mapping[str, str]) -> RuleLine:
        row = self.row
        category = self._category()
        for column in ("RuleId", "RuleType", "RuleValue"):
            if not row[column]:
                self.refuse(NOT_CSV, "empty", column, information=column)
        measurement = row["RuleMeasurement"].upper()
        written = row["RuleDuration"].lower()
        self._pair(category, written, measurement)
        unlimited = written == UNLIMITED
        duration = self._duration(written)
        if measurement and measurement not in ManagementRule.Measurement.values:
            allowed = ", ".join(ManagementRule.Measurement.values[:3])
            self.refuse(
                WRONG_MEASUREMENT, "unknown_measurement", "RuleMeasurement", expected=allowed
            )
        elif duration is not None:
            if duration > LONGEST.get(measurement, duration):
                self.refuse(TOO_LONG, "duration_too_long", "RuleDuration")
            self._minimum(category, duration, measurement, minimums)
        return RuleLine(
            line=row.line,
            identifier=row["RuleId"],
            category=category,
            value=row["RuleValue"],
            description=row["RuleDescription"],
            duration=duration,
            unlimited=unlimited,
            measurement=measurement,
        )

    def _category(self) -> str:
        category = self.row["RuleType"]
        if category and category not in ManagementRule.Category.values:
            allowed = ", ".join(ManagementRule.Category.values)
            self.refuse(WRONG_CATEGORY, "unknown_category", "RuleType", expected=allowed)
        return category

    def _pair(self, category: str, duration: str, measurement: str) -> None:
        """Both are there; a hold rule may have neither, its length being known at the hold."""
        if category == ManagementRule.Category.HOLD and not duration and not measurement:
            return
        if not duration:
            self.refuse(NOT_CSV, "duration_pair", "RuleDuration", information="RuleDuration")
        if not measurement:
            self.refuse(NOT_CSV, "duration_pair", "RuleMeasurement", information="RuleMeasurement")

    def _duration(self, written: str) -> int | None:
        if not written or written == UNLIMITED:
            return None
        if re.fullmatch(r"[0-9]{1,9}", written):
            return int(written)
        self.refuse(WRONG_DURATION, "duration_not_number", "RuleDuration", expected="0…999")
        return None

    def _minimum(
        self, category: str, duration: int, measurement: str, minimums: Mapping[str, str]
    ) -> None:
        minimum = minimums.get(category)
        if minimum is None or minimum.lower() == UNLIMITED:
            return
        number, unit = minimum.split()
        if duration * DAYS[measurement] < int(number) * DAYS[unit.upper().removesuffix("S")]:
            self.refuse(
                TOO_SHORT,
                "duration_too_short",
                "RuleDuration",
                category=category,
                minimum=minimum,
                information={"RuleType": category, "RuleDurationMin": minimum},
            )
