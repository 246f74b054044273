"""Screens of the settings of an organisation: identity, coffres, sign-in policy, logo, history."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import tenant_scope
from sae.ui import errors, french
from sae.ui.colours import colour_class, unnamed
from sae.ui.security import content_security
from tenants.access import account_of, organisation_of, requires
from tenants.models import Account, OrganisationSettings, SettingsChange
from tenants.organisations import settings
from tenants.organisations.fields import LANGUAGES, contrast_verdict
from tenants.organisations.logo import MOST_BYTES, LogoRefusedError, examine_logo
from tenants.organisations.logo_place import logo_url
from tenants.organisations.policy import SECOND_FACTOR_WORDS, policy_of
from tenants.organisations.quotas import Quotas, quotas_of
from tenants.organisations.settings_forms import (
    CoffreSettingsForm,
    IdentityForm,
    LogoForm,
    PolicyForm,
)
from tenants.permissions import Permission
from tenants.security.recent import recently_authenticated
from tenants.services.organisations import AlreadyExists, proof_of

MENU = "organisation_settings"
HOME = gettext_lazy("Organisation")
MOST_CHANGES = 50
FIELDS: dict[str, str | Promise] = {
    "name": gettext_lazy("nom"),
    "colour": gettext_lazy("couleur"),
    "languages": gettext_lazy("langues"),
    "quota_bytes": gettext_lazy("quota de volume"),
    "quota_units": gettext_lazy("quota d’unités"),
    "ingest_contract": gettext_lazy("contrat d’entrée par défaut"),
    "access_contract": gettext_lazy("contrat d’accès par défaut"),
    "address": gettext_lazy("adresse"),
    "password_length": gettext_lazy("longueur du mot de passe"),
    "password_months": gettext_lazy("mois entre deux mots de passe"),
    "password_history": gettext_lazy("anciens mots de passe refusés"),
    "second_factor": gettext_lazy("second facteur"),
    "session_hours": gettext_lazy("heures de session"),
    "session_idle_minutes": gettext_lazy("minutes sans usage"),
    "block_after_failures": gettext_lazy("essais manqués avant blocage"),
    "mail_domains": gettext_lazy("domaines de courriel"),
    "account_retention_months": gettext_lazy("mois avant anonymisation"),
    "type": gettext_lazy("type du logo"),
    "sha256": gettext_lazy("empreinte du logo"),
}


@dataclass(frozen=True, slots=True)
class CoffreLine:
    """A coffre as the settings show it."""

    coffre: Tenant
    quotas: Quotas
    languages: str

    @property
    def css(self) -> str:
        return colour_class(self.coffre.colour)


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change in words: (field, before, after)s."""

    change: SettingsChange
    of: str
    agent: str
    parts: Sequence[tuple[str, str, str]]
    may_be_undone: bool


@requires(Permission.ORGANISATION_MANAGE)
@require_safe
def organisation_settings(request: HttpRequest) -> HttpResponse:
    """Everything that is set, and what was."""
    organisation = organisation_of(request)
    coffres = coffre_lines(organisation)
    return render(
        request,
        "tenants/organisations/settings.html",
        {
            "organisation": organisation,
            "coffres": coffres,
            "custom_colours": ",".join(unnamed(one.coffre.colour for one in coffres)),
            "policy": policy_of(organisation),
            "policy_facts": policy_facts(organisation),
            "logo_url": logo_url(organisation),
            "changes": change_lines(organisation),
            "sign_on_url": _address("sign_on"),
            "four_eyes_url": _address("four_eyes"),
        },
    )


def _address(name: str) -> str:
    """Return the address of a page of another area, empty while it has none."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def coffre_lines(organisation: Organisation) -> list[CoffreLine]:
    """Return the coffres of archives, in the order of their numbers."""
    words = {key: str(value) for key, value in LANGUAGES}
    return [
        CoffreLine(one, quotas_of(one), ", ".join(words.get(key, key) for key in one.languages))
        for one in Tenant.objects.filter(
            organisation=organisation, kind=Tenant.Kind.ARCHIVES
        ).order_by("number")
    ]


def policy_facts(organisation: Organisation) -> list[tuple[str, str]]:
    """Return the policy in words."""
    policy = policy_of(organisation)
    months = french.count(policy.password_months, "mois", "mois")
    return [
        (_("Mot de passe"), _("%d caractères au moins") % policy.password_length),
        (_("À changer"), _("tous les %s") % months if policy.password_months else _("jamais")),
        (_("Second facteur"), str(SECOND_FACTOR_WORDS[policy.second_factor])),
        (_("Session"), french.count(policy.session_hours, _("heure"), _("heures"))),
        (
            _("Sans usage"),
            _("fermée après %s")
            % french.count(policy.session_idle_minutes, _("minute"), _("minutes"))
            if policy.session_idle_minutes
            else _("reste ouverte"),
        ),
        (
            _("Blocage"),
            _("après %s dans la journée")
            % french.count(policy.block_after_failures, _("essai manqué"), _("essais manqués"))
            if policy.block_after_failures
            else _("jamais ; le poste qui devine attend"),
        ),
        (_("Domaines de courriel"), ", ".join(policy.mail_domains) or _("tous")),
        (
            _("Comptes désactivés"),
            _("à anonymiser après %s")
            % french.count(policy.account_retention_months, "mois", "mois"),
        ),
    ]


@requires(Permission.ORGANISATION_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def coffre_settings(request: HttpRequest, coffre_id: uuid.UUID) -> HttpResponse:
    """Name, colour, languages, quotas and contracts of one coffre."""
    coffre = _coffre_of(organisation_of(request), coffre_id)
    form = CoffreSettingsForm(request.POST or None, coffre=coffre)
    if request.method == "POST" and form.is_valid():
        try:
            change = settings.change_coffre(
                coffre=coffre, agent_id=account_of(request).id, **form.cleaned_data
            )
        except AlreadyExists as error:
            form.add_error("name", str(error))
        else:
            return _saved(request, change)
    colour = str(form["colour"].value() or "")
    return _form_page(
        request,
        form,
        title=_("Coffre « %s »") % coffre.name,
        template="tenants/organisations/coffre.html",
        coffre=coffre,
        quotas=quotas_of(coffre),
        verdict=contrast_verdict(colour),
    )


@require_safe
def colour_check(request: HttpRequest) -> HttpResponse:
    """Say whether a colour will do, while it is being chosen."""
    colour = request.GET.get("colour", "")
    return render(
        request, "tenants/organisations/colour_verdict.html", {"verdict": contrast_verdict(colour)}
    )


@requires(Permission.ORGANISATION_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def identity_settings(request: HttpRequest) -> HttpResponse:
    """The address of the organisation."""
    organisation = organisation_of(request)
    form = IdentityForm(request.POST or None, initial={"address": organisation.address})
    if request.method == "POST" and form.is_valid():
        change = settings.change_identity(
            organisation=organisation, agent_id=account_of(request).id, **form.cleaned_data
        )
        return _saved(request, change)
    return _form_page(request, form, title=_("Adresse de l’organisation"))


@requires(Permission.ORGANISATION_MANAGE)
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def policy_settings(request: HttpRequest) -> HttpResponse:
    """What is asked of accounts."""
    organisation = organisation_of(request)
    form = PolicyForm(request.POST or None, initial=policy_of(organisation).as_json())
    if request.method == "POST" and form.is_valid():
        change = settings.change_policy(
            organisation=organisation, policy=form.policy(), agent_id=account_of(request).id
        )
        return _saved(request, change)
    return _form_page(request, form, title=_("Comptes et connexion"))


@requires(Permission.ORGANISATION_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def logo_settings(request: HttpRequest) -> HttpResponse:
    """Put a logo in place, or take it away."""
    organisation = organisation_of(request)
    agent_id = account_of(request).id
    if request.method == "POST" and "retirer" in request.POST:
        change = settings.change_logo(organisation=organisation, logo=None, agent_id=agent_id)
        return _saved(request, change)
    form = LogoForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            logo = examine_logo(form.cleaned_data["logo"].read(MOST_BYTES + 1))
        except LogoRefusedError as error:
            form.add_error("logo", str(error))
        else:
            change = settings.change_logo(organisation=organisation, logo=logo, agent_id=agent_id)
            return _saved(request, change)
    return _form_page(
        request,
        form,
        title=_("Logo"),
        template="tenants/organisations/logo.html",
        logo_url=logo_url(organisation),
    )


@requires(Permission.ORGANISATION_MANAGE)
@require_POST
def settings_undo(request: HttpRequest) -> HttpResponse:
    """Put back what the last change replaced."""
    try:
        settings.undo_last_change(
            organisation=organisation_of(request), agent_id=account_of(request).id
        )
    except (settings.NothingToUndoError, AlreadyExists) as error:
        return errors.refusal(request, str(error))
    messages.success(request, _("Changement annulé : les valeurs d’avant sont en place."))
    return redirect("organisation_settings")


@require_safe
def organisation_logo(request: HttpRequest) -> HttpResponse:
    """The logo of the organisation one works in; its address changes with it."""
    with tenant_scope(proof_of(organisation_of(request)).id):
        row = OrganisationSettings.objects.exclude(logo_type="").first()
    if row is None:
        raise Http404
    response = HttpResponse(bytes(row.logo), content_type=row.logo_type)
    response["Content-Disposition"] = "inline"
    # Private: another organisation has another logo at the same path.
    response["Cache-Control"] = "private, max-age=86400"
    content_security(response, sandboxed=True, img_src="'none'", script_src="'none'")
    return response


def change_lines(organisation: Organisation) -> list[ChangeLine]:
    """Return the latest changes, the last one with its undo."""
    with tenant_scope(proof_of(organisation).id):
        changes = list(SettingsChange.objects.order_by("-id")[:MOST_CHANGES])
    names = dict(
        Account.objects.filter(
            id__in=[one.agent_id for one in changes if one.agent_id]
        ).values_list("id", "name")
    )
    coffres = {one.id: one.name for one in Tenant.objects.filter(organisation=organisation)}
    return [
        ChangeLine(
            change=one,
            of=coffres.get(one.coffre_id, "") if one.coffre_id else "",
            agent=names.get(one.agent_id, "") if one.agent_id else "",
            parts=[
                (
                    str(FIELDS.get(name, name)),
                    in_words(name, one.before.get(name)),
                    in_words(name, one.after.get(name)),
                )
                for name in one.after
            ],
            may_be_undone=rank == 0 and one.undone_by is None,
        )
        for rank, one in enumerate(changes)
    ]


def in_words(name: str, value: Any) -> str:
    """Return the value of a setting as people read it."""
    if value is None or value == "" or value == []:
        return _("aucun")
    if name == "quota_bytes":
        return french.size(value)
    if name == "second_factor":
        return str(dict(SECOND_FACTOR_WORDS).get(value, value))
    if name == "sha256":
        return french.shorten(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return french.number(value) if isinstance(value, int) else str(value)


def _coffre_of(organisation: Organisation, coffre_id: uuid.UUID) -> Tenant:
    coffre = (
        Tenant.objects.filter(id=coffre_id, organisation=organisation, kind=Tenant.Kind.ARCHIVES)
        .select_related("organisation")
        .first()
    )
    if coffre is None:
        raise Http404
    return coffre


def _saved(request: HttpRequest, change: SettingsChange | None) -> HttpResponse:
    if change is None:
        messages.info(request, _("Rien n’a changé."))
    else:
        messages.success(request, _("Réglages enregistrés."))
    return redirect("organisation_settings")


def _form_page(
    request: HttpRequest,
    form: forms.Form,
    *,
    title: str,
    template: str = "tenants/organisations/settings_form.html",
    **context: Any,
) -> HttpResponse:
    return render(
        request,
        template,
        {
            "form": form,
            "title": title,
            "breadcrumb": [(HOME, reverse("organisation_settings")), (title, "")],
            **context,
        },
        status=400 if form.is_bound else 200,
    )


organisation_settings.menu = MENU  # type: ignore[attr-defined]
coffre_settings.menu = MENU  # type: ignore[attr-defined]
identity_settings.menu = MENU  # type: ignore[attr-defined]
policy_settings.menu = MENU  # type: ignore[attr-defined]
logo_settings.menu = MENU  # type: ignore[attr-defined]
