"""Durations and codes that slips give in place of rules, found in the coffre's referential.

SEDA 1.0 and the as@lae profile of 2.x write an appraisal rule as a duration (``P10Y``) and an
access rule as a code of the interministerial list (``AR038`` to ``AR062``). Which rule is meant is
decided in this order:

1. a rule of the referential bears that very identifier;
2. the access says which rule it stands for;
3. one rule of that category, and one only, has that duration.

Several rules of the same duration are several legal grounds: none is chosen, the unit keeps the
code and is refused by name, with the candidates.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tenants.selectors.ingest import RuleView

_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T[\dHMS.]*)?")
UNLIMITED = (-1, -1)

ACCESS_CODES: Mapping[str, int | None] = {
    "AR038": 0,
    **dict.fromkeys(("AR039", "AR040", "AR041", "AR042"), 25),
    # From the death of the person concerned, which the start date then tells.
    **dict.fromkeys(("AR043", "AR044", "AR045", "AR046", "AR047"), 25),
    **dict.fromkeys(("AR048", "AR049", "AR050", "AR051"), 50),
    **dict.fromkeys(("AR052", "AR053", "AR054", "AR055", "AR056", "AR057"), 75),
    **dict.fromkeys(("AR058", "AR059", "AR060"), 100),
    "AR061": 120,
    "AR062": None,
}
"""Years before access is free, by code (code du patrimoine, art. L. 213-1 and L. 213-2); ``None``
for never."""

Length = tuple[int, int]
"""Months and days."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The rule meant; without one, the rules among which nothing tells."""

    identifier: str
    candidates: tuple[str, ...] = ()


class RuleBook:
    """The rules of one coffre, with what an access says of the codes that its slips use."""

    def __init__(
        self,
        rules: Mapping[str, RuleView],
        given: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._known = rules.keys()
        self._given = given or {}
        self._by_length: dict[tuple[str, Length], list[str]] = {}
        for identifier, rule in sorted(rules.items()):
            length = _length_of_rule(rule)
            if length is not None:
                self._by_length.setdefault((rule.category, length), []).append(identifier)

    def resolve(self, category: str, code: str) -> Resolved:
        """Return the rule that a code stands for in a category; the code itself when none does."""
        if code in self._known:
            return Resolved(code)
        given = self._given.get(category, {}).get(code)
        if given:
            return Resolved(given)
        length = _length_of_code(category, code)
        found = self._by_length.get((category, length), []) if length is not None else []
        if len(found) == 1:
            return Resolved(found[0])
        return Resolved(code, tuple(found))

    def apply(self, management: dict[str, Any]) -> dict[str, Any]:
        """Return a management block where codes have given way to rules.

        A code for which there are several candidates stays, with them under ``Candidates``.
        """
        applied = {}
        for category, block in management.items():
            applied[category] = self._block(category, block) if isinstance(block, dict) else block
        return applied

    def _block(self, category: str, block: dict[str, Any]) -> dict[str, Any]:
        changed = dict(block)
        if block.get("Rules"):
            changed["Rules"] = [self._rule(category, rule) for rule in block["Rules"]]
        inheritance = block.get("Inheritance")
        if inheritance and inheritance.get("PreventRulesId"):
            refused = [self.resolve(category, code) for code in inheritance["PreventRulesId"]]
            changed["Inheritance"] = {
                **inheritance,
                "PreventRulesId": [one.identifier for one in refused],
            }
        return changed

    def _rule(self, category: str, rule: dict[str, Any]) -> dict[str, Any]:
        code = rule.get("Rule")
        if not code:
            return rule
        resolved = self.resolve(category, code)
        if resolved.candidates:
            return {**rule, "Candidates": list(resolved.candidates)}
        return {**rule, "Rule": resolved.identifier}


def _length_of_rule(rule: RuleView) -> Length | None:
    if rule.unlimited:
        return UNLIMITED
    if rule.duration is None:
        return None
    match rule.measurement.upper():
        case "YEAR":
            return rule.duration * 12, 0
        case "MONTH":
            return rule.duration, 0
        case "DAY":
            return 0, rule.duration
    return None


def _length_of_code(category: str, code: str) -> Length | None:
    if category == "AccessRule" and code in ACCESS_CODES:
        years = ACCESS_CODES[code]
        return UNLIMITED if years is None else (years * 12, 0)
    found = _DURATION.fullmatch(code)
    if found is None or code in ("P", "PT") or "T" in code:
        return None
    years_, months, days = (int(part or 0) for part in found.groups())
    return years_ * 12 + months, days
