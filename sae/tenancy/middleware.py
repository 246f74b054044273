"""Each request runs inside the scope of the coffre it works in."""

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope

TenantResolver = Callable[[HttpRequest], Tenant | None]
_resolvers: list[TenantResolver] = []


def register_tenant_resolver(resolver: TenantResolver) -> None:
    """Let a higher room say which coffre a request works in; the first answer wins."""
    _resolvers.append(resolver)


class TenantScopeMiddleware:
    """Sets ``request.tenant`` and opens its scope; without a coffre, no tenant's row is seen."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        tenant = next((found for resolve in _resolvers if (found := resolve(request))), None)
        request.tenant = tenant  # type: ignore[attr-defined]
        if tenant is None:
            return self.get_response(request)
        with tenant_scope(tenant.id):
            return self.get_response(request)


def tenant_of(request: HttpRequest) -> Tenant:
    """Return the coffre of a request that has one; raise ``LookupError`` otherwise."""
    tenant: Any = getattr(request, "tenant", None)
    if tenant is None:
        raise LookupError("this request has no coffre")
    return tenant


def tenant_id_of(request: HttpRequest) -> uuid.UUID:
    """Return the identifier of the coffre of a request."""
    return tenant_of(request).id
