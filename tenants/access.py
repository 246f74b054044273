"""Permission of a request: the decorator every view carries, and the coffres one may enter.

A stranger to the coffre gets the 404 of what does not exist; a colleague without the right gets
a 403 with the reason.
"""

import contextlib
import functools
import uuid
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import Scope, tenant_scope
from tenants.models import Account
from tenants.permissions import Allowed, Denied, Permission
from tenants.rights.effective import CoffreRights, Rights, rights_of

SESSION_KEY = "coffre"
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def account_of(request: HttpRequest) -> Account:
    """Return the signed-in account; the middleware has turned everyone else away."""
    if not isinstance(request.user, Account):
        raise PermissionDenied
    return request.user


def rights_in(request: HttpRequest) -> Rights:
    """Return the rights of the request's account, in every coffre."""
    rights: Rights = getattr(request, "rights", Rights())
    return rights


def coffre_rights(request: HttpRequest) -> CoffreRights | None:
    """Return the rights of the request's account in the coffre it works in."""
    return rights_in(request).within(getattr(request, "tenant", None))


def coffres_of(account: Account) -> list[Tenant]:
    """Return the coffres in which an account has a right, archives first."""
    return [one.coffre for one in rights_of(account).coffres]


def resolve_tenant(request: HttpRequest) -> Tenant | None:
    """Return the coffre the session works in, if its account still has a right there."""
    account = getattr(request, "user", None)
    if not isinstance(account, Account) or not account.is_active:
        return None
    rights = rights_of(account)
    coffres = [one.coffre for one in rights.coffres]
    wanted = request.session.get(SESSION_KEY)
    tenant = next((one for one in coffres if str(one.id) == wanted), None)
    request.rights = rights  # type: ignore[attr-defined]
    request.coffres = coffres  # type: ignore[attr-defined]
    # Its own house first: a support access opens another's, where one goes on purpose.
    own = (one for one in coffres if one.organisation_id == account.organisation_id)
    return tenant or next(own, None) or next(iter(coffres), None)


def choose_tenant(request: HttpRequest, tenant_id: uuid.UUID) -> Tenant:
    """Move the session to a coffre of the account; 404 for any other."""
    account_of(request)
    for one in rights_in(request).coffres:
        if one.coffre.id == tenant_id:
            request.session[SESSION_KEY] = str(tenant_id)
            return one.coffre
    raise Http404


def may(request: HttpRequest, permission: Permission) -> Allowed | Denied:
    """Tell whether the request's account has a permission in its coffre.

    One on the organisation is looked for in the coffre de preuve of the coffre's organisation.
    """
    return rights_in(request).verdict(permission, getattr(request, "tenant", None))


def requires(permission: Permission) -> Callable[[View[P]], View[P]]:
    """Refuse the view to whoever lacks the permission, with the reason."""

    def decorate(view: View[P]) -> View[P]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            verdict = may(request, permission)
            if isinstance(verdict, Denied):
                raise PermissionDenied(verdict.reason)
            return view(request, *args, **kwargs)

        guarded.required_permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def permissions_of(request: HttpRequest) -> frozenset[Permission]:
    """Return every permission of the request's account while it works in its coffre."""
    return frozenset(permission for permission in Permission if may(request, permission))


def organisation_of(request: HttpRequest) -> Organisation:
    """Return the organisation of the coffre one works in; 404 for whoever works in none."""
    tenant: Tenant | None = getattr(request, "tenant", None)
    if tenant is None:
        raise Http404
    return tenant.organisation


def in_organisation(request: HttpRequest) -> contextlib.AbstractContextManager[Scope]:
    """Open the scope of the coffre de preuve: where accounts, rights and settings are kept.

    Asked of a request whose view carries a permission on the organisation.
    """
    place = rights_in(request).proof(organisation_of(request).id)
    if place is None:
        raise PermissionDenied
    return tenant_scope(place.coffre.id)
