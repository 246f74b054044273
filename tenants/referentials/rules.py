"""Management rules: a CSV that replaces the whole referential of the coffre.

A rule that units declare can neither leave, nor gain or lose its duration; when its duration
changes, the end dates that follow from it are due for recomputation (a warning says so).
"""

import uuid
from collections.abc import Mapping, Sequence

from django.conf import settings

from sae.holdings.rules_store import hold_rules_still
from sae.journal.services import EventDraft
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem
from sae.tenancy.models import Tenant
from tenants.models import ManagementRule
from tenants.referentials.imports import Agent, Judgement, Results, carry_out
from tenants.referentials.line_reports import by_line
from tenants.referentials.reports import ImportReport, problem
from tenants.referentials.rule_file import (
    COLUMNS,
    EVENT,
    LONGEST,
    NOT_UTF8,
    TOO_SHORT,
    UNLIMITED,
    RuleLine,
    read_rules,
)
from tenants.referentials.usage import rules_in_holdings, tell_rule_listeners

__all__ = [
    "COLUMNS",
    "KIND",
    "LONGEST",
    "UNLIMITED",
    "check_rules",
    "describe_rule",
    "import_rules",
]

KIND = "rules"
INVALID_CSV = "CHECK_RULES.INVALID_CSV.KO"
MINIMUM = "CHECK_RULES.MAX_DURATION_EXCEEDS.KO"
RUNNING = "CHECK_RULES.IMPORT_IN_PROCESS.KO"
CHECK_KO = "CHECK_RULES.KO"
CHECK_WARNING = "CHECK_RULES.WARNING"


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
        lambda: _judge_still(content, tenant, replace),
        kind=KIND,
        event=EVENT,
        tenant=tenant,
        agent=agent,
        content=content,
        file_name=file_name,
        media="csv",
        busy_code=RUNNING,
    )


def _judge_still(content: bytes, tenant: Tenant, replace: bool) -> Judgement:
    """Judge a file; when it changes or removes rules, while no unit comes to name any.

    Units that enter meanwhile would be seen by nobody: neither by this judgement, nor by their
    deposit, which would still see the rules as they were.
    """
    judgement = judge_rules(content, tenant, replace=replace)
    if not (judgement.updated or judgement.deleted):
        return judgement
    hold_rules_still()
    return judge_rules(content, tenant, replace=replace)


def check_rules(
    *, tenant: Tenant, content: bytes, file_name: str = "", replace: bool = True
) -> ImportReport:
    """Say what an import would do, and do nothing."""
    return carry_out(
        lambda: judge_rules(content, tenant, replace=replace),
        kind=KIND,
        event=EVENT,
        tenant=tenant,
        agent=Agent(),
        content=content,
        file_name=file_name,
        media="csv",
        check=True,
    )


def minimum_durations(tenant: Tenant) -> Mapping[str, str]:
    """Return the shortest duration allowed by category in a coffre (``{"AccessRule": "1 year"}``).

    Set by ``MINIMUM_RULE_DURATIONS`` in the settings, by number of coffre; none by default.
    """
    by_tenant: Mapping[str, Mapping[str, str]] = getattr(settings, "MINIMUM_RULE_DURATIONS", {})
    return by_tenant.get(str(tenant.number), {})


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
