"""The list of any kind of referential that has none of its own."""

from typing import Any

import django_filters
import django_tables2
from django.core.exceptions import FieldDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from sae.ui.filters import FilterSet
from sae.ui.lists import Empty
from sae.ui.tables import DayColumn, Table, TitleColumn
from tenants.models import Contract, Referential, Status
from tenants.referentials.kinds import Kind
from tenants.views.referential_places import element_url, kind_of
from tenants.views.referentials import SHIPPED, ReferentialList, StatusOfContractColumn


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
        if self.kind in SHIPPED:
            self.empty = Empty(
                gettext_lazy(
                    "Ceux de la plateforme valent : chargez-les pour les annoter, ou ajoutez les "
                    "vôtres."
                )
            )

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
