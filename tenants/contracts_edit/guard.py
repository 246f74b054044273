"""Referentials that say who may see what: changed by those who answer for it, not by all editors.

Whoever could write an access contract, a context or a security profile could open to himself, or to
an application, archives that nobody granted.
"""

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from sae.tenancy.middleware import tenant_of
from sae.tenancy.models import Tenant
from tenants.access import may
from tenants.permissions import Denied, Permission
from tenants.rights.four_eyes import needed_here

WIDENING = "contract.widen"
"""The act of opening more by an access contract: it may need a second person."""
CONTRACTS = "accesscontracts"
TWO_NEEDED = gettext_lazy(
    "Votre organisation veut deux personnes pour élargir un contrat d’accès : modifiez-le depuis "
    "sa page, dans « Contrats d’accès »."
)
GUARDED: Mapping[str, Permission] = {
    CONTRACTS: Permission.CONTRACT_MANAGE,
    "contexts": Permission.APPLICATION_MANAGE,
    "securityprofiles": Permission.APPLICATION_MANAGE,
}
"""By kind: the permission needed beside that of changing referentials."""


def may_change(request: HttpRequest, slug: str) -> bool:
    """Tell whether the reader may change a kind, as far as this guard is concerned."""
    if slug not in GUARDED:
        return True
    return bool(may(request, GUARDED[slug])) and not two_are_needed(tenant_of(request), slug)


def refuse_unless_in_charge(request: HttpRequest, slug: str) -> None:
    """Raise ``PermissionDenied``, with the reason, for a kind that others answer for."""
    if slug in GUARDED:
        verdict = may(request, GUARDED[slug])
        if isinstance(verdict, Denied):
            raise PermissionDenied(verdict.reason)
        if two_are_needed(tenant_of(request), slug):
            raise PermissionDenied(TWO_NEEDED)


def two_are_needed(tenant: Tenant, slug: str) -> bool:
    """Tell whether a kind is changed only where a second person can be asked: on its own page.

    A file of contracts would widen several at once, without anything to show an approver.
    """
    return slug == CONTRACTS and needed_here(tenant.id, WIDENING)
