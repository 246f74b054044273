"""Permission of a request: the decorator every view carries, and the coffres one may enter.

A stranger to the coffre gets the 404 of what does not exist; a colleague without the right gets
a 403 with the reason.
"""

import functools
import uuid
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from sae.tenancy.models import Tenant
from tenants.models import Account
from tenants.permissions import GRANTED, Allowed, Denied, Permission, permitted, roles_in

SESSION_KEY = "coffre"
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def account_of(request: HttpRequest) -> Account:
    """Return the signed-in account; the middleware has turned everyone else away."""
    if not isinstance(request.user, Account):
        raise PermissionDenied
    return request.user


def coffres_of(account: Account) -> list[Tenant]:
    """Return the coffres in which an account has a role, archives first."""
    tenants = Tenant.objects.filter(memberships__account=account).distinct()
    return sorted(
        tenants.select_related("organisation"),
        key=lambda tenant: (tenant.kind != Tenant.Kind.ARCHIVES, tenant.number),
    )


def resolve_tenant(request: HttpRequest) -> Tenant | None:
    """Return the coffre the session works in, if its account still has a role there."""
    account = getattr(request, "user", None)
    if not isinstance(account, Account) or not account.is_active:
        return None
    coffres = coffres_of(account)
    wanted = request.session.get(SESSION_KEY)
    tenant = next((one for one in coffres if str(one.id) == wanted), None)
    tenant = tenant or next(iter(coffres), None)
    request.coffres = coffres  # type: ignore[attr-defined]
    request.roles = roles_in(account, tenant) if tenant else ()  # type: ignore[attr-defined]
    return tenant


def choose_tenant(request: HttpRequest, tenant_id: uuid.UUID) -> Tenant:
    """Move the session to a coffre of the account; 404 for any other."""
    for tenant in coffres_of(account_of(request)):
        if tenant.id == tenant_id:
            request.session[SESSION_KEY] = str(tenant.id)
            return tenant
    raise Http404


def may(request: HttpRequest, permission: Permission) -> Allowed | Denied:
    """Tell whether the request's account has a permission in its coffre."""
    return permitted(getattr(request, "roles", ()), permission)


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
    """Return every permission of the request's account in its coffre."""
    roles: Any = getattr(request, "roles", ())
    return frozenset().union(*(GRANTED[role] for role in roles))
