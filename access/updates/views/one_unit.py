"""The description of one unit: edited in place; what someone else wrote meanwhile is shown."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from access.fetching import unit_or_404
from access.updates.description_forms import UnitForm, patch_between
from access.updates.fields import editable_fields
from access.updates.selection import refused_for
from sae.holdings.mass import launch_mass, prepare_mass
from sae.holdings.models import ArchiveUnit
from sae.holdings.rules_store import share_rules
from sae.holdings.sight import current_sight
from sae.holdings.unit_states import lock_units
from sae.kernel.outcomes import Outcome
from sae.ui.correlation import correlation_id
from tenants.access import account_of, requires
from tenants.permissions import Permission

KIND = "one_description"
_SALT = "access.updates.one_unit"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two people changed: what it was, what the other wrote, what I write."""

    label: str
    base: str
    theirs: str
    mine: str


@requires(Permission.UNIT_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, unit_id: uuid.UUID) -> HttpResponseBase:
    """The form of a unit; what it does not show is kept."""
    unit = unit_or_404(unit_id)
    if refused_for(KIND)([unit.id]):
        raise PermissionDenied(
            _("Votre contrat d’accès ne permet pas de modifier cette unité : %s.") % unit.title
        )
    if request.method == "POST":
        return _save(request, unit)
    return _form(request, unit, UnitForm(content=unit.content))


def _form(
    request: HttpRequest,
    unit: ArchiveUnit,
    form: UnitForm,
    *,
    started_from: str | None = None,
    fault: str = "",
    differences: list[Difference] | None = None,
) -> HttpResponseBase:
    """Show the form. ``started_from``: what the reader saw first, when it is sent again."""
    if started_from is None:
        started_from = signing.dumps(form.before, salt=_SALT, compress=True)
    context = {
        "unit": unit,
        "form": form,
        "fault": fault,
        "differences": differences or [],
        "base": started_from,
    }
    status = 409 if differences else 422 if fault or form.errors else 200
    return render(request, "access/updates/unit_edit.html", context, status=status)


def _save(request: HttpRequest, unit: ArchiveUnit) -> HttpResponseBase:
    """Write what was typed; fields that somebody else changed meanwhile are asked again."""
    # A move, whose order of rows is its own, waits or is waited for before any row is held.
    share_rules()
    state = lock_units([unit.id])[unit.id]
    form = UnitForm(request.POST, content=state.content)
    sent = request.POST.get("base", "")
    if not form.is_valid():
        return _form(request, unit, form, started_from=sent)
    theirs, base = form.before, _base(sent)
    mine = form.texts()
    # Nobody knows any more what the reader started from: whatever differs is asked.
    wanted = patch_between(theirs if base is None else base, mine)
    differences = [
        Difference(str(field.label), (base or {}).get(name, ""), theirs[name], mine[name])
        for name, field in editable_fields().items()
        if name in wanted.names
        and theirs[name].strip() != mine[name]
        and (base is None or theirs[name].strip() != base.get(name, "").strip())
    ]
    if differences:
        # Mine stays in the form, over theirs, which it now starts from: saving again is a choice.
        merged = {name: mine[name] if name in wanted.names else theirs[name] for name in mine}
        typed = {name.replace(".", "__"): text for name, text in merged.items()}
        again = UnitForm(content=state.content, initial=typed)
        return _form(request, unit, again, differences=differences)
    if wanted.is_empty:
        messages.info(request, _("Rien n’a changé dans cette description."))
        return redirect("unit", unit.id)
    account = account_of(request)
    mass = prepare_mass(
        kind=KIND,
        contracts=current_sight().contracts,
        unit_ids=[[unit.id]],
        agent_id=account.id,
        request_id=correlation_id(),
        inputs={unit.id: {"version": state.version, "patch": wanted.as_json()}},
    )
    mass = launch_mass(
        mass.id,
        agent_id=account.id,
        request_id=correlation_id(),
        detail={"unit": str(unit.id), "fields": wanted.names},
    )
    ((_unit, status, _key, message),) = mass.batches.get().entries
    if status == Outcome.KO.name:
        return _form(request, unit, form, started_from=sent, fault=message)
    messages.success(request, _("La description est modifiée."))
    return redirect("unit", unit.id)


def _base(sent: str) -> dict[str, str] | None:
    """Return what the form showed when it was opened; ``None`` when that was lost."""
    try:
        base: Any = signing.loads(sent, salt=_SALT)
    except (signing.BadSignature, json.JSONDecodeError):
        return None
    return base if isinstance(base, dict) else None


edit.menu = "classement"  # type: ignore[attr-defined]
