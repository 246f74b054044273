"""The operations journal: list, filters, one operation, downloads, verification."""

import uuid
from typing import Any

import django_filters
import django_tables2
import orjson
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from access.fetching import operation_or_404
from access.journal_pages import OperationPage, last_verification
from access.naming import account_names, category_label
from access.verification import ask_verification
from sae.journal.export import operation_document, operations_csv, operations_json
from sae.journal.labels import label
from sae.journal.models import OUTCOMES, Operation
from sae.journal.selectors import events_of, operations
from sae.kernel import clock
from sae.kernel.identifiers import parse_id
from sae.tenancy.middleware import tenant_id_of, tenant_of
from sae.tenancy.scope import stream_in_tenant
from sae.ui.correlation import correlation_id
from sae.ui.filters import DayRangeFilter, FilterSet
from sae.ui.lists import Empty, Export, ListView
from sae.ui.markup import status_html
from sae.ui.statuses import status_of
from sae.ui.tables import MomentColumn, StatusColumn, Table, TitleColumn
from tenants.access import account_of, requires
from tenants.permissions import Permission


class OperationTable(Table):
    """One line per operation."""

    caption = gettext_lazy("Opérations de ce coffre")

    type = TitleColumn(
        verbose_name=gettext_lazy("Opération"),
        note="message_identifier",
        # The journal's own page: whoever reads a journal may not be one who follows deposits.
        linkify=lambda record: reverse("operation", args=[record.id]),
    )
    category = django_tables2.Column(verbose_name=gettext_lazy("Catégorie"))
    started_at = MomentColumn(verbose_name=gettext_lazy("Début"))
    ended_at = MomentColumn(verbose_name=gettext_lazy("Fin"))
    agent_id = django_tables2.Column(verbose_name=gettext_lazy("Par"), orderable=False)
    outcome = StatusColumn()
    id = django_tables2.Column(verbose_name=gettext_lazy("Identifiant"), visible=False)

    class Meta:
        attrs = {"class": "table"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names: dict[uuid.UUID | None, str] = {}

    def render_type(self, value: str) -> str:
        return label(value)

    def value_type(self, value: str) -> str:
        return value

    def render_category(self, value: str) -> str:
        return category_label(value)

    def value_category(self, value: str) -> str:
        return value

    def render_outcome(self, record: Operation) -> Any:
        # The stored name: the column was given its French display.
        return status_html(record.outcome)

    def value_outcome(self, record: Operation) -> str:
        return str(status_of(record.outcome).word)

    def render_agent_id(self, record: Operation, value: uuid.UUID) -> str:
        if value not in self.names:
            # All the accounts of the page at once, at the first of its cells.
            shown = {row.record.agent_id for row in self.paginated_rows} | {value}
            self.names |= {one: str(one) for one in shown} | account_names(shown)
        return self.names[value]

    def value_agent_id(self, value: uuid.UUID) -> str:
        return str(value)


def _type_choices() -> list[tuple[str, str]]:
    types = Operation.objects.order_by("type").values_list("type", flat=True).distinct()
    return sorted(((one, label(one)) for one in types), key=lambda choice: choice[1])


class OperationFilters(FilterSet):
    """Filters of the journal, all in the address."""

    quick_label = gettext_lazy("Chercher une opération")

    type = django_filters.ChoiceFilter(
        label=gettext_lazy("Opération"), empty_label=gettext_lazy("Toutes"), choices=_type_choices
    )
    statut = django_filters.ChoiceFilter(
        label=gettext_lazy("Statut"),
        field_name="outcome",
        empty_label=gettext_lazy("Tous"),
        choices=OUTCOMES,
    )
    periode = DayRangeFilter(label=gettext_lazy("Début"), field_name="started_at")

    def quick_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Look for an operation's identifier, its message's, or the words of its name."""
        identifier = parse_id(value.strip())
        if identifier is not None:
            return queryset.filter(Q(id=identifier) | Q(agent_id=identifier))
        words = value.casefold().split()
        types = [
            code
            for code, sentence in _type_choices()
            if all(word in f"{code} {sentence}".casefold() for word in words)
        ]
        return queryset.filter(Q(type__in=types) | Q(message_identifier__icontains=value.strip()))


class OperationList(ListView):
    """Every operation of the coffre, the latest first."""

    menu = "journaux"
    title = gettext_lazy("Journal des opérations")
    noun = ("opération", "opérations")
    table_class = OperationTable
    filterset_class = OperationFilters
    template_name = "access/journal.html"
    empty = Empty(gettext_lazy("Aucune opération n’a encore été écrite dans ce coffre."))

    def get_queryset(self) -> QuerySet[Operation]:
        return operations()

    def get_context(self, **context: Any) -> dict[str, Any]:
        kept = f"?{self.request.GET.urlencode()}"
        # Streamed whole, events included in JSON: a journal may exceed what a spreadsheet takes.
        files = [
            Export("CSV", reverse("journal_csv") + kept),
            Export("JSON", reverse("journal_json") + kept),
        ]
        others = [export for export in context["exports"] if export.label == "XLSX"]
        return {**context, "exports": files + others, "verification": last_verification()}


@requires(Permission.JOURNAL_VIEW)
@require_safe
def operation(request: HttpRequest, operation_id: uuid.UUID) -> HttpResponse:
    """One operation: who, when, what came of it, every event in its place."""
    page = OperationPage(operation_or_404(operation_id), request)
    return render(request, "access/operation.html", {"page": page})


operation.menu = "journaux"  # type: ignore[attr-defined]


@requires(Permission.JOURNAL_VIEW)
@require_safe
def operation_json(request: HttpRequest, operation_id: uuid.UUID) -> HttpResponse:
    """One operation with its events, as the field's tools read it."""
    found = operation_or_404(operation_id)
    document = operation_document(
        found, events_of(found.id), tenant_number=tenant_of(request).number
    )
    body = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    return _attached(
        HttpResponse(body, content_type="application/json"), f"operation-{found.id}.json"
    )


@requires(Permission.JOURNAL_VIEW)
@require_safe
def journal_file(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """The operations that the filters of the address keep, with their events in JSON.

    Streamed in the coffre's scope: memory stays flat whatever the length of the journal.
    """
    query = request.GET.copy()

    def chunks() -> Any:
        filters = OperationFilters(query, queryset=operations(), request=request)
        found = filters.qs if filters.is_valid() else operations()
        if file_format == "json":
            yield from operations_json(found)
        else:
            yield from (line.encode() for line in operations_csv(found))

    content_type = "application/json" if file_format == "json" else "text/csv; charset=utf-8"
    response = StreamingHttpResponse(
        stream_in_tenant(tenant_id_of(request), chunks), content_type=content_type
    )
    return _attached(response, f"journal-{clock.today():%Y-%m-%d}.{file_format}")


@requires(Permission.JOURNAL_VIEW)
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Have the whole journal verified; its result is an operation like another."""
    operation = ask_verification(agent_id=account_of(request).id, request_id=correlation_id())
    messages.success(request, _("La vérification du journal est lancée."))
    return redirect("operation", operation.id)


def _attached(response: Any, name: str) -> Any:
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
