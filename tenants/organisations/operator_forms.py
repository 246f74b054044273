"""Forms of the operator: suspending an organisation, asking to come in."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.tenancy.models import Organisation, Tenant
from tenants.organisations.support import LONGEST_REASON


class SuspensionForm(forms.Form):
    """Why an organisation is suspended; its name typed again, so that it is the right one."""

    reason = forms.CharField(
        label=gettext_lazy("Motif"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Gardé avec la suspension ; il n’est pas montré aux agents."),
    )
    typed_name = forms.CharField(label=gettext_lazy("Nom de l’organisation, pour confirmer"))

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation
        self.fields["typed_name"].help_text = _("Recopiez : %s") % organisation.name

    def clean_typed_name(self) -> str:
        typed: str = self.cleaned_data["typed_name"]
        if " ".join(typed.split()) != self.organisation.name:
            raise forms.ValidationError(_("Ce n’est pas le nom de cette organisation."))
        return typed


class SupportForm(forms.Form):
    """What the support asks: which coffre, why, how long."""

    coffre = forms.ModelChoiceField(
        label=gettext_lazy("Coffre"), queryset=Tenant.objects.none(), empty_label=None
    )
    reason = forms.CharField(
        label=gettext_lazy("Motif"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "La personne qui accepte le lira : dites ce que vous venez regarder."
        ),
    )
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("Durée"),
        coerce=int,
        choices=[
            (30, gettext_lazy("30 minutes")),
            (60, gettext_lazy("1 heure")),
            (120, gettext_lazy("2 heures")),
            (240, gettext_lazy("4 heures")),
            (480, gettext_lazy("8 heures")),
        ],
        initial=60,
        help_text=gettext_lazy("L’accès commence quand il est accepté et s’arrête de lui-même."),
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["coffre"].queryset = Tenant.objects.filter(  # type: ignore[attr-defined]
            organisation=organisation, kind=Tenant.Kind.ARCHIVES
        )
