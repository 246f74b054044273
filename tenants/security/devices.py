"""Browsers that an account has already entered with, known by a signed cookie.

They only spare their owner the delays that strangers' guesses bring; they open nothing.
"""

import hashlib
import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

COOKIE = "sae_poste"
AGE = 365 * 24 * 3600
MOST_ACCOUNTS = 5
_SALT = "tenants.security.devices"


def known_device(request: HttpRequest, login: str) -> str:
    """Return the mark of this browser for an account, empty when it never entered with it."""
    return _marks(request).get(_digest(login), "")


def remember_device(request: HttpRequest, response: HttpResponseBase, login: str) -> None:
    """Note in the browser that this account has entered with it."""
    marks = _marks(request)
    mark = marks.pop(_digest(login), "") or secrets.token_urlsafe(12)
    kept = dict(list(marks.items())[-(MOST_ACCOUNTS - 1) :]) | {_digest(login): mark}
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=_SALT),
        max_age=AGE,
        path=settings.SESSION_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def _marks(request: HttpRequest) -> dict[str, str]:
    try:
        marks = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=AGE)
    except signing.BadSignature:
        return {}
    return marks if isinstance(marks, dict) else {}


def _digest(login: str) -> str:
    return hashlib.sha256(login.strip().lower().encode()).hexdigest()[:24]
