"""The rules in force on a unit, line by line: its own, the inherited ones, those set aside."""

import datetime as dt
import enum
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.rules_explained import OUT_OF_SIGHT, Explanation, explain
from sae.holdings.inheritance import GLOBAL, Entry, SetAside
from sae.holdings.rules_in_force import PlacedUnit, RulesInForce
from sae.holdings.selectors.units import shown_among
from sae.kernel import clock
from tenants.models import ManagementRule
from tenants.selectors.referentials import length_in_words, rules

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


class State(enum.StrEnum):
    """How a line concerns the unit."""

    OWN = "own"
    INHERITED = "inherited"
    SET_ASIDE = "aside"
    EFFECT = "effect"
    """A final action or a level in force without any rule."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One line. ``rule`` is ``""`` when the category has an effect and no rule."""

    key: str
    category: Text
    state: State
    rule: str
    name: str
    length: str
    where: str
    start: dt.date | None
    end: dt.date | None
    effect: str
    url: str
    has_reason: bool
    is_open: bool
    why: Explanation | None

    @property
    def is_over(self) -> bool:
        return self.end is not None and self.end <= clock.today()

    @property
    def is_in_force(self) -> bool:
        return self.state != State.SET_ASIDE


class RulesPanel:
    """The lines of the panel; that whose key is ``opened`` comes with its explanation.

    One query, for the names and lengths of the rules.
    """

    def __init__(
        self, found: RulesInForce, *, opened: str = "", may_see_referentials: bool = False
    ) -> None:
        self._found = found
        self._opened = opened
        self._may_see_referentials = may_see_referentials

    @cached_property
    def lines(self) -> list[RuleLine]:
        return [line for category in CATEGORIES for line in self._of_category(category)]

    @property
    def count(self) -> int:
        """How many rules are in force."""
        return sum(bool(line.rule) and line.is_in_force for line in self.lines)

    @property
    def needs_authorization(self) -> bool:
        """Whether consulting needs an authorization, here or by inheritance."""
        properties = self._found.inheritance.in_force(self._found.unit_id, GLOBAL).properties
        return any(entry.value is True for entry in properties)

    @cached_property
    def _known(self) -> dict[str, ManagementRule]:
        """The rules of the referential that the lines name; a rule gone from it has none."""
        inheritance, unit_id = self._found.inheritance, self._found.unit_id
        names = {
            entry.name
            for one in inheritance
            for category in CATEGORIES
            for entry in inheritance.in_force(one, category).rules
        }
        names |= {
            aside.entry.name
            for category in CATEGORIES
            for aside in inheritance.set_aside_above(unit_id, category)
        }
        return (
            {row.identifier: row for row in rules().filter(identifier__in=names)} if names else {}
        )

    def _of_category(self, category: str) -> list[RuleLine]:
        inheritance, unit_id = self._found.inheritance, self._found.unit_id
        part = inheritance.in_force(unit_id, category)
        effect = self._effect(category)
        lines = [self._rule_line(category, entry, effect) for entry in part.rules]
        stopped = self._stopped_rules(category)
        if not part.rules and effect and (part.properties or not stopped):
            lines.append(self._effect_line(category, effect))
        lines += [self._aside_line(category, aside, number) for number, aside in enumerate(stopped)]
        return lines

    def _stopped_rules(self, category: str) -> Sequence[SetAside]:
        """Return the rules that do not reach the unit, each once, as stopped nearest to it.

        What a unit out of sight declares is told where it holds, and only there.
        """
        asides = self._found.inheritance.set_aside_above(self._found.unit_id, category)
        nearest: dict[Entry, SetAside] = {}
        for aside in asides:
            if aside.entry.is_rule and not self._place(aside.entry.origin).is_hidden:
                nearest.setdefault(aside.entry, aside)
        return list(nearest.values())

    def _rule_line(self, category: str, entry: Entry, effect: str) -> RuleLine:
        is_own = entry.origin == self._found.unit_id
        where = _("portée ici") if is_own else _("héritée de « %s »") % self._title(entry.origin)
        position = self._found.inheritance.in_force(self._found.unit_id, category).rules
        return self._line(
            f"{category}-{position.index(entry)}",
            category,
            State.OWN if is_own else State.INHERITED,
            entry,
            where=where,
            effect=", ".join(part for part in (_hold_words(entry.value), effect) if part),
        )

    def _aside_line(self, category: str, aside: SetAside, number: int) -> RuleLine:
        by_unit = aside.by == self._found.unit_id
        where = _("écartée ici") if by_unit else _("écartée par « %s »") % self._title(aside.by)
        return self._line(
            f"{category}-x{number}",
            category,
            State.SET_ASIDE,
            aside.entry,
            where=where,
            effect=_("Sans effet"),
            aside=aside,
        )

    def _effect_line(self, category: str, effect: str) -> RuleLine:
        inheritance, unit_id = self._found.inheritance, self._found.unit_id
        decided = (
            inheritance.final_actions(unit_id, category)
            or inheritance.in_force(unit_id, category).properties
        )
        entry = decided[0] if decided else None
        if entry is None:
            where = ""
        elif entry.is_implicit:
            where = _("faute de décision du service producteur")
        elif entry.origin == unit_id:
            where = _("décidé ici")
        else:
            where = _("décidé par « %s »") % self._title(entry.origin)
        return self._line(
            f"{category}-e", category, State.EFFECT, entry, where=where, effect=effect
        )

    def _line(
        self,
        key: str,
        category: str,
        state: State,
        entry: Entry | None,
        *,
        where: str,
        effect: str,
        aside: SetAside | None = None,
    ) -> RuleLine:
        is_rule = entry is not None and entry.is_rule
        known = self._known.get(entry.name) if entry is not None and is_rule else None
        is_open = key == self._opened and entry is not None
        return RuleLine(
            key=key,
            category=CATEGORIES[category],
            state=state,
            rule=entry.name if entry is not None and is_rule else "",
            name=known.value if known else "",
            length=length_in_words(known) if known else "",
            where=where,
            start=entry.start if entry is not None and is_rule else None,
            end=entry.end if entry is not None and is_rule else None,
            effect=effect,
            url=self._url(known),
            has_reason=entry is not None,
            is_open=is_open,
            why=explain(
                self._found,
                entry,
                effect=effect,
                known=self._known,
                aside=aside,
            )
            if is_open and entry is not None
            else None,
        )

    def _url(self, known: ManagementRule | None) -> str:
        if known is None or not self._may_see_referentials:
            return ""
        return reverse("rule", args=[known.id])

    def _place(self, unit_id: uuid.UUID | str) -> PlacedUnit:
        return self._found.places[uuid.UUID(str(unit_id))]

    def _title(self, unit_id: uuid.UUID | str) -> str:
        return self._place(unit_id).title

    def _effect(self, category: str) -> str:
        """What the category does beside its dates: final actions, level, what the unit refuses."""
        inheritance, unit_id = self._found.inheritance, self._found.unit_id
        part = inheritance.in_force(unit_id, category)
        actions = inheritance.final_actions(unit_id, category)
        differing = len({entry.value for entry in actions}) > 1
        words = [
            f"{_action(entry.value)} ({entry.agency})" if differing else _action(entry.value)
            for entry in actions
        ]
        words += [
            str(entry.value) for entry in part.properties if entry.name == "ClassificationLevel"
        ]
        block = inheritance.unit(unit_id).management.get(category)
        refused = block.get("Inheritance") if isinstance(block, Mapping) else None
        if refused:
            if refused.get("PreventInheritance") is True:
                words.append(_("n’hérite pas"))
            if refused.get("PreventRulesId"):
                words.append(_("écarte %s") % ", ".join(refused["PreventRulesId"]))
        return ", ".join(dict.fromkeys(words))


def in_sight(found: RulesInForce) -> RulesInForce:
    """Return the same rules, without the names of the units that the reader may not see.

    The rules hold all the same: only where they come from is not told.
    """
    shown = shown_among(found.places.keys())
    places = {
        unit_id: place
        if unit_id in shown
        else replace(place, title=str(OUT_OF_SIGHT), level="", unit_type="", is_hidden=True)
        for unit_id, place in found.places.items()
    }
    return replace(found, places=places)


def _action(value: Any) -> str:
    return str(FINAL_ACTIONS.get(value, value))


def _hold_words(rule: Mapping[str, Any]) -> str:
    parts = [str(rule[key]) for key in ("HoldReason", "HoldOwner") if rule.get(key)]
    review = day_of(rule.get("HoldReassessingDate"))
    if review:
        late = review < clock.today()
        words = _("réexamen dépassé, prévu le %s") if late else _("réexamen le %s")
        parts.append(words % f"{review:%d/%m/%Y}")
    if rule.get("PreventRearrangement"):
        parts.append(_("classement figé"))
    return ", ".join(parts)


def day_of(value: Any) -> dt.date | None:
    """Return the day that a metadata says, ``None`` when it says none."""
    try:
        return dt.date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None
