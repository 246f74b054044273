"""Every permission of the platform: one table, in the archivist's words.

A permission is a verb on an object, found in one room. Profiles carry them, groups carry profiles
(``tenants.rights``); views ask for one by its name (``tenants.access.requires``).
"""

import enum
from collections.abc import Collection
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Permission(enum.StrEnum):
    """Object and verb; the value is stable: it is kept in profiles and appears in exports."""

    DEPOSIT_CREATE = "deposit.create"
    DEPOSIT_VIEW = "deposit.view"
    DEPOSIT_RESUME = "deposit.resume"
    DEPOSIT_CANCEL = "deposit.cancel"
    DEPOSIT_CANCEL_APPROVE = "deposit.cancel.approve"
    HOLDINGS_VIEW = "holdings.view"
    OBJECT_DOWNLOAD = "object.download"
    UNIT_EDIT = "unit.edit"
    UNIT_RULES = "unit.rules"
    UNIT_HOLD = "unit.hold"
    UNIT_MOVE = "unit.move"
    CLASSIFICATION_EDIT = "classification.edit"
    REFERENTIAL_VIEW = "referential.view"
    REFERENTIAL_EDIT = "referential.edit"
    REFERENTIAL_IMPORT = "referential.import"
    CONTRACT_MANAGE = "contract.manage"
    CONTRACT_MANAGE_APPROVE = "contract.manage.approve"
    JOURNAL_VIEW = "journal.view"
    JOURNAL_WRITE = "journal.write"
    APPLICATION_MANAGE = "application.manage"
    ACCOUNT_VIEW = "account.view"
    ACCOUNT_MANAGE = "account.manage"
    SESSION_REVOKE = "session.revoke"
    ACCOUNT_ANONYMISE = "account.anonymise"
    ACCOUNT_ANONYMISE_APPROVE = "account.anonymise.approve"
    PERSONAL_DATA_VIEW = "personal_data.view"
    RIGHT_VIEW = "right.view"
    RIGHT_MANAGE = "right.manage"
    RIGHT_DELEGATE = "right.delegate"
    RIGHT_DELEGATE_APPROVE = "right.delegate.approve"
    ORGANISATION_MANAGE = "organisation.manage"
    ORGANISATION_MANAGE_APPROVE = "organisation.manage.approve"
    SUPPORT_ACCEPT = "support.accept"
    PLATFORM_VIEW = "platform.view"
    PLATFORM_MANAGE = "platform.manage"
    SUPPORT_REQUEST = "support.request"


class Room(enum.Enum):
    """Where one uses a permission; the screens group them so."""

    DEPOSIT = _("Déposer")
    CONSULT = _("Chercher et consulter")
    DESCRIBE = _("Décrire et classer")
    REFERENTIALS = _("Règles et référentiels")
    JOURNALS = _("Journaux et preuves")
    APPLICATIONS = _("Applications")
    ACCOUNTS = _("Comptes")
    RIGHTS = _("Droits")
    ORGANISATION = _("Organisation")
    PLATFORM = _("Plateforme")


class Reach(enum.Enum):
    """What a permission applies to.

    ``COFFRE``: the coffre of the profile alone. ``ORGANISATION``: all of the organisation; carried
    by profiles of its coffre de preuve. ``PLATFORM``: every organisation; carried by profiles of
    the coffre de preuve of the operator alone.
    """

    COFFRE = "coffre"
    ORGANISATION = "organisation"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table: ``object`` and ``verb`` make its name, the rest explains it."""

    object: str
    verb: str
    room: Room
    reach: Reach
    label: str | Promise
    explanation: str | Promise

    @property
    def permission(self) -> Permission:
        return Permission(f"{self.object}.{self.verb}")


C, O, P = Reach.COFFRE, Reach.ORGANISATION, Reach.PLATFORM  # noqa: E741

_TABLE = (
    Entry("deposit", "create", Room.DEPOSIT, C, _("déposer un paquet"),
          _("Envoyer un paquet SEDA, pour de vrai ou à blanc.")),
    Entry("deposit", "view", Room.DEPOSIT, C, _("suivre les versements"),
          _("Voir la liste des versements, leurs étapes, leurs refus et leurs accusés.")),
    Entry("deposit", "resume", Room.DEPOSIT, C, _("reprendre ou abandonner un versement arrêté"),
          _("Relancer un versement arrêté par une erreur technique, ou y renoncer.")),
    Entry("deposit", "cancel", Room.DEPOSIT, C, _("annuler un versement"),
          _("Demander que ce qu’un versement accepté a apporté soit retiré du fonds.")),
    Entry("deposit", "cancel.approve", Room.DEPOSIT, C,
          _("approuver l’annulation d’un versement"),
          _("Donner le second accord qu’une annulation attend, jamais à sa propre demande.")),
    Entry("holdings", "view", Room.CONSULT, C, _("consulter les archives"),
          _("Chercher, parcourir le classement et lire les notices.")),
    Entry("object", "download", Room.CONSULT, C, _("télécharger un objet"),
          _("Ouvrir et télécharger les fichiers des archives que l’on voit.")),
    Entry("unit", "edit", Room.DESCRIBE, C, _("modifier la description des archives"),
          _("Corriger les intitulés, dates et autres métadonnées descriptives.")),
    Entry("unit", "rules", Room.DESCRIBE, C, _("modifier les règles de gestion des archives"),
          _("Poser ou retirer une durée, un sort final, un délai de communicabilité.")),
    Entry("unit", "hold", Room.DESCRIBE, C, _("geler et dégeler des archives"),
          _("Suspendre toute élimination d’archives utiles à un contentieux.")),
    Entry("unit", "move", Room.DESCRIBE, C, _("déplacer et rattacher des archives"),
          _("Changer la place des archives dans le plan de classement.")),
    Entry("classification", "edit", Room.DESCRIBE, C,
          _("construire et faire évoluer le plan de classement"),
          _("Créer, nommer et ordonner les positions du plan.")),
    Entry("referential", "view", Room.REFERENTIALS, C, _("consulter les référentiels"),
          _("Lire les règles, services, formats, profils et contrats du coffre.")),
    Entry("referential", "edit", Room.REFERENTIALS, C, _("modifier un référentiel"),
          _("Créer, corriger ou supprimer une ligne d’un référentiel.")),
    Entry("referential", "import", Room.REFERENTIALS, C, _("importer un référentiel"),
          _("Remplacer un référentiel par un fichier.")),
    Entry("contract", "manage", Room.REFERENTIALS, C, _("gérer les contrats d’accès"),
          _("Décider quelles archives un contrat laisse voir, et à qui il sert.")),
    Entry("contract", "manage.approve", Room.REFERENTIALS, C,
          _("approuver l’élargissement d’un contrat d’accès"),
          _("Donner le second accord à ce qui ouvre plus d’archives, jamais à sa propre demande.")),
    Entry("journal", "view", Room.JOURNALS, C, _("consulter les journaux"),
          _("Lire, vérifier et télécharger le journal des opérations du coffre.")),
    Entry("journal", "write", Room.JOURNALS, C,
          _("écrire au journal ce qu’une application fait ailleurs"),
          _("Pour les applications : ajouter au journal une opération, sans rien y changer.")),
    Entry("application", "manage", Room.APPLICATIONS, C,
          _("gérer les jetons et contextes des applications"),
          _("Créer, renouveler et révoquer les accès des logiciels métier.")),
    Entry("account", "view", Room.ACCOUNTS, O, _("consulter les comptes"),
          _("Voir la liste des comptes de l’organisation et leur état.")),
    Entry("account", "manage", Room.ACCOUNTS, O, _("gérer les comptes"),
          _("Créer, modifier, désactiver et débloquer les comptes placés sous son niveau.")),
    Entry("session", "revoke", Room.ACCOUNTS, O, _("voir et fermer les sessions des comptes"),
          _("Fermer à distance la session d’un poste perdu ou d’un agent parti.")),
    Entry("account", "anonymise", Room.ACCOUNTS, O, _("anonymiser un compte désactivé"),
          _("Effacer sans retour le nom et l’adresse d’un agent parti ; les journaux restent.")),
    Entry("account", "anonymise.approve", Room.ACCOUNTS, O,
          _("approuver l’anonymisation d’un compte"),
          _("Donner le second accord qu’une anonymisation attend, jamais à sa propre demande.")),
    Entry("personal_data", "view", Room.ACCOUNTS, O,
          _("consulter le registre des données personnelles"),
          _("Voir quelles données sont gardées, pourquoi et jusqu’à quand.")),
    Entry("right", "view", Room.RIGHTS, O, _("consulter les droits effectifs"),
          _("Savoir qui peut quoi, par quel groupe et jusqu’à quand.")),
    Entry("right", "manage", Room.RIGHTS, O, _("gérer les groupes et les profils"),
          _("Composer les profils et les groupes placés sous son niveau, et leurs membres.")),
    Entry("right", "delegate", Room.RIGHTS, O, _("déléguer des droits jusqu’à une date"),
          _("Placer un compte dans un groupe sous son niveau, avec une date de fin.")),
    Entry("right", "delegate.approve", Room.RIGHTS, O,
          _("approuver qu’un compte devienne administrateur"),
          _("Donner le second accord à qui place un compte dans un groupe d’administration.")),
    Entry("organisation", "manage", Room.ORGANISATION, O,
          _("régler son organisation et ses coffres"),
          _("Changer noms, couleurs, quotas, mots de passe, connexion et double regard.")),
    Entry("organisation", "manage.approve", Room.ORGANISATION, O,
          _("approuver que le double regard soit levé"),
          _("Donner le second accord à qui veut se passer de seconde personne.")),
    Entry("support", "accept", Room.ORGANISATION, O,
          _("accepter et arrêter un accès du support"),
          _("Ouvrir son organisation à l’exploitant, pour une raison et une durée dites.")),
    Entry("platform", "view", Room.PLATFORM, C, _("voir l’état de la plateforme"),
          _("Voir si les services, les copies et les files de travail vont bien.")),
    Entry("platform", "manage", Room.PLATFORM, P, _("créer et suspendre les organisations"),
          _("Ouvrir une organisation, la suspendre, suivre ses volumes ; jamais ses archives.")),
    Entry("support", "request", Room.PLATFORM, P, _("demander un accès de support"),
          _("Demander à une organisation d’entrer chez elle, le temps d’une assistance.")),
)  # fmt: skip

TABLE: dict[Permission, Entry] = {entry.permission: entry for entry in _TABLE}
"""Every permission, in the order of the screens."""

LABELS = {permission: entry.label for permission, entry in TABLE.items()}


@dataclass(frozen=True, slots=True)
class Denied:
    """A refusal, false in a condition, with the reason to show."""

    reason: str

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Allowed:
    """A permission, true in a condition, with the names of the profiles it comes from."""

    profiles: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return True


def denied(permission: Permission) -> Denied:
    """Return the refusal of a permission, which says what cannot be done."""
    act = str(LABELS[permission])
    if act[:1].lower() in "aeiouyéèêàâîôû":
        words = _("Aucun de vos profils dans ce coffre ne permet d’%(act)s.")
    else:
        words = _("Aucun de vos profils dans ce coffre ne permet de %(act)s.")
    return Denied(str(words) % {"act": act})


def permitted(permissions: Collection[Permission], permission: Permission) -> Allowed | Denied:
    """Tell whether a permission is among some, or why not."""
    return Allowed() if permission in permissions else denied(permission)
