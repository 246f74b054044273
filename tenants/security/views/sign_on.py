"""Entering by the provider of one's organisation, and setting it up."""

import re
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sae.tenancy.scope import tenant_scope
from sae.ui.security import content_security
from tenants.access import account_of, organisation_of, requires
from tenants.models import Account, AccountSession
from tenants.models.rights import Group
from tenants.models.security import SignOn
from tenants.permissions import Permission
from tenants.security.recent import recently_authenticated
from tenants.security.sign_on import services
from tenants.security.sign_on.entering import (
    RefusedHereError,
    back_address,
    close_by_mark,
    come_back,
    leave,
)
from tenants.security.sign_on.outside import OutsideError, check_address
from tenants.security.sign_on.provider import TokenRefusedError
from tenants.security.sign_on.selectors import domains_of, sign_on_for, sign_on_of
from tenants.services.organisations import proof_of

REASONS = {
    "unknown": gettext_lazy(
        "Votre organisation vous a reconnu, mais vous n’avez pas de compte ici : demandez-le à "
        "votre administrateur."
    ),
    "inactive": gettext_lazy("Votre compte ici est désactivé : parlez-en à votre administrateur."),
    "address_not_verified": gettext_lazy(
        "Votre organisation n’a pas confirmé votre adresse électronique."
    ),
    "no_address": gettext_lazy("Votre organisation n’a pas envoyé votre adresse électronique."),
    "provider": gettext_lazy("La page de votre organisation n’a pas abouti : recommencez."),
    "late": gettext_lazy("Cette connexion a duré trop longtemps : recommencez."),
}
OTHERWISE = gettext_lazy(
    "La réponse de votre organisation n’a pas pu être vérifiée : recommencez depuis cette page."
)


class AddressForm(forms.Form):
    """The address that tells which organisation one is of."""

    hides_optional = True
    email = forms.EmailField(
        label=gettext_lazy("Adresse électronique professionnelle"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Find the provider of an address, and show the way there."""
    if request.user.is_authenticated:
        return redirect("home")
    next_ = request.POST.get("next") or request.GET.get("next", "")
    next_ = next_ if get_adapter().is_safe_url(next_) else ""
    form = AddressForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "account/sign_on.html", {"form": form, "next": next_})
    sign_on = sign_on_for(form.cleaned_data["email"])
    if sign_on is None:
        form.add_error(
            "email",
            _("Aucune organisation n’entre ainsi avec ce domaine : entrez par votre mot de passe."),
        )
        return render(request, "account/sign_on.html", {"form": form, "next": next_})
    try:
        address = leave(request, sign_on, next_=next_)
    except OutsideError:
        form.add_error("email", _("La page de votre organisation ne répond pas : réessayez."))
        return render(request, "account/sign_on.html", {"form": form, "next": next_}, status=503)
    # A page between: a form may not be redirected to another site (form-action of the policy).
    context = {"label": sign_on.label, "address": address, "host": urlsplit(address).hostname}
    return render(request, "account/sign_on_leave.html", context)


@never_cache
@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """Check what the provider answers, and let in."""
    try:
        entered = come_back(request)
    except RefusedHereError as refused:
        services.refuse(refused.sign_on, refused.reason)
        return _refused(request, refused.reason)
    except TokenRefusedError as refused:
        return _refused(request, refused.reason)
    except OutsideError:
        return _refused(request, "provider")
    account = entered.account
    record_authentication(request, account, method="sign_on")
    login = Login(user=account, email=account.email, redirect_url=entered.next or None)
    response: HttpResponse = perform_login(request, login)
    if entered.mark and request.session.session_key:
        request.session.save()
        AccountSession.objects.filter(session_key=request.session.session_key).update(
            sign_on_mark=entered.mark
        )
    return response


@never_cache
@require_GET
def closed(request: HttpRequest) -> HttpResponse:
    """The provider tells that its session is over (OpenID Connect Front-Channel Logout 1.0).

    Asked by a frame of the provider's page, without our cookies: its own session is named instead.
    """
    issuer, sid = request.GET.get("iss", ""), request.GET.get("sid", "")
    close_by_mark(issuer, sid)
    response = HttpResponse(status=200)
    origin = re.match(r"https://[a-z0-9.-]+(?::\d+)?(?=/|\Z)", issuer)
    if origin:
        content_security(response, frame_ancestors=origin[0])
    return response


def _refused(request: HttpRequest, reason: str) -> HttpResponse:
    context = {"sentence": REASONS.get(reason, OTHERWISE), "reason": reason}
    return render(request, "account/sign_on_refused.html", context, status=403)


class SignOnForm(forms.Form):
    """The settings of a provider."""

    label = forms.CharField(
        label=gettext_lazy("Nom montré à la connexion"),
        max_length=80,
        help_text=gettext_lazy("« ProConnect », « Compte de la ville »…"),
    )
    issuer = forms.URLField(
        label=gettext_lazy("Adresse de l’émetteur"),
        max_length=400,
        assume_scheme="https",
        help_text=gettext_lazy("Sans « /.well-known/openid-configuration »."),
    )
    client_id = forms.CharField(label=gettext_lazy("Identifiant du client"), max_length=200)
    secret = forms.CharField(
        label=gettext_lazy("Secret du client"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Gardé chiffré, jamais montré. Vide : le secret ne change pas."),
    )
    domains = forms.CharField(
        label=gettext_lazy("Domaines de courriel"),
        help_text=gettext_lazy("Séparés par des virgules : « ville.fr, ccas-ville.fr »."),
    )
    scopes = forms.CharField(
        label=gettext_lazy("Portées demandées"), max_length=200, initial="openid email profile"
    )
    claim_email = forms.CharField(
        label=gettext_lazy("Attribut de l’adresse"), max_length=60, initial="email"
    )
    claim_first_name = forms.CharField(
        label=gettext_lazy("Attribut du prénom"), max_length=60, initial="given_name"
    )
    claim_last_name = forms.CharField(
        label=gettext_lazy("Attribut du nom"),
        max_length=60,
        initial="family_name",
        help_text=gettext_lazy("« usual_name » chez ProConnect."),
    )
    trusts_addresses = forms.BooleanField(
        label=gettext_lazy("Le fournisseur garantit les adresses qu’il envoie"),
        required=False,
        help_text=gettext_lazy(
            "À cocher seulement s’il n’envoie pas « email_verified » (ProConnect)."
        ),
    )
    group_id = forms.TypedChoiceField(
        label=gettext_lazy("Groupe des comptes créés à la première connexion"),
        required=False,
        empty_value=None,
        help_text=gettext_lazy("Aucun : n’entrent que les comptes existants ou invités."),
    )
    refuses_passwords = forms.BooleanField(
        label=gettext_lazy("Refuser les mots de passe"),
        required=False,
        help_text=gettext_lazy("Sauf pour le compte de secours."),
    )
    emergency_account = forms.TypedChoiceField(
        label=gettext_lazy("Compte de secours"),
        required=False,
        empty_value=None,
        help_text=gettext_lazy("Il entre toujours par son mot de passe, même si tout est arrêté."),
    )

    def set_choices(self, groups: list[Group], accounts: list[Account]) -> None:
        """Offer the groups and the accounts of the organisation."""
        self.fields["group_id"].choices = [  # type: ignore[attr-defined]
            ("", _("Aucun")),
            *((str(one.id), one.name) for one in groups),
        ]
        self.fields["emergency_account"].choices = [  # type: ignore[attr-defined]
            ("", _("Aucun")),
            *((str(one.id), f"{one.name} ({one.email})") for one in accounts),
        ]

    def clean_issuer(self) -> str:
        issuer: str = self.cleaned_data["issuer"].rstrip("/")
        try:
            check_address(issuer)
        except OutsideError as refused:
            raise forms.ValidationError(str(refused)) from refused
        return issuer

    def chosen(self) -> services.Settings:
        """Return what was chosen."""
        kept = self.cleaned_data
        return services.Settings(
            **{name: kept[name] for name in ("label", "issuer", "client_id", "secret", "scopes")},
            claims={name: kept[f"claim_{name}"] for name in services.CLAIMS},
            domains=kept["domains"].replace(";", ",").split(","),
            trusts_addresses=kept["trusts_addresses"],
            refuses_passwords=kept["refuses_passwords"],
            emergency_account=kept["emergency_account"],
            group_id=kept["group_id"],
        )


@requires(Permission.ORGANISATION_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """How the organisation signs in: what to give the provider, what it gave, and its switch."""
    organisation = organisation_of(request)
    known = sign_on_of(organisation)
    form = SignOnForm(request.POST or None, initial=_initial(known))
    with tenant_scope(proof_of(organisation).id):
        groups = list(Group.objects.order_by("name"))
    accounts = Account.objects.filter(organisation=organisation, is_active=True).order_by("name")
    form.set_choices(groups, [one for one in accounts if one.has_usable_password()])
    if request.method == "POST" and form.is_valid():
        try:
            services.configure(
                organisation=organisation, chosen=form.chosen(), agent=account_of(request)
            )
        except services.SettingRefusedError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Réglages gardés. Essayez la connexion avant de l’ouvrir."))
            return redirect("sign_on")
    context = {
        "form": form,
        "known": known,
        "back_address": back_address(request),
        "closed_address": request.build_absolute_uri(reverse("sign_on_closed")),
    }
    return render(request, "tenants/security/sign_on.html", context)


@requires(Permission.ORGANISATION_MANAGE)
@require_POST
def test(request: HttpRequest) -> HttpResponse:
    """Call the provider, and say what it answers."""
    organisation = organisation_of(request)
    known = sign_on_of(organisation)
    if known is None:
        messages.error(request, _("Réglez d’abord le fournisseur."))
        return redirect("sign_on")
    try:
        found = services.try_out(
            organisation=organisation, sign_on=known, agent=account_of(request)
        )
    except OutsideError as refused:
        messages.error(request, str(refused))
    else:
        count = len(found)
        messages.success(
            request, _("Le fournisseur répond et publie %d adresses : il peut servir.") % count
        )
    return redirect("sign_on")


@requires(Permission.ORGANISATION_MANAGE)
@recently_authenticated
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Open or stop the entry by the provider."""
    organisation = organisation_of(request)
    is_on = request.POST.get("is_on") == "1"
    if sign_on_of(organisation) is None:
        messages.error(request, _("Réglez d’abord le fournisseur."))
        return redirect("sign_on")
    try:
        services.switch(organisation=organisation, is_on=is_on, agent=account_of(request))
    except services.SettingRefusedError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Connexion ouverte.") if is_on else _("Connexion arrêtée."))
    return redirect("sign_on")


def _initial(known: SignOn | None) -> dict[str, object]:
    if known is None:
        return {}
    kept = ("label", "issuer", "client_id", "scopes", "trusts_addresses", "refuses_passwords",
            "emergency_account", "group_id")  # fmt: skip
    claims = {f"claim_{name}": value for name, value in known.claims.items()}
    return (
        {name: getattr(known, name) for name in kept}
        | claims
        | {"domains": ", ".join(domains_of(known))}
    )
