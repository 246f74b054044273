"""Access contracts: the list, one contract, its form with a live count, activation."""

import json
import uuid
from dataclasses import dataclass, replace
from typing import Any

import django_filters
import django_tables2
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sae.holdings.projection import count_in_sight
from sae.holdings.sight import Grant, Sight, seeing
from sae.kernel.outcomes import Outcome
from sae.tenancy.middleware import tenant_of
from sae.ui import menu
from sae.ui.correlation import correlation_id
from sae.ui.filters import FilterSet
from sae.ui.lists import Empty, ListView
from sae.ui.tables import DayColumn, Table, TitleColumn
from tenants.access import account_of, requires
from tenants.contracts_edit.facts import sections_of
from tenants.contracts_edit.forms import AccessContractForm, grant_written
from tenants.contracts_edit.guard import WIDENING
from tenants.contracts_edit.widening import (
    Widening,
    needs_approval,
    propose_widening,
    widened,
)
from tenants.models import AccessContract, Status
from tenants.permissions import Permission
from tenants.positions.fields import redrawn
from tenants.referentials.access_contracts import ACCESS_CONTRACTS
from tenants.referentials.documents import import_documents
from tenants.referentials.imports import Agent
from tenants.referentials.reports import ImportReport
from tenants.referentials.updates import update_document
from tenants.rights.proposals import ProposalError, register_act
from tenants.rights.views.proposals import pending_on
from tenants.sights import grant_of
from tenants.views.referentials import StatusOfContractColumn

MENU = "contrats-acces"
SAVE = "enregistrer"


class AccessContractTable(Table):
    """One line per contract."""

    caption = gettext_lazy("Contrats d’accès de ce coffre")

    name = TitleColumn(
        verbose_name=gettext_lazy("Nom"), linkify=("access_contract", [django_tables2.A("id")])
    )
    identifier = django_tables2.Column(
        verbose_name=gettext_lazy("Identifiant"), attrs={"td": {"class": "mono"}}
    )
    status = StatusOfContractColumn(verbose_name=gettext_lazy("Statut"))
    perimeter = django_tables2.Column(
        verbose_name=gettext_lazy("Ouvre"), empty_values=(), orderable=False
    )
    updated_at = DayColumn(verbose_name=gettext_lazy("Modifié le"))

    class Meta:
        attrs = {"class": "table"}

    def render_perimeter(self, record: AccessContract) -> str:
        return in_short(grant_of(record))

    def value_perimeter(self, record: AccessContract) -> str:
        return in_short(grant_of(record))


class AccessContractFilters(FilterSet):
    """Filters of the contracts."""

    quick_fields = ("identifier__icontains", "name__icontains", "description__icontains")
    quick_label = gettext_lazy("Chercher un contrat")

    statut = django_filters.ChoiceFilter(
        label=gettext_lazy("Statut"),
        field_name="status",
        empty_label=gettext_lazy("Tous"),
        choices=Status.choices,
    )

    class Meta:
        model = AccessContract
        fields: list[str] = []


class AccessContractList(ListView):
    """Access contracts, by name."""

    menu = MENU
    title = gettext_lazy("Contrats d’accès")
    facts = gettext_lazy("Un contrat d’accès dit quelles archives ses titulaires peuvent voir.")
    noun = ("contrat", "contrats")
    table_class = AccessContractTable
    filterset_class = AccessContractFilters
    template_name = "tenants/contracts/list.html"
    order_by = ("name",)
    empty = Empty(
        gettext_lazy(
            "Aucun contrat d’accès : seuls ceux dont le profil voit tout consultent les archives."
        )
    )

    def get_queryset(self) -> QuerySet[AccessContract]:
        return AccessContract.objects.all()


def in_short(grant: Grant) -> str:
    """Return the perimeter of a contract in a few words."""
    parts = [
        _("tous les services")
        if grant.every_agency
        else _("%s services") % len(grant.agencies)
        if len(grant.agencies) > 1
        else _("1 service")
        if grant.agencies
        else _("aucun service")
    ]
    if grant.roots:
        parts.append(_("%s positions ouvertes") % len(grant.roots))
    if grant.excluded:
        parts.append(_("%s positions cachées") % len(grant.excluded))
    if grant.due_categories or grant.due_categories_of_others:
        parts.append(_("délais à échoir"))
    return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a contract opens: units shown, of all those of the coffre."""

    shown: int
    total: int


def extent_of(grant: Grant) -> Extent:
    """Return how many units a grant shows. Two counts over the coffre's entries."""
    with seeing(Sight((grant,))):
        shown = count_in_sight()
    with seeing(Sight.whole()):
        return Extent(shown, count_in_sight())


@requires(Permission.CONTRACT_MANAGE)
@require_safe
def access_contract(request: HttpRequest, row_id: uuid.UUID) -> HttpResponse:
    """One contract: what it opens, in words and in number."""
    contract = _contract_or_404(row_id)
    with seeing(Sight.whole()):
        context = {
            "contract": contract,
            "sections": sections_of(contract),
            "extent": extent_of(grant_of(contract)),
            "pending": pending_on(request, action=WIDENING, subject_id=contract.id),
            "breadcrumb": _breadcrumb(contract.name),
        }
        return render(request, "tenants/contracts/contract.html", context)


@requires(Permission.CONTRACT_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def access_contract_new(request: HttpRequest) -> HttpResponse:
    """A new contract."""
    return _write(request, None)


@requires(Permission.CONTRACT_MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def access_contract_edit(request: HttpRequest, row_id: uuid.UUID) -> HttpResponse:
    """Change a contract: before and after are journalled."""
    return _write(request, _contract_or_404(row_id))


@requires(Permission.CONTRACT_MANAGE)
@require_POST
def access_contract_preview(request: HttpRequest) -> HttpResponse:
    """The live line: how much the contract being written opens."""
    with seeing(Sight.whole()):
        form = AccessContractForm(request.POST)
        return render(request, "tenants/contracts/extent.html", {"extent": _extent_typed(form)})


@requires(Permission.CONTRACT_MANAGE)
@require_POST
def access_contract_switch(request: HttpRequest, row_id: uuid.UUID) -> HttpResponse:
    """Activate a contract, or make it open nothing any more."""
    contract = _contract_or_404(row_id)
    wanted = Status.INACTIVE if contract.is_active else Status.ACTIVE
    if wanted == Status.ACTIVE and needs_approval(tenant_of(request)):
        messages.info(
            request,
            _("Activer un contrat demande ici une seconde personne : cochez-le, dites pourquoi."),
        )
        return redirect("access_contract_edit", contract.id)
    report = _update(request, contract, {"Status": wanted})
    if report.outcome == Outcome.OK:
        messages.success(
            request,
            _("Le contrat est actif.")
            if wanted == Status.ACTIVE
            else _("Le contrat est inactif : il n’ouvre plus rien."),
        )
    else:
        messages.error(request, _("Le contrat n’a pas pu être modifié."))
    return redirect("access_contract", contract.id)


def _write(request: HttpRequest, contract: AccessContract | None) -> HttpResponse:
    # Those who keep the contracts choose among all positions, whatever they may consult.
    with seeing(Sight.whole()):
        if request.method != "POST":
            form = AccessContractForm(contract=contract)
            extent = extent_of(grant_of(contract)) if contract else None
            return _form_page(request, form, contract, extent)
        form = AccessContractForm(request.POST, contract=contract)
        if SAVE not in request.POST:
            extent = _extent_typed(form)
            again = redrawn(AccessContractForm(contract=contract), request.POST)
            return _form_page(request, again, contract, extent)
        if form.is_valid():
            wider = _wider(request, form)
            if wider:
                if _ask(request, form, wider):
                    return redirect("access_contract", form.contract.id)  # type: ignore[union-attr]
                return _form_page(request, form, contract, _extent_typed(form), status=422)
            report = _create(request, form) if contract is None else _change(request, form)
            if report.outcome == Outcome.OK:
                messages.success(request, _("Le contrat d’accès est enregistré."))
                saved = contract or AccessContract.objects.get(
                    identifier=form.cleaned_data["identifier"]
                )
                return redirect("access_contract", saved.id)
            form.add_problems(report.problems)
        return _form_page(request, form, contract, _extent_typed(form), status=422)


def _wider(request: HttpRequest, form: AccessContractForm) -> list[str]:
    """Return what the contract would open more, where a second person has to approve that."""
    if form.contract is None or not needs_approval(tenant_of(request)):
        return []
    return widened(
        grant_of(form.contract),
        _grant_typed(form),
        was_active=form.contract.is_active,
        is_active=form.cleaned_data["is_active"],
    )


def _ask(request: HttpRequest, form: AccessContractForm, wider: list[str]) -> bool:
    """Ask a second person for a wider contract; the form must say why."""
    assert form.contract is not None  # noqa: S101 told by the caller
    extent = extent_of(_grant_typed(form))
    try:
        propose_widening(
            tenant=tenant_of(request),
            contract_id=form.contract.id,
            values=form.document(),
            wider=wider,
            shown=(extent_of(grant_of(form.contract)).shown, extent.shown, extent.total),
            by=account_of(request),
            reason=request.POST.get("motif", ""),
            request_id=correlation_id(),
        )
    except ProposalError as error:
        form.add_error(None, _("Ce contrat s’élargirait (%(what)s). %(words)s")
                       % {"what": ", ".join(wider), "words": error})  # fmt: skip
        return False
    messages.info(
        request,
        _("Le contrat s’élargirait : une seconde personne doit approuver. Rien n’a encore changé."),
    )
    return True


def _grant_typed(form: AccessContractForm) -> Grant:
    logged = form.cleaned_data["access_log"]
    return replace(grant_written(form.cleaned_data), access_logged=logged)


def _form_page(
    request: HttpRequest,
    form: Any,
    contract: AccessContract | None,
    extent: Extent | None,
    *,
    status: int = 200,
) -> HttpResponse:
    title = _("Modifier un contrat d’accès") if contract else _("Nouveau contrat d’accès")
    context = {
        "form": form,
        "contract": contract,
        "title": title,
        "extent": extent,
        "two_needed": contract is not None and needs_approval(tenant_of(request)),
        "reason": request.POST.get("motif", ""),
        "breadcrumb": _breadcrumb(title, contract),
    }
    return render(request, "tenants/contracts/form.html", context, status=status)


def _extent_typed(form: AccessContractForm) -> Extent | None:
    """Return what is opened by what was typed so far; ``None`` when that cannot be read."""
    form.is_valid()
    values = dict.fromkeys(form.fields) | form.cleaned_data
    needed = ("agencies_kept", "usages_kept", "writing", "root_units", "excluded_root_units",
              "originating_agencies", "rule_categories_to_filter",
              "rule_categories_to_filter_for_other_agencies")  # fmt: skip
    if any(values[name] is None for name in needed):
        return None
    typed = {**values, "name": "", "description": "", "identifier": "",
             "data_object_versions": values["data_object_versions"] or []}  # fmt: skip
    return extent_of(grant_written(typed))


def _create(request: HttpRequest, form: AccessContractForm) -> ImportReport:
    return import_documents(
        ACCESS_CONTRACTS,
        tenant=tenant_of(request),
        content=json.dumps([form.document()]).encode(),
        agent=_agent(request),
        file_name=f"{form.cleaned_data['identifier']}.json",
    )


def _change(request: HttpRequest, form: AccessContractForm) -> ImportReport:
    assert form.contract is not None  # noqa: S101 told by the caller
    return _update(request, form.contract, form.document())


def _update(request: HttpRequest, contract: AccessContract, values: dict[str, Any]) -> ImportReport:
    return update_document(
        ACCESS_CONTRACTS,
        tenant=tenant_of(request),
        identifier=contract.identifier,
        content=json.dumps({"$action": [{"$set": values}]}).encode(),
        agent=_agent(request),
    )


def _agent(request: HttpRequest) -> Agent:
    return Agent(account_id=account_of(request).id, request_id=correlation_id())


def _contract_or_404(row_id: uuid.UUID) -> AccessContract:
    contract: AccessContract | None = AccessContract.objects.filter(id=row_id).first()
    if contract is None:
        raise Http404
    return contract


def _breadcrumb(last: str, contract: AccessContract | None = None) -> list[tuple[Any, str]]:
    way: list[tuple[Any, str]] = [(_("Contrats d’accès"), reverse("access_contracts"))]
    if contract is not None:
        way.append((contract.name, reverse("access_contract", args=[contract.id])))
    return [*way, (last, "")]


access_contract.menu = MENU  # type: ignore[attr-defined]
access_contract_new.menu = MENU  # type: ignore[attr-defined]
access_contract_edit.menu = MENU  # type: ignore[attr-defined]


def connect() -> None:
    """Put the page in the rail, under Administration; name the act that two may have to do."""
    register_act(Widening())
    menu.register(
        menu.MenuEntry(
            MENU,
            _("Contrats d’accès"),
            order=22,
            url_name="access_contracts",
            parent=menu.ADMINISTRATION,
            permission=Permission.CONTRACT_MANAGE,
        )
    )
