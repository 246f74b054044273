"""Forms of rules: one small form for each thing that one may do to a rule."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.updates.rule_actions import RuleAction, Verb
from sae.holdings.inheritance.categories import FINAL_ACTION
from sae.holdings.unit_schema import FINAL_ACTIONS
from sae.ui import french
from sae.ui.forms import DayField
from tenants.models import ManagementRule

FINAL_WORDS = {
    "Keep": gettext_lazy("Conserver"),
    "Destroy": gettext_lazy("Détruire"),
    "RestrictAccess": gettext_lazy("Restreindre l’accès"),
    "Transfer": gettext_lazy("Transférer"),
    "Copy": gettext_lazy("Copier"),
}


PROPERTY_WORDS = {
    FINAL_ACTION: gettext_lazy("le sort final"),
    "ClassificationLevel": gettext_lazy("le niveau de classification"),
    "ClassificationOwner": gettext_lazy("l’autorité émettrice de la classification"),
    "ClassificationAudience": gettext_lazy("le champ de diffusion de la classification"),
    "ClassificationReassessingDate": gettext_lazy("la date de réévaluation de la classification"),
    "NeedReassessingAuthorization": gettext_lazy("la nécessité d’une autorisation"),
}
HOLD_WORDS = {
    "HoldOwner": gettext_lazy("demandé par"),
    "HoldReason": gettext_lazy("motif"),
    "HoldEndDate": gettext_lazy("fin"),
    "HoldReassessingDate": gettext_lazy("à réexaminer le"),
    "PreventRearrangement": gettext_lazy("reclassement interdit"),
}


def value_words(value: Any) -> str:
    """Return a value as one reads it: oui, non, a day, a text."""
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    return _day(str(value))


def rule_choices(category: str = "") -> list[Any]:
    """Return the rules of the coffre under the names of their categories."""
    rules = ManagementRule.objects.order_by("category", "identifier")
    if category:
        rules = rules.filter(category=category)
    groups: dict[str, list[tuple[str, str]]] = {}
    for rule in rules:
        groups.setdefault(rule.get_category_display(), []).append(
            (f"{rule.category}:{rule.identifier}", f"{rule.identifier} — {rule.value}")
        )
    return [("", "—"), *((name.capitalize(), choices) for name, choices in groups.items())]


def _category_choices(categories: Any = None) -> list[tuple[str, str]]:
    return [
        ("", "—"),
        *(
            (value, str(label).capitalize())
            for value, label in ManagementRule.Category.choices
            if categories is None or value in categories
        ),
    ]


def _are_all_of(category: str, choices: Any) -> bool:
    """Tell whether a group of choices is that of the rules of a category."""
    return isinstance(choices, list) and all(
        value.startswith(f"{category}:") for value, _words in choices
    )


class ActionForm(forms.Form):
    """One change of rules to add to an act. ``key`` names it in what is sent."""

    title: str | Promise = ""
    verb: Verb

    @classmethod
    def key(cls) -> str:
        """Return its name, its verb's unless several share one."""
        return cls.verb.value

    def action(self) -> RuleAction:
        """Return what is asked, when it is one thing."""
        raise NotImplementedError

    def actions(self) -> list[RuleAction]:
        """Return all that is asked."""
        return [self.action()]

    def leave_out(self, category: str) -> None:
        """Propose nothing of a category: whoever fills the form in may not touch it."""
        for name, field in self.fields.items():
            if name in ("rule", "new_rule", "category"):
                field.choices = [  # type: ignore[attr-defined]
                    (value, words)
                    for value, words in field.choices  # type: ignore[attr-defined]
                    if value != category and not _are_all_of(category, words)
                ]

    def rule_chosen(self, name: str = "rule") -> tuple[str, str]:
        """Return the category and the identifier chosen."""
        category, _colon, identifier = (self.cleaned_data.get(name) or "").partition(":")
        return category, identifier


class _RuleForm(ActionForm):
    rule_label = gettext_lazy("Règle")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = forms.ChoiceField(label=self.rule_label, choices=rule_choices())
        self.fields = {"rule": field, **self.fields}

    def action(self) -> RuleAction:
        category, identifier = self.rule_chosen()
        return RuleAction(self.verb, category, identifier)


def _fate(category: str, value: str) -> dict[str, Any]:
    return {"name": FINAL_ACTION, "value": value} if value and category in FINAL_ACTIONS else {}


def _fate_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("Sort final"),
        required=False,
        choices=[("", "—"), *FINAL_WORDS.items()],
        help_text=gettext_lazy(
            "Pour la DUA (conserver, détruire) et la DUC (restreindre, transférer, copier)."
        ),
    )


class AddRuleForm(_RuleForm):
    title: str | Promise = gettext_lazy("Ajouter une règle")
    verb = Verb.ADD
    start = DayField(
        label=gettext_lazy("Date de début"),
        required=False,
        help_text=gettext_lazy("Le délai part de ce jour ; sans date, il n’a pas d’échéance."),
    )
    fate = _fate_field()

    def action(self) -> RuleAction:
        category, identifier = self.rule_chosen()
        start = self.cleaned_data["start"]
        return RuleAction(
            self.verb,
            category,
            identifier,
            attributes={"StartDate": start.isoformat()} if start else {},
            **_fate(category, self.cleaned_data["fate"]),
        )


class ChangeRuleForm(_RuleForm):
    title: str | Promise = gettext_lazy("Modifier une règle")
    verb = Verb.CHANGE
    rule_label = gettext_lazy("Règle portée")
    start = DayField(label=gettext_lazy("Nouvelle date de début"), required=False)
    without_start = forms.BooleanField(
        label=gettext_lazy("Effacer la date de début"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = forms.ChoiceField(label=_("Nouvelle règle"), choices=rule_choices(), required=False)
        rule, start, without = self.fields.values()
        self.fields = {"rule": rule, "new_rule": field, "start": start, "without_start": without}

    def action(self) -> RuleAction:
        category, identifier = self.rule_chosen()
        _category, new = self.rule_chosen("new_rule")
        start = self.cleaned_data["start"]
        return RuleAction(
            self.verb,
            category,
            identifier,
            new_rule=new,
            attributes={"StartDate": start.isoformat()} if start else {},
            cleared=["StartDate"] if self.cleaned_data["without_start"] else [],
        )


class RemoveRuleForm(_RuleForm):
    title: str | Promise = gettext_lazy("Supprimer une règle")
    verb = Verb.REMOVE


class RemoveCategoryForm(ActionForm):
    """Everything that units declare of a category goes at once."""

    title: str | Promise = gettext_lazy("Supprimer toute une catégorie")
    verb = Verb.REMOVE_CATEGORY
    category = forms.ChoiceField(
        label=gettext_lazy("Catégorie"),
        choices=_category_choices(),
        help_text=gettext_lazy(
            "Règles portées, sort final et autres propriétés, blocages : l’unité n’en déclare plus "
            "rien et hérite à nouveau de tout."
        ),
    )

    def action(self) -> RuleAction:
        return RuleAction(self.verb, self.cleaned_data["category"])


class BlockRuleForm(_RuleForm):
    title: str | Promise = gettext_lazy("Bloquer l’héritage d’une règle")
    verb = Verb.BLOCK_RULE
    fate = _fate_field()

    def action(self) -> RuleAction:
        category, identifier = self.rule_chosen()
        return RuleAction(
            self.verb, category, identifier, **_fate(category, self.cleaned_data["fate"])
        )


class UnblockRuleForm(_RuleForm):
    title: str | Promise = gettext_lazy("Rétablir l’héritage d’une règle")
    verb = Verb.UNBLOCK_RULE


class BlockCategoryForm(ActionForm):
    title: str | Promise = gettext_lazy("Bloquer l’héritage d’une catégorie")
    verb = Verb.BLOCK_CATEGORY
    category = forms.ChoiceField(label=gettext_lazy("Catégorie"), choices=_category_choices())
    fate = _fate_field()

    def action(self) -> RuleAction:
        category = self.cleaned_data["category"]
        return RuleAction(self.verb, category, **_fate(category, self.cleaned_data["fate"]))


class UnblockCategoryForm(ActionForm):
    title: str | Promise = gettext_lazy("Rétablir l’héritage d’une catégorie")
    verb = Verb.UNBLOCK_CATEGORY
    category = forms.ChoiceField(
        label=gettext_lazy("Catégorie"),
        choices=_category_choices(),
        help_text=gettext_lazy(
            "Les règles bloquées une à une sont héritées à nouveau, elles aussi."
        ),
    )

    def action(self) -> RuleAction:
        return RuleAction(self.verb, self.cleaned_data["category"])


class SetFateForm(ActionForm):
    title: str | Promise = gettext_lazy("Donner le sort final")
    verb = Verb.SET_PROPERTY
    category = forms.ChoiceField(
        label=gettext_lazy("Catégorie"), choices=_category_choices(FINAL_ACTIONS)
    )
    fate = forms.ChoiceField(
        label=gettext_lazy("Sort final"), choices=[("", "—"), *FINAL_WORDS.items()]
    )

    def action(self) -> RuleAction:
        return RuleAction(
            self.verb,
            self.cleaned_data["category"],
            name=FINAL_ACTION,
            value=self.cleaned_data["fate"],
        )


class RemoveFateForm(ActionForm):
    title: str | Promise = gettext_lazy("Supprimer le sort final")
    verb = Verb.REMOVE_PROPERTY
    category = forms.ChoiceField(
        label=gettext_lazy("Catégorie"),
        choices=_category_choices(FINAL_ACTIONS),
        help_text=gettext_lazy(
            "Le sort final de la DUA ne se supprime pas tant que l’unité porte une DUA."
        ),
    )

    def action(self) -> RuleAction:
        return RuleAction(self.verb, self.cleaned_data["category"], name=FINAL_ACTION)


def words_of(action: RuleAction) -> str:
    """Return an action as a sentence: « Ajouter la règle APP-1, à partir du 01/01/2020 »."""
    if action.verb == Verb.SET_PROFILE:
        return _("Faire suivre le profil d’unité %s") % action.value
    if action.verb == Verb.REMOVE_PROFILE:
        return _("Ne plus suivre de profil d’unité")
    category = str(ManagementRule.Category(action.category).label)
    words = {
        Verb.ADD: _("Ajouter %(rule)s"),
        Verb.CHANGE: _("Modifier %(rule)s"),
        Verb.REMOVE: _("Supprimer %(rule)s"),
        Verb.REMOVE_CATEGORY: _("Supprimer toute la catégorie"),
        Verb.BLOCK_RULE: _("Bloquer l’héritage de %(rule)s"),
        Verb.UNBLOCK_RULE: _("Rétablir l’héritage de %(rule)s"),
        Verb.BLOCK_CATEGORY: _("Bloquer l’héritage de toute la catégorie"),
        Verb.UNBLOCK_CATEGORY: _("Rétablir l’héritage de la catégorie"),
        Verb.SET_PROPERTY: _("Donner %(name)s"),
        Verb.REMOVE_PROPERTY: _("Supprimer %(name)s"),
    }[Verb(action.verb)] % {
        "rule": action.rule,
        "name": PROPERTY_WORDS.get(action.name, action.name),
    }
    more = [category]
    if action.new_rule:
        more.append(_("devient %s") % action.new_rule)
    if action.attributes.get("StartDate"):
        more.append(_("à partir du %s") % _day(action.attributes["StartDate"]))
    if "StartDate" in action.cleared:
        more.append(_("sans date de début"))
    if action.value and action.name == FINAL_ACTION:
        more.append(_("sort final : %s") % FINAL_WORDS.get(action.value, action.value))
    elif action.value is not None and action.verb == Verb.SET_PROPERTY:
        more.append(value_words(action.value))
    more += [
        _("%(name)s : %(value)s") % {"name": words, "value": value_words(action.attributes[name])}
        for name, words in HOLD_WORDS.items()
        if action.attributes.get(name) is not None
    ]
    more += [_("effacé : %s") % HOLD_WORDS[one] for one in action.cleared if one in HOLD_WORDS]
    return f"{words} ({', '.join(more)})"


def _day(text: str) -> str:
    try:
        return french.short_day(dt.date.fromisoformat(text))
    except ValueError:
        return text
