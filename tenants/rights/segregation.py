"""Permissions that one person should not hold together: who asks does not approve.

A warning, never a bar: in a small town the same agent does both, and it must be known. Every act
that may need a second person brings its own warning, with the permissions it asks for; the others
are named here. What one cannot do oneself but lets an application do is told elsewhere
(``tenants.applications.beyond``): it depends on the key, not on two permissions.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import Tenant
from tenants.permissions import TABLE, Permission, Reach
from tenants.rights.effective import Chain, Rights
from tenants.rights.four_eyes import Action, actions


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two permissions to keep apart, and what may happen otherwise."""

    first: Permission
    second: Permission
    sentence: str | Promise
    why: str | Promise


CONFLICTS = (
    Conflict(
        Permission.ORGANISATION_MANAGE,
        Permission.DEPOSIT_CANCEL,
        _("Peut lever le double regard et annuler un versement"),
        _("Qui règle le double regard peut s’en dispenser, agir seul, puis le rétablir."),
    ),
    Conflict(
        Permission.ACCOUNT_MANAGE,
        Permission.RIGHT_MANAGE,
        _("Peut créer un compte et lui donner des droits"),
        _("Qui fait l’un et l’autre peut agir sous le nom d’une personne qui n’existe pas."),
    ),
    Conflict(
        Permission.APPLICATION_MANAGE,
        Permission.CONTRACT_MANAGE,
        _("Peut créer un jeton et décider des archives qu’il ouvre"),
        _("Un jeton agit sans personne devant l’écran : ce qu’il voit devrait être choisi par un "
          "autre."),
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


def known_conflicts() -> list[Conflict]:
    """Return every conflict: those of the acts that may need a second person, then the others."""
    return [*map(_asking_and_approving, actions()), *CONFLICTS]


def _asking_and_approving(action: Action) -> Conflict:
    return Conflict(
        action.asking,
        action.approving,
        _("Peut demander et approuver : %(act)s") % {"act": action.label},
        _(
            "Deux personnes ainsi dotées se couvrent l’une l’autre ; seule, l’une suffit là où le "
            "double regard n’est pas exigé."
        ),
    )


def conflicts_among(permissions: Collection[Permission]) -> list[Conflict]:
    """Return the conflicts inside one set of permissions: a profile being composed."""
    return [
        one for one in known_conflicts() if one.first in permissions and one.second in permissions
    ]


@dataclass(frozen=True, slots=True)
class Found:
    """A conflict held by an account in a coffre, and by which chains."""

    conflict: Conflict
    coffre: Tenant
    first: tuple[Chain, ...]
    second: tuple[Chain, ...]


def conflicts_of(rights: Rights) -> Iterator[Found]:
    """Yield the conflicts of an account, by coffre; those on the organisation alone come once.

    A coffre de preuve holds no archives: what is done with archives conflicts in the others.
    """
    known = known_conflicts()
    for place in rights.coffres:
        for conflict in known:
            on_organisation = all(
                TABLE[one].reach is not Reach.COFFRE for one in (conflict.first, conflict.second)
            )
            if on_organisation != (place.coffre.kind == Tenant.Kind.PROOF):
                continue
            first = rights.chains(conflict.first, place.coffre)
            second = rights.chains(conflict.second, place.coffre)
            if first and second:
                yield Found(conflict, place.coffre, first, second)
