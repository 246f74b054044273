"""The one view of lists: filters, sort, pages and exports, all in the address.

The same address serves the whole page and, to htmx, the results alone.

    class DepositList(ListView):
        menu = "deposer"
        title = _("Versements")
        noun = ("versement", "versements")
        table_class = DepositTable
        filterset_class = DepositFilters
        empty = Empty(_("Aucun versement dans ce coffre."), _("Déposer un paquet"), "deposit_new")

        def get_queryset(self):
            return deposits_of(self.request)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views import View

from sae.ui import errors, exports, french, preferences
from sae.ui.addresses import EXPORT, SORT, with_query
from sae.ui.filters import FilterSet
from sae.ui.pagination import PAGE_SIZES, asked_size, page_of, pager_of
from sae.ui.tables import Table, exported_rows

Text = str | Promise
RESULTS = "results"


@dataclass(frozen=True, slots=True)
class Empty:
    """What an empty list says: the cause, and the one thing to do next."""

    cause: Text
    action: Text = ""
    url_name: str = ""

    @property
    def url(self) -> str:
        return reverse(self.url_name) if self.url_name else ""


@dataclass(frozen=True, slots=True)
class Export:
    label: str
    url: str


class ListView(View):
    """Base of every list. ``noun`` is (singular, plural); ``breadcrumb`` is (label, address)s."""

    table_class: type[Table]
    filterset_class: type[FilterSet] | None = None
    template_name = "ui/list.html"
    results_template_name = "ui/list_results.html"
    title: Text = ""
    facts: Text = ""
    noun: tuple[str, str] = ("résultat", "résultats")
    order_by: Sequence[str] = ()
    page_size = PAGE_SIZES[0]
    empty = Empty("")
    breadcrumb: Sequence[tuple[Text, str]] = ()
    selection_template_name = ""
    menu: ClassVar[str] = ""

    def get_queryset(self) -> QuerySet:
        """Return the rows its reader may see, before any filter."""
        raise NotImplementedError

    def get_table_class(self) -> type[Table]:
        return self.table_class

    def get_table_kwargs(self) -> dict[str, Any]:
        return {}

    def get_context(self, **context: Any) -> dict[str, Any]:
        """Add what the list's own template needs."""
        return context

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        queryset = self.get_queryset()
        filterset = None
        if self.filterset_class is not None:
            filterset = self.filterset_class(request.GET, queryset=queryset, request=request)
            # An impossible filter leaves the list whole and says so beside its field.
            queryset = filterset.qs if filterset.is_valid() else queryset
        table_class = self.get_table_class()
        table = table_class(
            queryset, order_by=self._sort(table_class), request=request, **self.get_table_kwargs()
        )
        if request.GET.get(EXPORT) in exports.FORMATS:
            return self._export(request, table_class, table)

        page = page_of(request, table.rows, size=self._size(request))
        table.page = page
        table.paginator = page.paginator
        context = self.get_context(
            view=self,
            table=table,
            filterset=filterset,
            pager=pager_of(request, page),
            total=page.paginator.count,
            total_in_words=french.count(page.paginator.count, *self.noun),
            exports=[
                Export(kind.upper(), with_query(request.GET, **{EXPORT: kind}))
                for kind in exports.FORMATS
            ],
            results_id=RESULTS,
        )
        partial = getattr(request, "htmx", None) and request.htmx.target == RESULTS  # type: ignore[attr-defined]
        template = self.results_template_name if partial else self.template_name
        response = render(request, template, context)
        patch_vary_headers(response, ["HX-Request"])
        return response

    def _sort(self, table_class: type[Table]) -> Sequence[str]:
        asked = self.request.GET.get(SORT, "")
        known = [key for key in asked.split(",") if key.lstrip("-") in table_class.base_columns]
        return known or self.order_by

    def _size(self, request: HttpRequest) -> int:
        return asked_size(request, default=preferences.read(request).per_page or self.page_size)

    def _export(
        self, request: HttpRequest, table_class: type[Table], table: Table
    ) -> HttpResponse | HttpResponseBase:
        records = table.data.data
        rows = records.iterator(2000) if isinstance(records, QuerySet) else records
        try:
            return exports.export_response(
                exported_rows(table_class, rows),
                title=str(self.title),
                file_format=request.GET[EXPORT],
            )
        except exports.TooManyLinesError:
            return errors.refusal(
                request,
                _("Cette liste dépasse %s lignes : affinez les filtres avant de l’exporter.")
                % french.number(exports.MOST_LINES),
            )
