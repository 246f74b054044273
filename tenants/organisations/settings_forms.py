"""Forms of the settings of an organisation and of its coffres."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.organisations.coffre_forms import CoffreFields, contracts_in_scope
from tenants.organisations.fields import (
    DomainsField,
)
from tenants.organisations.policy import SECOND_FACTOR_WORDS, Policy, SecondFactor


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
