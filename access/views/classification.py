"""The classification: the tree alone, one branch of it, and a unit beside it."""

import uuid

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from access.fetching import unit_or_404
from access.holdings_seen import holdings_seen, no_sight
from access.tree import level_of, matches_of
from access.unit_page import UnitPage
from sae.holdings.models import ROOT
from sae.holdings.sight import current_sight
from sae.journal.export import life_cycle_document
from sae.journal.selectors import life_cycle_of
from sae.tenancy.middleware import tenant_of
from tenants.access import requires
from tenants.permissions import Permission

FRAGMENTS = {
    "regles-en-vigueur": "access/unit/rules.html",
    "liste-des-sous-unites": "access/unit/children.html",
}
"""Parts of a unit's page that htmx asks alone, by the element that they replace."""


@requires(Permission.HOLDINGS_VIEW)
@require_safe
def classification(request: HttpRequest) -> HttpResponse:
    """The tree from its roots, or the units that answer its filter."""
    if current_sight().is_empty:
        return no_sight(request, _("Classement"))
    asked = request.GET.get("filtre", "").strip()
    context = {
        "filter": asked,
        "matches": matches_of(asked) if asked else None,
        "level": None if asked else level_of(ROOT, after=request.GET.get("suite", "")),
        "holdings": holdings_seen(),
    }
    is_fragment = request.headers.get("HX-Target") == "arbre"
    template = "access/tree/results.html" if is_fragment else "access/classification.html"
    return render(request, template, context)


classification.menu = "classement"  # type: ignore[attr-defined]


@requires(Permission.HOLDINGS_VIEW)
@require_safe
def branch(request: HttpRequest, unit_id: uuid.UUID) -> HttpResponse:
    """The children of a unit, as a fragment of the tree; a page of its own without htmx."""
    if unit_id != ROOT:
        unit_or_404(unit_id)
    level = level_of(unit_id, after=request.GET.get("suite", ""))
    # What follows « Voir la suite » is put after lines already there.
    level.earlier_page = ""
    return render(request, "access/tree/level.html", {"level": level})


@requires(Permission.HOLDINGS_VIEW)
@require_safe
def unit(request: HttpRequest, unit_id: uuid.UUID) -> HttpResponse:
    """A unit: where it is, what it says, its objects and copies, what happened to it."""
    page = UnitPage(request, unit_or_404(unit_id))
    template = FRAGMENTS.get(request.headers.get("HX-Target", ""), "access/unit.html")
    return render(request, template, {"page": page})


unit.menu = "classement"  # type: ignore[attr-defined]


@requires(Permission.JOURNAL_VIEW)
@require_safe
def unit_life_cycle(request: HttpRequest, unit_id: uuid.UUID) -> HttpResponse:
    """The life-cycle journals of a unit and of its group of objects, as the field's tools read."""
    found = unit_or_404(unit_id)
    number = tenant_of(request).number
    subjects = [("unit", found.id)]
    if found.object_group_id:
        subjects.append(("object_group", found.object_group_id))
    body = orjson.dumps(
        {
            name: life_cycle_document(subject, life_cycle_of(subject), tenant_number=number)
            for name, subject in subjects
        },
        option=orjson.OPT_INDENT_2,
    )
    response = HttpResponse(body, content_type="application/json")
    response["Content-Disposition"] = content_disposition_header(
        True, f"cycle-de-vie-{found.id}.json"
    )
    return response
