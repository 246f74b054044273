"""Rules of units: what becomes of one unit. The same decision for the dry run and for the act.

What results is judged as a deposit judges it: schema, rules of the referential, end dates, unit
profile. Source: reference system, mass update of management rules (§1.4, §3.4).
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from django.conf import settings
from django.utils.translation import gettext as _

from access.updates.rule_actions import (
    ABSENT,
    ALREADY,
    CLASSIFICATION,
    CLASSIFICATION_PROPERTIES,
    HOLD_ATTRIBUTES,
    PROFILE,
    PROFILE_VERBS,
    REMOVABLE_CLASSIFICATION_PROPERTIES,
    RULE_ATTRIBUTES,
    Applied,
    Refused,
    RuleAction,
    Verb,
    apply_actions,
    profile_after,
)
from access.updates.sentences import sentences_of
from sae.holdings.declared_rules import compute_end_dates
from sae.holdings.inheritance.categories import CATEGORIES, FINAL_ACTION, HOLD
from sae.holdings.inheritance.dates import Rule
from sae.holdings.mass import Decision
from sae.holdings.models import ArchiveUnit, MassBatch, MassOperation
from sae.holdings.recomputing import ComingRules
from sae.holdings.unit_schema import FINAL_ACTIONS, MANAGEMENT_YEAR_LIMIT, UnitSchema
from sae.holdings.unit_states import Management, UnitState, read_descriptions
from sae.holdings.updating import UnitChange, write_changes
from sae.journal.models import Operation
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem
from sae.tenancy.scope import current_tenant_id
from tenants.models import ManagementRule
from tenants.selectors.ingest import every_rule, ontology_types
from tenants.selectors.unit_profile_check import UnitProfiles, profile_faults

UPDATED = "UNIT_METADATA_UPDATE"
NO_CHANGES = "UNIT_METADATA_NO_CHANGES"
INVALID = "UNITS_RULES_COMPUTE"
HOLDING = "UNIT_OF_A_HOLDING_TREE"
LIFE_CYCLE = "LFC.UNIT_METADATA_UPDATE"
MOST_KNOWN = 10_000
_WITH_RULE = frozenset({Verb.ADD, Verb.CHANGE, Verb.REMOVE, Verb.BLOCK_RULE, Verb.UNBLOCK_RULE})


def actions_in(parameters: Mapping[str, Any]) -> list[RuleAction]:
    """Return what an act asks."""
    return [RuleAction(**one) for one in parameters.get("actions", ())]


def referential_rules() -> dict[str, Rule]:
    """Return the rules of the coffre in scope, as end dates are computed from them."""
    return {
        identifier: Rule(identifier, view.category, view.duration, view.unlimited, view.measurement)
        for identifier, view in every_rule().items()
    }


def faults_of_actions(actions: Sequence[RuleAction], rules: Mapping[str, Rule]) -> list[str]:
    """Return what forbids an act as a whole, in French: rules, dates, contradictions.

    Source: reference system §3.4, global checks.
    """
    if not actions:
        return [_("Rien n’est demandé : ajoutez au moins une action.")]
    faults = [fault for action in actions for fault in _faults(action, rules)]
    seen: set[tuple[str, ...]] = set()
    for action in actions:
        key = _target(action)
        if key in seen:
            faults.append(
                _("Deux actions portent sur la même règle ou propriété : %s.")
                % (action.rule or action.name or action.category or _("profil d’unité"))
            )
        seen.add(key)
    faults += _faults_of_whole_categories(actions)
    return list(dict.fromkeys(faults))


def _faults_of_whole_categories(actions: Sequence[RuleAction]) -> Iterable[str]:
    """Refuse to change something of a category that goes as a whole."""
    for action in actions:
        others = [one for one in actions if one.category == action.category]
        if action.verb == Verb.REMOVE_CATEGORY and len(others) > 1:
            yield _("Une catégorie supprimée entière ne reçoit pas d’autre action : %s.") % (
                ManagementRule.Category(action.category).label
                if action.category in CATEGORIES
                else action.category
            )


def _target(action: RuleAction) -> tuple[str, ...]:
    if action.verb in PROFILE_VERBS:
        return (PROFILE,)
    part = "block" if "block" in action.verb else "property" if action.name else "rule"
    return action.category, part, action.rule or action.name


def _faults(action: RuleAction, rules: Mapping[str, Rule]) -> Iterable[str]:
    if action.verb in PROFILE_VERBS:
        if action.verb == Verb.SET_PROFILE:
            yield from _in_words(profile_faults(str(action.value or "")))
        return
    if action.category not in CATEGORIES:
        yield _("« %s » n’est pas une catégorie de règles.") % action.category
        return
    if action.verb in _WITH_RULE and not action.rule:
        yield _("Choisissez la règle.")
    # A rule that is no more at the referential can still be taken away from units.
    leaving = {Verb.REMOVE, Verb.UNBLOCK_RULE}
    for identifier in filter(None, (action.rule, action.new_rule)):
        known = rules.get(identifier)
        old = action.verb == Verb.CHANGE and identifier == action.rule
        if known is None and action.verb not in leaving and not old:
            yield _("La règle %s n’est pas au référentiel.") % identifier
        elif known is not None and known.category != action.category:
            yield _("La règle %s est d’une autre catégorie.") % identifier
    if action.verb == Verb.CHANGE and not (action.new_rule or action.attributes or action.cleared):
        yield _("Dites ce qui change dans la règle %s.") % action.rule
    yield from _faults_of_attributes(action, rules)
    if action.name:
        yield from _faults_of_property(action)


def _in_words(problems: Sequence[Problem]) -> Iterable[str]:
    return [sentences_of(problems)] if problems else ()


def _faults_of_property(action: RuleAction) -> Iterable[str]:
    """Find what is wrong with a property of a category: its name, then its value."""
    removes = action.verb == Verb.REMOVE_PROPERTY
    if action.name == FINAL_ACTION:
        if not removes and action.value not in FINAL_ACTIONS.get(action.category, ()):
            yield _("Ce sort final n’est pas admis dans cette catégorie.")
        return
    names = REMOVABLE_CLASSIFICATION_PROPERTIES if removes else CLASSIFICATION_PROPERTIES
    if action.category != CLASSIFICATION or action.name not in names:
        yield _("« %s » n’est pas une propriété que l’on change ainsi.") % action.name
    elif removes:
        return
    elif (
        action.name == "ClassificationLevel" and action.value not in settings.CLASSIFICATION_LEVELS
    ):
        yield _("Le niveau « %(seen)s » n’est pas admis : %(known)s.") % {
            "seen": action.value,
            "known": ", ".join(settings.CLASSIFICATION_LEVELS),
        }
    elif action.name == "ClassificationReassessingDate":
        yield from _fault_of_day(str(action.value))
    elif action.name == "NeedReassessingAuthorization":
        if not isinstance(action.value, bool):
            yield _("« %s » se dit par oui ou par non.") % action.name
    elif not str(action.value or "").strip():
        yield _("« %s » ne peut être vide.") % action.name


def _faults_of_attributes(action: RuleAction, rules: Mapping[str, Rule]) -> Iterable[str]:
    for name, value in action.attributes.items():
        if name == "EndDate":
            yield _("L’échéance se calcule : elle ne se donne pas.")
        elif name not in RULE_ATTRIBUTES:
            yield _("« %s » n’est pas un attribut de règle.") % name
        elif name in HOLD_ATTRIBUTES and action.category != HOLD:
            yield _("Seul un gel porte « %s ».") % name
        elif name in ("HoldOwner", "HoldReason") and not str(value).strip():
            yield _("Un gel ne se donne pas un porteur ni un motif vides.")
        elif name.endswith("Date"):
            yield from _fault_of_day(str(value))
    both = set(action.attributes) & set(action.cleared)
    if both:
        yield _("« %s » ne peut être à la fois donné et effacé.") % ", ".join(sorted(both))
    known = rules.get(action.new_rule or action.rule)
    if known and known.has_duration and "HoldEndDate" in action.attributes:
        yield _("La règle %s a une durée : la fin du gel se calcule.") % known.identifier


def _fault_of_day(text: str) -> Iterable[str]:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        yield _("« %s » n’est pas une date.") % text
        return
    if day.year >= MANAGEMENT_YEAR_LIMIT:
        yield _("La date %s dépasse l’an 8999.") % text


def plan_rules(
    mass: MassOperation, _batch: MassBatch, units: Sequence[UnitState]
) -> list[Decision]:
    """Decide for the units of a batch: the same actions for all (``parameters["actions"]``)."""
    actions = actions_in(mass.parameters)
    planner = RulePlanner(actions)
    # What a profile admits depends on the description too.
    read_descriptions([state for state in units if profile_after(state.profile, actions)])
    return [planner.decision(state) for state in units]


def write_rules(
    _mass: MassOperation, changes: Sequence[UnitChange], operation: Operation, name: str
) -> None:
    """Write what units come to declare, and the rules in force that follow."""
    write_changes(changes, operation=operation, name=name, follow=ComingRules)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What becomes of all the units that declare the same thing.

    ``management`` is ``None`` when they keep what they declare. ``over``: what they declare now
    in the categories at stake.
    """

    outcome: Outcome
    key: str
    message: str = ""
    management: Management | None = None
    changed: tuple[str, ...] = ()
    over: bytes = b""


class RulePlanner:
    """Decides what becomes of the rules of units; reads the referentials once."""

    def __init__(self, actions: Sequence[RuleAction]) -> None:
        self._actions = actions
        self._rules = referential_rules()
        self._schema = UnitSchema(ontology_types())
        self._profiles = UnitProfiles(current_tenant_id())
        self._sets_profile = any(action.verb in PROFILE_VERBS for action in actions)
        self._touched = {action.category for action in actions}
        self._known: dict[str, _Outcome] = {}
        self._parts: dict[bytes, _Outcome] = {}

    def decision(self, state: UnitState) -> Decision:
        """Return what becomes of one unit. Units that declare alike become alike: judged once."""
        if state.unit_type == ArchiveUnit.Type.HOLDING_UNIT:
            sentence = _("Une position de l’arbre ne porte pas de règles.")
            return Decision(state.id, Outcome.KO, HOLDING, sentence)
        profile = state.profile
        if self._sets_profile:
            profile = profile_after(profile, self._actions)
        # What a profile admits depends on the whole unit, and is judged for each.
        alike = not profile and not state.profile
        found = self._known.get(state.management_text) if alike else self._outcome(state, profile)
        if found is None:
            found = self._judged(state.management)
            if len(self._known) < MOST_KNOWN:
                self._known[state.management_text] = found
        change = None
        if found.changed:
            change = UnitChange(
                state,
                LIFE_CYCLE,
                management=found.management,
                fields=found.changed,
                profile=None if profile == state.profile else profile,
            )
        over = found.over + state.profile.encode() if self._sets_profile else found.over
        return Decision(state.id, found.outcome, found.key, found.message, change=change, over=over)

    def _outcome(self, state: UnitState, profile: str) -> "_Outcome":
        """Judge a unit that follows a profile, or comes to."""
        found = self._judged(state.management)
        if found.outcome >= Outcome.KO:
            return found
        management = state.management if found.management is None else found.management
        if not found.changed and profile == state.profile:
            return found
        if profile and (problems := self._profiles.check(profile, state.content, management)):
            return _Outcome(Outcome.KO, INVALID, sentences_of(problems))
        changed = found.changed if profile == state.profile else (*found.changed, PROFILE)
        return replace(found, key=UPDATED, changed=changed)

    def _judged(self, management: Management) -> "_Outcome":
        """Return what becomes of what a unit declares.

        The categories that are not touched are left as they are, whatever is wrong there: what is
        touched is judged alone, once for all the units that declare the same there.
        """
        touched = {name: management[name] for name in self._touched & management.keys()}
        key = orjson.dumps(touched, option=orjson.OPT_SORT_KEYS)
        found = self._parts.get(key)
        if found is None:
            found = replace(self._judged_alone(touched), over=key)
            if len(self._parts) < MOST_KNOWN:
                self._parts[key] = found
        if found.management is None:
            return found
        left = {name: block for name, block in management.items() if name not in touched}
        return replace(found, management=left | found.management)

    def _judged_alone(self, touched: Management) -> "_Outcome":
        """Return the blocks as a deposit would keep them, or what is wrong with them."""
        try:
            applied = apply_actions(touched, self._actions)
        except Refused as refusal:
            sentence = f"{str(refusal)[:1].upper()}{str(refusal)[1:]}."
            return _Outcome(Outcome.KO, INVALID, sentence)
        told = _told(applied)
        if applied.management == touched:
            return _Outcome(Outcome.OK, _idle_key(applied), told)
        schema = {"Title": "-", "DescriptionLevel": "Item"}
        _content, after, problems = self._schema.check(schema, applied.management)
        if not problems:
            after, problems = compute_end_dates(after, self._rules)
        if problems:
            return _Outcome(Outcome.KO, INVALID, sentences_of(problems))
        changed = tuple(
            name
            for name in sorted(touched.keys() | after.keys())
            if after.get(name) != touched.get(name)
        )
        if not changed:
            return _Outcome(Outcome.OK, _idle_key(applied), told)
        return _Outcome(Outcome.OK, UPDATED, told, after, changed)


def _idle_key(applied: Applied) -> str:
    """Return why nothing changes: one reason for all the actions, or several."""
    reasons = {reason for reason, _action in applied.idle}
    return reasons.pop() if len(reasons) == 1 else NO_CHANGES


def _told(applied: Applied) -> str:
    if not applied.idle:
        return ""
    words = {ALREADY: _("porte déjà %s"), ABSENT: _("n’a pas %s")}
    told = [
        words[reason] % (action.rule or action.name or _part_without_name(action))
        for reason, action in applied.idle
    ]
    return " ; ".join(told)


def _part_without_name(action: RuleAction) -> str:
    if action.verb == Verb.REMOVE_CATEGORY:
        return _("cette catégorie de règles")
    return _("le blocage de la catégorie")
