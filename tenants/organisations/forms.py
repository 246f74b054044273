"""Forms of organisations: founding one, its coffres, its settings, support."""

import json
from importlib import resources
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tenants.accounts.identity import Identity, faults_of
from tenants.models import AccessContract, Account, IngestContract
from tenants.organisations.copying import model_coffre_of, template_organisations
from tenants.organisations.creation import CoffreDraft, OrganisationDraft
from tenants.organisations.fields import (
    ColourField,
    DomainsField,
    GigabytesField,
    LanguagesField,
)
from tenants.organisations.policy import SECOND_FACTOR_WORDS, Policy, SecondFactor
from tenants.organisations.support import LONGEST_REASON

BUILT_IN = ""
MOST_COFFRES = 12


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


Choices = list[tuple[str, str]]


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
        return _active(IngestContract), _active(AccessContract)


def contracts_in_scope() -> tuple[Choices, Choices]:
    """Return the active ingest and access contracts of the coffre in scope."""
    return _active(IngestContract), _active(AccessContract)


def _active(model: type[IngestContract] | type[AccessContract]) -> Choices:
    rows = model.objects.filter(status="ACTIVE").order_by("name", "identifier")
    return [
        (identifier, f"{name} ({identifier})")
        for identifier, name in rows.values_list("identifier", "name")
    ]


def _start_label(key: str, templates: list[Organisation]) -> str:
    named = {str(one.id): one.name for one in templates}
    return named.get(key, _("Jeu de départ fourni"))


class CoffreSettingsForm(CoffreFields):
    """The settings of a coffre that exists."""

    field_order = ("name", "colour", "quota_bytes", "quota_units")

    ingest_contract = forms.ChoiceField(
        label=gettext_lazy("Contrat d’entrée par défaut"), required=False
    )
    access_contract = forms.ChoiceField(
        label=gettext_lazy("Contrat d’accès par défaut"), required=False
    )

    def __init__(self, *args: Any, coffre: Tenant, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "name": coffre.name,
            "colour": coffre.colour.lower(),
            "quota_bytes": coffre.quota_bytes,
            "quota_units": coffre.quota_units,
            "languages": coffre.languages,
            "ingest_contract": coffre.ingest_contract,
            "access_contract": coffre.access_contract,
        }
        super().__init__(*args, **kwargs)
        with tenant_scope(coffre.id):
            found = contracts_in_scope()
        for field, choices in zip(("ingest_contract", "access_contract"), found, strict=True):
            known = dict(choices)
            present = kwargs["initial"][field]
            if present and present not in known:
                choices = [*choices, (present, _("%s (inactif)") % present)]
            self.fields[field].choices = [("", _("aucun")), *choices]  # type: ignore[attr-defined]


class IdentityForm(forms.Form):
    """What an organisation says of itself; its name and code are the operator's."""

    address = forms.CharField(
        label=gettext_lazy("Adresse postale"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


LEAST_FAILURES = 5
"""Wrong passwords in a day before an account may be blocked at all."""


class PolicyForm(forms.Form):
    """Passwords, second factor, sessions, addresses and lives of accounts."""

    password_length = forms.IntegerField(
        label=gettext_lazy("Longueur minimale du mot de passe"),
        min_value=12,
        max_value=64,
        help_text=gettext_lazy("Douze caractères au moins ; une phrase est plus sûre qu’un mot."),
    )
    password_months = forms.IntegerField(
        label=gettext_lazy("Changer de mot de passe tous les, en mois"),
        min_value=0,
        max_value=36,
        help_text=gettext_lazy(
            "0 : jamais, sauf doute. C’est ce que conseillent l’ANSSI et la CNIL."
        ),
    )
    password_history = forms.IntegerField(
        label=gettext_lazy("Anciens mots de passe refusés"), min_value=0, max_value=24
    )
    second_factor = forms.ChoiceField(
        label=gettext_lazy("Second facteur à la connexion"),
        choices=[(str(key), words) for key, words in SECOND_FACTOR_WORDS.items()],
        help_text=gettext_lazy("Code à usage unique ou clé de sécurité, après le mot de passe."),
    )
    session_hours = forms.IntegerField(
        label=gettext_lazy("Durée d’une session, en heures"), min_value=1, max_value=24
    )
    session_idle_minutes = forms.IntegerField(
        label=gettext_lazy("Fermer une session inutilisée après, en minutes"),
        min_value=0,
        max_value=1440,
        help_text=gettext_lazy("0 : seule compte la durée d’une session."),
    )
    block_after_failures = forms.IntegerField(
        label=gettext_lazy("Bloquer un compte après tant d’essais manqués dans la journée"),
        min_value=0,
        max_value=100,
        help_text=gettext_lazy(
            "0 : jamais, c’est l’usage : le poste qui devine attend, et lui seul. Bloquer laisse "
            "n’importe qui fermer la porte à un autre jusqu’à ce qu’un administrateur le débloque."
        ),
    )
    mail_domains = DomainsField(
        label=gettext_lazy("Domaines de courriel admis"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy(
            "Séparés par des virgules, par exemple ville-exemple.fr. Vide : tous."
        ),
    )
    account_retention_months = forms.IntegerField(
        label=gettext_lazy("Anonymiser un compte désactivé après, en mois"),
        min_value=1,
        max_value=240,
        help_text=gettext_lazy("À cette échéance l’administrateur est invité à le faire."),
    )

    def clean_block_after_failures(self) -> int:
        """A finger that slips is no attack: below five, people lock themselves out."""
        most = int(self.cleaned_data["block_after_failures"])
        if 0 < most < LEAST_FAILURES:
            raise forms.ValidationError(
                _("Cinq essais au moins, ou 0 : on se trompe parfois de touche.")
            )
        return most

    def policy(self) -> Policy:
        values = dict(self.cleaned_data)
        values["second_factor"] = SecondFactor(values["second_factor"])
        return Policy(**values)


class LogoForm(forms.Form):
    """A logo to put in place."""

    logo = forms.FileField(
        label=gettext_lazy("Fichier PNG ou SVG"),
        help_text=gettext_lazy("200 Ko au plus, lisible sur fond blanc."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/svg+xml"}),
    )


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
