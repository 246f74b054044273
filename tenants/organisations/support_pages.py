"""Screens of support: asked by the operator, answered and followed by the organisation."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sae.journal.labels import label
from sae.journal.models import Event, Operation
from sae.kernel import clock
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import tenant_scope
from sae.ui import errors
from tenants.access import SESSION_KEY, account_of, may, organisation_of, requires
from tenants.models import Account, SupportAccess
from tenants.organisations.operator_forms import SupportForm
from tenants.organisations.operator_pages import find_served
from tenants.organisations.support import (
    SESSION,
    SupportRefusedError,
    SupportRequest,
    accept_support,
    access_in,
    accesses_asked,
    accesses_of,
    find_asked,
    is_in_force,
    refuse_support,
    request_support,
    stop_support,
    withdraw_support,
)
from tenants.organisations.support_rights import FULL, READING
from tenants.permissions import LABELS, TABLE, Permission

MENU_ASKED, MENU_GRANTED = "support_requests", "support_accesses"
TITLE = gettext_lazy("Accès du support")
MOST_EVENTS = 300


@dataclass(frozen=True, slots=True)
class AccessLine:
    """One access as both sides show it."""

    access: SupportAccess
    coffre: str
    organisation: str
    asked_by: str
    decided_by: str

    @property
    def state(self) -> str:
        """A key of ``sae.ui.statuses``."""
        if self.access.state == SupportAccess.State.ACCEPTED and not is_in_force(self.access):
            return "NOT_RUN"
        return {
            SupportAccess.State.REQUESTED: "WAITING",
            SupportAccess.State.ACCEPTED: "RUNNING",
            SupportAccess.State.REFUSED: "CANCELLED",
            SupportAccess.State.WITHDRAWN: "CANCELLED",
        }.get(SupportAccess.State(self.access.state), "NOT_RUN")

    @property
    def word(self) -> str:
        if self.access.state == SupportAccess.State.ACCEPTED:
            return _("En cours") if is_in_force(self.access) else _("Terminé")
        return str(self.access.get_state_display()).capitalize()

    @property
    def is_open(self) -> bool:
        return is_in_force(self.access)

    @property
    def is_waiting(self) -> bool:
        return self.access.state == SupportAccess.State.REQUESTED


def lines_of(accesses: Iterable[SupportAccess]) -> list[AccessLine]:
    """Return accesses with the names of people, coffres and organisations."""
    found = list(accesses)
    coffres = {
        one.id: one
        for one in Tenant.objects.filter(
            id__in=[access.coffre_id for access in found]
        ).select_related("organisation")
    }
    people = {one for access in found for one in (access.requested_by, access.decided_by) if one}
    names = dict(Account.objects.filter(id__in=people).values_list("id", "name"))
    return [
        AccessLine(
            access=one,
            coffre=coffres[one.coffre_id].name,
            organisation=coffres[one.coffre_id].organisation.name,
            asked_by=names.get(one.requested_by, ""),
            decided_by=names.get(one.decided_by, "") if one.decided_by else "",
        )
        for one in found
    ]


@requires(Permission.SUPPORT_REQUEST)
@require_safe
def support_requests(request: HttpRequest) -> HttpResponse:
    """What the operator asked, everywhere."""
    return render(
        request,
        "tenants/organisations/support_requests.html",
        {"lines": lines_of(accesses_asked()), "account": account_of(request)},
    )


@requires(Permission.SUPPORT_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def support_new(request: HttpRequest, organisation_id: uuid.UUID) -> HttpResponse:
    """Ask an organisation for an access."""
    organisation = find_served(organisation_id)
    form = SupportForm(request.POST or None, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        asked = SupportRequest(values["coffre"], values["reason"], values["minutes"])
        try:
            with transaction.atomic():
                request_support(asked=asked, account=account_of(request))
        except SupportRefusedError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("Demande envoyée : elle attend la réponse de l’organisation.")
            )
            return redirect("support_requests")
    return render(
        request,
        "tenants/organisations/support_new.html",
        {
            "organisation": organisation,
            "form": form,
            "breadcrumb": [
                (_("Organisations"), reverse("organisations")),
                (organisation.name, reverse("platform_organisation", args=[organisation.id])),
                (_("Demander un accès"), ""),
            ],
        },
        status=400 if form.is_bound else 200,
    )


@requires(Permission.SUPPORT_REQUEST)
@require_POST
def support_withdraw(request: HttpRequest, access_id: uuid.UUID) -> HttpResponse:
    """Take a request back."""
    access = find_asked(access_id)
    if access is None:
        raise Http404
    try:
        withdraw_support(access=access, account=account_of(request))
    except SupportRefusedError as error:
        return errors.refusal(request, str(error))
    messages.success(request, _("Demande retirée."))
    return redirect("support_requests")


@requires(Permission.SUPPORT_REQUEST)
@require_POST
def support_enter(request: HttpRequest, access_id: uuid.UUID) -> HttpResponse:
    """Go and work in the coffre that an access opens."""
    access = find_asked(access_id)
    if access is None or access.requested_by != account_of(request).id:
        raise Http404
    if not is_in_force(access):
        return errors.refusal(request, _("Cet accès n’est pas ou plus ouvert."))
    request.session[SESSION_KEY] = str(access.coffre_id)
    return redirect("home")


@requires(Permission.SUPPORT_ACCEPT)
@require_safe
def support_accesses(request: HttpRequest) -> HttpResponse:
    """What the support asked and did in the organisation."""
    return render(
        request,
        "tenants/organisations/support_accesses.html",
        {
            "lines": lines_of(accesses_of(organisation_of(request))),
            "breadcrumb": [(gettext_lazy("Administration"), ""), (TITLE, "")],
        },
    )


@requires(Permission.SUPPORT_ACCEPT)
@require_safe
def support_access(request: HttpRequest, access_id: uuid.UUID) -> HttpResponse:
    """One access: who asks what, the answer to give, what was done with it."""
    organisation = organisation_of(request)
    access = _of(organisation, access_id)
    (line,) = lines_of([access])
    return render(
        request,
        "tenants/organisations/support_access.html",
        {
            "line": line,
            "access": access,
            "done": acts_of(access),
            "reading": [str(LABELS[one]) for one in TABLE if one in READING],
            "more": [str(LABELS[one]) for one in TABLE if one in FULL - READING],
            "minutes": access.minutes,
            "breadcrumb": [(TITLE, reverse("support_accesses")), (line.coffre, "")],
        },
    )


@requires(Permission.SUPPORT_ACCEPT)
@require_POST
def support_decide(request: HttpRequest, access_id: uuid.UUID) -> HttpResponse:
    """Accept, for reading or in full, or refuse."""
    access = _of(organisation_of(request), access_id)
    answer = request.POST.get("reponse", "")
    account = account_of(request)
    try:
        if answer in ("lecture", "complet"):
            accept_support(access=access, account=account, is_full=answer == "complet")
            messages.success(request, _("Accès accordé. Vous pouvez l’arrêter à tout moment."))
        elif answer == "refus":
            refuse_support(access=access, account=account)
            messages.success(request, _("Accès refusé."))
        else:
            return errors.refusal(request, _("Choisissez une réponse."), status=400)
    except SupportRefusedError as error:
        return errors.refusal(request, str(error))
    return redirect("support_access", access_id)


@require_POST
def support_stop(request: HttpRequest, access_id: uuid.UUID) -> HttpResponse:
    """End an access at once: whoever uses it, or who may accept one. Others: unknown."""
    account = account_of(request)
    if may(request, Permission.SUPPORT_ACCEPT):
        access: SupportAccess | None = access_in(organisation_of(request), access_id)
    else:
        access = find_asked(access_id) if account.organisation.is_platform else None
        if access is not None and access.requested_by != account.id:
            access = None
    if access is None:
        raise Http404
    try:
        stop_support(access=access, account=account)
    except SupportRefusedError as error:
        return errors.refusal(request, str(error))
    messages.success(request, _("Accès du support arrêté."))
    if access.requested_by == account.id:
        request.session.pop(SESSION_KEY, None)
        return redirect("home")
    return redirect("support_access", access_id)


def _of(organisation: Organisation, access_id: uuid.UUID) -> SupportAccess:
    access = access_in(organisation, access_id)
    if access is None:
        raise Http404
    return access


@dataclass(frozen=True, slots=True)
class Done:
    """One thing done with an access: a page seen, a form sent, an operation made."""

    moment: Any
    what: str
    code: str
    state: str
    url: str = ""


def acts_of(access: SupportAccess) -> Sequence[Done]:
    """Return what was done with an access, in order: pages seen, then operations they made."""
    if access.operation_id is None:
        return []
    with tenant_scope(access.tenant_id):
        events = list(
            Event.objects.filter(operation_id=access.operation_id)
            .exclude(code=SESSION)
            .order_by("sequence")[:MOST_EVENTS]
        )
    with tenant_scope(access.coffre_id):
        made = list(
            Operation.objects.filter(
                detail__support=str(access.id), started_at__gte=access.decided_at or clock.now()
            ).order_by("id")[:MOST_EVENTS]
        )
    done = [
        Done(one.occurred_at, page_label(str(one.detail.get("page", ""))), one.code, one.outcome)
        for one in events
    ]
    done += [Done(one.started_at, label(one.type), one.type, one.outcome) for one in made]
    return sorted(done, key=lambda one: one.moment)


PAGES = {
    "home": gettext_lazy("À faire"),
    "search": gettext_lazy("Recherche"),
    "classification": gettext_lazy("Classement"),
    "classification_branch": gettext_lazy("Classement"),
    "unit": gettext_lazy("Notice d’une unité"),
    "unit_life_cycle": gettext_lazy("Cycle de vie d’une unité"),
    "deposits": gettext_lazy("Liste des versements"),
    "deposit": gettext_lazy("Un versement"),
    "deposit_problems": gettext_lazy("Anomalies d’un versement"),
    "journal": gettext_lazy("Journal"),
    "operation": gettext_lazy("Une opération du journal"),
    "referentials": gettext_lazy("Référentiels"),
    "rules": gettext_lazy("Règles de gestion"),
    "agencies": gettext_lazy("Services agents"),
    "ingest_contracts": gettext_lazy("Contrats d’entrée"),
    "object_download": gettext_lazy("Téléchargement d’un objet"),
}


def page_label(name: str) -> str:
    """Return what a page is, in French; its technical name when it has no other."""
    return str(PAGES.get(name, name))


support_requests.menu = MENU_ASKED  # type: ignore[attr-defined]
support_new.menu = "organisations"  # type: ignore[attr-defined]
support_accesses.menu = MENU_GRANTED  # type: ignore[attr-defined]
support_access.menu = MENU_GRANTED  # type: ignore[attr-defined]
