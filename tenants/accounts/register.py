"""The register of personal data: which, where, why, how long; and what is due to go."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.tenancy.models import Organisation
from sae.ui import french
from tenants.accounts.importing import KEPT_FOR
from tenants.accounts.links import LIVES, Purpose
from tenants.accounts.selectors import due_for_anonymisation, months_after
from tenants.models import Account
from tenants.organisations.policy import policy_of

Text = Promise | str


@dataclass(frozen=True, slots=True)
class Entry:
    """One treatment: its data, their place, their use, how long they are kept and who sees them."""

    title: Text
    data: Text
    place: Text
    purpose: Text
    kept: Text
    seen_by: Text


@dataclass(frozen=True, slots=True)
class Due:
    """A disabled account kept for longer than the organisation wants."""

    account: Account
    due_at: dt.datetime


def entries(organisation: Organisation) -> list[Entry]:
    """Return the treatments of personal data of an organisation, with its own durations."""
    policy = policy_of(organisation)
    months = policy.account_retention_months
    return [
        Entry(
            gettext_lazy("Annuaire des comptes"),
            gettext_lazy("nom, prénom, adresse électronique, téléphone, service, code interne"),
            gettext_lazy("base de données, table des comptes"),
            gettext_lazy("reconnaître qui agit et lui donner ses droits"),
            _("tant que le compte sert, puis %s après sa désactivation") % _in_months(months),
            gettext_lazy("ceux qui consultent ou gèrent les comptes de l’organisation"),
        ),
        Entry(
            gettext_lazy("Moyens de connexion"),
            gettext_lazy("empreintes du mot de passe et des anciens, seconds facteurs, clefs"),
            gettext_lazy("base de données, tables de la sécurité"),
            gettext_lazy("vérifier l’identité de qui se connecte"),
            gettext_lazy("jusqu’à l’anonymisation du compte"),
            gettext_lazy("personne : ils ne se relisent pas"),
        ),
        Entry(
            gettext_lazy("Sessions"),
            gettext_lazy("adresse du poste, navigateur, dates"),
            gettext_lazy("base de données, table des sessions"),
            gettext_lazy("montrer à chacun où il est connecté, fermer une session perdue"),
            _("%s au plus, ou jusqu’à la fermeture de la session")
            % french.count(policy.session_hours, _("heure"), _("heures")),
            gettext_lazy("la personne, et qui gère les sessions"),
        ),
        Entry(
            gettext_lazy("Liens à usage unique"),
            gettext_lazy("empreinte du lien envoyé par courriel"),
            gettext_lazy("coffre de preuve"),
            gettext_lazy("choisir son mot de passe"),
            _("%(invitation)s (invitation) ou %(reset)s (mot de passe oublié)")
            % {
                "invitation": french.duration(LIVES[Purpose.INVITATION]),
                "reset": french.duration(LIVES[Purpose.RESET]),
            },
            gettext_lazy("personne"),
        ),
        Entry(
            gettext_lazy("Fichiers d’import de comptes"),
            gettext_lazy("ce que le fichier contient"),
            gettext_lazy("coffre de preuve"),
            gettext_lazy("contrôler le fichier avant de l’appliquer"),
            _("jusqu’à l’application, %s au plus") % french.duration(KEPT_FOR),
            gettext_lazy("ceux qui gèrent les comptes"),
        ),
        Entry(
            gettext_lazy("Journaux"),
            gettext_lazy("identifiant technique du compte, acte, date ; ni nom ni adresse"),
            gettext_lazy("coffres et coffre de preuve, scellés"),
            gettext_lazy("prouver qui a fait quoi (NF Z42-013)"),
            gettext_lazy("aussi longtemps que les archives, sans effacement"),
            gettext_lazy("ceux qui consultent les journaux"),
        ),
        Entry(
            gettext_lazy("Archives conservées"),
            gettext_lazy("ce que les dossiers versés contiennent"),
            gettext_lazy("offres de conservation du coffre"),
            gettext_lazy("archivage dans l’intérêt public (RGPD, article 89)"),
            gettext_lazy("selon les règles de gestion de chaque dossier"),
            gettext_lazy("selon les contrats d’accès et les délais de communicabilité"),
        ),
    ]


def _in_months(months: int) -> str:
    """Return « 6 ans », « 18 mois »."""
    if months % 12 == 0:
        return french.count(months // 12, _("an"), _("ans"))
    return french.count(months, _("mois"), _("mois"))


def counts_by_status(organisation: Organisation) -> list[tuple[str, int]]:
    """Return how many accounts have each status, in the order of the statuses."""
    found = dict(
        Account.objects.filter(organisation=organisation)
        .values_list("status")
        .annotate(number=Count("id"))
    )
    return [
        (f"{label}s" if found.get(value, 0) > 1 else str(label), found.get(value, 0))
        for value, label in Account.Status.choices
    ]


def due(organisation: Organisation, *, most: int = 200) -> tuple[list[Due], int]:
    """Return the accounts due for anonymisation, the oldest first, and how many there are."""
    rows = due_for_anonymisation(organisation)
    months = policy_of(organisation).account_retention_months
    found = [
        Due(one, months_after(one.disabled_at, months))
        for one in rows[:most]
        if one.disabled_at is not None
    ]
    return found, rows.count()
