"""Screens of effective rights: who can, by which chain; one person, coffre by coffre."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import django_filters
import django_tables2
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from sae.ui import french
from sae.ui.lists import Empty, ListView
from sae.ui.tables import Table, TitleColumn
from tenants.access import organisation_of, requires
from tenants.models import Account
from tenants.models.rights import Group
from tenants.permissions import LABELS, TABLE, Permission
from tenants.rights.deposits import ON_DEPOSITS, Reach, in_words
from tenants.rights.effective import (
    Chain,
    CoffreRights,
    Grant,
    Rights,
    rights_of,
    rights_of_everyone,
)
from tenants.rights.forms import end_of
from tenants.rights.rows import RowFilters, Rows
from tenants.rights.seeing import count_seen, rights_in_coffre
from tenants.rights.segregation import conflicts_of
from tenants.rights.selectors import coffres_of

MENU = "who_can"


@dataclass(frozen=True, slots=True)
class Line:
    """One permission that one person has in one coffre, by one chain."""

    person: str
    person_id: uuid.UUID
    coffre: str
    coffre_id: uuid.UUID
    room: str
    permission: str
    key: str
    group: str
    profile: str
    until: dt.datetime | None
    sight: str

    def get_absolute_url(self) -> str:
        return reverse("effective_rights", args=[self.person_id])


class LineTable(Table):
    caption = gettext_lazy("Qui peut quoi, par quel groupe et quel profil")

    person = TitleColumn(verbose_name=gettext_lazy("Personne"))
    coffre = django_tables2.Column(verbose_name=gettext_lazy("Coffre"))
    permission = django_tables2.Column(verbose_name=gettext_lazy("Permission"))
    group = django_tables2.Column(verbose_name=gettext_lazy("Groupe"))
    profile = django_tables2.Column(verbose_name=gettext_lazy("Profil"))
    sight = django_tables2.Column(verbose_name=gettext_lazy("Sur quoi"))
    until = django_tables2.Column(
        verbose_name=gettext_lazy("Jusqu’au"), default=gettext_lazy("sans fin")
    )

    class Meta:
        attrs = {"class": "table"}

    def render_until(self, value: dt.datetime) -> str:
        return french.day(value)

    def value_until(self, value: Any) -> Any:
        return value


class LineFilters(RowFilters):
    quick_label = gettext_lazy("Personne, coffre ou groupe")
    quick_texts = staticmethod(  # type: ignore[assignment]
        lambda row: (row.person, row.group, row.profile, row.permission, row.coffre)
    )
    keeps = {
        "compte": lambda row, value: str(row.person_id) == value,
        "coffre": lambda row, value: str(row.coffre_id) == value,
        "action": lambda row, value: row.key == value,
    }

    compte = django_filters.ChoiceFilter(
        label=gettext_lazy("Personne"), empty_label=gettext_lazy("Toutes"), choices=[]
    )
    coffre = django_filters.ChoiceFilter(
        label=gettext_lazy("Coffre"), empty_label=gettext_lazy("Tous"), choices=[]
    )
    action = django_filters.ChoiceFilter(
        label=gettext_lazy("Action"), empty_label=gettext_lazy("Toutes"), choices=[]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organisation = organisation_of(kwargs["request"])
        fields: Any = self.form.fields
        fields["compte"].choices = [
            (str(one), name)
            for one, name in Account.objects.filter(organisation=organisation)
            .order_by("name")
            .values_list("id", "name")
        ]
        fields["coffre"].choices = [(str(one.id), one.name) for one in coffres_of(organisation)]
        rooms: dict[str, list[tuple[str, str]]] = {}
        for permission, entry in TABLE.items():
            rooms.setdefault(str(entry.room.value), []).append(
                (permission.value, str(entry.label).capitalize())
            )
        fields["action"].choices = list(rooms.items())


class WhoCan(ListView):
    """Every right of the organisation, one line per chain; filters make it an answer."""

    menu = MENU
    template_name = "tenants/rights/who_can.html"
    title = gettext_lazy("Droits effectifs")
    facts = gettext_lazy("Qui peut quoi aujourd’hui, par quel groupe, quel profil, jusqu’à quand.")
    noun = ("droit", "droits")
    table_class = LineTable
    filterset_class = LineFilters
    order_by = ("person", "coffre", "permission")
    empty = Empty(gettext_lazy("Personne n’a encore de droit dans cette organisation."))

    def get_queryset(self) -> Any:
        organisation = organisation_of(self.request)
        everyone = rights_of_everyone(organisation.id)
        names = dict(
            Account.objects.filter(id__in=everyone).order_by("name").values_list("id", "name")
        )
        return Rows(
            (line for one, name in names.items() for line in lines_of(everyone[one], one, name)),
            Account,
        )


def lines_of(rights: Rights, person_id: uuid.UUID, name: str) -> list[Line]:
    """Return the rights of a person, one line per permission and chain."""
    return [
        Line(
            person=name,
            person_id=person_id,
            coffre=place.coffre.name,
            coffre_id=place.coffre.id,
            room=str(TABLE[permission].room.value),
            permission=str(LABELS[permission]),
            key=permission.value,
            group=grant.chain.group,
            profile=grant.chain.profile,
            until=grant.chain.until,
            sight=extent_of(permission, grant),
        )
        for place in rights.coffres
        for grant in place.grants
        for permission in TABLE
        if permission in grant.permissions
    ]


def extent_of(permission: Permission, grant: Grant) -> str:
    """Return what of the coffre one profile lets a permission be used on, ``""`` for all of it."""
    if permission in ON_DEPOSITS:
        return in_words([grant.deposits])
    if permission not in ON_ARCHIVES:
        return ""
    if grant.sees_everything:
        return _("toutes les archives")
    return ", ".join(grant.access_contracts) or _("aucune archive")


ON_ARCHIVES = frozenset(
    {
        Permission.HOLDINGS_VIEW,
        Permission.OBJECT_DOWNLOAD,
        Permission.UNIT_EDIT,
        Permission.UNIT_RULES,
        Permission.UNIT_HOLD,
        Permission.UNIT_MOVE,
    }
)
"""Permissions that contracts narrow: they apply to what is seen alone."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one person may do in one coffre: ``verdict`` is yes, limited or no."""

    coffre: Tenant
    permission: Permission
    verdict: str
    chains: tuple[Chain, ...]
    is_chosen: bool
    in_conflict: bool

    @property
    def note(self) -> str:
        if not self.chains:
            return str(_("aucun profil"))
        first = self.chains[0]
        more = f" +{len(self.chains) - 1}" if len(self.chains) > 1 else ""
        until = f" · {french.short_day(first.until)}" if first.until else ""
        return f"{first.group}{until}{more}"


@requires(Permission.RIGHT_VIEW)
@require_GET
def effective_rights(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """One person: each permission in each coffre, the chain of the one chosen, its conflicts."""
    account = account_or_404(request, account_id)
    day = parse_date(request.GET.get("le", "")) if request.GET.get("le") else None
    rights = rights_of(account, at=end_of(day) if day else None)
    conflicts = list(conflicts_of(rights))
    conflicting = {
        (found.coffre.id, one)
        for found in conflicts
        for one in (found.conflict.first, found.conflict.second)
    }
    chosen = (request.GET.get("dans", ""), request.GET.get("action", ""))
    everything = request.GET.get("tout") == "1"
    rooms: list[tuple[str, list[tuple[Any, list[Cell]]]]] = []
    picked: Cell | None = None
    for permission, entry in TABLE.items():
        cells = []
        for place in rights.coffres:
            chains = place.chains.get(permission, ())
            cell = Cell(
                coffre=place.coffre,
                permission=permission,
                verdict=_verdict(place, permission),
                chains=chains,
                is_chosen=chosen == (str(place.coffre.number), permission.value),
                in_conflict=(place.coffre.id, permission) in conflicting,
            )
            picked = cell if cell.is_chosen else picked
            cells.append(cell)
        if everything or any(cell.chains for cell in cells):
            room = str(entry.room.value)
            if not rooms or rooms[-1][0] != room:
                rooms.append((room, []))
            rooms[-1][1].append((entry, cells))
    context: dict[str, Any] = {
        "account": account,
        "rights": rights,
        "conflicts": conflicts,
        "rooms": rooms,
        "everything": everything,
        "held": sum(len(place.chains) for place in rights.coffres),
        "picked": _explained(request, rights, picked) if picked else None,
        "day": day or timezone.localtime(clock.now()).date(),
        "is_today": day is None,
        "moment": clock.now(),
        "groups": sorted({grant.chain.group for one in rights.coffres for grant in one.grants}),
        "export": reverse("who_can") + f"?compte={account.id}",
        "breadcrumb": crumbs((account.name, "")),
    }
    return render(request, "tenants/rights/effective.html", context)


effective_rights.menu = MENU  # type: ignore[attr-defined]


def _verdict(place: CoffreRights, permission: Permission) -> str:
    if permission not in place.chains:
        return "no"
    on_archives = permission in ON_ARCHIVES
    if on_archives and not place.sees_everything:
        return "limited" if place.access_contracts else "blind"
    on_deposits = permission in ON_DEPOSITS
    if on_deposits and not any(one.reach == Reach.EVERY for one in place.deposits(permission)):
        return "limited"
    return "yes"


@dataclass(frozen=True, slots=True)
class Explained:
    """The chain of one right, end to end, and what of the coffre it applies to."""

    cell: Cell
    label: str
    explanation: str
    groups: dict[uuid.UUID, bool]
    on_archives: bool
    sees_everything: bool
    contracts: tuple[str, ...]
    units: int | None
    deposits: str


def _explained(request: HttpRequest, rights: Rights, cell: Cell) -> Explained:
    place = rights_in_coffre(rights, cell.coffre.id)
    entry = TABLE[cell.permission]
    on_archives = cell.permission in ON_ARCHIVES and place is not None
    group_ids = {chain.group_id for chain in cell.chains}
    proof = rights.proof(cell.coffre.organisation_id)
    known: set[uuid.UUID] = set()
    organisation = organisation_of(request)
    own = next((one for one in coffres_of(organisation) if one.kind == Tenant.Kind.PROOF), None)
    if own is not None and (proof is None or proof.coffre.id == own.id):
        with tenant_scope(own.id):
            known = set(Group.objects.filter(id__in=group_ids).values_list("id", flat=True))
    return Explained(
        cell=cell,
        label=str(entry.label),
        explanation=str(entry.explanation),
        groups={one: one in known for one in group_ids},
        on_archives=on_archives,
        sees_everything=bool(place and place.sees_everything),
        contracts=place.access_contracts if place else (),
        units=count_seen(place) if on_archives and place else None,
        deposits=(
            in_words(place.deposits(cell.permission))
            if place and cell.permission in ON_DEPOSITS
            else ""
        ),
    )


def account_or_404(request: HttpRequest, account_id: uuid.UUID) -> Account:
    """Return an account of the organisation one works in; 404 for any other."""
    found = (
        Account.objects.filter(organisation=organisation_of(request), id=account_id)
        .select_related("organisation")
        .first()
    )
    if found is None:
        raise Http404
    return found


def crumbs(*steps: tuple[Any, str]) -> list[tuple[Any, str]]:
    return [(WhoCan.title, reverse("who_can")), *steps]
