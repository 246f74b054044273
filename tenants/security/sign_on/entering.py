"""The way of a browser to the provider and back: what is remembered of it, what is checked."""

import hashlib
import secrets
import time
import uuid
from dataclasses import asdict, dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from sae.tenancy.scope import tenant_scope
from tenants.models import Account
from tenants.models.security import AccountSession, SignOn
from tenants.security.sign_on.provider import (
    TokenRefusedError,
    authorization_url,
    discover,
    exchange,
    read_identity,
)
from tenants.security.sign_on.services import recognise

_KEY = "sign_on_way"
LONGEST = 900
"""Seconds between leaving for the provider and coming back."""


@dataclass(frozen=True, slots=True)
class Way:
    """What one journey carries; it is made once and used once."""

    state: str
    nonce: str
    verifier: str
    coffre: str
    next: str
    left_at: float


@dataclass(frozen=True, slots=True)
class Entered:
    """Who came back, where they were going, and what closes their session from outside."""

    account: Account
    next: str
    mark: str
    sign_on: SignOn


def leave(request: HttpRequest, sign_on: SignOn, *, next_: str) -> str:
    """Begin a journey; return the address at the provider. Raises ``OutsideError``."""
    way = Way(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
        coffre=str(sign_on.tenant_id),
        next=next_,
        left_at=time.time(),
    )
    request.session[_KEY] = asdict(way)
    return authorization_url(
        discover(sign_on.issuer),
        sign_on,
        state=way.state,
        nonce=way.nonce,
        verifier=way.verifier,
        back=back_address(request),
    )


def come_back(request: HttpRequest) -> Entered:
    """End the journey of this browser; raise ``TokenRefusedError`` or ``OutsideError``.

    The journey is forgotten before anything else: an answer played again finds none.
    """
    kept: Any = request.session.pop(_KEY, None)
    if not isinstance(kept, dict):
        raise TokenRefusedError("no_way")
    way = Way(**kept)
    sign_on = _sign_on(way)
    if not constant_time_compare(request.GET.get("state", ""), way.state):
        raise RefusedHereError(sign_on, "state")
    if time.time() - way.left_at > LONGEST:
        raise RefusedHereError(sign_on, "late")
    if request.GET.get("error"):
        raise RefusedHereError(sign_on, "provider")
    metadata = discover(sign_on.issuer)
    # RFC 9207: another provider's answer is not taken for this one's.
    if request.GET.get("iss", metadata.issuer) != metadata.issuer:
        raise RefusedHereError(sign_on, "issuer")
    try:
        tokens = exchange(
            metadata,
            sign_on,
            code=request.GET.get("code", ""),
            verifier=way.verifier,
            back=back_address(request),
        )
        claims = read_identity(metadata, sign_on, tokens, nonce=way.nonce)
        account = recognise(sign_on, claims)
    except TokenRefusedError as refused:
        raise RefusedHereError(sign_on, refused.reason) from refused
    return Entered(
        account=account,
        next=way.next,
        mark=mark_of(metadata.issuer, str(claims["sid"])) if claims.get("sid") else "",
        sign_on=sign_on,
    )


class RefusedHereError(TokenRefusedError):
    """A refusal whose organisation is known: its journal is told."""

    def __init__(self, sign_on: SignOn, reason: str) -> None:
        super().__init__(reason)
        self.sign_on = sign_on


def back_address(request: HttpRequest) -> str:
    """Return the address to which the provider sends the browser back."""
    return request.build_absolute_uri(reverse("sign_on_back"))


def mark_of(issuer: str, sid: str) -> str:
    """Return what is kept of the provider's own session: enough to close ours by it."""
    return hashlib.sha256(f"{issuer}\0{sid}".encode()).hexdigest()


def close_by_mark(issuer: str, sid: str) -> int:
    """Close the sessions that came from one session of the provider; return how many."""
    if not issuer or not sid:
        return 0
    return AccountSession.objects.filter(sign_on_mark=mark_of(issuer, sid)).delete()[0]


def _sign_on(way: Way) -> SignOn:
    with tenant_scope(uuid.UUID(way.coffre)):
        found = SignOn.objects.filter(is_on=True).select_related("tenant__organisation").first()
    if found is None:
        raise TokenRefusedError("off")
    return found
