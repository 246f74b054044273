"""The list of the organisations that the platform serves, and how each is."""

import uuid
from typing import Any

import django_filters
import django_tables2
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.tenancy.models import Organisation
from sae.ui import french
from sae.ui.filters import FilterSet
from sae.ui.lists import Empty, ListView
from sae.ui.markup import status_html
from sae.ui.tables import MomentColumn, NumberColumn, SizeColumn, Table, TitleColumn
from tenants.organisations.figures import OrganisationFigures, figures_of

MENU = "organisations"
HOME = gettext_lazy("Organisations")


class OrganisationTable(Table):
    """Figures come beside the rows: one reading for the page, whatever its length."""

    caption = gettext_lazy("Organisations de la plateforme, en chiffres")

    name = TitleColumn(
        verbose_name=gettext_lazy("Organisation"),
        linkify=("platform_organisation", [django_tables2.A("id")]),
        note="code",
    )
    state = django_tables2.Column(
        verbose_name=gettext_lazy("État"), empty_values=(), order_by="suspended_at"
    )
    coffres = NumberColumn(verbose_name=gettext_lazy("Coffres"), empty_values=(), orderable=False)
    accounts = NumberColumn(verbose_name=gettext_lazy("Comptes"), empty_values=(), orderable=False)
    units = NumberColumn(verbose_name=gettext_lazy("Unités"), empty_values=(), orderable=False)
    objects = NumberColumn(verbose_name=gettext_lazy("Objets"), empty_values=(), orderable=False)
    size = SizeColumn(verbose_name=gettext_lazy("Volume"), empty_values=(), orderable=False)
    deposits = NumberColumn(
        verbose_name=gettext_lazy("Versements, 30 jours"), empty_values=(), orderable=False
    )
    last_activity = MomentColumn(
        verbose_name=gettext_lazy("Dernière activité"), empty_values=(), orderable=False
    )
    health = django_tables2.Column(
        verbose_name=gettext_lazy("Santé"), empty_values=(), orderable=False
    )

    class Meta:
        attrs = {"class": "table"}

    @cached_property
    def figures(self) -> dict[uuid.UUID, OrganisationFigures]:
        """Of the page shown, or of every row of an export."""
        page = getattr(self, "page", None)
        rows = page.object_list if page is not None else self.rows
        return figures_of([row.record for row in rows])

    def _figures(self, record: Organisation) -> OrganisationFigures:
        return self.figures[record.id]

    def render_state(self, record: Organisation) -> SafeString:
        return state_chip(record)

    def value_state(self, record: Organisation) -> str:
        return _("suspendue") if record.suspended_at else _("active")

    def render_coffres(self, record: Organisation) -> str:
        return french.number(len(self._figures(record).archives))

    def value_coffres(self, record: Organisation) -> int:
        return len(self._figures(record).archives)

    def render_accounts(self, record: Organisation) -> str:
        return french.number(self._figures(record).accounts)

    def value_accounts(self, record: Organisation) -> int:
        return self._figures(record).accounts

    def render_units(self, record: Organisation) -> str:
        return french.number(self._figures(record).units)

    def value_units(self, record: Organisation) -> int:
        return self._figures(record).units

    def render_objects(self, record: Organisation) -> str:
        return french.number(self._figures(record).objects)

    def value_objects(self, record: Organisation) -> int:
        return self._figures(record).objects

    def render_size(self, record: Organisation) -> str:
        return french.size(self._figures(record).size)

    def value_size(self, record: Organisation) -> int:
        return self._figures(record).size

    def render_deposits(self, record: Organisation) -> str:
        return french.number(self._figures(record).deposits)

    def value_deposits(self, record: Organisation) -> int:
        return self._figures(record).deposits

    def render_last_activity(self, record: Organisation) -> str:
        last = self._figures(record).last_activity
        return french.moment(last) if last else _("aucune")

    def value_last_activity(self, record: Organisation) -> Any:
        return self._figures(record).last_activity

    def render_health(self, record: Organisation) -> SafeString:
        return health_chip(self._figures(record))

    def value_health(self, record: Organisation) -> str:
        return health_in_words(self._figures(record))


def state_chip(organisation: Organisation) -> SafeString:
    """Return whether an organisation is open or suspended, icon and word."""
    if organisation.suspended_at:
        return status_html("PAUSED", word=_("Suspendue"), plain=True)
    return status_html("OK", word=_("Active"), plain=True)


def health_in_words(figures: OrganisationFigures) -> str:
    """Return what is wrong, or that nothing is."""
    faults = [
        french.count(number, one, several)
        for number, one, several in (
            (figures.broken_journals, _("journal rompu"), _("journaux rompus")),
            (figures.broken_copies, _("copie à réparer"), _("copies à réparer")),
            (figures.failed_jobs, _("travail en échec"), _("travaux en échec")),
        )
        if number
    ]
    return ", ".join(faults) or _("rien à signaler")


def health_chip(figures: OrganisationFigures) -> SafeString:
    """Return the health of an organisation, icon and words."""
    return status_html(figures.health, word=health_in_words(figures).capitalize(), plain=True)


class OrganisationFilters(FilterSet):
    quick_fields = ("name__icontains", "code__istartswith")
    quick_label = gettext_lazy("Chercher une organisation")

    etat = django_filters.ChoiceFilter(
        label=gettext_lazy("État"),
        empty_label=gettext_lazy("Tous"),
        choices=[
            ("active", gettext_lazy("active")),
            ("suspendue", gettext_lazy("suspendue")),
            ("modele", gettext_lazy("modèle")),
        ],
        method="of_state",
    )

    class Meta:
        model = Organisation
        fields: tuple[str, ...] = ()

    def of_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        if value == "modele":
            return queryset.filter(is_template=True)
        return queryset.filter(suspended_at__isnull=value == "active")


class OrganisationList(ListView):
    """Every organisation the platform serves: state, volumes, health."""

    menu = MENU
    title = HOME
    noun = ("organisation", "organisations")
    table_class = OrganisationTable
    filterset_class = OrganisationFilters
    template_name = "tenants/organisations/list.html"
    order_by = ("name",)
    empty = Empty(
        gettext_lazy("La plateforme ne sert encore aucune organisation."),
        gettext_lazy("Créer une organisation"),
        "organisation_new",
    )

    def get_queryset(self) -> QuerySet:
        return Organisation.objects.filter(is_platform=False)
