"""Who calls, for which coffre, with which right: the decorator of every view of the peers’ API.

``Authorization: Bearer <token>`` (or a client certificate, see ``certificates``) and
``X-Tenant-Id`` (the small integer of the coffre). A missing or malformed tenant is 412; an unknown
one, or one that the token does not open, is 401. A token bound to an application context makes the
calls of the context's security profile alone.
"""

import datetime as dt
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
from tenants.applications.calls import is_granted, name_of_call
from tenants.applications.certificates import certificate_shown
from tenants.applications.profiles import get_security_profile
from tenants.models import ApiToken
from tenants.organisations import suspension
from tenants.permissions import Denied, Permission, permitted
from tenants.rights.effective import permissions_of_token
from tenants.selectors.ingest import ContextView, get_context

P = ParamSpec("P")
TENANT_REFUSED = {"Error": "X-Tenant-Id check failed!"}
USED_WITHIN = dt.timedelta(minutes=1)
"""The last use of a token is written that often at most: a busy client would write at each call."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An application and the coffre it works in."""

    tenant: Tenant
    token: ApiToken
    context: ContextView | None = None
    """What limits the application, ``None`` for a token bound to no context."""


View = Callable[Concatenate[HttpRequest, Caller, P], HttpResponseBase]
DjangoView = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


Wanted = Permission | tuple[Permission, ...]
"""What a call asks: one permission, or several that are all needed."""


def external(
    permission: Permission | Callable[[HttpRequest], Wanted],
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
                demand(caller, permission(request) if callable(permission) else permission)
                _check_profile(request, caller)
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


def demand(caller: Caller, wanted: Wanted) -> None:
    """Raise ``ApiError`` 403, with the reason, when a caller lacks a permission it needs."""
    held = permissions_of_token(caller.token)
    for one in wanted if isinstance(wanted, tuple) else (wanted,):
        verdict = permitted(held, one)
        if isinstance(verdict, Denied):
            raise ApiError(403, verdict.reason)


def method_of(request: HttpRequest) -> str:
    """Return the method meant: clients that cannot send a body with GET override a POST."""
    override = request.headers.get("X-Http-Method-Override", "").upper()
    return override if override and request.method == "POST" else str(request.method)


def authenticate(request: HttpRequest) -> Caller:
    """Return who calls; raise ``ApiError`` 400, 412, 401 or 403."""
    _refuse_token_in_address(request)
    number = request.headers.get("X-Tenant-Id", "").strip()
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise ApiError(412, "L’en-tête X-Tenant-Id doit porter le numéro du coffre.")
    shown = _shown(request)
    if not shown:
        raise ApiError(401, "Un jeton d’application est attendu : Authorization: Bearer …")
    tenant = Tenant.objects.select_related("organisation").filter(number=int(number)).first()
    if tenant is None:
        raise ApiError(401, "Coffre inconnu.", body=TENANT_REFUSED)
    with tenant_scope(tenant.id):
        now = clock.now()
        kind, digest = shown
        token = ApiToken.objects.filter(kind=kind, token_sha256=digest).first()
        if token is None or not token.is_valid_at(now):
            # The same answer as for an unknown coffre: which ones exist is nobody's business.
            raise ApiError(401, "Coffre inconnu.", body=TENANT_REFUSED)
        if refusal := suspension.refusal_of(tenant):
            raise ApiError(403, refusal)
        context = _context_of(token)
        if token.last_used_at is None or now - token.last_used_at > USED_WITHIN:
            ApiToken.objects.filter(id=token.id).update(last_used_at=now)
    return Caller(tenant, token, context)


def _shown(request: HttpRequest) -> tuple[str, str] | None:
    """Return the nature and the digest of what the caller shows: a token first."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and secret.strip():
        return ApiToken.Kind.TOKEN, ApiToken.digest(secret.strip())
    fingerprint = certificate_shown(request)
    return (ApiToken.Kind.CERTIFICATE, fingerprint) if fingerprint else None


def _refuse_token_in_address(request: HttpRequest) -> None:
    """An address is kept by proxies, histories and logs: a secret there is a secret lost."""
    if any(value.startswith(ApiToken.PREFIX) for _name, value in _query(request)):
        raise ApiError(
            400,
            "Un jeton ne s’écrit jamais dans une adresse : il y est lu et gardé par d’autres. "
            "Faites-le révoquer, et envoyez le nouveau dans l’en-tête Authorization.",
        )


def _query(request: HttpRequest) -> list[tuple[str, str]]:
    return [(name, value) for name, values in request.GET.lists() for value in values]


def _context_of(token: ApiToken) -> ContextView | None:
    """Return the application context of a token, in the open scope; raise ``ApiError`` 401."""
    if not token.context_id:
        return None
    context = get_context(token.context_id)
    if context is None or not context.is_active:
        raise ApiError(401, f"Le contexte applicatif « {token.context_id} » n’est pas actif.")
    return context


def _check_profile(request: HttpRequest, caller: Caller) -> None:
    """Refuse a call that the security profile of the context does not name: 403."""
    if caller.context is None:
        return
    with tenant_scope(caller.tenant.id):
        profile = get_security_profile(caller.context.security_profile)
    call = name_of_call(request, method_of(request))
    if profile is None or not (profile.full_access or is_granted(call, profile.permissions)):
        raise ApiError(
            403,
            f"Le profil de sécurité « {caller.context.security_profile} » de cette application ne "
            f"permet pas l’appel « {call or 'sans nom'} ».",
        )
