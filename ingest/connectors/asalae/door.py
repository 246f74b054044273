"""Who calls, for which coffre: the decorator of every view of this surface.

Basic authentication on every call; the coffre is in the address. Refusals are short French
sentences, since clients show them as they are; they do not tell whether a coffre or a login exists.
"""

import base64
import binascii
import functools
import hashlib
import logging
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from ingest.connectors.accesses import recognise, waste_time
from ingest.connectors.models import ConnectorAccess
from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.organisations import suspension

logger = logging.getLogger(__name__)

P = ParamSpec("P")
KIND = ConnectorAccess.Kind.ASALAE
FAILURES = 10
"""Wrong passwords of one address for one login, within ``FAILURES_WITHIN``, that are let be."""
FAILURES_WITHIN = 300
NOTED_EVERY = 60
"""Seconds between two notes of the last use: clients poll."""


class Refusal(Exception):  # noqa: N818 — an answer, told to people
    """What is answered instead: a status that is not 200 and a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


OURS = "La plateforme n’a pas pu répondre : réessayez plus tard, l’exploitant est prévenu."

View = Callable[Concatenate[HttpRequest, ConnectorAccess, P], HttpResponseBase]
DjangoView = Callable[Concatenate[HttpRequest, int, P], HttpResponseBase]


def asalae(*methods: str) -> Callable[[View[P]], DjangoView[P]]:
    """Make a view of this surface. It runs in no transaction of the request."""

    def decorate(view: View[P]) -> DjangoView[P]:
        @csrf_exempt
        @transaction.non_atomic_requests
        @functools.wraps(view)
        def guarded(
            request: HttpRequest, number: int, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            try:
                access = authenticate(request, number)
                if request.method not in methods:
                    raise Refusal(405, f"Méthode admise : {', '.join(methods)}.")
                return view(request, access, *args, **kwargs)
            except Refusal as refusal:
                return _refused(refusal, methods)
            except Exception:
                # A page of ours would be shown to the agent as it is.
                logger.exception("as@lae: %s %s", request.method, request.path)
                return _refused(Refusal(503, OURS), methods)

        return guarded

    return decorate


def _refused(refusal: Refusal, methods: tuple[str, ...]) -> HttpResponse:
    response = HttpResponse(
        refusal.sentence, status=refusal.status, content_type="text/plain; charset=utf-8"
    )
    # An answer that clients ask for again and again is not an error to report.
    response._has_been_logged = refusal.status == 500  # type: ignore[attr-defined]
    if refusal.status == 401:
        response["WWW-Authenticate"] = 'Basic realm="SAE", charset="UTF-8"'
    if refusal.status == 405:
        response["Allow"] = ", ".join(methods)
    if refusal.status == 429:
        response["Retry-After"] = str(FAILURES_WITHIN)
    return response


def authenticate(request: HttpRequest, number: int) -> ConnectorAccess:
    """Return the access that calls; raise ``Refusal`` 401, or 429 after too many failures."""
    credentials = read_basic(request.headers.get("Authorization", ""))
    if credentials is None:
        raise Refusal(401, "Un identifiant et un mot de passe sont attendus.")
    login, secret = credentials
    failures = _failures_key(request, number, login)
    if cache.get(failures, 0) >= FAILURES:
        raise Refusal(429, "Trop d’essais : attendez quelques minutes.")
    access = _access(number, login, secret)
    if access is None:
        cache.add(failures, 0, FAILURES_WITHIN)
        count = cache.incr(failures)
        logger.warning("as@lae: refused, coffre %s, failure %s", number, count)
        raise Refusal(401, "Identifiant ou mot de passe refusé.")
    return access


def _access(number: int, login: str, secret: bytes) -> ConnectorAccess | None:
    tenant = Tenant.objects.select_related("organisation").filter(number=number).first()
    if tenant is None:
        waste_time(hashlib.sha256(secret).hexdigest())
        return None
    with tenant_scope(tenant.id):
        access = recognise(kind=KIND, login=login, secret=secret)
        if access is not None:
            access.tenant = tenant
            if refusal := suspension.refusal_of(tenant):
                raise Refusal(403, refusal)
            _note_use(access)
    return access


def _note_use(access: ConnectorAccess) -> None:
    moment = clock.now()
    last = access.last_used_at
    if last is None or (moment - last).total_seconds() > NOTED_EVERY:
        ConnectorAccess.objects.filter(id=access.id).update(last_used_at=moment)


def _failures_key(request: HttpRequest, number: int, login: str) -> str:
    # Behind a proxy every request comes from the proxy: see ALLAUTH_TRUSTED_PROXY_COUNT.
    who = f"{number}\n{login}\n{get_adapter().get_client_ip(request)}"
    return f"asalae-failures:{hashlib.sha256(who.encode('utf-8', 'replace')).hexdigest()}"


def read_basic(header: str) -> tuple[str, bytes] | None:
    """Return login and password of a Basic header, ``None`` when there is no such thing.

    Some clients write base 64 for addresses (``-`` and ``_``), without padding.
    """
    scheme, _space, given = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    plain = given.strip().rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    login, colon, secret = raw.partition(b":")
    if not colon or not login or b"\0" in raw:
        return None
    try:
        return login.decode(), secret
    except UnicodeDecodeError:
        return login.decode("latin-1"), secret
