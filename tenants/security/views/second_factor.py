"""Adding, using and giving up a second factor: the library's pages, told in the journal."""

import json
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.internal import flows
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
)
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tenants.access import account_of
from tenants.security.forms import PasskeyNameForm
from tenants.security.journal import tell
from tenants.security.second_factor import SecondFactorAdapter


def _after(view: Any) -> str:
    """The codes first, when they were just made; else the page of one's security."""
    made = view.did_generate_recovery_codes
    return reverse("mfa_view_recovery_codes" if made else "account_security")


class ActivateTotp(ActivateTOTPView):
    """Take a telephone as second factor."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        secret = context["form"].secret
        # By fours: a person reads it from one screen and types it on another.
        context["secret"] = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
        return context

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        tell(account_of(self.request), "SECOND_FACTOR_ADD", detail={"kind": "totp"})
        messages.success(self.request, _("Votre téléphone sert maintenant de second facteur."))
        return response

    def get_success_url(self) -> str:
        return _after(self)


class DeactivateTotp(DeactivateTOTPView):
    """Give the telephone up."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        tell(account_of(self.request), "SECOND_FACTOR_REMOVE", detail={"kind": "totp"})
        messages.success(self.request, _("Votre téléphone ne sert plus de second facteur."))
        return response

    def get_success_url(self) -> str:
        return reverse("account_security")


class NewRecoveryCodes(GenerateRecoveryCodesView):
    """Make new codes; the former ones open nothing any more."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        tell(account_of(self.request), "SECOND_FACTOR_CODES")
        return response


class RecoveryCodes(ViewRecoveryCodesView):
    """The codes, shown once."""


class _WithOptions:
    """Gives the page what the browser needs to speak to the key, as JSON in an attribute."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        found = context.get("js_data", {})
        options = found.get("creation_options") or found.get("request_options")
        context["options"] = json.dumps(options) if options else ""
        return context


class AddPasskey(_WithOptions, AddWebAuthnView):
    """Take a passkey: of this computer, of a telephone, or on a key."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        tell(account_of(self.request), "SECOND_FACTOR_ADD", detail={"kind": "webauthn"})
        messages.success(self.request, _("Clef d’accès ajoutée."))
        return response

    def get_success_url(self) -> str:
        return _after(self)


class Authenticate(_WithOptions, AuthenticateView):
    """The second factor, after the password."""


class Reauthenticate(ReauthenticateView):
    """Confirm who one is by a code."""


class ReauthenticatePasskey(_WithOptions, ReauthenticateWebAuthnView):
    """Confirm who one is by a passkey."""


class SignInWithPasskey(LoginWebAuthnView):
    """Enter by a passkey alone."""


@reauthentication_required(app="allauth.mfa")
@require_http_methods(["GET", "HEAD", "POST"])
def passkey_rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a passkey of one's own another name."""
    passkey = _passkey(request, pk)
    form = PasskeyNameForm(request.POST or None, initial={"name": passkey.wrap().name})
    if request.method == "POST" and form.is_valid():
        flows.rename_authenticator(request, passkey, form.cleaned_data["name"])
        messages.success(request, _("Clef renommée."))
        return redirect("account_security")
    return render(request, "mfa/webauthn/edit_form.html", {"form": form, "passkey": passkey.wrap()})


@reauthentication_required(app="allauth.mfa")
@require_http_methods(["GET", "HEAD", "POST"])
def passkey_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a passkey of one's own up."""
    passkey = _passkey(request, pk)
    adapter = SecondFactorAdapter()
    allowed = adapter.can_delete_authenticator(passkey)
    if request.method == "POST" and allowed:
        flows.remove_authenticator(request, passkey)
        tell(account_of(request), "SECOND_FACTOR_REMOVE", detail={"kind": "webauthn"})
        messages.success(request, _("Clef retirée."))
        return redirect("account_security")
    refusal: ValidationError = adapter.validation_error("cannot_delete_authenticator")
    context = {"passkey": passkey.wrap(), "refusal": "" if allowed else refusal.message}
    return render(request, "mfa/webauthn/remove.html", context, status=200 if allowed else 409)


def _passkey(request: HttpRequest, pk: int) -> Authenticator:
    return get_object_or_404(
        Authenticator, pk=pk, user=account_of(request), type=Authenticator.Type.WEBAUTHN
    )
