"""Deposits of the coffre: list, filters, exports; rows under way refresh by themselves."""

from typing import Any

import django_filters
import django_tables2
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from ingest.models import Deposit
from ingest.selectors.deposits import (
    LIVE_STATES,
    STATUS_QUERIES,
    agencies_met,
    agency_names,
    deposits,
    is_live,
    names_of,
    registered_under,
    status_key,
)
from sae.kernel.identifiers import parse_id
from sae.ui import french
from sae.ui.filters import DayRangeFilter, FilterSet
from sae.ui.lists import Empty, ListView
from sae.ui.statuses import STATUSES, status_of
from sae.ui.tables import (
    MomentColumn,
    NumberColumn,
    SizeColumn,
    StatusColumn,
    Table,
    TitleColumn,
)
from tenants.access import account_of, may, requires
from tenants.deposit_sights import deposit_sight_of_request
from tenants.permissions import Permission

STOP_POLLING = 286
MOST_LIVE = 200


class DepositStatusColumn(StatusColumn):
    """The one word of a deposit, whatever mixture of state and outcome it comes from."""

    def render(self, record: Deposit) -> Any:
        return moving_cell("statut", record, super().render(status_key(record)))

    def value(self, record: Deposit) -> str:
        return str(status_of(status_key(record)).word)


def moving_cell(name: str, record: Deposit, content: Any) -> Any:
    """Give a cell an address of its own, so that a row under way is refreshed in place."""
    return format_html('<span id="{}-{}">{}</span>', name, record.id, content)


class DepositTable(Table):
    """One line per deposit."""

    caption = _("Versements de ce coffre")

    title = TitleColumn(
        verbose_name=_("Versement"),
        note="reference",
        linkify=lambda record: reverse("deposit", args=[record.id]),
    )
    received_at = MomentColumn(verbose_name=_("Reçu le"))
    originating_agency = django_tables2.Column(verbose_name=_("Service producteur"))
    account_id = django_tables2.Column(verbose_name=_("Déposant"), orderable=False)
    unit_count = NumberColumn(verbose_name=_("Unités"))
    file_size = SizeColumn(verbose_name=_("Volume"))
    problem_count = NumberColumn(verbose_name=_("Anomalies"))
    status = DepositStatusColumn(accessor="state", order_by=("state", "outcome"))

    class Meta:
        attrs = {"class": "table"}

    def __init__(self, data: Any, *args: Any, names: dict[Any, str] | None = None, **kwargs: Any):
        super().__init__(data, *args, **kwargs)
        self.names = names
        self.agencies: dict[str, str] | None = None

    def render_title(self, record: Deposit, value: str) -> str:
        return value or record.file_name

    def render_account_id(self, record: Deposit, value: Any) -> str:
        if self.names is None:
            self.names = names_of(row.account_id for row in self.shown())
        return self.names.get(value, "—")

    def render_originating_agency(self, value: str) -> str:
        if self.agencies is None:
            self.agencies = agency_names(row.originating_agency for row in self.shown())
        return self.agencies.get(value, value)

    def value_account_id(self, record: Deposit, value: Any) -> str:
        return self.render_account_id(record, value)

    def shown(self) -> list[Deposit]:
        """Return the records that this table is about to show: its page, or all it was given."""
        page = getattr(self, "page", None)
        if page is not None:
            return [row.record for row in page.object_list]
        return list(self.data.data)

    def render_problem_count(self, record: Deposit, value: int) -> Any:
        return moving_cell("anomalies", record, french.number(value) if value else "")

    def render_unit_count(self, record: Deposit, value: int) -> Any:
        return moving_cell("unites", record, french.number(value) if value else "")


class DepositFilters(FilterSet):
    """Filters of the list, all in the address."""

    quick_fields = (
        "title__icontains",
        "file_name__icontains",
        "message_identifier__icontains",
        "originating_agency__icontains",
    )
    quick_label = _("Chercher un versement")

    statut = django_filters.ChoiceFilter(
        label=_("Statut"),
        method="by_status",
        empty_label=_("Tous"),
        choices=[(key, STATUSES[key].word) for key in STATUS_QUERIES],
    )
    service = django_filters.ChoiceFilter(
        label=_("Service producteur"),
        field_name="originating_agency",
        empty_label=_("Tous"),
        choices=[],
    )
    type = django_filters.ChoiceFilter(
        label=_("Type de dépôt"),
        field_name="action",
        empty_label=_("Tous"),
        choices=Deposit.Action.choices,
    )
    contrat = django_filters.CharFilter(label=_("Contrat d’entrée"), method="by_agreement")
    profil = django_filters.CharFilter(label=_("Profil d’archivage"), method="by_profile")
    recu = DayRangeFilter(label=_("Reçu"), field_name="received_at")
    miens = django_filters.ChoiceFilter(
        label=_("Déposant"),
        method="by_me",
        empty_label=_("Tous"),
        choices=[("on", _("moi"))],
    )

    class Meta:
        model = Deposit
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agencies: Any = self.form.fields["service"]
        agencies.choices = agencies_met(deposit_sight_of_request(kwargs["request"]))

    def quick_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Search by number too: « VERS-2026-0147 », « 2026-147 » or « 147 »."""
        tail = value.strip().upper().removeprefix("VERS-")
        year, _dash, number = tail.rpartition("-")
        if (
            number.isdigit()
            and len(number) < 10
            and (not year or (year.isdigit() and len(year) == 4))
        ):
            exact = queryset.filter(number=int(number))
            exact = exact.filter(year=int(year)) if year else exact
            if exact.exists():
                return exact
        return super().quick_search(queryset, name, value)

    def by_status(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(STATUS_QUERIES[value])

    def by_agreement(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(id__in=registered_under(agreement=value.strip()))

    def by_profile(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(id__in=registered_under(profile=value.strip()))

    def by_me(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(account_id=account_of(self.request).id)


class DepositList(ListView):
    """Every deposit of the coffre; « Les miens » is a filter, hence an address of its own."""

    menu = "deposits"
    title = _("Versements")
    noun = ("versement", "versements")
    table_class = DepositTable
    filterset_class = DepositFilters
    order_by = ("-received_at",)
    template_name = "ingest/deposit_list.html"
    results_template_name = "ingest/deposit_list_results.html"

    @property
    def breadcrumb(self) -> list[tuple[Any, str]]:  # type: ignore[override]
        may_deposit = may(self.request, Permission.DEPOSIT_CREATE)
        above = reverse("deposit_new") if may_deposit else ""
        return [(_("Déposer"), above), (_("Versements"), "")]

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        follows_all = deposit_sight_of_request(self.request).everything
        cause = (
            _("Aucun versement dans ce coffre.")
            if follows_all
            else _("Vous ne suivez encore aucun versement dans ce coffre.")
        )
        if may(self.request, Permission.DEPOSIT_CREATE):
            return Empty(cause, _("Déposer un paquet"), "deposit_new")
        return Empty(cause)

    def get_queryset(self) -> QuerySet[Deposit]:
        return deposits(deposit_sight_of_request(self.request))

    def get_context(self, **context: Any) -> dict[str, Any]:
        records = context["table"].shown()
        live = [deposit for deposit in records if is_live(deposit)]
        context["live_query"] = urlencode([("id", deposit.id) for deposit in live])
        followed = deposits(deposit_sight_of_request(self.request))
        context["live_count"] = followed.filter(state__in=LIVE_STATES).count()
        context["may_deposit"] = bool(may(self.request, Permission.DEPOSIT_CREATE))
        return context


@requires(Permission.DEPOSIT_VIEW)
@require_GET
def deposits_live(request: HttpRequest) -> HttpResponse:
    """Refresh the rows named in the address; 286 ends htmx's asking once none of them moves."""
    asked = [parse_id(text) for text in request.GET.getlist("id")[:MOST_LIVE]]
    followed = deposits(deposit_sight_of_request(request))
    found = list(followed.filter(id__in=[identifier for identifier in asked if identifier]))
    moving = any(is_live(deposit) for deposit in found)
    return render(
        request,
        "ingest/deposit_list_live.html",
        {"deposits": found},
        status=200 if moving else STOP_POLLING,
    )
