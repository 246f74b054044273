"""Forms of the classification: a position, a file of positions."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.holdings.levels import LEVELS
from sae.ui import french
from tenants.models import Agency, IngestContract, Status

TYPES = (
    ("HOLDING_UNIT", gettext_lazy("Arbre de positionnement")),
    ("FILING_UNIT", gettext_lazy("Plan de classement")),
)
MOST_BYTES = 20 * 1024 * 1024


class PositionForm(forms.Form):
    """One position of a tree or a plan."""

    title = forms.CharField(label=gettext_lazy("Intitulé"), max_length=2_000)
    identifier = forms.CharField(
        label=gettext_lazy("Cote ou identifiant"), max_length=200, required=False
    )
    level = forms.ChoiceField(
        label=gettext_lazy("Niveau de description"), choices=list(LEVELS.items())
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        widget=forms.Textarea({"rows": 4}),
        required=False,
    )
    unit_type = forms.ChoiceField(
        label=gettext_lazy("Nature"),
        choices=TYPES,
        help_text=gettext_lazy(
            "Un arbre porte les plans et les archives, sans règles ; un plan se range sous un "
            "arbre et peut porter des règles."
        ),
    )

    def content(self) -> dict[str, Any]:
        """Return the SEDA fields of what was typed."""
        typed = self.cleaned_data
        content: dict[str, Any] = {"Title": typed["title"], "DescriptionLevel": typed["level"]}
        if typed["description"]:
            content["Description"] = typed["description"]
        if typed["identifier"]:
            content["OriginatingSystemId"] = [typed["identifier"]]
        return content


class PackageForm(forms.Form):
    """What a package says of itself, in the words of the coffre that will receive it."""

    unit_type = forms.ChoiceField(label=gettext_lazy("Contenu"), choices=TYPES)
    contract = forms.ChoiceField(label=gettext_lazy("Contrat d’entrée"))
    agency = forms.ChoiceField(label=gettext_lazy("Service producteur"))

    prefix = "sip"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contracts = IngestContract.objects.filter(status=Status.ACTIVE).order_by("identifier")
        for name, rows in (("contract", contracts), ("agency", Agency.objects.order_by("name"))):
            choices = [(row.identifier, f"{row.name} ({row.identifier})") for row in rows]
            field: Any = self.fields[name]
            field.choices = choices
            if not choices:
                field.help_text = _("Ce référentiel est vide : complétez-le d’abord.")


class TreeFileForm(forms.Form):
    """A file of positions: CSV, EAD, or a package of SEDA."""

    file = forms.FileField(
        label=gettext_lazy("Fichier"),
        help_text=gettext_lazy("CSV, XLSX, EAD 2002 (XML), ou SIP (ZIP, ou son bordereau)."),
    )
    unit_type = forms.ChoiceField(label=gettext_lazy("Nature des positions"), choices=TYPES)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("Ce fichier dépasse %(size)s.") % {"size": french.size(MOST_BYTES)}
            )
        return file
