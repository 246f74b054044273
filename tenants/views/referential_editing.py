"""One element of a referential is added, changed or removed on the screen."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sae.tenancy.middleware import tenant_of
from sae.ui import french
from sae.ui.correlation import correlation_id
from tenants.access import account_of, requires
from tenants.contracts_edit.guard import refuse_unless_in_charge
from tenants.models import Referential
from tenants.permissions import Permission
from tenants.positions.fields import PLACE, SEARCH, redrawn
from tenants.referentials import editing
from tenants.referentials.access_contracts import ACCESS_CONTRACTS
from tenants.referentials.exports import effective_documents
from tenants.referentials.imports import Agent
from tenants.referentials.kinds import Kind
from tenants.referentials.reports import ImportReport
from tenants.referentials.sentences import sentence
from tenants.referentials.versions import plain
from tenants.views.referential_elements import uses_of
from tenants.views.referential_forms import element_form
from tenants.views.referential_kinds import name_of
from tenants.views.referential_places import (
    breadcrumb_of,
    element_of,
    element_url,
    kind_of,
    list_url,
)
from tenants.views.referential_users import users_of
from tenants.views.referentials import SHIPPED

SAVE = "enregistrer"
_BUTTONS = (f"-{SEARCH}", f"-{PLACE}")


@requires(Permission.REFERENTIAL_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def referential_edit(request: HttpRequest, slug: str, row_id: uuid.UUID) -> HttpResponseBase:
    """Change one element."""
    kind = kind_of(slug)
    return _edit(request, kind, element_of(kind, row_id))


@requires(Permission.REFERENTIAL_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def referential_create(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Add one element."""
    return _edit(request, kind_of(slug), None)


def _edit(request: HttpRequest, kind: Kind, row: Referential | None) -> HttpResponseBase:
    if kind.slug in editing.READ_ONLY:
        return redirect(list_url(kind))
    refuse_unless_in_charge(request, kind.slug)
    if kind.slug == ACCESS_CONTRACTS.slug:
        # What others may see has a form of its own, which counts it.
        name = "access_contract_edit" if row else "access_contract_new"
        return redirect(name, *([row.id] if row else []))
    posted = request.method == "POST"
    if posted and SAVE not in request.POST and any(key.endswith(_BUTTONS) for key in request.POST):
        # A picker's button, without script: the form is drawn again with what was typed.
        form = redrawn(element_form(kind, row, None), request.POST)
        posted = False
    else:
        form = element_form(kind, row, request.POST if posted else None)
    if posted and form.is_valid():
        if row is not None and form.cleaned_data["seen_version"] != row.version:
            form.add_error(
                None,
                _("Cet élément a changé depuis que vous l’avez ouvert : rechargez la page."),
            )
        elif row is None and (taken := _taken(kind, form.document())):
            form.add_error(*taken)
        else:
            report = _write(request, kind, row, form.document())
            if report.is_accepted:
                return _written(request, kind, row, report)
            for found in report.problems:
                form.add_fault(found.place.element, sentence(found))
    context = {
        "kind": kind,
        "row": row,
        "form": form,
        "users": users_of(kind.slug, row.identifier, uses_of(kind, row), reader=request)
        if row
        else [],
        "title": _("Modifier : %(name)s") % {"name": name_of(row)}
        if row
        else _("Ajouter : %(kind)s") % {"kind": kind.label},
        "breadcrumb": breadcrumb_of(kind, _("Modifier") if row else _("Ajouter")),
        "list_url": element_url(kind, row.id) if row else list_url(kind),
    }
    return render(request, "tenants/element_form.html", context)


def _taken(kind: Kind, document: dict[str, Any]) -> tuple[str, str] | None:
    """Return the field and the words of an identifier that another element bears already."""
    key = editing.KEYS.get(kind.slug)
    if key is None:
        return None
    identifier = editing.as_new(kind, document)[key]
    if identifier not in effective_documents(kind):
        return None
    return key, _("« %(name)s » existe déjà dans ce coffre.") % {"name": identifier}


def _agent(request: HttpRequest) -> Agent:
    return Agent(account_id=account_of(request).id, request_id=correlation_id())


def _write(
    request: HttpRequest, kind: Kind, row: Referential | None, document: dict[str, Any]
) -> ImportReport:
    tenant, agent = tenant_of(request), _agent(request)
    if kind.slug in editing.KEYS:
        # What the form does not show (details of an agency) stays.
        document = (
            {**plain(kind.describe(row)), **document} if row else editing.as_new(kind, document)
        )
        identifier = str(document[editing.KEYS[kind.slug]])
        return editing.change_table(
            kind, tenant=tenant, changes={identifier: document}, agent=agent
        )
    if row is not None:
        return editing.change_document(kind, row, document, tenant=tenant, agent=agent)
    filled = {name: value for name, value in document.items() if value not in (None, "", [])}
    return editing.create_document(kind, filled, tenant=tenant, agent=agent)


def _written(
    request: HttpRequest, kind: Kind, row: Referential | None, report: ImportReport
) -> HttpResponse:
    for found in report.problems:
        messages.warning(request, sentence(found))
    messages.success(request, _("Enregistré."))
    if row is None:
        names = [result.get("Identifier", "") for result in report.results] or report.inserted
        row = kind.model.objects.filter(identifier__in=list(names)).first()
    return redirect(element_url(kind, row.id) if row else list_url(kind))


@requires(Permission.REFERENTIAL_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def referential_remove(request: HttpRequest, slug: str, row_id: uuid.UUID) -> HttpResponseBase:
    """Remove an element that nobody uses; say who does otherwise."""
    kind = kind_of(slug)
    refuse_unless_in_charge(request, slug)
    row = element_of(kind, row_id)
    if kind.slug in editing.READ_ONLY or editing.own_fields(kind, kind.describe(row)) is not None:
        return redirect(element_url(kind, row.id))
    uses = uses_of(kind, row)
    refusals: list[str | Promise] = []
    if request.method == "POST" and not uses:
        report = editing.change_table(
            kind, tenant=tenant_of(request), changes={row.identifier: None}, agent=_agent(request)
        )
        if report.is_accepted:
            messages.success(request, _("« %(name)s » est retiré.") % {"name": row.identifier})
            return redirect(list_url(kind))
        refusals = [sentence(found) for found in report.problems]
    context = {
        "kind": kind,
        "row": row,
        "title": name_of(row),
        "users": users_of(kind.slug, row.identifier, uses, reader=request),
        "refusals": refusals,
        "back_url": element_url(kind, row.id),
        "breadcrumb": breadcrumb_of(kind, _("Retirer")),
    }
    return render(request, "tenants/element_remove.html", context)


@requires(Permission.REFERENTIAL_EDIT)
@require_POST
def referential_adopt(request: HttpRequest, slug: str) -> HttpResponse:
    """Make the formats, or the vocabularies, of the platform those of the coffre."""
    kind = kind_of(slug)
    if kind.slug not in SHIPPED or kind.model.objects.exists():
        raise Http404
    editing.adopt_shipped(kind, tenant=tenant_of(request), agent=_agent(request))
    count = kind.model.objects.count()
    words = _("%(n)s éléments chargés : annotez-les, complétez-les.") % {"n": french.number(count)}
    messages.success(request, words)
    return redirect(list_url(kind))
