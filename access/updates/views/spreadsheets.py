"""Out to a spreadsheet and back: columns chosen, file, faults by line and column, differences."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from access.updates.fields import editable_fields, grouped
from access.updates.selection import (
    EVERYTHING,
    EmptySelectionError,
    refused_for,
    selection_of,
)
from access.updates.spreadsheets import MOST_LINES, Sheet, read_sheet, sheet_response
from sae.holdings.mass import check_mass, prepare_mass
from sae.holdings.sight import current_sight
from sae.ui import errors, exports, french
from sae.ui.correlation import correlation_id
from tenants.access import account_of, requires
from tenants.permissions import Permission

KIND = "own_descriptions"
MOST_BYTES = 20 * 1024 * 1024
USUAL = ("Title", "DescriptionLevel", "StartDate", "EndDate", "Description")


@requires(Permission.UNIT_EDIT)
@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """Choose the columns; once they are, the file."""
    try:
        selection = selection_of(request)
    except EmptySelectionError as error:
        return errors.refusal(request, str(error), status=400)
    known = editable_fields()
    names = [name for name in request.POST.getlist("colonnes") if name in known]
    if names:
        try:
            return sheet_response(selection.parts(), names)
        except exports.TooManyLinesError:
            sentence = _("Cette sélection dépasse %s unités : précisez la recherche.")
            return errors.refusal(request, sentence % french.number(exports.MOST_LINES))
    context: dict[str, Any] = {
        "groups": grouped(known.values()),
        "usual": USUAL,
        "everything": EVERYTHING in request.POST.getlist("portee"),
        "chosen": request.POST.getlist("choix"),
        "most": MOST_LINES,
    }
    return render(request, "access/updates/sheet_export.html", context)


@requires(Permission.UNIT_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def bring_back(request: HttpRequest) -> HttpResponseBase:
    """Read a file that comes back; its faults, or the page of what it would change."""
    if request.method != "POST":
        return _form(request)
    received = request.FILES.get("fichier")
    if received is None:
        return _form(request, Sheet(refused=_("Choisissez le fichier CSV.")))
    if (received.size or 0) > MOST_BYTES:
        limit = french.size(MOST_BYTES)
        return _form(request, Sheet(refused=_("Ce fichier dépasse %s.") % limit))
    sheet = read_sheet(received.read())
    sound_only = request.POST.get("saines") == "1"
    if sheet.refused or (sheet.faults and not sound_only):
        return _form(request, sheet, name=received.name or "")
    if not sheet.inputs:
        return _form(
            request, Sheet(refused=_("Ce fichier ne change rien : tout y est déjà ainsi."))
        )
    mass = prepare_mass(
        kind=KIND,
        contracts=current_sight().contracts,
        unit_ids=[list(sheet.inputs)],
        agent_id=account_of(request).id,
        request_id=correlation_id(),
        parameters={"file": (received.name or "")[:200], "unchanged": sheet.unchanged},
        refused=refused_for(KIND),
        inputs=sheet.inputs,
    )
    check_mass(mass.id, parameters={})
    return redirect("update", mass.id)


def _form(request: HttpRequest, sheet: Sheet | None = None, *, name: str = "") -> HttpResponseBase:
    context = {"sheet": sheet, "name": name, "search_url": reverse("search")}
    return render(
        request, "access/updates/sheet_import.html", context, status=422 if sheet else 200
    )


bring_back.menu = "modifications"  # type: ignore[attr-defined]
export.menu = "modifications"  # type: ignore[attr-defined]
