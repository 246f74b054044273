"""The rules that units declare: which ones they name, and their end dates, computed.

Pure: what a deposit and an update both ask of a management block. Source: reference system, step
UNITS_RULES_COMPUTE.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sae.holdings.inheritance.dates import Rule, RuleFault, with_end_date
from sae.kernel.problems import Problem

RULE_CATEGORIES = (
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


def rule_identifiers(management: Management) -> Iterator[str]:
    """Yield every rule identifier declared or set aside in a unit's management block."""
    for category in RULE_CATEGORIES:
        block = management.get(category)
        if not block:
            continue
        for rule in block.get("Rules", ()):
            if rule.get("Rule"):
                yield rule["Rule"]
        yield from block.get("Inheritance", {}).get("PreventRulesId", ())


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
    for category in RULE_CATEGORIES:
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
                rules.append(with_end_date(rule, category, referential))
            except RuleFault as fault:
                # A duration of a connector's slip that several rules have: see RuleBook.
                candidates = ", ".join(rule.get("Candidates", ()))
                reason = "ambiguous_rule" if candidates else fault.reason
                expected = candidates or fault.expected
                problems.append(_problem(fault.sub_code, reason, category, fault.seen, expected))
        if rules:
            computed[category] = {**block, "Rules": rules}
    return computed, problems


def _problem(sub_code: str, reason: str, category: str, seen: str, expected: str) -> Problem:
    code = ".".join(part for part in (CODE, sub_code, "KO") if part)
    return Problem(
        code, reason=reason, seen=seen, expected=expected, arguments={"category": category}
    )
