"""The form of a hold."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.updates.rule_forms import rule_choices
from sae.holdings.inheritance.categories import HOLD
from sae.ui.forms import DayField
from tenants.models import ManagementRule


class HoldForm(forms.Form):
    """A hold: what forbids to eliminate, who asked for it, why, until when."""

    rule = forms.ChoiceField(label=gettext_lazy("Règle de gel"))
    owner = forms.CharField(
        label=gettext_lazy("Demandé par"),
        max_length=200,
        help_text=gettext_lazy("La personne ou le service qui demande le gel."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Motif"), max_length=1_000, widget=forms.Textarea(attrs={"rows": 2})
    )
    start = DayField(label=gettext_lazy("Début"), required=False)
    end = DayField(
        label=gettext_lazy("Fin"),
        required=False,
        help_text=gettext_lazy("Sans fin, le gel dure jusqu’à ce qu’on le lève."),
    )
    review = DayField(
        label=gettext_lazy("À réexaminer le"),
        required=False,
        help_text=gettext_lazy("Le gel revient ce jour-là dans « À faire »."),
    )
    still = forms.BooleanField(
        label=gettext_lazy("Interdire aussi le reclassement"), required=False
    )

    def __init__(self, *args: Any, fixed_rule: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.durations = {
            rule.identifier: rule.duration is not None or rule.unlimited
            for rule in ManagementRule.objects.filter(category=HOLD)
        }
        self.fixed_rule = fixed_rule
        if fixed_rule:
            del self.fields["rule"]
        else:
            self.fields["rule"].choices = rule_choices(HOLD)  # type: ignore[attr-defined]

    @property
    def has_rules(self) -> bool:
        """The referential has a rule of hold."""
        return bool(self.durations)

    @property
    def rule_id(self) -> str:
        chosen = self.cleaned_data.get("rule") or ""
        return self.fixed_rule or chosen.partition(":")[2]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        start, end = cleaned.get("start"), cleaned.get("end")
        if end and self.durations.get(self.rule_id):
            self.add_error("end", _("Cette règle a une durée : sa fin se calcule."))
        if start and end and end < start:
            self.add_error("end", _("La fin précède le début."))
        return cleaned

    def attributes(self) -> dict[str, Any]:
        """Return what the hold says, under its SEDA names; nothing for what is left empty."""
        cleaned = self.cleaned_data
        said = {
            "StartDate": _iso(cleaned["start"]),
            "HoldEndDate": _iso(cleaned["end"]),
            "HoldOwner": cleaned["owner"],
            "HoldReason": cleaned["reason"],
            "HoldReassessingDate": _iso(cleaned["review"]),
            "PreventRearrangement": cleaned["still"] or None,
        }
        return {name: value for name, value in said.items() if value}


def _iso(day: dt.date | None) -> str:
    return day.isoformat() if day else ""
