"""What a reader is told of the extent of the fonds, and of seeing nothing of it."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sae.holdings.selectors.register import Holdings, holdings, units_in_sight
from sae.holdings.sight import current_sight
from tenants.sights import why_nothing


@dataclass(frozen=True, slots=True)
class HoldingsSeen:
    """What the coffre holds, to those who see everything; to others, how much of it they see.

    ``capped``: there are more than ``units``.
    """

    whole: Holdings | None
    units: int
    capped: bool = False


def holdings_seen() -> HoldingsSeen:
    """Return the extent of the fonds for the open sight. One query."""
    if current_sight().is_whole:
        whole = holdings()
        return HoldingsSeen(whole, whole.units)
    return HoldingsSeen(None, *units_in_sight())


def no_sight(request: HttpRequest, title: str) -> HttpResponse:
    """Say that nothing is seen here, why, and whom to ask."""
    context = {"title": title, "why": why_nothing(current_sight().reason)}
    return render(request, "access/no_sight.html", context)
