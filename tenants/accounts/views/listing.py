"""The list of accounts, its filters and its export, which an import takes back."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import django_filters
import django_tables2
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.kernel.identifiers import parse_id
from sae.ui import exports
from sae.ui.addresses import EXPORT
from sae.ui.filters import FilterSet
from sae.ui.lists import Empty, ListView
from sae.ui.tables import DayColumn, SelectColumn, Table, TitleColumn
from tenants.access import may, organisation_of
from tenants.accounts import selectors
from tenants.accounts.columns import exported
from tenants.accounts.reach import accounts_of
from tenants.accounts.statuses import account_status
from tenants.accounts.views.asking import MENU, TITLE
from tenants.models import Account
from tenants.permissions import Permission

NEVER, DORMANT = "jamais", "dormant"


class AccountTable(Table):
    caption = gettext_lazy("Comptes de l’organisation")

    choice = SelectColumn(name_of="name")
    name = TitleColumn(
        verbose_name=gettext_lazy("Nom"),
        linkify=("account", [django_tables2.A("id")]),
        order_by=("last_name", "first_name"),
        note="email",
    )
    service = django_tables2.Column(verbose_name=gettext_lazy("Service"))
    groups = django_tables2.Column(
        verbose_name=gettext_lazy("Groupes"), empty_values=(), orderable=False, accessor="id"
    )
    status = django_tables2.Column(
        verbose_name=gettext_lazy("Statut"), attrs={"td": {"class": "cell-status"}}
    )
    last_login = DayColumn(verbose_name=gettext_lazy("Dernière connexion"), default="—")
    identifier = django_tables2.Column(
        verbose_name=gettext_lazy("Identifiant"), attrs={"td": {"class": "mono"}}
    )

    class Meta:
        attrs = {"class": "table"}

    groups_by_account: Mapping[uuid.UUID, Sequence[str]] = {}

    def render_status(self, record: Account) -> SafeString:
        return account_status(record, plain=True)

    def render_groups(self, record: Account) -> str:
        return ", ".join(self.groups_by_account.get(record.id, ())) or "—"


class AccountFilters(FilterSet):
    quick_fields = (
        "first_name__icontains",
        "last_name__icontains",
        "email__icontains",
        "identifier__istartswith",
        "internal_code__iexact",
        "service__icontains",
    )
    quick_label = gettext_lazy("Chercher un compte")

    statut = django_filters.MultipleChoiceFilter(
        label=gettext_lazy("Statut"),
        field_name="status",
        choices=[(value, str(label).capitalize()) for value, label in Account.Status.choices],
    )
    type = django_filters.ChoiceFilter(
        label=gettext_lazy("Type"),
        field_name="kind",
        empty_label=gettext_lazy("Tous"),
        choices=[(value, str(label).capitalize()) for value, label in Account.Kind.choices],
    )
    groupe = django_filters.ChoiceFilter(
        label=gettext_lazy("Groupe"),
        empty_label=gettext_lazy("Tous"),
        method="in_group",
        choices=(),
    )
    usage = django_filters.ChoiceFilter(
        label=gettext_lazy("Usage"),
        empty_label=gettext_lazy("Tous"),
        method="by_usage",
        choices=[
            (NEVER, gettext_lazy("Jamais connecté")),
            (DORMANT, gettext_lazy("Sans connexion depuis six mois")),
        ],
    )

    class Meta:
        model = Account
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation_of(kwargs["request"])
        self.filters["groupe"].field.choices = [
            ("", _("Tous")),
            *selectors.group_choices(self.organisation),
        ]

    def in_group(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        group_id = parse_id(value)
        members = selectors.members_of(self.organisation, group_id) if group_id else []
        return queryset.filter(id__in=members)

    def by_usage(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(selectors.never_used() if value == NEVER else selectors.dormant())


class AccountList(ListView):
    """Accounts of the organisation, by name."""

    menu = MENU
    template_name = "tenants/accounts/list.html"
    title = TITLE
    noun = ("compte", "comptes")
    table_class = AccountTable
    filterset_class = AccountFilters
    order_by = ("name",)
    empty = Empty(
        gettext_lazy("Aucun compte dans cette organisation."),
        gettext_lazy("Créer un compte"),
        "account_new",
    )

    @property
    def facts(self) -> str:  # type: ignore[override]
        return organisation_of(self.request).name

    @property
    def breadcrumb(self) -> list[tuple[Any, str]]:  # type: ignore[override]
        return [(gettext_lazy("Administration"), ""), (TITLE, "")]

    @property
    def may_manage(self) -> bool:
        return bool(may(self.request, Permission.ACCOUNT_MANAGE))

    @property
    def selection_template_name(self) -> str:  # type: ignore[override]
        return "tenants/accounts/selection.html" if self.may_manage else ""

    def get_queryset(self) -> QuerySet:
        return accounts_of(organisation_of(self.request)).order_by("last_name", "first_name", "id")

    def get_table_kwargs(self) -> dict[str, Any]:
        return {} if self.may_manage else {"exclude": ("choice",)}

    def get_context(self, **context: Any) -> dict[str, Any]:
        """Add the groups of the page shown, in one query."""
        ids = [row.record.id for row in context["table"].paginated_rows]
        context["table"].groups_by_account = selectors.groups_of(organisation_of(self.request), ids)
        return context

    def _export(
        self, request: HttpRequest, table_class: type[Table], table: Table
    ) -> HttpResponseBase:
        """Write the accounts listed as an import reads them."""
        accounts = list(table.data.data)
        groups = selectors.groups_of(organisation_of(request), [account.id for account in accounts])
        return exports.export_response(
            exported(accounts, groups), title=str(TITLE), file_format=request.GET[EXPORT]
        )


def chosen_accounts(request: HttpRequest) -> list[Account]:
    """Return the accounts chosen in the list: the boxes ticked, or all that its filters keep."""
    base = accounts_of(organisation_of(request)).select_related("organisation")
    if request.POST.get("portee") == "tous":
        filters = AccountFilters(
            QueryDict(request.POST.get("filtres", "")), queryset=base, request=request
        )
        return list(filters.qs.order_by("last_name", "first_name", "id"))
    ids = [found for text in request.POST.getlist("choix") if (found := parse_id(text))]
    return list(base.filter(id__in=ids).order_by("last_name", "first_name", "id"))
