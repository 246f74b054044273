"""Referentials that say who may see what: changed by those who answer for it, not by all editors.

Whoever could write an access contract, a context or a security profile could open to himself, or to
an application, archives that nobody granted.
"""

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from tenants.access import may
from tenants.permissions import Denied, Permission

GUARDED: Mapping[str, Permission] = {
    "accesscontracts": Permission.CONTRACT_MANAGE,
    "contexts": Permission.APPLICATION_MANAGE,
    "securityprofiles": Permission.APPLICATION_MANAGE,
}
"""By kind: the permission needed beside that of changing referentials."""


def may_change(request: HttpRequest, slug: str) -> bool:
    """Tell whether the reader may change a kind, as far as this guard is concerned."""
    return slug not in GUARDED or bool(may(request, GUARDED[slug]))


def refuse_unless_in_charge(request: HttpRequest, slug: str) -> None:
    """Raise ``PermissionDenied``, with the reason, for a kind that others answer for."""
    if slug in GUARDED:
        verdict = may(request, GUARDED[slug])
        if isinstance(verdict, Denied):
            raise PermissionDenied(verdict.reason)
