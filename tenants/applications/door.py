"""Who calls, for which coffre, with which right: the decorator of every view of the peers’ API.

``Authorization: Bearer <token>`` and ``X-Tenant-Id`` (the small integer of the coffre). A missing
or malformed tenant is 412; an unknown one, or one that the token does not open, is 401.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.applications.answers import REQUEST_ID, ApiError, error_response
from tenants.models import ApiToken
from tenants.organisations import suspension
from tenants.permissions import Denied, Permission, permitted
from tenants.rights.effective import permissions_of_token

P = ParamSpec("P")
TENANT_REFUSED = {"Error": "X-Tenant-Id check failed!"}


@dataclass(frozen=True, slots=True)
class Caller:
    """An application and the coffre it works in."""

    tenant: Tenant
    token: ApiToken


View = Callable[Concatenate[HttpRequest, Caller, P], HttpResponseBase]
DjangoView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def external(
    permission: Permission | Callable[[HttpRequest], Permission],
    *,
    service: str,
    methods: tuple[str, ...],
) -> Callable[[View[P]], DjangoView[P]]:
    """Make a view of this API: authenticated by token, errors in the peers' envelope.

    ``permission`` may depend on what is asked. The view runs in no transaction of the request: it
    opens the scopes it needs, so that a body of gigabytes is received without one.
    """

    def decorate(view: View[P]) -> DjangoView[P]:
        @csrf_exempt
        @transaction.non_atomic_requests
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            try:
                if method_of(request) not in methods:
                    raise ApiError(405, f"Méthodes admises : {', '.join(methods)}.")
                caller = authenticate(request)
                wanted = permission(request) if callable(permission) else permission
                verdict = permitted(permissions_of_token(caller.token), wanted)
                if isinstance(verdict, Denied):
                    raise ApiError(403, verdict.reason)
                response = view(request, caller, *args, **kwargs)
            except ApiError as error:
                response = error_response(error, service=service)
                if error.status == 405:
                    response["Allow"] = ", ".join(methods)
                if error.status == 401:
                    response["WWW-Authenticate"] = "Bearer"
            response.headers.setdefault(REQUEST_ID, str(new_id()))
            return response

        guarded.required_permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def method_of(request: HttpRequest) -> str:
    """Return the method meant: clients that cannot send a body with GET override a POST."""
    override = request.headers.get("X-Http-Method-Override", "").upper()
    return override if override and request.method == "POST" else str(request.method)


def authenticate(request: HttpRequest) -> Caller:
    """Return who calls; raise ``ApiError`` 412 or 401."""
    number = request.headers.get("X-Tenant-Id", "").strip()
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise ApiError(412, "L’en-tête X-Tenant-Id doit porter le numéro du coffre.")
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise ApiError(401, "Un jeton d’application est attendu : Authorization: Bearer …")
    tenant = Tenant.objects.select_related("organisation").filter(number=int(number)).first()
    if tenant is None:
        raise ApiError(401, "Coffre inconnu.", body=TENANT_REFUSED)
    with tenant_scope(tenant.id):
        token = ApiToken.objects.filter(
            token_sha256=ApiToken.digest(secret.strip()), revoked_at__isnull=True
        ).first()
        if token is None:
            # The same answer as for an unknown coffre: which ones exist is nobody's business.
            raise ApiError(401, "Coffre inconnu.", body=TENANT_REFUSED)
        if refusal := suspension.refusal_of(tenant):
            raise ApiError(403, refusal)
        ApiToken.objects.filter(id=token.id).update(last_used_at=clock.now())
    return Caller(tenant, token)
