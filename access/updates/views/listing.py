"""The list of acts: whose, over how many units, with what result."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from access.naming import account_names
from access.updates.act_page import TITLES, ActPage
from access.updates.acts_seen import acts_in_sight
from sae.holdings.models import MassOperation
from sae.ui.lists import Empty, ListView
from sae.ui.markup import status_html
from sae.ui.tables import Column, MomentColumn, NumberColumn, Table
from tenants.access import requires
from tenants.permissions import Permission


class ActTable(Table):
    """One act per line."""

    caption: str | Promise = _("Modifications, les plus récentes d’abord")
    kind = Column(verbose_name=_("Modification"), orderable=False)
    created_at = MomentColumn(verbose_name=_("Le"))
    agent_id = Column(verbose_name=_("Par"), orderable=False)
    total = NumberColumn(verbose_name=_("Unités"))
    changed = NumberColumn(verbose_name=_("Modifiées"))
    ko = NumberColumn(verbose_name=_("Laissées"))
    state = Column(verbose_name=_("État"), orderable=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names: dict[Any, str] | None = None

    def render_kind(self, value: str, record: MassOperation) -> SafeString:
        return format_html(
            '<a class="row-link" href="{}">{}</a>',
            reverse("update", args=[record.id]),
            self.value_kind(value),
        )

    def value_kind(self, value: str) -> str:
        return TITLES.get(value, value)

    def render_agent_id(self, value: Any) -> str:
        if self._names is None:
            rows = getattr(self, "page", None) or self.rows
            self._names = account_names({row.record.agent_id for row in rows})
        return self._names.get(value, "")

    def value_agent_id(self, value: Any) -> str:
        return self.render_agent_id(value)

    def render_state(self, record: MassOperation) -> SafeString:
        key, word = ActPage(None, record).status  # type: ignore[arg-type]
        return status_html(key, word=word, plain=True)

    def value_state(self, record: MassOperation) -> str:
        return str(record.get_state_display())


class ActList(ListView):
    """The acts of the coffre that one may know of, drafts included."""

    menu = "modifications"
    title = _("Modifications")
    noun = ("modification", "modifications")
    table_class = ActTable
    order_by = ("-created_at",)
    empty = Empty(
        _("Aucune modification encore : cochez des unités dans une recherche pour commencer."),
        _("Rechercher"),
        "search",
    )

    def get_queryset(self) -> QuerySet:
        return acts_in_sight(self.request).filter(kind__in=TITLES)


acts = requires(Permission.UNIT_EDIT)(ActList.as_view())
