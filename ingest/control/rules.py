"""Management rules of a package: merge of the global ones, existence, category, end dates.

Source: reference system, step UNITS_RULES_COMPUTE, and SEDA's ManagementMetadata.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sae.holdings.inheritance.dates import Rule, RuleFault, with_end_date
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
