"""Applications: their keys and certificates, made, renewed, revoked."""

import datetime as dt
import uuid
from typing import Any

import django_filters
import django_tables2
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sae.journal.labels import register_labels
from sae.kernel import clock
from sae.tenancy.middleware import tenant_of
from sae.ui import menu
from sae.ui.correlation import correlation_id
from sae.ui.errors import refusal
from sae.ui.filters import FilterSet
from sae.ui.lists import Empty, ListView
from sae.ui.markup import status_html
from sae.ui.tables import DayColumn, MomentColumn, Table, TitleColumn
from tenants.access import account_of, coffre_rights, permissions_of, requires
from tenants.applications import services
from tenants.applications.beyond import in_words
from tenants.applications.checking import keys_beyond_their_maker
from tenants.applications.forms import (
    OLD_LASTS,
    CertificateForm,
    Maker,
    RotateForm,
    TokenForm,
    roles_offered,
)
from tenants.applications.others import other_accesses
from tenants.models import ApiToken
from tenants.permissions import Permission
from tenants.rights.checking import register_check
from tenants.rights.ready import READY
from tenants.security.recent import recently_authenticated

MENU = "applications"
VALID, OVER, REVOKED = "VALID", "OVER", "REVOKED"
WORDS = {
    VALID: gettext_lazy("Valable"),
    OVER: gettext_lazy("Échu"),
    REVOKED: gettext_lazy("Révoqué"),
}
LABELS = {
    services.BIND: gettext_lazy("Certificat client admis"),
    services.ROTATE: gettext_lazy("Renouvellement d’un jeton d’application"),
    services.REVOKE: gettext_lazy("Révocation d’un accès d’application"),
}


def state_of(token: ApiToken) -> str:
    """Return whether a key is valid, over or revoked."""
    if token.revoked_at is not None:
        return REVOKED
    return VALID if token.is_valid_at(clock.now()) else OVER


def state_chip(token: ApiToken) -> SafeString:
    """Return the state of a key, icon and word."""
    state = state_of(token)
    return status_html("OK" if state == VALID else "NOT_RUN", word=WORDS[state], plain=True)


def role_label(role: str) -> str:
    """Return what a key may do, in the words of the ready profiles."""
    ready = READY.get(role)
    return str(ready.label) if ready else role


class ApplicationTable(Table):
    """One line per key or certificate."""

    caption = gettext_lazy("Accès des applications à ce coffre")

    name = TitleColumn(
        verbose_name=gettext_lazy("Application"), linkify=("application", [django_tables2.A("id")])
    )
    kind = django_tables2.Column(verbose_name=gettext_lazy("Nature"))
    state = django_tables2.Column(
        verbose_name=gettext_lazy("État"), empty_values=(), orderable=False
    )
    role = django_tables2.Column(verbose_name=gettext_lazy("Rôle"))
    context_id = django_tables2.Column(
        verbose_name=gettext_lazy("Contexte"), attrs={"td": {"class": "mono"}}
    )
    last_used_at = MomentColumn(verbose_name=gettext_lazy("Dernier usage"))
    expires_at = DayColumn(verbose_name=gettext_lazy("Jusqu’au"))

    class Meta:
        attrs = {"class": "table"}

    def render_kind(self, record: ApiToken) -> str:
        return str(record.get_kind_display()).capitalize()

    def render_state(self, record: ApiToken) -> SafeString:
        return state_chip(record)

    def value_state(self, record: ApiToken) -> str:
        return str(WORDS[state_of(record)])

    def render_role(self, value: str) -> str:
        return role_label(value)


class ApplicationFilters(FilterSet):
    """Filters of the keys."""

    quick_fields = ("name__icontains", "prefix__istartswith", "context_id__icontains")
    quick_label = gettext_lazy("Chercher une application")

    etat = django_filters.ChoiceFilter(
        label=gettext_lazy("État"),
        method="of_state",
        empty_label=gettext_lazy("Tous"),
        choices=list(WORDS.items()),
    )

    class Meta:
        model = ApiToken
        fields: list[str] = []

    def of_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Keep the keys in a state."""
        if value == REVOKED:
            return queryset.filter(revoked_at__isnull=False)
        over = Q(expires_at__lte=clock.now())
        live = queryset.filter(revoked_at__isnull=True)
        return live.filter(over) if value == OVER else live.exclude(over)


class ApplicationList(ListView):
    """Keys and certificates, those used last first."""

    menu = MENU
    title = gettext_lazy("Applications")
    facts = gettext_lazy("Les logiciels qui déposent et consultent sans personne devant l’écran.")
    noun = ("accès", "accès")
    table_class = ApplicationTable
    filterset_class = ApplicationFilters
    template_name = "tenants/applications/list.html"
    empty = Empty(gettext_lazy("Aucune application n’entre dans ce coffre."))

    def get_queryset(self) -> QuerySet[ApiToken]:
        order = F("last_used_at").desc(nulls_last=True)
        found: QuerySet[ApiToken] = ApiToken.objects.order_by(order, "-created_at", "id")
        return found

    def get_context(self, **context: Any) -> dict[str, Any]:
        return {**context, "others": other_accesses()}


@requires(Permission.APPLICATION_MANAGE)
@require_safe
def application(request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
    """One key: what it opens, its last use, what can be done with it."""
    token = _token_or_404(token_id)
    following = ApiToken.objects.filter(replaces=token.id).first()
    context = {
        "token": token,
        "state": state_chip(token),
        "is_valid": state_of(token) == VALID,
        "is_certificate": token.kind == ApiToken.Kind.CERTIFICATE,
        "role": role_label(token.role),
        "beyond": in_words(token.beyond),
        "following": following,
        "replaced": ApiToken.objects.filter(id=token.replaces).first() if token.replaces else None,
        "breadcrumb": _breadcrumb(token.name),
    }
    return render(request, "tenants/applications/application.html", context)


@requires(Permission.APPLICATION_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def application_new(request: HttpRequest) -> HttpResponse:
    """A new key: shown once, in the answer itself."""
    form = TokenForm(request.POST or None, maker=_maker(request))
    if request.method == "POST" and form.is_valid():
        issued = services.issue_token(
            name=form.cleaned_data["name"],
            role=form.cleaned_data["role"],
            context_id=form.cleaned_data["context_id"],
            expires_at=form.cleaned_data["until"],
            beyond=form.lacking,
            **_told_by(request),
        )
        return _show_once(request, issued)
    return _form_page(request, form, _("Nouveau jeton"), _("Créer le jeton"))


@requires(Permission.APPLICATION_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def application_certificate(request: HttpRequest) -> HttpResponse:
    """Admit a client certificate."""
    form = CertificateForm(request.POST or None, request.FILES or None, maker=_maker(request))
    if request.method == "POST" and form.is_valid():
        try:
            token = services.bind_certificate(
                name=form.cleaned_data["name"],
                fingerprint=form.cleaned_data["digest"],
                role=form.cleaned_data["role"],
                context_id=form.cleaned_data["context_id"],
                expires_at=form.cleaned_data["until"],
                beyond=form.lacking,
                **_told_by(request),
            )
        except services.AlreadyBoundError:
            form.add_error("fingerprint", _("Ce certificat ouvre déjà ce coffre."))
        else:
            messages.success(request, _("Le certificat est admis."))
            return redirect("application", token.id)
    return _form_page(request, form, _("Admettre un certificat client"), _("Admettre"))


@requires(Permission.APPLICATION_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def application_rotate(request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
    """A key that takes the place of another, which stays valid until a day.

    Whoever renews it holds it: they may make such a key, or they may not renew it.
    """
    token = _token_or_404(token_id)
    if token.kind != ApiToken.Kind.TOKEN:
        raise Http404
    maker = _maker(request)
    if token.role not in roles_offered(maker.own):
        raise PermissionDenied(
            _("Ce jeton modifie les contrats d’accès : seul qui les gère le renouvelle.")
        )
    initial = {"until": clock.today() + dt.timedelta(days=OLD_LASTS)}
    lacking = maker.lacks(token.role, token.context_id)
    form = RotateForm(request.POST or None, initial=initial, lacking=lacking)
    if request.method == "POST" and form.is_valid():
        try:
            issued = services.rotate_token(
                token.id,
                old_until=form.cleaned_data["until"],
                beyond=lacking,
                **_told_by(request),
            )
        except services.NotValidError:
            return _not_valid(request)
        return _show_once(request, issued)
    return _form_page(
        request, form, _("Renouveler le jeton"), _("Créer le nouveau jeton"), token=token
    )


@requires(Permission.APPLICATION_MANAGE)
@require_POST
def application_revoke(request: HttpRequest, token_id: uuid.UUID) -> HttpResponse:
    """Close the coffre to a key or a certificate, at once."""
    token = _token_or_404(token_id)
    try:
        services.revoke_token(token.id, **_told_by(request))
    except services.NotValidError:
        return _not_valid(request)
    messages.success(request, _("L’accès est révoqué : il n’ouvre plus rien."))
    return redirect("application", token.id)


def _maker(request: HttpRequest) -> Maker:
    return Maker(tenant_of(request), permissions_of(request), coffre_rights(request))


def _show_once(request: HttpRequest, issued: services.Issued) -> HttpResponse:
    context = {"token": issued.token, "secret": issued.secret}
    response = render(request, "tenants/applications/secret.html", context)
    # Neither the browser nor a proxy may keep it: it would be shown twice.
    response["Cache-Control"] = "no-store"
    return response


def _form_page(
    request: HttpRequest, form: Any, title: str, action: str, *, token: ApiToken | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "action": action,
        "token": token,
        "breadcrumb": _breadcrumb(title, token),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "tenants/applications/form.html", context, status=status)


def _not_valid(request: HttpRequest) -> HttpResponse:
    return refusal(request, _("Cet accès est déjà révoqué ou échu."))


def _told_by(request: HttpRequest) -> dict[str, Any]:
    return {"agent_id": account_of(request).id, "request_id": correlation_id()}


def _token_or_404(token_id: uuid.UUID) -> ApiToken:
    token: ApiToken | None = ApiToken.objects.filter(id=token_id).first()
    if token is None:
        raise Http404
    return token


def _breadcrumb(last: str, token: ApiToken | None = None) -> list[tuple[Any, str]]:
    way: list[tuple[Any, str]] = [(_("Applications"), reverse("applications"))]
    if token is not None:
        way.append((token.name, reverse("application", args=[token.id])))
    return [*way, (last, "")]


application.menu = MENU  # type: ignore[attr-defined]
application_new.menu = MENU  # type: ignore[attr-defined]
application_certificate.menu = MENU  # type: ignore[attr-defined]
application_rotate.menu = MENU  # type: ignore[attr-defined]
application_revoke.menu = MENU  # type: ignore[attr-defined]


def connect() -> None:
    """Called once the applications are loaded: the rail, the journal's words."""
    register_labels(LABELS)
    register_check(keys_beyond_their_maker)
    menu.register(
        menu.MenuEntry(
            MENU,
            _("Applications"),
            order=50,
            url_name="applications",
            parent=menu.ADMINISTRATION,
            permission=Permission.APPLICATION_MANAGE,
        )
    )
