"""How people sign in. Each entry, exit and change of password is told in their coffre de preuve."""

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenants.models import Account
from tenants.security import blocking, devices, throttle
from tenants.security.journal import tell
from tenants.security.recent import RECENT_SECONDS
from tenants.security.sign_on.selectors import password_is_refused


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are created by administrators: nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Make whoever guessed too often wait; says the same of accounts that do not exist."""
        place = self._place(request, credentials)
        wait = throttle.seconds_to_wait(place)
        if wait:
            raise ValidationError(waiting_sentence(wait), code="too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Account | None:
        account: Account | None = super().authenticate(request, **credentials)
        if account is not None and password_is_refused(account):
            # Said like a wrong password: whoever guesses learns nothing of it.
            account = None
        if account is not None:
            throttle.note_success(self._place(request, credentials))
        return account

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        failures = throttle.note_failure(self._place(request, credentials))
        blocking.note_failure(str(credentials.get("email", "")), failures)

    def _rollback_login_failed_rl_usage(self) -> None:
        """Nothing was taken from the library's own counter."""

    def reauthenticate(self, user: Account, password: str) -> bool:
        """Check the password of who is already in, under the same limits as at the door."""
        credentials = {"email": user.email, "password": password}
        found = self.authenticate(context.request, **credentials)
        return found is not None and found.pk == user.pk

    def post_login(self, request: HttpRequest, user: Account, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        devices.remember_device(request, response, user.email)
        tell(user, "ACCOUNT_SIGN_IN", detail={"methods": _methods(request, user)})
        return response

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        if isinstance(user, Account):
            tell(user, "ACCOUNT_SIGN_OUT")

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        super().set_password(user, password)
        if isinstance(user, Account):
            tell(user, "ACCOUNT_PASSWORD_CHANGE")

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Entering is as good as confirming: only an older entry asks for the password again."""
        request = context.request
        records = get_authentication_records(request, request.user)
        return not records or time.time() - records[-1]["at"] >= RECENT_SECONDS

    def _place(self, request: HttpRequest, credentials: dict[str, Any]) -> throttle.Place:
        login = str(credentials.get("email", ""))
        return throttle.place_of(request, login, self.get_client_ip(request))


def waiting_sentence(seconds: int) -> str:
    """Say how long to wait before another try."""
    if seconds <= 90:
        wait = ngettext("%(number)d seconde", "%(number)d secondes", seconds) % {"number": seconds}
    else:
        minutes = -(-seconds // 60)
        wait = ngettext("%(number)d minute", "%(number)d minutes", minutes) % {"number": minutes}
    return _(
        "Trop d’essais infructueux depuis ce poste ou ce réseau : attendez %(wait)s, puis "
        "recommencez. Votre compte n’est pas bloqué ailleurs."
    ) % {"wait": wait}


def _methods(request: HttpRequest, account: Account) -> list[str]:
    """Return what was shown to enter: ``password``, ``totp``, ``webauthn``, ``sign_on``."""
    records = get_authentication_records(request, account)
    return [str(record.get("type") or record["method"]) for record in records]
