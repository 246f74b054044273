"""Who may do what. One table, in the archivist's words; profiles and groups will refine it."""

import enum
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import Tenant
from tenants.models import Account, Membership

Role = Membership.Role


class Permission(enum.StrEnum):
    """Verb and object; the value is stable and appears in exports."""

    DEPOSIT_CREATE = "deposit.create"
    DEPOSIT_VIEW = "deposit.view"
    DEPOSIT_RESUME = "deposit.resume"
    DEPOSIT_CANCEL = "deposit.cancel"
    DEPOSIT_CANCEL_APPROVE = "deposit.cancel.approve"
    HOLDINGS_VIEW = "holdings.view"
    OBJECT_DOWNLOAD = "object.download"
    REFERENTIAL_VIEW = "referential.view"
    REFERENTIAL_IMPORT = "referential.import"
    JOURNAL_VIEW = "journal.view"
    PLATFORM_VIEW = "platform.view"
    ACCOUNT_MANAGE = "account.manage"
    UNIT_EDIT = "unit.edit"
    UNIT_RULES = "unit.rules"
    UNIT_HOLD = "unit.hold"
    UNIT_MOVE = "unit.move"
    CLASSIFICATION_EDIT = "classification.edit"
    REFERENTIAL_EDIT = "referential.edit"
    ACCOUNT_VIEW = "account.view"
    ACCOUNT_ANONYMISE = "account.anonymise"
    PERSONAL_DATA_VIEW = "personal_data.view"
    RIGHT_VIEW = "right.view"
    RIGHT_MANAGE = "right.manage"
    RIGHT_DELEGATE = "right.delegate"
    CONTRACT_MANAGE = "contract.manage"
    APPLICATION_MANAGE = "application.manage"
    SESSION_REVOKE = "session.revoke"
    ORGANISATION_MANAGE = "organisation.manage"
    SUPPORT_ACCEPT = "support.accept"
    PLATFORM_MANAGE = "platform.manage"
    SUPPORT_REQUEST = "support.request"


LABELS = {
    Permission.DEPOSIT_CREATE: _("déposer un paquet"),
    Permission.DEPOSIT_VIEW: _("suivre les versements"),
    Permission.DEPOSIT_RESUME: _("reprendre ou abandonner un versement arrêté"),
    Permission.DEPOSIT_CANCEL: _("annuler un versement"),
    Permission.DEPOSIT_CANCEL_APPROVE: _("approuver l’annulation d’un versement"),
    Permission.HOLDINGS_VIEW: _("consulter les archives"),
    Permission.OBJECT_DOWNLOAD: _("télécharger un objet"),
    Permission.REFERENTIAL_VIEW: _("consulter les référentiels"),
    Permission.REFERENTIAL_IMPORT: _("importer un référentiel"),
    Permission.JOURNAL_VIEW: _("consulter les journaux"),
    Permission.PLATFORM_VIEW: _("voir l’état de la plateforme"),
    Permission.ACCOUNT_MANAGE: _("gérer les comptes"),
    Permission.UNIT_EDIT: _("modifier la description des archives"),
    Permission.UNIT_RULES: _("modifier les règles de gestion des archives"),
    Permission.UNIT_HOLD: _("geler et dégeler des archives"),
    Permission.UNIT_MOVE: _("déplacer et rattacher des archives"),
    Permission.CLASSIFICATION_EDIT: _("construire et faire évoluer le plan de classement"),
    Permission.REFERENTIAL_EDIT: _("modifier un référentiel"),
    Permission.ACCOUNT_VIEW: _("consulter les comptes"),
    Permission.ACCOUNT_ANONYMISE: _("anonymiser un compte désactivé"),
    Permission.PERSONAL_DATA_VIEW: _("consulter le registre des données personnelles"),
    Permission.RIGHT_VIEW: _("consulter les droits effectifs"),
    Permission.RIGHT_MANAGE: _("gérer les groupes et les profils"),
    Permission.RIGHT_DELEGATE: _("déléguer des droits jusqu’à une date"),
    Permission.CONTRACT_MANAGE: _("gérer les contrats d’accès"),
    Permission.APPLICATION_MANAGE: _("gérer les jetons et contextes des applications"),
    Permission.SESSION_REVOKE: _("voir et fermer les sessions des comptes"),
    Permission.ORGANISATION_MANAGE: _("régler son organisation et ses coffres"),
    Permission.SUPPORT_ACCEPT: _("accepter et arrêter un accès du support"),
    Permission.PLATFORM_MANAGE: _("créer et suspendre les organisations"),
    Permission.SUPPORT_REQUEST: _("demander un accès de support"),
}

GRANTED: dict[str, frozenset[Permission]] = {
    Role.ARCHIVIST: frozenset(
        {
            Permission.DEPOSIT_CREATE,
            Permission.DEPOSIT_VIEW,
            Permission.DEPOSIT_RESUME,
            Permission.DEPOSIT_CANCEL,
            Permission.DEPOSIT_CANCEL_APPROVE,
            Permission.HOLDINGS_VIEW,
            Permission.OBJECT_DOWNLOAD,
            Permission.REFERENTIAL_VIEW,
            Permission.REFERENTIAL_IMPORT,
            Permission.JOURNAL_VIEW,
            Permission.UNIT_EDIT,
            Permission.UNIT_RULES,
            Permission.UNIT_HOLD,
            Permission.UNIT_MOVE,
            Permission.CLASSIFICATION_EDIT,
            Permission.REFERENTIAL_EDIT,
            Permission.PLATFORM_VIEW,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.DEPOSIT_VIEW,
            Permission.DEPOSIT_CANCEL_APPROVE,
            Permission.REFERENTIAL_VIEW,
            Permission.REFERENTIAL_IMPORT,
            Permission.JOURNAL_VIEW,
            Permission.PLATFORM_VIEW,
            Permission.REFERENTIAL_EDIT,
            Permission.ACCOUNT_VIEW,
            Permission.ACCOUNT_ANONYMISE,
            Permission.PERSONAL_DATA_VIEW,
            Permission.RIGHT_VIEW,
            Permission.RIGHT_MANAGE,
            Permission.RIGHT_DELEGATE,
            Permission.CONTRACT_MANAGE,
            Permission.APPLICATION_MANAGE,
            Permission.SESSION_REVOKE,
            Permission.ORGANISATION_MANAGE,
            Permission.SUPPORT_ACCEPT,
            Permission.ACCOUNT_MANAGE,
        }
    ),
    Role.AUDITOR: frozenset({Permission.JOURNAL_VIEW, Permission.PLATFORM_VIEW}),
    Role.READER: frozenset({Permission.HOLDINGS_VIEW, Permission.OBJECT_DOWNLOAD}),
    Role.OPERATOR: frozenset(
        {Permission.PLATFORM_VIEW, Permission.PLATFORM_MANAGE, Permission.SUPPORT_REQUEST}
    ),
}


@dataclass(frozen=True, slots=True)
class Denied:
    """A refusal, false in a condition, with the reason to show."""

    reason: str

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Allowed:
    """A permission, true in a condition, with the roles it comes from."""

    roles: tuple[str, ...]

    def __bool__(self) -> bool:
        return True


def roles_in(account: Account, tenant: Tenant) -> tuple[str, ...]:
    """Return the roles of an account in a coffre, none for an inactive account."""
    if not account.is_active:
        return ()
    return tuple(account.memberships.filter(tenant=tenant).values_list("role", flat=True))


def permitted(roles: tuple[str, ...], permission: Permission) -> Allowed | Denied:
    """Tell whether roles carry a permission, and which of them, or why not."""
    carriers = tuple(role for role in roles if permission in GRANTED[role])
    if carriers:
        return Allowed(carriers)
    return Denied(
        str(_("Votre rôle dans ce coffre ne permet pas de : %(act)s."))
        % {"act": LABELS[permission]}
    )
