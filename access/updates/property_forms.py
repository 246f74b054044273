"""Forms of what is not a rule but goes with them: holds, classification, archive unit profile."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.updates.rule_actions import (
    CLASSIFICATION,
    REMOVABLE_CLASSIFICATION_PROPERTIES,
    RuleAction,
    Verb,
)
from access.updates.rule_forms import (
    HOLD_WORDS,
    PROPERTY_WORDS,
    ActionForm,
    AddRuleForm,
    BlockCategoryForm,
    BlockRuleForm,
    ChangeRuleForm,
    RemoveCategoryForm,
    RemoveFateForm,
    RemoveRuleForm,
    SetFateForm,
    UnblockCategoryForm,
    UnblockRuleForm,
    rule_choices,
)
from sae.holdings.inheritance.categories import HOLD
from sae.ui.forms import DayField
from tenants.models import ArchiveUnitProfile

_YES_OR_NO = [
    ("", gettext_lazy("Laisser tel quel")),
    ("oui", gettext_lazy("Oui")),
    ("non", gettext_lazy("Non")),
]


class ChangeHoldForm(ActionForm):
    """What a hold says, changed on the units that carry it; what is left empty stays."""

    title: str | Promise = gettext_lazy("Modifier un gel")
    verb = Verb.CHANGE
    rule = forms.ChoiceField(label=gettext_lazy("Règle de gel portée"))
    owner = forms.CharField(label=gettext_lazy("Demandé par"), max_length=200, required=False)
    reason = forms.CharField(label=gettext_lazy("Motif"), max_length=1_000, required=False)
    end = DayField(label=gettext_lazy("Fin"), required=False)
    review = DayField(label=gettext_lazy("À réexaminer le"), required=False)
    still = forms.ChoiceField(
        label=gettext_lazy("Interdire le reclassement"), choices=_YES_OR_NO, required=False
    )
    cleared = forms.MultipleChoiceField(
        label=gettext_lazy("Effacer"),
        choices=[(name, words) for name, words in HOLD_WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rule"].choices = rule_choices(HOLD)  # type: ignore[attr-defined]

    @classmethod
    def key(cls) -> str:
        return "change_hold"

    def action(self) -> RuleAction:
        said = self.cleaned_data
        _category, rule = self.rule_chosen("rule")
        attributes: dict[str, Any] = {
            "HoldOwner": said["owner"],
            "HoldReason": said["reason"],
            "HoldEndDate": said["end"].isoformat() if said["end"] else "",
            "HoldReassessingDate": said["review"].isoformat() if said["review"] else "",
        }
        kept = {name: value for name, value in attributes.items() if value}
        if said["still"]:
            kept["PreventRearrangement"] = said["still"] == "oui"
        return RuleAction(self.verb, HOLD, rule, attributes=kept, cleared=list(said["cleared"]))


class ClassificationForm(ActionForm):
    """The properties of a classification; what is left empty stays as it is in each unit."""

    title: str | Promise = gettext_lazy("Donner les propriétés de la classification")
    verb = Verb.SET_PROPERTY
    level = forms.ChoiceField(label=gettext_lazy("Niveau"), required=False)
    owner = forms.CharField(
        label=gettext_lazy("Autorité émettrice"), max_length=200, required=False
    )
    audience = forms.CharField(
        label=gettext_lazy("Champ de diffusion"), max_length=200, required=False
    )
    review = DayField(label=gettext_lazy("Date de réévaluation"), required=False)
    authorization = forms.ChoiceField(
        label=gettext_lazy("Autorisation nécessaire pour réévaluer"),
        choices=_YES_OR_NO,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels = [(one, one) for one in settings.CLASSIFICATION_LEVELS]
        self.fields["level"].choices = [("", "—"), *levels]  # type: ignore[attr-defined]

    @classmethod
    def key(cls) -> str:
        return "classification"

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not any(said.values()):
            raise forms.ValidationError(_("Donnez au moins une propriété."))
        return said

    def actions(self) -> list[RuleAction]:
        said = self.cleaned_data
        values = {
            "ClassificationLevel": said["level"] or None,
            "ClassificationOwner": said["owner"] or None,
            "ClassificationAudience": said["audience"] or None,
            "ClassificationReassessingDate": said["review"].isoformat() if said["review"] else None,
            "NeedReassessingAuthorization": said["authorization"] == "oui"
            if said["authorization"]
            else None,
        }
        return [
            RuleAction(self.verb, CLASSIFICATION, name=name, value=value)
            for name, value in values.items()
            if value is not None
        ]


class RemoveClassificationForm(ActionForm):
    """One property of a classification goes."""

    title: str | Promise = gettext_lazy("Supprimer une propriété de la classification")
    verb = Verb.REMOVE_PROPERTY
    name = forms.ChoiceField(
        label=gettext_lazy("Propriété"),
        choices=[(one, PROPERTY_WORDS[one]) for one in REMOVABLE_CLASSIFICATION_PROPERTIES],
        help_text=gettext_lazy("Le niveau et l’autorité s’en vont avec toute la classification."),
    )

    @classmethod
    def key(cls) -> str:
        return "remove_classification"

    def action(self) -> RuleAction:
        return RuleAction(self.verb, CLASSIFICATION, name=self.cleaned_data["name"])


class ProfileForm(ActionForm):
    """The archive unit profile that units are to follow."""

    title: str | Promise = gettext_lazy("Donner un profil d’unité")
    verb = Verb.SET_PROFILE
    profile = forms.ChoiceField(
        label=gettext_lazy("Profil d’unité d’archives"),
        help_text=gettext_lazy("Chaque unité est confrontée au profil : sinon, elle reste ainsi."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        profiles = ArchiveUnitProfile.objects.filter(status="ACTIVE").order_by("identifier")
        self.fields["profile"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            *((one.identifier, f"{one.identifier} — {one.name}") for one in profiles),
        ]

    def action(self) -> RuleAction:
        return RuleAction(self.verb, "", value=self.cleaned_data["profile"])


class RemoveProfileForm(ActionForm):
    """Units follow no profile any more."""

    title: str | Promise = gettext_lazy("Retirer le profil d’unité")
    verb = Verb.REMOVE_PROFILE

    def action(self) -> RuleAction:
        return RuleAction(self.verb, "")


ACTION_FORMS: dict[str, type[ActionForm]] = {
    form.key(): form
    for form in (
        AddRuleForm, ChangeRuleForm, RemoveRuleForm, RemoveCategoryForm, BlockRuleForm,
        UnblockRuleForm, BlockCategoryForm, UnblockCategoryForm, SetFateForm, RemoveFateForm,
        ChangeHoldForm, ClassificationForm, RemoveClassificationForm, ProfileForm,
        RemoveProfileForm,
    )
}  # fmt: skip
