"""Screens of moves: one unit, a few chosen in a list, or as many as a search finds."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from access.editing import services
from access.editing.moving_acts import MOVES, Destination
from access.editing.picking import places, types_above
from access.editing.views import MENU, actor_of, crumbs
from access.editing.words import REFUSALS
from access.fetching import unit_or_404
from access.updates.acts_seen import act_or_404
from access.updates.selection import (
    EmptySelectionError,
    Selection,
    begin_act,
    refused_for,
    selection_of,
)
from sae.holdings.mass import check_mass, launch_mass, prepare_mass
from sae.holdings.models import ArchiveUnit
from sae.holdings.moving import MoveRefusedError, Refusal, check_moves
from sae.holdings.projection import may_write
from sae.holdings.selectors.tree import seen_below
from sae.holdings.selectors.units import units_by_ids
from sae.holdings.sight import Writing, current_sight
from sae.kernel.identifiers import parse_id
from sae.ui import errors, french
from sae.ui.correlation import correlation_id
from tenants.access import account_of, requires
from tenants.permissions import Permission

AT_ONCE = 100
"""Up to so many units, a move is done in the request; a worker does the others."""
MOST_BELOW_AT_ONCE = 5_000
"""The same of what is below them: some half a second."""


@requires(Permission.UNIT_MOVE)
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, unit_id: uuid.UUID) -> HttpResponseBase:
    """Put one unit elsewhere, or also elsewhere."""
    return _move(request, [unit_or_404(unit_id)])


@requires(Permission.UNIT_MOVE)
@require_http_methods(["GET", "HEAD", "POST"])
def move_selection(request: HttpRequest) -> HttpResponseBase:
    """Put the units chosen in a list elsewhere (``choix``, or all the results of a search).

    A few are moved at once; more become an act whose destination is then chosen.
    """
    if request.method != "POST":
        messages.info(request, _("Cochez des unités, puis « Déplacer… »."))
        return redirect("search")
    try:
        selection = selection_of(request)
        few = _when_few(selection)
        if few is None:
            return redirect("units_destination", begin_act(request, MOVES, selection).id)
    except EmptySelectionError as empty:
        messages.info(request, str(empty))
        return redirect("search")
    units = units_by_ids(few)
    if len(units) == 1:
        # Its own page, whose address names it: what follows need not carry the selection along.
        return redirect("unit_move", units[0].id)
    return _move(request, units) if units else redirect("search")


def _when_few(selection: Selection) -> list[uuid.UUID] | None:
    """Return the units of a selection that can be moved at once, ``None`` when they are many."""
    ids: list[uuid.UUID] = []
    for part in selection.parts():
        ids += part
        if len(ids) > AT_ONCE:
            return None
    return ids


@requires(Permission.UNIT_MOVE)
@require_http_methods(["GET", "HEAD", "POST"])
def destination(request: HttpRequest, mass_id: uuid.UUID) -> HttpResponseBase:
    """Choose where the many units of an act go (``vers``, ``garder``), and have it checked."""
    posted = request.method == "POST"
    mass = act_or_404(request, mass_id, lock=posted)
    if mass.kind != MOVES:
        raise Http404
    if mass.is_launched or mass.is_live:
        return errors.refusal(request, _("Ce déplacement n’attend plus de destination."))
    said = request.POST if posted else request.GET
    asked, text = said.get("vers", ""), said.get("q", "").strip()
    target_id = parse_id(asked)
    target = unit_or_404(target_id) if target_id else None
    keep = said.get("garder") == "1"
    if posted and (target or asked == "racine"):
        to = Destination(target.id if target else None, keep)
        check_mass(mass.id, parameters=to.as_json())
        return redirect("update", mass.id)
    context = {
        "mass": mass,
        "ids": [],
        "target": target,
        "to_root": asked == "racine",
        "chosen": bool(target) or asked == "racine",
        "keep": keep,
        "text": text,
        "places": places(text, types=_types_offered(text)),
        "breadcrumb": crumbs((_("Déplacer"), "")),
    }
    return render(request, "access/editing/destination.html", context)


def _types_offered(text: str) -> list[str]:
    """Return the types of the places offered: positions first, anything that answers a search."""
    return list(ArchiveUnit.Type.values) if text else ["HOLDING_UNIT", "FILING_UNIT"]


def _by_a_worker(
    request: HttpRequest, unit_ids: list[uuid.UUID], to: Destination
) -> HttpResponseBase:
    """Hand a move over to a worker: what is below takes longer than one waits for a page."""
    by: dict[str, Any] = {"agent_id": account_of(request).id, "request_id": correlation_id()}
    mass = prepare_mass(
        kind=MOVES,
        contracts=current_sight().contracts,
        unit_ids=[unit_ids],
        parameters=to.as_json(),
        refused=refused_for(MOVES),
        **by,
    )
    launch_mass(mass.id, detail=mass.parameters, inline=False, **by)
    return redirect("update", mass.id)


def _move(request: HttpRequest, units: list[ArchiveUnit]) -> HttpResponseBase:
    ids = [unit.id for unit in units]
    writable = may_write(ids, Writing.ALL)
    if len(writable) < len(ids):
        raise PermissionDenied(
            _("Votre contrat d’accès ne permet pas de déplacer toutes ces unités.")
        )
    said = request.POST if request.method == "POST" else request.GET
    asked = "" if "autre" in said else said.get("vers", "")
    target_id = parse_id(asked)
    target = unit_or_404(target_id) if target_id else None
    keep = said.get("garder") == "1"
    refusals: list[Refusal] = []
    seen = seen_below(units)
    chosen = bool(target) or asked == "racine"
    if chosen:
        moves = services.moves_to(ids, target.id if target else None, keep=keep)
        if request.method == "POST" and "confirmer" in request.POST:
            below = sum(unit.descendant_count for unit in units)
            if below > MOST_BELOW_AT_ONCE:
                return _by_a_worker(request, ids, Destination(target.id if target else None, keep))
            try:
                moved, _operation = services.reclassify(moves, actor=actor_of(request))
            except MoveRefusedError as refused:
                refusals = refused.refusals
            else:
                below = moved.below if current_sight().is_whole else seen
                told = _moved_words(moved.units, below)
                messages.success(request, told if keep else _with_way_back(told, units))
                return redirect("unit", ids[0] if len(ids) == 1 or target is None else target.id)
        else:
            refusals = check_moves(moves)
    text = said.get("q", "").strip()
    context = {
        "units": units[:50],
        "more": max(0, len(units) - 50),
        "ids": ids,
        "below": seen,
        "target": target,
        "to_root": asked == "racine",
        "chosen": chosen,
        "keep": keep,
        "refusals": [(REFUSALS[one.reason], units_by_ids(one.unit_ids[:10])) for one in refusals],
        "text": text,
        "places": []
        if chosen
        else places(
            text,
            types=types_above(units) if text else ["HOLDING_UNIT", "FILING_UNIT"],
            without=ids,
        ),
        "breadcrumb": crumbs((_("Déplacer"), "")),
    }
    status = 409 if refusals and "confirmer" in request.POST else 200
    return render(request, "access/editing/move.html", context, status=status)


def _with_way_back(told: str, units: list[ArchiveUnit]) -> str:
    """Add the link that would put one unit back where it was, if its reader sees that place."""
    if len(units) != 1 or len(units[0].parents) > 1:
        return told
    former = units[0].parents[0] if units[0].parents else None
    try:
        back = (
            _("Remettre sous « %(place)s »")
            % {"place": Truncator(unit_or_404(former).title).chars(60)}
            if former
            else _("Remettre au sommet du classement")
        )
    except Http404:
        return told
    address = reverse("unit_move", args=[units[0].id])
    return format_html('{} <a href="{}?vers={}">{}</a>', told, address, former or "racine", back)


def _moved_words(units: int, below: int) -> str:
    first = ngettext("%(n)s unité déplacée", "%(n)s unités déplacées", units)
    words = first % {"n": french.number(units)}
    if below:
        then = ngettext("avec %(n)s dessous", "avec %(n)s dessous", below)
        words = f"{words}, {then % {'n': french.number(below)}}"
    return f"{words}."


_VIEWS: tuple[Any, ...] = (move, move_selection, destination)
for _view in _VIEWS:
    _view.menu = MENU
