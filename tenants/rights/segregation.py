"""Permissions that one person should not hold together: who asks does not approve.

A warning, never a bar: in a small town the same agent does both, and it must be known.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import Tenant
from tenants.permissions import TABLE, Permission, Reach
from tenants.rights.effective import Chain, Rights


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two permissions to keep apart, and what may happen otherwise."""

    first: Permission
    second: Permission
    sentence: str | Promise
    why: str | Promise


CONFLICTS = (
    Conflict(
        Permission.DEPOSIT_CANCEL,
        Permission.DEPOSIT_CANCEL_APPROVE,
        _("Peut demander et approuver l’annulation d’un versement"),
        _("Deux personnes ainsi dotées se couvrent l’une l’autre ; seule, l’une suffit là où le "
          "double regard n’est pas exigé."),
    ),
    Conflict(
        Permission.RIGHT_MANAGE,
        Permission.OBJECT_DOWNLOAD,
        _("Peut gérer les droits et télécharger les archives"),
        _("Qui distribue les droits peut s’ouvrir ce qu’il veut lire."),
    ),
    Conflict(
        Permission.RIGHT_MANAGE,
        Permission.UNIT_RULES,
        _("Peut gérer les droits et modifier les règles de gestion"),
        _("Qui distribue les droits peut se donner celui de changer un sort final."),
    ),
    Conflict(
        Permission.CONTRACT_MANAGE,
        Permission.OBJECT_DOWNLOAD,
        _("Peut gérer les contrats d’accès et télécharger les archives"),
        _("Qui tient le contrat décide de ce qu’il voit lui-même."),
    ),
    Conflict(
        Permission.UNIT_RULES,
        Permission.UNIT_HOLD,
        _("Peut modifier les règles et lever un gel"),
        _("Lever un gel puis raccourcir une durée suffit à rendre des archives éliminables."),
    ),
    Conflict(
        Permission.RIGHT_MANAGE,
        Permission.ACCOUNT_ANONYMISE,
        _("Peut gérer les droits et anonymiser les comptes"),
        _("Donner un droit à un compte, s’en servir, puis effacer son nom brouille la trace."),
    ),
    Conflict(
        Permission.SUPPORT_REQUEST,
        Permission.SUPPORT_ACCEPT,
        _("Peut demander et accepter un accès de support"),
        _("L’accord doit venir de l’organisation, jamais de l’exploitant."),
    ),
)  # fmt: skip


def conflicts_among(permissions: Collection[Permission]) -> list[Conflict]:
    """Return the conflicts inside one set of permissions: a profile being composed."""
    return [one for one in CONFLICTS if one.first in permissions and one.second in permissions]


@dataclass(frozen=True, slots=True)
class Found:
    """A conflict held by an account in a coffre, and by which chains."""

    conflict: Conflict
    coffre: Tenant
    first: tuple[Chain, ...]
    second: tuple[Chain, ...]


def conflicts_of(rights: Rights) -> Iterator[Found]:
    """Yield the conflicts of an account, by coffre; those on the organisation alone come once."""
    for place in rights.coffres:
        for conflict in CONFLICTS:
            on_organisation = all(
                TABLE[one].reach is not Reach.COFFRE for one in (conflict.first, conflict.second)
            )
            if on_organisation and place.coffre.kind != Tenant.Kind.PROOF:
                continue
            first = rights.chains(conflict.first, place.coffre)
            second = rights.chains(conflict.second, place.coffre)
            if first and second:
                yield Found(conflict, place.coffre, first, second)
