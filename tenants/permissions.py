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
            Permission.ACCOUNT_MANAGE,
        }
    ),
    Role.AUDITOR: frozenset({Permission.JOURNAL_VIEW, Permission.PLATFORM_VIEW}),
    Role.READER: frozenset({Permission.HOLDINGS_VIEW, Permission.OBJECT_DOWNLOAD}),
    Role.OPERATOR: frozenset({Permission.PLATFORM_VIEW}),
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
