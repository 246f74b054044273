"""The home page: what waits for whoever administers an organisation, or the platform."""

import datetime as dt
from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from sae.holdings.sight import current_sight
from sae.kernel import clock
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import tenant_scope
from sae.ui import french
from sae.ui.home import Panel, TodoGroup, TodoItem
from tenants.access import may, organisation_of
from tenants.models import AccessContract, Account, IngestContract, SupportAccess
from tenants.models.rights import GroupMember
from tenants.organisations.figures import figures_of
from tenants.organisations.operator_list import health_in_words
from tenants.organisations.quotas import quotas_of
from tenants.organisations.support import is_in_force
from tenants.organisations.support_pages import AccessLine, lines_of
from tenants.permissions import Permission
from tenants.services.organisations import proof_of

SOON = dt.timedelta(days=30)
MOST_SHOWN = 5


def _tenant(request: HttpRequest) -> Tenant | None:
    return getattr(request, "tenant", None)


def _address(name: str, *arguments: object) -> str:
    """Return the address of a page of another area, home while it has none."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return reverse("home")


def support_todo(request: HttpRequest) -> TodoGroup | None:
    """Accesses that the support asks for, and those it uses now."""
    if not may(request, Permission.SUPPORT_ACCEPT):
        return None
    proof = proof_of(organisation_of(request))
    with tenant_scope(proof.id):
        found = list(
            SupportAccess.objects.filter(
                state__in=[SupportAccess.State.REQUESTED, SupportAccess.State.ACCEPTED]
            ).order_by("id")
        )
    lines = lines_of(
        one for one in found if one.state == SupportAccess.State.REQUESTED or is_in_force(one)
    )
    return TodoGroup(
        key="support",
        title=_("Accès du support"),
        items=tuple(_support_item(one) for one in lines[:MOST_SHOWN]),
        total=len(lines),
        url=reverse("support_accesses"),
    )


def _support_item(line: AccessLine) -> TodoItem:
    access = line.access
    if line.is_waiting:
        return TodoItem(
            title=_("Le support demande à entrer dans « %s »") % line.coffre,
            url=reverse("support_access", args=[access.id]),
            facts=f"{line.asked_by} · {access.reason[:120]}",
            action=_("Répondre"),
            icon="life-preserver",
            due=french.ago(access.requested_at, now=clock.now()),
            is_soon=True,
        )
    return TodoItem(
        title=_("Le support travaille dans « %s »") % line.coffre,
        url=reverse("support_access", args=[access.id]),
        facts=line.asked_by,
        action=_("Suivre"),
        state="RUNNING",
        due=_("jusqu’à %s") % french.hour(access.ends_at) if access.ends_at else "",
    )


def quota_todo(request: HttpRequest) -> TodoGroup | None:
    """Coffres nearly full: the one in hand for who deposits, all for who sets quotas.

    What a coffre holds is told to those who set quotas or see all of it.
    """
    tenant = _tenant(request)
    if tenant is None:
        return None
    may_set = bool(may(request, Permission.ORGANISATION_MANAGE))
    if may_set:
        coffres: Iterable[Tenant] = Tenant.objects.filter(
            organisation_id=tenant.organisation_id, kind=Tenant.Kind.ARCHIVES
        )
    elif may(request, Permission.DEPOSIT_CREATE):
        coffres = [tenant]
    else:
        return None
    items = [
        TodoItem(
            title=_("Le coffre « %(coffre)s » est rempli à %(percent)s %%")
            % {"coffre": coffre.name, "percent": french.number(gauge.percent)},
            url=reverse("coffre_settings", args=[coffre.id]) if may_set else reverse("home"),
            facts=_("%(used)s sur %(limit)s")
            % {"used": gauge.used_in_words, "limit": gauge.limit_in_words}
            if may_set or current_sight().is_whole
            else "",
            action=_("Régler") if may_set else "",
            icon="database",
            due=_("Plein : les versements sont refusés") if gauge.is_full else "",
            is_late=gauge.is_full,
            is_soon=not gauge.is_full,
        )
        for coffre in coffres
        if coffre.quota_bytes is not None or coffre.quota_units is not None
        for gauge in quotas_of(coffre).warned
    ]
    return TodoGroup(
        key="quotas", title=_("Quotas"), items=tuple(items[:MOST_SHOWN]), total=len(items)
    )


def delegations_todo(request: HttpRequest) -> TodoGroup | None:
    """Rights given until a date that comes."""
    if not may(request, Permission.RIGHT_MANAGE):
        return None
    moment = clock.now()
    with tenant_scope(proof_of(organisation_of(request)).id):
        ending = GroupMember.objects.filter(
            starts_at__lte=moment, ends_at__gt=moment, ends_at__lte=moment + SOON
        )
        total = ending.count()
        found = list(ending.select_related("group").order_by("ends_at")[:MOST_SHOWN])
    names = dict(
        Account.objects.filter(id__in=[one.account_id for one in found]).values_list("id", "name")
    )
    items = tuple(
        TodoItem(
            title=_("%(name)s quitte le groupe « %(group)s »")
            % {"name": names.get(one.account_id, _("Un compte")), "group": one.group.name},
            url=_address("group", one.group_id),
            action=_("Voir le groupe"),
            icon="people",
            due=french.day(one.ends_at),
            is_soon=one.ends_at <= moment + dt.timedelta(days=7),
        )
        for one in found
        if one.ends_at is not None
    )
    return TodoGroup(
        key="delegations", title=_("Délégations qui s’achèvent"), items=items, total=total
    )


def contracts_todo(request: HttpRequest) -> TodoGroup | None:
    """Contracts of the coffre whose end is written and comes."""
    if not may(request, Permission.REFERENTIAL_EDIT):
        return None
    moment = clock.now()
    items: list[TodoItem] = []
    kinds = ((IngestContract, "ingest_contract"), (AccessContract, "access_contract"))
    for model, page in kinds:
        rows = model.objects.filter(
            status="ACTIVE", deactivated_at__gt=moment, deactivated_at__lte=moment + SOON
        ).order_by("deactivated_at")
        items += [
            TodoItem(
                title=one.name,
                url=_address(page, one.id),
                facts=one.identifier,
                action=_("Voir le contrat"),
                icon="file-earmark-check",
                due=french.day(one.deactivated_at) if one.deactivated_at else "",
                is_soon=True,
            )
            for one in rows[:MOST_SHOWN]
        ]
    return TodoGroup(
        key="contrats",
        title=_("Contrats qui s’achèvent"),
        items=tuple(items[:MOST_SHOWN]),
        total=len(items),
    )


def volumes(request: HttpRequest) -> Panel | None:
    """The coffres of an organisation and how full they are, for who sets them."""
    if not may(request, Permission.ORGANISATION_MANAGE):
        return None
    coffres = Tenant.objects.filter(
        organisation=organisation_of(request), kind=Tenant.Kind.ARCHIVES
    ).order_by("number")
    return Panel(
        "tenants/organisations/home_volumes.html",
        {"coffres": [(one, quotas_of(one)) for one in coffres]},
    )


def platform_todo(request: HttpRequest) -> TodoGroup | None:
    """Organisations that are not well, for the operator: numbers only."""
    if not may(request, Permission.PLATFORM_MANAGE):
        return None
    figures = figures_of(Organisation.objects.filter(is_platform=False))
    unwell = [one for one in figures.values() if one.health != "OK"]
    return TodoGroup(
        key="organisations",
        title=_("Organisations à examiner"),
        items=tuple(
            TodoItem(
                title=one.organisation.name,
                url=reverse("platform_organisation", args=[one.organisation.id]),
                facts=health_in_words(one),
                action=_("Examiner"),
                state=one.health,
            )
            for one in unwell[:MOST_SHOWN]
        ),
        total=len(unwell),
        url=reverse("organisations"),
    )


def platform_panel(request: HttpRequest) -> Panel | None:
    """The platform in numbers, for its operator."""
    if not may(request, Permission.PLATFORM_MANAGE):
        return None
    figures = list(figures_of(Organisation.objects.filter(is_platform=False)).values())
    return Panel(
        "tenants/organisations/home_platform.html",
        {
            "organisations": len(figures),
            "suspended": sum(one.organisation.suspended_at is not None for one in figures),
            "coffres": sum(len(one.archives) for one in figures),
            "accounts": sum(one.accounts for one in figures),
            "units": sum(one.units for one in figures),
            "size": sum(one.size for one in figures),
            "deposits": sum(one.deposits for one in figures),
            "latest": sorted(figures, key=lambda one: one.organisation.created_at, reverse=True)[
                :MOST_SHOWN
            ],
        },
    )
