"""Screens of the referentials: what the coffre has, one list and one page per kind."""

from collections.abc import Sequence
from typing import Any

import django_filters
import django_tables2
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from sae.ui.filters import FilterSet
from sae.ui.lists import Empty, ListView
from sae.ui.markup import status_html
from sae.ui.tables import DayColumn, NumberColumn, Table, TitleColumn
from tenants.access import may, requires
from tenants.contracts_edit.guard import may_change
from tenants.models import Agency, IngestContract, ManagementRule, Status
from tenants.permissions import Permission
from tenants.referentials.editing import READ_ONLY
from tenants.referentials.purposes import PURPOSES
from tenants.selectors import referentials as selectors
from tenants.views.referential_places import HOME, list_url

MENU = "referentiels"
SHIPPED = ("formats", "ontologies")
"""Kinds of which the platform has elements of its own, until the coffre has some."""


@requires(Permission.REFERENTIAL_VIEW)
@require_GET
def referentials(request: HttpRequest) -> HttpResponse:
    """Every kind of referential of the coffre, with what was last received."""
    return render(
        request,
        "tenants/referentials.html",
        {
            "groups": [
                (name, [(one, list_url(one.kind)) for one in overviews])
                for name, overviews in selectors.overviews()
            ],
            "may_import": _may_import(request),
        },
    )


def _may_import(request: HttpRequest) -> bool:
    return bool(may(request, Permission.REFERENTIAL_IMPORT))


def status_chip(status: str) -> SafeString:
    """Return whether a contract is active, icon and word."""
    active = status == Status.ACTIVE
    word = Status(status).label
    return status_html("OK" if active else "NOT_RUN", word=str(word).capitalize(), plain=True)


class StatusOfContractColumn(django_tables2.Column):
    """Active or not."""

    def render(self, value: Any, record: Any) -> SafeString:
        return status_chip(record.status)

    def value(self, value: Any, record: Any) -> str:
        return str(Status(record.status).label)


class ReferentialList(ListView):
    """Base of the lists of referentials."""

    menu = MENU
    kind = ""
    template_name = "tenants/referential_list.html"

    @property
    def facts(self) -> Any:  # type: ignore[override]
        return PURPOSES[self.kind]

    @property
    def breadcrumb(self) -> Sequence[tuple[Any, str]]:  # type: ignore[override]
        return [(HOME, reverse("referentials")), (self.title, "")]

    def get_context(self, **context: Any) -> dict[str, Any]:
        context["kind"] = self.kind
        context["may_import"] = _may_import(self.request)
        context["may_edit"] = (
            self.kind not in READ_ONLY
            and may_change(self.request, self.kind)
            and bool(may(self.request, Permission.REFERENTIAL_EDIT))
        )
        context["may_adopt"] = (
            context["may_edit"] and self.kind in SHIPPED and not self.get_queryset().exists()
        )
        return context


class RuleTable(Table):
    caption = gettext_lazy("Règles de gestion de ce coffre")

    value = TitleColumn(
        verbose_name=gettext_lazy("Intitulé"),
        linkify=("rule", [django_tables2.A("id")]),
    )
    identifier = django_tables2.Column(
        verbose_name=gettext_lazy("Identifiant"), attrs={"td": {"class": "mono"}}
    )
    category = django_tables2.Column(verbose_name=gettext_lazy("Type"))
    length = django_tables2.Column(
        verbose_name=gettext_lazy("Durée"),
        accessor="duration",
        empty_values=(),
        order_by=("unlimited", "measurement", "duration"),
    )
    updated_at = DayColumn(verbose_name=gettext_lazy("Modifiée le"))

    class Meta:
        attrs = {"class": "table"}

    def render_category(self, record: ManagementRule) -> str:
        return str(record.get_category_display()).capitalize()

    def render_length(self, record: ManagementRule) -> str:
        return selectors.length_in_words(record)

    def value_length(self, record: ManagementRule) -> str:
        return selectors.length_in_words(record)


class RuleFilters(FilterSet):
    quick_fields = ("identifier__icontains", "value__icontains", "description__icontains")
    quick_label = gettext_lazy("Chercher une règle")

    type = django_filters.ChoiceFilter(
        label=gettext_lazy("Type"),
        field_name="category",
        empty_label=gettext_lazy("Tous"),
        choices=ManagementRule.Category.choices,
    )

    class Meta:
        model = ManagementRule
        fields: list[str] = []


class RuleList(ReferentialList):
    """Rules, by identifier."""

    kind = "rules"
    title = gettext_lazy("Règles de gestion")
    noun = ("règle", "règles")
    table_class = RuleTable
    filterset_class = RuleFilters
    order_by = ("identifier",)
    empty = Empty(gettext_lazy("Aucune règle de gestion dans ce coffre."))

    def get_queryset(self) -> QuerySet[ManagementRule]:
        return selectors.rules()


class AgencyTable(Table):
    caption = gettext_lazy("Services agents de ce coffre")

    name = TitleColumn(
        verbose_name=gettext_lazy("Nom"),
        linkify=("agency", [django_tables2.A("id")]),
    )
    identifier = django_tables2.Column(
        verbose_name=gettext_lazy("Identifiant"), attrs={"td": {"class": "mono"}}
    )
    description = django_tables2.Column(verbose_name=gettext_lazy("Description"))
    created_at = DayColumn(verbose_name=gettext_lazy("Créé le"))

    class Meta:
        attrs = {"class": "table"}


class AgencyFilters(FilterSet):
    quick_fields = ("identifier__icontains", "name__icontains", "description__icontains")
    quick_label = gettext_lazy("Chercher un service")

    class Meta:
        model = Agency
        fields: list[str] = []


class AgencyList(ReferentialList):
    """Agencies, by name."""

    kind = "agencies"
    title = gettext_lazy("Services agents")
    noun = ("service", "services")
    table_class = AgencyTable
    filterset_class = AgencyFilters
    order_by = ("name",)
    empty = Empty(gettext_lazy("Aucun service agent dans ce coffre."))

    def get_queryset(self) -> QuerySet[Agency]:
        return selectors.agencies()


class IngestContractTable(Table):
    caption = gettext_lazy("Contrats d’entrée de ce coffre")

    name = TitleColumn(
        verbose_name=gettext_lazy("Nom"),
        linkify=("ingest_contract", [django_tables2.A("id")]),
    )
    identifier = django_tables2.Column(
        verbose_name=gettext_lazy("Identifiant"), attrs={"td": {"class": "mono"}}
    )
    status = StatusOfContractColumn(verbose_name=gettext_lazy("Statut"))
    profiles = NumberColumn(
        verbose_name=gettext_lazy("Profils d’archivage"),
        accessor="archive_profiles",
        orderable=False,
    )
    created_at = DayColumn(verbose_name=gettext_lazy("Créé le"))

    class Meta:
        attrs = {"class": "table"}

    def render_profiles(self, value: list[str]) -> str:
        return str(len(value))

    def value_profiles(self, value: list[str]) -> int:
        return len(value)


class IngestContractFilters(FilterSet):
    quick_fields = ("identifier__icontains", "name__icontains", "description__icontains")
    quick_label = gettext_lazy("Chercher un contrat")

    statut = django_filters.ChoiceFilter(
        label=gettext_lazy("Statut"),
        field_name="status",
        empty_label=gettext_lazy("Tous"),
        choices=Status.choices,
    )

    class Meta:
        model = IngestContract
        fields: list[str] = []


class IngestContractList(ReferentialList):
    """Ingest contracts, by name."""

    kind = "ingestcontracts"
    title = gettext_lazy("Contrats d’entrée")
    noun = ("contrat", "contrats")
    table_class = IngestContractTable
    filterset_class = IngestContractFilters
    order_by = ("name",)
    empty = Empty(gettext_lazy("Aucun contrat d’entrée dans ce coffre."))

    def get_queryset(self) -> QuerySet[IngestContract]:
        return selectors.ingest_contracts()
