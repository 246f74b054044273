"""Screens of what is seen: who sees one unit and why; « voir comme » another, without acting."""

import copy
import uuid
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sae.holdings.models import ArchiveUnit
from sae.holdings.selectors.units import get_unit
from sae.holdings.sight import seeing
from sae.kernel.identifiers import parse_id
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from sae.ui.menu import MenuItem, menu
from tenants.access import may, requires
from tenants.frame import may_see
from tenants.models import Account
from tenants.permissions import TABLE, Permission
from tenants.rights.deposits import in_words
from tenants.rights.effective import CoffreRights, Rights, rights_of, rights_of_everyone
from tenants.rights.seeing import count_seen, sight_in, units_named, who_sees
from tenants.rights.views.effective import MENU, account_or_404, crumbs


@requires(Permission.RIGHT_VIEW)
@require_GET
def who_sees_unit(request: HttpRequest) -> HttpResponse:
    """Who sees one unit of the coffre one works in, through which contract, and who does not."""
    coffre: Tenant = request.tenant  # type: ignore[attr-defined]
    identifier = parse_id(request.GET.get("unite", ""))
    words = request.GET.get("mots", "").strip()
    consults = bool(may(request, Permission.HOLDINGS_VIEW))
    unit: ArchiveUnit | None = None
    if identifier is not None:
        unit = _unit_or_404(identifier, consults)
    verdicts = []
    if unit is not None:
        everyone = rights_of_everyone(coffre.organisation_id)
        accounts = Account.objects.filter(id__in=everyone).order_by("name")
        placed = [
            (account, place)
            for account in accounts
            if (place := everyone[account.id].within(coffre)) is not None
        ]
        verdicts = who_sees(unit.id, placed)
    return render(
        request,
        "tenants/rights/who_sees_unit.html",
        {
            "coffre": coffre,
            "unit": unit,
            "title": unit.title if unit is not None and consults else "",
            "consults": consults,
            "words": words,
            "found": units_named(words) if words and consults else [],
            "seers": [one for one in verdicts if one.sees],
            "others": [one for one in verdicts if not one.sees],
            "breadcrumb": crumbs((_("Qui voit cette unité ?"), "")),
        },
    )


who_sees_unit.menu = MENU  # type: ignore[attr-defined]


def _unit_or_404(unit_id: uuid.UUID, consults: bool) -> ArchiveUnit:
    """One's own contract bounds what one asks about; without consulting, any unit, unnamed."""
    try:
        return get_unit(unit_id) if consults else ArchiveUnit.objects.get(id=unit_id)
    except ArchiveUnit.DoesNotExist as error:
        raise Http404 from error


@dataclass(frozen=True, slots=True)
class Seen:
    """One coffre as another person would see it."""

    place: CoffreRights
    items: list[MenuItem]
    rooms: list[tuple[str, list[Any]]]
    units: int
    consults: bool
    deposits: str


@requires(Permission.RIGHT_VIEW)
@require_GET
def see_as(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """What a person would see, coffre by coffre: menu, permissions, how many units. No acting."""
    account = account_or_404(request, account_id)
    rights = rights_of(account)
    return render(
        request,
        "tenants/rights/see_as.html",
        {
            "account": account,
            "seen": [_seen(request, account, rights, place) for place in rights.coffres],
            "breadcrumb": crumbs(
                (account.name, reverse("effective_rights", args=[account.id])),
                (_("Voir comme"), ""),
            ),
        },
    )


see_as.menu = MENU  # type: ignore[attr-defined]


def _seen(request: HttpRequest, account: Account, rights: Rights, place: CoffreRights) -> Seen:
    """Draw the menu from a copy of the request that carries the other's rights, and nothing else.

    The session stays one's own: nothing can be done in another's name.
    """
    shadow: Any = copy.copy(request)
    shadow.user, shadow.rights, shadow.tenant = account, rights, place.coffre
    shadow.coffres = [one.coffre for one in rights.coffres]
    with tenant_scope(place.coffre.id), seeing(lambda: sight_in(place)):
        items = menu.items(shadow, may=may_see)
    rooms: dict[str, list[Any]] = {}
    for permission, entry in TABLE.items():
        if rights.chains(permission, place.coffre):
            rooms.setdefault(str(entry.room.value), []).append(entry)
    consults = Permission.HOLDINGS_VIEW in place.chains
    follows = Permission.DEPOSIT_VIEW in place.chains
    return Seen(
        place=place,
        items=items,
        rooms=list(rooms.items()),
        units=count_seen(place) if consults else 0,
        consults=consults,
        deposits=in_words(place.deposits(Permission.DEPOSIT_VIEW)) if follows else "",
    )
