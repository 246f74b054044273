"""The form of an access contract: who may see what, in the words of archivists."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.holdings.sight import Grant, Writing
from sae.kernel.problems import Problem
from tenants.models import AccessContract, Agency, ManagementRule, Status
from tenants.positions.fields import PositionsField
from tenants.positions.views import CONTRACT_PICKER
from tenants.referentials.access_contracts import ACCESS_CONTRACTS
from tenants.referentials.sentences import sentence
from tenants.sights import grant_of

USAGES = (
    ("BinaryMaster", gettext_lazy("Original numérique")),
    ("Dissemination", gettext_lazy("Copie de diffusion")),
    ("Thumbnail", gettext_lazy("Vignette")),
    ("TextContent", gettext_lazy("Texte brut")),
    ("PhysicalMaster", gettext_lazy("Original papier")),
)
WRITINGS = (
    (Writing.NONE.name, gettext_lazy("Aucune : consultation seule")),
    (Writing.DESCRIPTION.name, gettext_lazy("La description seulement")),
    (Writing.ALL.name, gettext_lazy("La description et les règles de gestion")),
)
EVERY, LISTED = "tous", "choisis"


class AccessContractForm(forms.Form):
    """An access contract. ``document()`` gives it under the names of its file."""

    hides_optional = True

    identifier = forms.CharField(
        label=gettext_lazy("Identifiant"),
        max_length=100,
        help_text=gettext_lazy(
            "Les applications le nomment dans chaque appel ; il ne change plus ensuite. "
            "Exemple : CA-FINANCES."
        ),
    )
    name = forms.CharField(label=gettext_lazy("Nom"), max_length=200)
    description = forms.CharField(
        label=gettext_lazy("À qui il sert"),
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )
    agencies_kept = forms.ChoiceField(
        label=gettext_lazy("Services producteurs"),
        choices=(
            (EVERY, gettext_lazy("Tous les services")),
            (LISTED, gettext_lazy("Seulement les services cochés")),
        ),
        widget=forms.RadioSelect,
        initial=LISTED,
    )
    originating_agencies = forms.MultipleChoiceField(
        label=gettext_lazy("Services cochés"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "Aucun service coché : le contrat n’ouvre rien, sinon les plans et les délais échus "
            "choisis plus bas."
        ),
    )
    root_units = PositionsField(
        label=gettext_lazy("Positions ouvertes"),
        required=False,
        url_name=CONTRACT_PICKER,
        help_text=gettext_lazy(
            "Ces positions et tout ce qui est dessous, rien d’autre. Aucune : tout le fonds."
        ),
    )
    excluded_root_units = PositionsField(
        label=gettext_lazy("Positions cachées"),
        required=False,
        url_name=CONTRACT_PICKER,
        help_text=gettext_lazy(
            "Ces positions et tout ce qui est dessous restent invisibles, quoi qu’ouvre le reste."
        ),
    )
    do_not_filter_filing_schemes = forms.BooleanField(
        label=gettext_lazy("Montrer toujours les plans de classement et arbres de positionnement"),
        required=False,
    )
    rule_categories_to_filter = forms.MultipleChoiceField(
        label=gettext_lazy("Délais à échoir avant la consultation"),
        required=False,
        choices=ManagementRule.Category.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "Une unité n’est montrée que si toutes ses règles de ces catégories sont échues ; "
            "sans échéance connue, elle reste cachée."
        ),
    )
    rule_categories_to_filter_for_other_agencies = forms.MultipleChoiceField(
        label=gettext_lazy("Ouvrir aussi les autres services, une fois ces délais échus"),
        required=False,
        choices=ManagementRule.Category.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "Exemple : les agents des finances voient leurs archives, et celles des autres "
            "services dès qu’elles sont communicables."
        ),
    )
    usages_kept = forms.ChoiceField(
        label=gettext_lazy("Objets téléchargeables"),
        choices=(
            (EVERY, gettext_lazy("Tous les usages")),
            (LISTED, gettext_lazy("Seulement les usages cochés")),
        ),
        widget=forms.RadioSelect,
        initial=EVERY,
    )
    data_object_versions = forms.MultipleChoiceField(
        label=gettext_lazy("Usages cochés"),
        required=False,
        choices=USAGES,
        widget=forms.CheckboxSelectMultiple,
    )
    writing = forms.ChoiceField(
        label=gettext_lazy("Modification permise"),
        choices=WRITINGS,
        widget=forms.RadioSelect,
        initial=Writing.NONE.name,
    )
    access_log = forms.BooleanField(
        label=gettext_lazy(
            "Journaliser chaque accès à un objet, même la suite d’un téléchargement"
        ),
        required=False,
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("Contrat actif"),
        required=False,
        help_text=gettext_lazy("Un contrat inactif n’ouvre rien à personne."),
    )

    def __init__(self, data: Any = None, *, contract: AccessContract | None = None) -> None:
        super().__init__(data, initial=initial_of(contract) if contract else None)
        self.contract = contract
        if contract is not None:
            del self.fields["identifier"]
            for name in ("root_units", "excluded_root_units"):
                self.fields[name].initial = list(getattr(contract, name))
        kept = contract.originating_agencies if contract else []
        self._of("originating_agencies").choices = _agency_choices(kept)

    def _of(self, name: str) -> forms.MultipleChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 told by the class
        return field

    def document(self) -> dict[str, Any]:
        """Return the contract under the names of its file; the form must be valid."""
        told: dict[str, Any] = {"Status": Status.ACTIVE if self.cleaned_data["is_active"] else
                                Status.INACTIVE}  # fmt: skip
        columns = columns_of(self.cleaned_data)
        for one in ACCESS_CONTRACTS.fields:
            if one.column in columns:
                value = columns[one.column]
                told[one.name] = one.dumps(value) if one.dumps else value
        told["AccessLog"] = Status.ACTIVE if self.cleaned_data["access_log"] else Status.INACTIVE
        return told

    def add_problems(self, problems: tuple[Problem, ...] | list[Problem]) -> None:
        """Put each fault beside its field, or above the form."""
        columns = {one.name: one.column for one in ACCESS_CONTRACTS.fields}
        for found in problems:
            element = found.place.element.partition("[")[0]
            column = columns.get(element, "")
            self.add_error(column if column in self.fields else None, sentence(found))


def columns_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a contract keeps of the answers of the form."""
    every_agency = values["agencies_kept"] == EVERY
    every_usage = values["usages_kept"] == EVERY
    writing = Writing[values["writing"]]
    kept = {
        "name": values["name"],
        "description": values["description"],
        "every_originating_agency": every_agency,
        "originating_agencies": [] if every_agency else list(values["originating_agencies"]),
        "root_units": values["root_units"],
        "excluded_root_units": values["excluded_root_units"],
        "do_not_filter_filing_schemes": values["do_not_filter_filing_schemes"],
        "rule_categories_to_filter": list(values["rule_categories_to_filter"]),
        "rule_categories_to_filter_for_other_agencies": []
        if every_agency
        else list(values["rule_categories_to_filter_for_other_agencies"]),
        "every_data_object_version": every_usage,
        "data_object_versions": [] if every_usage else list(values["data_object_versions"]),
        "writing_permission": writing > Writing.NONE,
        "writing_restricted_description": writing == Writing.DESCRIPTION,
    }
    if values.get("identifier"):
        kept["identifier"] = values["identifier"]
    return kept


def grant_written(values: Mapping[str, Any]) -> Grant:
    """Return what the contract being written would open."""
    return grant_of(AccessContract(**columns_of(values)))


def initial_of(contract: AccessContract) -> dict[str, Any]:
    """Return the answers of the form for a contract."""
    grant = grant_of(contract)
    return {
        **{
            name: getattr(contract, name)
            for name in (
                "name", "description", "originating_agencies", "root_units",
                "excluded_root_units", "do_not_filter_filing_schemes",
                "rule_categories_to_filter", "rule_categories_to_filter_for_other_agencies",
                "data_object_versions",
            )
        },
        "agencies_kept": EVERY if grant.every_agency else LISTED,
        "usages_kept": EVERY if grant.every_usage else LISTED,
        "writing": grant.writing.name,
        "access_log": grant.access_logged,
        "is_active": contract.is_active,
    }  # fmt: skip


def _agency_choices(kept: list[str]) -> list[tuple[str, str]]:
    known = dict(Agency.objects.order_by("name").values_list("identifier", "name"))
    gone = [(one, _("%s (n’est plus au référentiel)") % one) for one in kept if one not in known]
    return [(identifier, f"{name} ({identifier})") for identifier, name in known.items()] + gone
