"""Forms of an organisation to be: its identity, its coffres, its first person."""

import json
from importlib import resources
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.tenancy.models import Organisation
from sae.tenancy.scope import platform_scope, tenant_scope
from tenants.accounts.identity import Identity, faults_of
from tenants.models import AccessContract, Account, IngestContract
from tenants.organisations.coffre_forms import Choices, CoffreFields, active_contracts
from tenants.organisations.copying import model_coffre_of, template_organisations
from tenants.organisations.creation import CoffreDraft, OrganisationDraft

BUILT_IN = ""
MOST_COFFRES = 12


class CoffreForm(CoffreFields):
    """A coffre of an organisation to be."""

    def draft(self, **contracts: str) -> CoffreDraft:
        values = self.cleaned_data
        return CoffreDraft(
            name=values["name"],
            colour=values["colour"],
            languages=tuple(values["languages"]),
            quota_bytes=values["quota_bytes"],
            quota_units=values["quota_units"],
            **contracts,
        )


class BaseCoffreFormSet(forms.BaseFormSet):
    """The coffres of an organisation to be: at least one, no two of one name."""

    def clean(self) -> None:
        seen: set[str] = set()
        for form in self.forms:
            name = form.cleaned_data.get("name", "") if hasattr(form, "cleaned_data") else ""
            if name and name.casefold() in seen:
                form.add_error("name", _("Deux coffres ne peuvent pas porter le même nom."))
            if name == "Coffre de preuve":
                form.add_error("name", _("Ce nom est celui du coffre de preuve, créé d’office."))
            seen.add(name.casefold())


CoffreFormSet = forms.formset_factory(
    CoffreForm,
    formset=BaseCoffreFormSet,
    extra=0,
    min_num=1,
    max_num=MOST_COFFRES,
    validate_min=True,
    validate_max=True,
)


class OrganisationForm(forms.Form):
    """The identity of an organisation to be, what it begins with, and its first person."""

    name = forms.CharField(
        label=gettext_lazy("Nom de l’organisation"),
        max_length=200,
        help_text=gettext_lazy("Par exemple : Ville de Démonstration."),
    )
    code = forms.RegexField(
        label=gettext_lazy("Code"),
        regex=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,19}\Z",
        required=False,
        help_text=gettext_lazy("Le SIREN de la collectivité, ou un code court à vous."),
        error_messages={
            "invalid": gettext_lazy(
                "Vingt lettres sans accent, chiffres, points ou tirets au plus."
            )
        },
    )
    address = forms.CharField(
        label=gettext_lazy("Adresse"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    template = forms.ModelChoiceField(
        label=gettext_lazy("Partir de"),
        queryset=Organisation.objects.none(),
        required=False,
        empty_label=gettext_lazy("le jeu de départ fourni"),
        help_text=gettext_lazy("Services, règles, contrats et groupes sont recopiés."),
    )
    ingest_contract = forms.ChoiceField(
        label=gettext_lazy("Contrat d’entrée proposé par défaut"), required=False
    )
    access_contract = forms.ChoiceField(
        label=gettext_lazy("Contrat d’accès proposé par défaut"), required=False
    )
    is_template = forms.BooleanField(
        label=gettext_lazy("Cette organisation servira de modèle pour en créer d’autres"),
        required=False,
    )
    first_name = forms.CharField(label=gettext_lazy("Prénom"), max_length=70)
    last_name = forms.CharField(label=gettext_lazy("Nom"), max_length=79)
    email = forms.EmailField(label=gettext_lazy("Adresse électronique"), max_length=254)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        templates = template_organisations()
        self.fields["template"].queryset = Organisation.objects.filter(  # type: ignore[attr-defined]
            id__in=[one.id for one in templates]
        )
        self.starts = {BUILT_IN: built_in_contracts()} | {
            str(one.id): contracts_of(one) for one in templates
        }
        for field, kind in (("ingest_contract", 0), ("access_contract", 1)):
            self.fields[field].choices = [  # type: ignore[attr-defined]
                ("", _("le premier de ce jeu")),
                *(
                    (_start_label(key, templates), contracts[kind])
                    for key, contracts in self.starts.items()
                    if contracts[kind]
                ),
            ]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if Organisation.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError(_("Une organisation porte déjà ce nom."))
        return name

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if code and Organisation.objects.filter(code__iexact=code).exists():
            raise forms.ValidationError(_("Ce code est déjà celui d’une organisation."))
        return code

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if Account.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("Un compte de la plateforme a déjà cette adresse."))
        return email

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        start = str(values["template"].id) if values.get("template") else BUILT_IN
        for field, kind in (("ingest_contract", 0), ("access_contract", 1)):
            chosen = values.get(field)
            if chosen and chosen not in dict(self.starts[start][kind]):
                self.add_error(field, _("Ce contrat n’est pas du jeu choisi."))
        if not {"email", "first_name", "last_name"} & set(self.errors):
            for fault in faults_of(self.identity().tidied()):
                self.add_error(fault.field, fault.sentence)
        return values

    def identity(self) -> Identity:
        values = self.cleaned_data
        return Identity(
            email=values["email"], last_name=values["last_name"], first_name=values["first_name"]
        )

    def draft(self, coffres: list[CoffreForm]) -> OrganisationDraft:
        """Return what is to be made of valid forms."""
        values = self.cleaned_data
        contracts = {name: values[name] for name in ("ingest_contract", "access_contract")}
        return OrganisationDraft(
            name=values["name"],
            code=values["code"],
            address=values["address"],
            is_template=values["is_template"],
            template=values["template"],
            coffres=tuple(form.draft(**contracts) for form in coffres),
            administrator=self.identity().tidied(),
        )


def built_in_contracts() -> tuple[Choices, Choices]:
    """Return the active ingest and access contracts of the starter set."""
    folder = resources.files("tenants.starter")
    found = []
    for name in ("ingest_contracts.json", "access_contracts.json"):
        documents = json.loads(folder.joinpath(name).read_bytes())
        found.append(
            [
                (one["Identifier"], f"{one['Name']} ({one['Identifier']})")
                for one in documents
                if one.get("Status") == "ACTIVE"
            ]
        )
    return found[0], found[1]


def contracts_of(template: Organisation) -> tuple[Choices, Choices]:
    """Return the active contracts that would be copied from a template."""
    model = model_coffre_of(template)
    if model is None:
        return [], []
    with platform_scope(reason="organisation template"), tenant_scope(model.id):
        return active_contracts(IngestContract), active_contracts(AccessContract)


def _start_label(key: str, templates: list[Organisation]) -> str:
    named = {str(one.id): one.name for one in templates}
    return named.get(key, _("Jeu de départ fourni"))
