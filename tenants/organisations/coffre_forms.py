"""What is chosen of a coffre, whether it exists or not yet."""

from django import forms
from django.utils.translation import gettext_lazy

from tenants.models import AccessContract, IngestContract
from tenants.organisations.fields import (
    ColourField,
    GigabytesField,
    LanguagesField,
)

Choices = list[tuple[str, str]]


class CoffreFields(forms.Form):
    """What is chosen of a coffre."""

    name = forms.CharField(
        label=gettext_lazy("Nom du coffre"),
        max_length=200,
        help_text=gettext_lazy("Par exemple : Archives intermédiaires."),
    )
    colour = ColourField(
        label=gettext_lazy("Couleur du bandeau"),
        help_text=gettext_lazy("Le texte du bandeau est blanc : la couleur doit être foncée."),
    )
    quota_bytes = GigabytesField(
        label=gettext_lazy("Quota de volume, en Go"),
        help_text=gettext_lazy("Vide : pas de limite."),
    )
    quota_units = forms.IntegerField(
        label=gettext_lazy("Quota d’unités d’archives"),
        min_value=0,
        max_value=10**12,
        required=False,
        help_text=gettext_lazy("Vide : pas de limite."),
    )
    languages = LanguagesField()


def contracts_in_scope() -> tuple[Choices, Choices]:
    """Return the active ingest and access contracts of the coffre in scope."""
    return active_contracts(IngestContract), active_contracts(AccessContract)


def active_contracts(model: type[IngestContract] | type[AccessContract]) -> Choices:
    rows = model.objects.filter(status="ACTIVE").order_by("name", "identifier")
    return [
        (identifier, f"{name} ({identifier})")
        for identifier, name in rows.values_list("identifier", "name")
    ]
