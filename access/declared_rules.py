"""The management rules that a unit declares itself, in the words of the trade.

Rules in force (inherited ones included) are another matter: here is what the deposit said.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.kernel import clock
from tenants.models import ManagementRule

Text = str | Promise

CATEGORIES: dict[str, Text] = {
    "AppraisalRule": gettext_lazy("DUA"),
    "AccessRule": gettext_lazy("Communicabilité"),
    "HoldRule": gettext_lazy("Gel"),
    "StorageRule": gettext_lazy("Utilité courante"),
    "DisseminationRule": gettext_lazy("Diffusion"),
    "ReuseRule": gettext_lazy("Réutilisation"),
    "ClassificationRule": gettext_lazy("Classification"),
}
FINAL_ACTIONS: dict[str, Text] = {
    "Keep": gettext_lazy("Conserver"),
    "Destroy": gettext_lazy("Détruire"),
    "RestrictAccess": gettext_lazy("Restreindre l’accès"),
    "Transfer": gettext_lazy("Transférer"),
    "Copy": gettext_lazy("Copier"),
}


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One line: a rule declared, or what is declared of a category without any rule.

    ``name`` is the rule's name in the referential, ``""`` when it is not (or no longer) there.
    """

    category: str
    rule: str
    name: str
    start: dt.date | None
    end: dt.date | None
    has_rule: bool
    effect: str

    @property
    def is_over(self) -> bool:
        return self.end is not None and self.end < clock.today()


def declared_rules(management: Mapping[str, Any]) -> list[RuleLine]:
    """Return the rules a unit declares, by category. One query, for the names of the rules."""
    rules = {
        str(rule.get("Rule"))
        for name in CATEGORIES
        for rule in _category(management, name).get("Rules", [])
    }
    names = (
        dict(ManagementRule.objects.filter(identifier__in=rules).values_list("identifier", "value"))
        if rules
        else {}
    )
    lines: list[RuleLine] = []
    for name, label in CATEGORIES.items():
        category = _category(management, name)
        if not category:
            continue
        effect = _effect(category)
        declared = category.get("Rules", [])
        for rule in declared:
            identifier = str(rule.get("Rule", ""))
            lines.append(
                RuleLine(
                    category=str(label),
                    rule=identifier,
                    name=names.get(identifier, ""),
                    start=_day(rule.get("StartDate")),
                    end=_day(rule.get("EndDate")) or _day(rule.get("HoldEndDate")),
                    has_rule=True,
                    effect=_hold_effect(rule) or effect,
                )
            )
        if not declared and effect:
            lines.append(RuleLine(str(label), "", "", None, None, False, effect))
    return lines


def _category(management: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    category = management.get(name)
    return category if isinstance(category, Mapping) else {}


def _effect(category: Mapping[str, Any]) -> str:
    parts: list[str] = []
    action = category.get("FinalAction")
    if action:
        parts.append(str(FINAL_ACTIONS.get(action, action)))
    level = category.get("ClassificationLevel")
    if level:
        parts.append(str(level))
    inheritance = category.get("Inheritance")
    if isinstance(inheritance, Mapping):
        if inheritance.get("PreventInheritance"):
            parts.append(_("n’hérite pas"))
        prevented = inheritance.get("PreventRulesId") or []
        if prevented:
            parts.append(_("écarte %s") % ", ".join(map(str, prevented)))
    return ", ".join(parts)


def _hold_effect(rule: Mapping[str, Any]) -> str:
    parts = [str(rule[key]) for key in ("HoldReason", "HoldOwner") if rule.get(key)]
    review = _day(rule.get("HoldReassessingDate"))
    if review:
        parts.append(_("réexamen le %s") % f"{review:%d/%m/%Y}")
    if rule.get("PreventRearrangement"):
        parts.append(_("classement figé"))
    return ", ".join(parts)


def _day(value: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None
