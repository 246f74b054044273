"""Every kind of referential: its list, the page of an element, its edition, its removal."""

import uuid
from collections.abc import Sequence
from typing import Any

import django_filters
import django_tables2
from django.contrib import messages
from django.core.exceptions import FieldDoesNotExist
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from sae.tenancy.middleware import tenant_of
from sae.ui.correlation import correlation_id
from sae.ui.filters import FilterSet
from sae.ui.lists import Empty
from sae.ui.tables import DayColumn, Table, TitleColumn
from tenants.access import account_of, may, requires
from tenants.contracts_edit.guard import may_change, refuse_unless_in_charge
from tenants.models import Contract, Referential, Status
from tenants.permissions import Permission
from tenants.positions.fields import PLACE, SEARCH, redrawn
from tenants.referentials import editing, labels
from tenants.referentials.access_contracts import ACCESS_CONTRACTS
from tenants.referentials.counting import Uses, count_uses
from tenants.referentials.exports import export_kind
from tenants.referentials.imports import Agent
from tenants.referentials.kinds import Kind
from tenants.referentials.reports import ImportReport
from tenants.referentials.sentences import sentence
from tenants.referentials.versions import differences, plain, versions_of
from tenants.selectors import referentials as selectors
from tenants.views.referential_facts import agency_facts, contract_sections, rule_facts
from tenants.views.referential_forms import element_form
from tenants.views.referential_places import (
    breadcrumb_of,
    element_of,
    element_url,
    kind_of,
    list_url,
)
from tenants.views.referentials import (
    READ_ONLY,
    ReferentialList,
    StatusOfContractColumn,
    status_chip,
)

SAVE = "enregistrer"
_BUTTONS = (f"-{SEARCH}", f"-{PLACE}")


class ElementTable(Table):
    """Name, identifier, status where there is one, last change."""

    name = TitleColumn(
        verbose_name=gettext_lazy("Nom"), linkify=True, accessor="identifier", order_by="identifier"
    )
    identifier = django_tables2.Column(
        verbose_name=gettext_lazy("Identifiant"), attrs={"td": {"class": "mono"}}
    )
    status = StatusOfContractColumn(verbose_name=gettext_lazy("Statut"))
    updated_at = DayColumn(verbose_name=gettext_lazy("Modifié le"))

    class Meta:
        attrs = {"class": "table"}

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        self.kind = kind
        self.caption = kind.label
        super().__init__(*args, **kwargs)

    def render_name(self, record: Referential) -> str:
        return str(name_of(record))


def name_of(row: Referential) -> str:
    """Return what people call an element, its identifier when it has no name."""
    for column in ("name", "value", "short_name"):
        if value := getattr(row, column, ""):
            return str(value)
    return row.identifier


def has_column(kind: Kind, name: str) -> bool:
    """Tell whether the elements of a kind have a column."""
    try:
        kind.model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True


class KindList(ReferentialList):
    """The list of any kind that has none of its own."""

    noun = ("élément", "éléments")
    order_by = ("identifier",)
    empty = Empty(gettext_lazy("Ce coffre n’a rien importé pour ce référentiel."))

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.of = kind_of(kwargs["slug"])
        self.kind = self.of.slug
        self.title = self.of.label

    def get_queryset(self) -> QuerySet[Referential]:
        return self.of.model.objects.all()

    def get_table_class(self) -> type[Table]:
        kind = self.of
        hidden = [] if has_column(kind, "status") else ["status"]

        class KindTable(ElementTable):
            name = TitleColumn(
                verbose_name=gettext_lazy("Nom"),
                accessor="name" if has_column(kind, "name") else "identifier",
                linkify=lambda record: element_url(kind, record.id),
            )

            class Meta(ElementTable.Meta):
                exclude = hidden

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, kind=kind, **kwargs)

        return KindTable

    @property
    def filterset_class(self) -> type[FilterSet]:  # type: ignore[override]
        kind = self.of
        columns = [one for one in ("identifier", "name", "description") if has_column(kind, one)]

        class KindFilters(FilterSet):
            quick_fields = tuple(f"{column}__icontains" for column in columns)
            quick_label = gettext_lazy("Chercher dans la liste")

            class Meta:
                model = kind.model
                fields: list[str] = []

        if not issubclass(kind.model, Contract):
            return KindFilters

        class ContractFilters(KindFilters):
            statut = django_filters.ChoiceFilter(
                label=gettext_lazy("Statut"),
                field_name="status",
                empty_label=gettext_lazy("Tous"),
                choices=Status.choices,
            )

            class Meta(KindFilters.Meta):
                pass

        return ContractFilters


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def referential_element(request: HttpRequest, slug: str, row_id: uuid.UUID) -> HttpResponse:
    """One element: what it says, who uses it, what it was."""
    kind = kind_of(slug)
    row = element_of(kind, row_id)
    facts = [
        (labels.field_label(kind, name), labels.value_in_words(value))
        for name, value in plain(kind.describe(row)).items()
    ]
    return render_element(request, kind, row, [(_("Contenu"), facts)])


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def rule(request: HttpRequest, row_id: uuid.UUID) -> HttpResponse:
    """One rule."""
    kind = kind_of("rules")
    row = element_of(kind, row_id)
    return render_element(request, kind, row, [(_("Règle"), rule_facts(row))])


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def agency(request: HttpRequest, row_id: uuid.UUID) -> HttpResponse:
    """One agency."""
    kind = kind_of("agencies")
    row = element_of(kind, row_id)
    return render_element(request, kind, row, [(_("Service"), agency_facts(row))])


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def ingest_contract(request: HttpRequest, row_id: uuid.UUID) -> HttpResponse:
    """One ingest contract: what a deposit that names it may bring."""
    kind = kind_of("ingestcontracts")
    row = element_of(kind, row_id)
    return render_element(request, kind, row, contract_sections(row))


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def referential_find(request: HttpRequest, slug: str) -> HttpResponse:
    """The page of the element that has an identifier (``identifiant``)."""
    kind = kind_of(slug)
    wanted = request.GET.get("identifiant", "").replace("\x00", "")
    row = kind.model.objects.filter(identifier=wanted).first()
    if row is None:
        raise Http404
    return redirect(element_url(kind, row.id))


def render_element(
    request: HttpRequest,
    kind: Kind,
    row: Referential,
    sections: Sequence[tuple[str, Any]],
) -> HttpResponse:
    """Render the page of an element; ``sections`` are (heading, (label, value)s)."""
    status = getattr(row, "status", "")
    context = {
        "kind": kind,
        "row": row,
        "title": name_of(row),
        "status": status_chip(status) if status else SafeString(""),
        "sections": sections,
        "uses": uses_of(kind, row),
        "versions": history_of(kind, row),
        "imports": selectors.latest_imports(kind.slug, most=5),
        "may_edit": may_edit(request, kind),
        "is_table": kind.slug in editing.KEYS,
        "breadcrumb": breadcrumb_of(kind, row.identifier),
    }
    return render(request, "tenants/referential.html", context)


def may_edit(request: HttpRequest, kind: Kind) -> bool:
    """Tell whether the reader may change the elements of a kind on the screen."""
    if kind.slug in READ_ONLY or not may_change(request, kind.slug):
        return False
    return bool(may(request, Permission.REFERENTIAL_EDIT))


def uses_of(kind: Kind, row: Referential) -> Uses:
    """Return who uses an element today."""
    return count_uses(kind.slug, [row.identifier]).get(row.identifier, Uses())


def history_of(kind: Kind, row: Referential) -> list[dict[str, Any]]:
    """Return the versions of an element, each with what it changed of the one before."""
    versions = versions_of(kind.slug, row.identifier)
    lines = []
    for rank, version in enumerate(versions):
        before = versions[rank + 1] if rank + 1 < len(versions) else None
        compared = differences(
            {} if before is None or before.removed else before.document,
            {} if version.removed else version.document,
        )
        lines.append(
            {
                "version": version,
                "is_current": rank == 0,
                "is_first": before is None,
                "differences": []
                if before is None
                else [
                    (
                        labels.field_label(kind, one.name),
                        labels.value_in_words(one.before),
                        labels.value_in_words(one.after),
                    )
                    for one in compared
                ],
            }
        )
    return lines


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
    if kind.slug in READ_ONLY:
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
        "uses": uses_of(kind, row) if row else Uses(),
        "title": _("Modifier : %(name)s") % {"name": name_of(row)} if row else _("Ajouter"),
        "breadcrumb": breadcrumb_of(kind, _("Modifier") if row else _("Ajouter")),
        "list_url": element_url(kind, row.id) if row else list_url(kind),
    }
    return render(request, "tenants/element_form.html", context)


def _agent(request: HttpRequest) -> Agent:
    return Agent(account_id=account_of(request).id, request_id=correlation_id())


def _write(
    request: HttpRequest, kind: Kind, row: Referential | None, document: dict[str, Any]
) -> ImportReport:
    tenant, agent = tenant_of(request), _agent(request)
    if kind.slug in editing.KEYS:
        identifier = str(document[editing.KEYS[kind.slug]])
        # What the form does not show (details of an agency) stays.
        document = {**(plain(kind.describe(row)) if row else {}), **document}
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
    """Remove an agency or a rule that nobody uses; say who does otherwise."""
    kind = kind_of(slug)
    row = element_of(kind, row_id)
    if kind.slug not in editing.KEYS:
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
        "uses": uses,
        "refusals": refusals,
        "back_url": element_url(kind, row.id),
        "breadcrumb": breadcrumb_of(kind, _("Retirer")),
    }
    return render(request, "tenants/element_remove.html", context)


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def referential_export(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole referential as the file that would import it again."""
    made = export_kind(kind_of(slug).slug)
    return HttpResponse(
        made.content,
        content_type=made.content_type,
        headers={"Content-Disposition": f'attachment; filename="{made.name}"'},
    )
