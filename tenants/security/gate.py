"""What stands between a session and any page: its limits in time, and what its account owes first.

Limits and debts are looked at again each minute of use, and at each request while one is owed, so
that a change of policy reaches the sessions already open.
"""

import datetime as dt
import enum
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from sae.kernel import clock
from tenants.models import Account, AccountSession
from tenants.organisations.policy import Policy, SecondFactor, policy_of
from tenants.permissions import Permission
from tenants.rights.effective import rights_of
from tenants.security.passwords import password_is_due

LOOK_AGAIN = dt.timedelta(minutes=1)
_KEY = "owes"


class Debt(enum.StrEnum):
    """What an account does before anything else; the value is kept in its session."""

    NOTHING = ""
    PASSWORD = "password"  # noqa: S105
    SECOND_FACTOR = "second_factor"


PAGES = {Debt.PASSWORD: "account_change_password", Debt.SECOND_FACTOR: "second_factor_choice"}
ALWAYS_OPEN = {
    "health",
    "account_logout",
    "account_reauthenticate",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "ui:coffre_colours",
    "ui:preferences",
    "ui:accessibility",
    "ui:running",
}
OPEN_FOR = {
    Debt.PASSWORD: {"account_change_password"},
    Debt.SECOND_FACTOR: {
        "second_factor_choice",
        "mfa_activate_totp",
        "mfa_add_webauthn",
    },
}
ADMINISTERING = frozenset(
    {
        Permission.ACCOUNT_MANAGE,
        Permission.RIGHT_MANAGE,
        Permission.RIGHT_DELEGATE,
        Permission.ORGANISATION_MANAGE,
        Permission.PLATFORM_MANAGE,
        Permission.SUPPORT_REQUEST,
    }
)
"""Whoever holds one of these, anywhere, is an administrator to the policy."""


class SessionGateMiddleware:
    """Closes sessions past their limits, and leads accounts first to what they owe."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        account = request.user
        if isinstance(account, Account) and not self._is_live(request, account):
            logout(request)
            messages.info(request, _("Votre session était restée ouverte trop longtemps."))
            return redirect_to_login(request.get_full_path())
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponseBase | None:
        debt = request.session.get(_KEY, "") if isinstance(request.user, Account) else ""
        match = request.resolver_match
        if not debt or match is None or match.view_name in ALWAYS_OPEN | OPEN_FOR[Debt(debt)]:
            return None
        return HttpResponseRedirect(reverse(PAGES[Debt(debt)]))

    def _is_live(self, request: HttpRequest, account: Account) -> bool:
        session: Any = request.session
        row: AccountSession | None = getattr(session, "row", None)
        now = clock.now()
        first = _KEY not in session
        owes_nothing = not first and not session[_KEY]
        if owes_nothing and row is not None and row.address and now - row.seen_at < LOOK_AGAIN:
            return True
        policy = policy_of(account.organisation)
        if row is not None:
            if now >= ends_at(row, policy):
                return False
            _note(row, request, policy, now)
        owed = debt_of(account, policy)
        if first or session[_KEY] != owed:
            session[_KEY] = owed
        return True


def ends_at(row: AccountSession, policy: Policy) -> dt.datetime:
    """Return when a session ends if nothing more is done with it."""
    last = row.started_at + dt.timedelta(hours=policy.session_hours)
    if policy.session_idle_minutes:
        return min(last, row.seen_at + dt.timedelta(minutes=policy.session_idle_minutes))
    return last


def debt_of(account: Account, policy: Policy) -> Debt:
    """Return what an account owes first: a new password, then a second factor."""
    if password_is_due(account, policy):
        return Debt.PASSWORD
    if needs_second_factor(account, policy) and not has_second_factor(account):
        return Debt.SECOND_FACTOR
    return Debt.NOTHING


def needs_second_factor(account: Account, policy: Policy) -> bool:
    """Tell whether the organisation asks this account for a second factor."""
    if policy.second_factor == SecondFactor.REQUIRED:
        return True
    return policy.second_factor == SecondFactor.REQUIRED_FOR_ADMINISTRATORS and any(
        place.permissions & ADMINISTERING for place in rights_of(account).coffres
    )


def has_second_factor(account: Account) -> bool:
    """Tell whether an account has one; recovery codes alone are none."""
    return bool(is_mfa_enabled(account, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]))


def _note(row: AccountSession, request: HttpRequest, policy: Policy, now: dt.datetime) -> None:
    """Write where and when the session was last seen, and when it will end by itself."""
    row.seen_at = now
    AccountSession.objects.filter(session_key=row.session_key).update(
        seen_at=now,
        address=get_adapter().get_client_ip(request),
        browser=request.headers.get("User-Agent", "")[:300],
        expire_date=ends_at(row, policy),
    )
