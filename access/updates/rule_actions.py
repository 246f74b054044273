"""Changes of declared rules, applied to one unit's management block. Pure: values in, values out.

Source: reference system, mass update of management rules (§3.4): additions, then changes, then
removals; what is already so, or has nothing to change, is left as it is and said.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from sae.holdings.inheritance.categories import APPRAISAL, FINAL_ACTION

Management = dict[str, Any]


class Verb(enum.StrEnum):
    """What is done to the rules of a category, in the order in which it is done."""

    ADD = "add"
    BLOCK_RULE = "block_rule"
    BLOCK_CATEGORY = "block_category"
    SET_PROPERTY = "set_property"
    CHANGE = "change"
    REMOVE = "remove"
    REMOVE_CATEGORY = "remove_category"
    UNBLOCK_RULE = "unblock_rule"
    UNBLOCK_CATEGORY = "unblock_category"
    REMOVE_PROPERTY = "remove_property"
    SET_PROFILE = "set_profile"
    REMOVE_PROFILE = "remove_profile"


PROFILE_VERBS = frozenset({Verb.SET_PROFILE, Verb.REMOVE_PROFILE})
"""What is done to the unit itself, once its rules are as asked; they name no category."""
PROFILE = "ArchiveUnitProfile"

ORDER = {verb: place for place, verb in enumerate(Verb)}

ALREADY = "RULE_ALREADY_THERE"
ABSENT = "RULE_NOT_THERE"
HOLD_ATTRIBUTES = (
    "HoldEndDate",
    "HoldOwner",
    "HoldReason",
    "HoldReassessingDate",
    "PreventRearrangement",
)
RULE_ATTRIBUTES = ("StartDate", *HOLD_ATTRIBUTES)
CLASSIFICATION = "ClassificationRule"
CLASSIFICATION_PROPERTIES = (
    "ClassificationLevel",
    "ClassificationOwner",
    "ClassificationAudience",
    "ClassificationReassessingDate",
    "NeedReassessingAuthorization",
)
REMOVABLE_CLASSIFICATION_PROPERTIES = CLASSIFICATION_PROPERTIES[2:]
"""Those that a classification can do without."""


@dataclass(frozen=True, slots=True)
class RuleAction:
    """One change. ``attributes`` are put on the rule (``StartDate``, those of a hold);
    ``cleared`` names those that go; ``new_rule`` replaces ``rule`` in a change.

    ``name`` and ``value`` are those of a property; an addition may bring one along. ``value`` is
    also the identifier of the archive unit profile that units are to follow.
    """

    verb: str
    category: str
    rule: str = ""
    new_rule: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    cleared: Sequence[str] = ()
    name: str = ""
    value: Any = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Refused(Exception):  # noqa: N818 a unit that cannot be changed so, not an error
    """The unit cannot be changed so; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Applied:
    """The block once changed, and the actions that changed nothing, by reason."""

    management: Management
    idle: tuple[tuple[str, RuleAction], ...] = ()


def apply_actions(management: Management, actions: Iterable[RuleAction]) -> Applied:
    """Return the block once every action is applied, in the order of the verbs.

    Rules changed lose their end date: it is computed again by the caller. Raises ``Refused``.
    """
    changed = dict(management)
    idle: list[tuple[str, RuleAction]] = []
    for action in sorted(actions, key=lambda one: ORDER[Verb(one.verb)]):
        if action.verb in PROFILE_VERBS:
            continue
        block = _copied(changed.get(action.category) or {})
        reason = _APPLY[Verb(action.verb)](block, action)
        if reason:
            idle.append((reason, action))
        if action.verb in (Verb.ADD, Verb.BLOCK_CATEGORY, Verb.BLOCK_RULE) and action.name:
            block[action.name] = action.value
        if block:
            changed[action.category] = block
        else:
            changed.pop(action.category, None)
    return Applied(changed, tuple(idle))


def profile_after(profile: str, actions: Iterable[RuleAction]) -> str:
    """Return the profile of a unit that has ``profile``, once the actions are applied."""
    for action in actions:
        if action.verb == Verb.SET_PROFILE:
            return str(action.value)
        if action.verb == Verb.REMOVE_PROFILE:
            return ""
    return profile


def _copied(block: Mapping[str, Any]) -> dict[str, Any]:
    copied = dict(block)
    if "Rules" in copied:
        copied["Rules"] = [dict(rule) for rule in copied["Rules"]]
    if "Inheritance" in copied:
        copied["Inheritance"] = dict(copied["Inheritance"])
    return copied


def _add(block: dict[str, Any], action: RuleAction) -> str:
    rules = block.get("Rules", [])
    if any(rule.get("Rule") == action.rule for rule in rules):
        return ALREADY
    block["Rules"] = [*rules, {"Rule": action.rule, **action.attributes}]
    return ""


def _change(block: dict[str, Any], action: RuleAction) -> str:
    rules = block.get("Rules", [])
    ids = {rule.get("Rule") for rule in rules}
    if action.rule not in ids:
        return ABSENT
    if action.new_rule and action.new_rule != action.rule and action.new_rule in ids:
        raise Refused(
            _("porte déjà la règle %(new)s : la règle %(old)s ne peut pas la devenir")
            % {"new": action.new_rule, "old": action.rule}
        )
    reason = ALREADY
    for rule in rules:
        if rule.get("Rule") != action.rule:
            continue
        before = dict(rule)
        rule["Rule"] = action.new_rule or action.rule
        rule.update(action.attributes)
        for name in action.cleared:
            rule.pop(name, None)
        if rule != before:
            rule.pop("EndDate", None)
            reason = ""
    return reason


def _remove(block: dict[str, Any], action: RuleAction) -> str:
    rules = block.get("Rules", [])
    kept = [rule for rule in rules if rule.get("Rule") != action.rule]
    if len(kept) == len(rules):
        return ABSENT
    block["Rules"] = kept
    if not kept:
        del block["Rules"]
    return ""


def _block_rule(block: dict[str, Any], action: RuleAction) -> str:
    inheritance = block.setdefault("Inheritance", {})
    if inheritance.get("PreventInheritance"):
        raise Refused(_("n’hérite déjà d’aucune règle de cette catégorie"))
    refused = inheritance.get("PreventRulesId", [])
    if action.rule in refused:
        return ALREADY
    inheritance["PreventRulesId"] = [*refused, action.rule]
    return ""


def _unblock_rule(block: dict[str, Any], action: RuleAction) -> str:
    inheritance = block.get("Inheritance", {})
    refused = inheritance.get("PreventRulesId", [])
    if action.rule not in refused:
        return ABSENT
    inheritance["PreventRulesId"] = [one for one in refused if one != action.rule]
    if not inheritance["PreventRulesId"]:
        del inheritance["PreventRulesId"]
    return _tidied(block)


def _block_category(block: dict[str, Any], action: RuleAction) -> str:
    inheritance = block.setdefault("Inheritance", {})
    if inheritance.get("PreventInheritance"):
        return ALREADY
    # The whole category says more than the list of rules, and replaces it.
    inheritance.pop("PreventRulesId", None)
    inheritance["PreventInheritance"] = True
    return ""


def _unblock_category(block: dict[str, Any], action: RuleAction) -> str:
    """Inherit again all that comes: the rules that were refused one by one too."""
    inheritance = block.get("Inheritance", {})
    blocked = inheritance.pop("PreventInheritance", False)
    refused = inheritance.pop("PreventRulesId", None)
    if not (blocked or refused):
        return ABSENT
    return _tidied(block)


def _remove_category(block: dict[str, Any], action: RuleAction) -> str:
    """Declare nothing any more: rules, properties and refusals go together."""
    if not block:
        return ABSENT
    block.clear()
    return ""


def _tidied(block: dict[str, Any]) -> str:
    """Drop an inheritance that says nothing more."""
    if not block.get("Inheritance"):
        block.pop("Inheritance", None)
    return ""


def _set_property(block: dict[str, Any], action: RuleAction) -> str:
    if block.get(action.name) == action.value:
        return ALREADY
    block[action.name] = action.value
    return ""


def _remove_property(block: dict[str, Any], action: RuleAction) -> str:
    if action.name not in block:
        return ABSENT
    if action.category == APPRAISAL and action.name == FINAL_ACTION and block.get("Rules"):
        raise Refused(_("le sort final ne peut être supprimé tant que l’unité porte une DUA"))
    del block[action.name]
    return ""


_APPLY = {
    Verb.ADD: _add,
    Verb.CHANGE: _change,
    Verb.REMOVE: _remove,
    Verb.REMOVE_CATEGORY: _remove_category,
    Verb.BLOCK_RULE: _block_rule,
    Verb.UNBLOCK_RULE: _unblock_rule,
    Verb.BLOCK_CATEGORY: _block_category,
    Verb.UNBLOCK_CATEGORY: _unblock_category,
    Verb.SET_PROPERTY: _set_property,
    Verb.REMOVE_PROPERTY: _remove_property,
}
