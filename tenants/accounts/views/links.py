"""Pages for who is not signed in: choosing a password by a link, asking for one."""

import time
from typing import Any

from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tenants import mail
from tenants.accounts.invitations import choose_password, forgot_password
from tenants.accounts.links import find_link, may_be_asked_again
from tenants.models import Account
from tenants.organisations.policy import policy_of
from tenants.signing_in import AccountAdapter

ANSWER_SECONDS = 0.25
"""Every answer to « mot de passe oublié » takes this long, whoever is asked about."""


class ChooseForm(forms.Form):
    """A password, twice."""

    password1 = forms.CharField(
        label=gettext_lazy("Nouveau mot de passe"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=gettext_lazy("Le même, encore une fois"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, account: Account, request: HttpRequest) -> None:
        super().__init__(*args)
        self.account = account
        self.request = request
        self.fields["password1"].help_text = (
            _("%d caractères au moins : une phrase de plusieurs mots convient bien.")
            % policy_of(account.organisation).password_length
        )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        password = given.get("password1")
        if password and given.get("password2") and password != given["password2"]:
            self.add_error("password2", _("Les deux mots de passe diffèrent."))
        elif password:
            try:
                AccountAdapter(self.request).clean_password(str(password), self.account)
            except ValidationError as error:
                self.add_error("password1", error)
        return given


class ForgottenForm(forms.Form):
    """The address of an account."""

    email = forms.EmailField(
        label=gettext_lazy("Adresse électronique"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_link(request: HttpRequest, identifier: str, secret: str) -> HttpResponse:
    """Choose a password. Opening the page uses nothing up; a link that serves no more says so."""
    found = find_link(identifier, secret)
    if found is None:
        return render(request, "tenants/accounts/link_dead.html", status=410)
    form = ChooseForm(request.POST or None, account=found.account, request=request)
    if request.method == "POST" and form.is_valid():
        account = choose_password(
            request=request,
            identifier=identifier,
            secret=secret,
            password=form.cleaned_data["password1"],
        )
        if account is None:
            return render(request, "tenants/accounts/link_dead.html", status=410)
        messages.success(request, _("Votre mot de passe est choisi : connectez-vous."))
        return redirect("account_login")
    return render(
        request,
        "tenants/accounts/link.html",
        {"form": form, "account": found.account, "purpose": found.link.purpose},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def password_forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link. The answer and its delay are the same for every address, known or not."""
    form = ForgottenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if not ratelimit.consume(request, action="reset_password", key=email.lower()):
            return ratelimit.respond_429(request)
        answered_at = time.monotonic() + ANSWER_SECONDS
        _send(request, email)
        time.sleep(max(answered_at - time.monotonic(), 0))
        return render(request, "tenants/accounts/forgotten_sent.html")
    return render(
        request,
        "tenants/accounts/forgotten.html",
        {"form": form, "sends_mail": mail.is_configured()},
    )


def _send(request: HttpRequest, email: str) -> None:
    account = Account.objects.select_related("organisation").filter(email__iexact=email).first()
    if account is None or not account.may_receive_links or not may_be_asked_again(account):
        return
    try:
        forgot_password(account=account, site=mail.site_address(request))
    except mail.UnsafeAddressError:
        # Told by the system check; a visitor is not told what the site lacks.
        return
