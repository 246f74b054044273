"""Dangerous acts ask who one is again, unless one said so a moment ago."""

import functools
import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest
from django.http.response import HttpResponseBase

RECENT_SECONDS = 15 * 60
"""How long an entry, or a confirmation, is good for."""

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def is_recent(request: HttpRequest) -> bool:
    """Tell whether the account of the request said who it is within ``RECENT_SECONDS``.

    An account that has nothing to show here (it enters by its organisation's own page) must have
    entered recently.
    """
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < RECENT_SECONDS


def recently_authenticated(view: View[P]) -> View[P]:
    """Send to « Confirmez que c’est vous » whoever has not entered or confirmed recently.

    Stands under ``@requires``: one is first told whether one has the right. What was being sent is
    sent again by itself after the confirmation.
    """

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not is_recent(request):
            raise ReauthenticationRequired
        return view(request, *args, **kwargs)

    guarded.asks_again = True  # type: ignore[attr-defined]
    return guarded


def can_confirm(request: HttpRequest) -> bool:
    """Tell whether the account has a password or a second factor to confirm with."""
    return bool(get_reauthentication_flows(request.user))
