"""Management rules: a CSV that replaces the whole referential of the coffre.

A rule that units declare can neither leave, nor gain or lose its duration; when its duration
changes, the end dates that follow from it are due for recomputation (a warning says so).
"""

import re
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from sae.journal.services import EventDraft
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem
from sae.tenancy.models import Tenant
from tenants.models import ManagementRule
from tenants.referentials.csv_reading import Row, Sheet, read_sheet
from tenants.referentials.imports import Agent, Judgement, Results, carry_out
from tenants.referentials.line_reports import by_line
from tenants.referentials.reports import ImportReport, problem
from tenants.referentials.usage import rules_in_holdings, tell_rule_listeners

KIND = "rules"
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
INVALID_CSV = "CHECK_RULES.INVALID_CSV.KO"
NOT_UTF8 = "CHECK_RULES.INVALID_CSV_ENCODING_NOT_UTF_EIGHT.KO"
MINIMUM = "CHECK_RULES.MAX_DURATION_EXCEEDS.KO"
RUNNING = "CHECK_RULES.IMPORT_IN_PROCESS.KO"
CHECK_KO = "CHECK_RULES.KO"
CHECK_WARNING = "CHECK_RULES.WARNING"


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


def import_rules(
    *,
    tenant: Tenant,
    content: bytes,
    agent: Agent,
    file_name: str = "",
    replace: bool = True,
) -> ImportReport:
    """Replace the rules of a coffre by those of a CSV file, or refuse the whole file.

    With ``replace=False`` the file completes the referential: what it does not name stays.
    """
    return carry_out(
        lambda: judge_rules(content, tenant, replace=replace),
        kind=KIND,
        event=EVENT,
        tenant=tenant,
        agent=agent,
        content=content,
        file_name=file_name,
        media="csv",
        busy_code=RUNNING,
    )


def check_rules(*, tenant: Tenant, content: bytes, replace: bool = True) -> ImportReport:
    """Say what an import would do, and do nothing."""
    return carry_out(
        lambda: judge_rules(content, tenant, replace=replace),
        kind=KIND,
        event=EVENT,
        tenant=tenant,
        agent=Agent(),
        content=content,
        check=True,
    )


def minimum_durations(tenant: Tenant) -> Mapping[str, str]:
    """Return the shortest duration allowed by category in a coffre (``{"AccessRule": "1 year"}``).

    Set by ``MINIMUM_RULE_DURATIONS`` in the settings, by number of coffre; none by default.
    """
    by_tenant: Mapping[str, Mapping[str, str]] = getattr(settings, "MINIMUM_RULE_DURATIONS", {})
    return by_tenant.get(str(tenant.number), {})


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


def judge_rules(content: bytes, tenant: Tenant, *, replace: bool = True) -> Judgement:
    """Compare a file with the referential in the open scope."""
    lines, problems = read_rules(content, minimum_durations(tenant))
    if problems:
        return Judgement(
            problems=problems,
            document={"error": by_line(problems)},
            steps=[_check_event(_check_code(problems)), EventDraft("RULES_REPORT", Outcome.OK)],
        )
    current = {row.identifier: row for row in ManagementRule.objects.all()}
    wanted = {line.identifier for line in lines}
    inserted = [line for line in lines if line.identifier not in current]
    updated = [
        line
        for line in lines
        if line.identifier in current and _differs(line, current[line.identifier])
    ]
    deleted = [identifier for identifier in current if replace and identifier not in wanted]
    used = rules_in_holdings([*deleted, *(line.identifier for line in updated)])
    problems = list(_conflicts(updated, deleted, current, used))
    relengthened = [
        line.identifier
        for line in updated
        if line.identifier in used and line.length != _length(current[line.identifier])
    ]
    document = {
        "insertedRules": [_described(line) for line in inserted],
        "updatedRules": [_described(line) for line in updated],
        "deletedRules": [_described_row(current[identifier]) for identifier in deleted],
        "usedFileRulesToUpdate": [_described(one) for one in updated if one.identifier in used],
        "usedFileRulesToDelete": [_described_row(current[one]) for one in deleted if one in used],
        "usedRulesWithDurationModeUpdate": [
            _described(line)
            for line in updated
            if line.identifier in used and _mode_changes(line, current[line.identifier])
        ],
    }
    return Judgement(
        problems=problems,
        inserted=[line.identifier for line in inserted],
        updated=[line.identifier for line in updated],
        deleted=deleted,
        used=sorted(used),
        warnings=[found.place.identifier for found in problems],
        after={line.identifier: line.document for line in (*inserted, *updated)},
        document={key: value for key, value in document.items() if value},
        steps=_steps(problems),
        apply=lambda operation: _apply(
            operation, inserted, updated, deleted, current, relengthened
        ),
    )


def _differs(line: RuleLine, row: ManagementRule) -> bool:
    return (line.category, line.value, line.description, line.length) != (
        row.category,
        row.value,
        row.description,
        _length(row),
    )


def _length(row: ManagementRule) -> tuple[int | None, bool, str]:
    return row.duration, row.unlimited, row.measurement


def _mode_changes(line: RuleLine, row: ManagementRule) -> bool:
    return line.has_duration != (row.unlimited or row.duration is not None)


def _conflicts(
    updated: Sequence[RuleLine],
    deleted: Sequence[str],
    current: Mapping[str, ManagementRule],
    used: set[str],
) -> list[Problem]:
    """Say what the fonds forbids (KO), and what it must follow (WARNING)."""
    problems = [
        problem(CHECK_KO, "rule_deleted_in_use", identifier=identifier, seen=identifier)
        for identifier in deleted
        if identifier in used
    ]
    for line in updated:
        if line.identifier not in used:
            continue
        row = current[line.identifier]
        if line.category != row.category:
            reason, outcome = "category_in_use", Outcome.KO
        elif _mode_changes(line, row):
            reason, outcome = "duration_mode_in_use", Outcome.KO
        elif line.length != _length(row):
            reason, outcome = "duration_changed_in_use", Outcome.WARNING
        else:
            continue
        problems.append(
            problem(
                CHECK_KO if outcome == Outcome.KO else CHECK_WARNING,
                reason,
                line=line.line,
                identifier=line.identifier,
                seen=line.identifier,
                outcome=outcome,
            )
        )
    return problems


def _check_code(problems: Sequence[Problem]) -> str:
    codes = {found.code for found in problems}
    if NOT_UTF8 in codes:
        return NOT_UTF8
    return MINIMUM if codes == {TOO_SHORT} else INVALID_CSV


def _check_event(outcome_detail: str) -> EventDraft:
    outcome = Outcome[outcome_detail.rpartition(".")[2]]
    return EventDraft("CHECK_RULES", outcome, outcome_detail=outcome_detail)


def _steps(problems: Sequence[Problem]) -> list[EventDraft]:
    worst = max((found.outcome for found in problems), default=Outcome.OK)
    steps = [_check_event(f"CHECK_RULES.{worst.name}"), EventDraft("RULES_REPORT", Outcome.OK)]
    if worst < Outcome.KO:
        steps += [
            EventDraft("COMMIT_RULES", Outcome.OK),
            EventDraft(f"{EVENT}_BACKUP_CSV", Outcome.OK),
            EventDraft(f"{EVENT}_BACKUP", Outcome.OK),
        ]
    return steps


def _described(line: RuleLine) -> str:
    duration = UNLIMITED if line.unlimited else line.duration
    return (
        f"ruleId={line.identifier}, ruleType={line.category}, ruleValue={line.value}, "
        f"ruleDescription={line.description}, ruleDuration={duration}, "
        f"ruleMeasurement={line.measurement}"
    )


def _described_row(row: ManagementRule) -> str:
    return _described(_line_of(row))


def describe_rule(row: ManagementRule) -> dict[str, str]:
    """Return a rule as the file that imports it writes it."""
    return _line_of(row).document


def _line_of(row: ManagementRule) -> RuleLine:
    return RuleLine(
        0,
        row.identifier,
        row.category,
        row.value,
        row.description,
        row.duration,
        row.unlimited,
        row.measurement,
    )


def _apply(
    operation_id: uuid.UUID,
    inserted: Sequence[RuleLine],
    updated: Sequence[RuleLine],
    deleted: Sequence[str],
    current: Mapping[str, ManagementRule],
    relengthened: Sequence[str],
) -> Results:
    moment = clock.now()
    ManagementRule.objects.filter(identifier__in=deleted).delete()
    ManagementRule.objects.bulk_create(
        ManagementRule(
            identifier=line.identifier, created_at=moment, updated_at=moment, **_columns(line)
        )
        for line in inserted
    )
    for line in updated:
        row = current[line.identifier]
        for column, value in _columns(line).items():
            setattr(row, column, value)
        row.updated_at = moment
        row.version += 1
        row.save()
    if relengthened:
        tell_rule_listeners(relengthened, operation_id)
    return ()


def _columns(line: RuleLine) -> dict[str, object]:
    return {
        "category": line.category,
        "value": line.value,
        "description": line.description,
        "duration": line.duration,
        "unlimited": line.unlimited,
        "measurement": line.measurement,
    }
