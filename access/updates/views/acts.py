"""Acts over many units: choose, ask, check, launch, follow, stop, undo, report."""

import functools
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from access.editing.moving_acts import MOVES, has_destination, leave_refused_out
from access.updates.act_page import ActPage, result_words
from access.updates.acts_seen import act_or_404
from access.updates.description_forms import DescriptionsForm
from access.updates.hold_forms import HoldForm
from access.updates.property_forms import ACTION_FORMS
from access.updates.reverting import may_be_reverted, revert_mass
from access.updates.rule_actions import RuleAction, Verb
from access.updates.rules import actions_in, faults_of_actions, referential_rules
from access.updates.selection import (
    ACTS,
    EmptySelectionError,
    begin_act,
    permissions_for,
    refused_for,
    selection_of,
)
from sae.holdings.inheritance.categories import HOLD
from sae.holdings.mass import (
    MassStateError,
    cancel_mass,
    check_mass,
    discard_mass,
    launch_mass,
    pause_mass,
    report_entries,
    report_lines,
    resume_mass,
)
from sae.holdings.mass.advancing import outcome_of
from sae.holdings.models import MassOperation
from sae.holdings.selectors.units import shown_among, units_by_ids
from sae.kernel.identifiers import parse_id
from sae.ui import errors, exports, french
from sae.ui.correlation import correlation_id
from tenants.access import account_of, may, requires
from tenants.permissions import Denied, Permission

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, MassOperation, P], HttpResponseBase]
State = MassOperation.State
_REPORT_BATCH = 1_000


def of_act(*, writes: bool) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Find the act of the address for a view; refuse whoever lacks the right its kind asks.

    Whoever has none of these rights, or does not see the act, learns nothing, not even whether it
    exists. A view that ``writes`` also answers, in words, when the act is not in a state that
    allows it.
    """

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @functools.wraps(view)
        def guarded(
            request: HttpRequest, mass_id: uuid.UUID, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            verdicts = [may(request, one) for one in dict.fromkeys(
                act.permission for act in ACTS.values()
            )]  # fmt: skip
            if isinstance(verdicts[0], Denied) and not any(verdicts):
                raise PermissionDenied(verdicts[0].reason)
            mass = act_or_404(request, mass_id, lock=writes)
            if mass.kind not in ACTS:
                raise Http404
            wanted = permissions_for(mass) if writes else [ACTS[mass.kind].permission]
            _demand(request, wanted)
            try:
                return view(request, mass, *args, **kwargs)
            except MassStateError:
                return errors.refusal(
                    request, _("Cette modification n’est plus dans un état qui le permet.")
                )

        guarded.required_permission = Permission.UNIT_EDIT  # type: ignore[attr-defined]
        guarded.menu = "modifications"  # type: ignore[attr-defined]
        return guarded

    return decorate


def _demand(request: HttpRequest, permissions: Sequence[Permission]) -> None:
    """Raise ``PermissionDenied``, with the reason, for the first right that is missing."""
    for permission in permissions:
        verdict = may(request, permission)
        if isinstance(verdict, Denied):
            raise PermissionDenied(verdict.reason)


# Choosing ------------------------------------------------------------------------------------


def _begin(request: HttpRequest, kind: str) -> HttpResponseBase:
    try:
        mass = begin_act(request, kind, selection_of(request))
    except EmptySelectionError as error:
        return errors.refusal(request, str(error), status=400)
    return redirect("update", mass.id)


@requires(Permission.UNIT_EDIT)
@require_POST
def new_descriptions(request: HttpRequest) -> HttpResponseBase:
    """Begin to modify the descriptions of what was chosen in a list."""
    return _begin(request, "descriptions")


@requires(Permission.UNIT_RULES)
@require_POST
def new_rules(request: HttpRequest) -> HttpResponseBase:
    """Begin to modify the rules of what was chosen in a list."""
    return _begin(request, "rules")


@requires(Permission.UNIT_HOLD)
@require_POST
def new_hold(request: HttpRequest) -> HttpResponseBase:
    """Begin to put a hold on what was chosen in a list."""
    return _begin(request, "holds")


# The page ------------------------------------------------------------------------------------


@of_act(writes=False)
@require_safe
def act(request: HttpRequest, mass: MassOperation) -> HttpResponseBase:
    """The page of an act: its form, its dry run, its course, its outcomes."""
    if mass.kind == MOVES and not has_destination(mass):
        return redirect("units_destination", mass.id)
    return _page(request, mass)


@of_act(writes=False)
@require_safe
def live(request: HttpRequest, mass: MassOperation) -> HttpResponseBase:
    """What changes on the page while a job is at work, as a fragment."""
    return render(request, "access/updates/act_live.html", {"page": ActPage(request, mass)})


def _page(
    request: HttpRequest, mass: MassOperation, form: Any = None, *, faults: Sequence[str] = ()
) -> HttpResponse:
    context = {"page": ActPage(request, mass, form), "faults": faults}
    status = 422 if faults or (form is not None and form.errors) else 200
    return render(request, "access/updates/act.html", context, status=status)


# Asking --------------------------------------------------------------------------------------


@of_act(writes=True)
@require_POST
def check(request: HttpRequest, mass: MassOperation) -> HttpResponseBase:
    """Take what is asked and tell what would become of each unit; nothing is written yet."""
    if mass.kind == "descriptions":
        form = DescriptionsForm(request.POST)
        if not form.is_valid():
            return _page(request, mass, form)
        check_mass(mass.id, parameters={"patch": form.patch().as_json()})
    elif mass.kind == "holds" and "actions" not in mass.parameters:
        hold = HoldForm(request.POST)
        if not hold.is_valid():
            return _page(request, mass, hold)
        action = RuleAction(Verb.ADD, HOLD, hold.rule_id, attributes=hold.attributes())
        faults = faults_of_actions([action], referential_rules())
        if faults:
            return _page(request, mass, hold, faults=faults)
        check_mass(mass.id, parameters={"actions": [action.as_json()], "gesture": "put"})
    elif mass.kind == MOVES:
        raise Http404  # its destination is chosen on a page of its own
    else:
        if mass.kind == "rules":
            faults = faults_of_actions(actions_in(mass.parameters), referential_rules())
            if faults:
                return _page(request, mass, faults=faults)
        check_mass(mass.id, parameters={})
    return redirect("update", mass.id)


@of_act(writes=True)
@require_POST
def rule_action(request: HttpRequest, mass: MassOperation) -> HttpResponseBase:
    """Add a change of rules to what is asked, or take one away (``retirer`` is its place)."""
    if mass.kind != "rules":
        raise Http404
    if mass.state not in (State.DRAFT, State.CHECKED):
        raise MassStateError(mass)
    actions = actions_in(mass.parameters)
    place = request.POST.get("retirer", "")
    if place.isdigit() and int(place) < len(actions):
        del actions[int(place)]
    else:
        form_class = ACTION_FORMS.get(request.POST.get("geste", ""))
        if form_class is None:
            raise Http404
        form = form_class(request.POST, auto_id=f"id_{form_class.key()}_%s")
        if not form.is_valid():
            return _page(request, mass, form)
        asked = [*actions, *form.actions()]
        mass.parameters = {**mass.parameters, "actions": [one.as_json() for one in asked]}
        _demand(request, permissions_for(mass))
        faults = faults_of_actions(asked, referential_rules())
        if faults:
            return _page(request, mass, form, faults=faults)
        actions = asked
    mass.parameters = {**mass.parameters, "actions": [one.as_json() for one in actions]}
    mass.state, mass.preview, mass.done = State.DRAFT, {}, 0
    mass.save(update_fields=["parameters", "state", "preview", "done"])
    mass.batches.update(preview=None)
    return redirect("update", mass.id)


# Course --------------------------------------------------------------------------------------


@of_act(writes=True)
@require_POST
def launch(request: HttpRequest, mass: MassOperation) -> HttpResponseBase:
    """Apply what was checked: at once for a few units, by a job beyond."""
    if mass.state != State.CHECKED or ActPage(request, mass).refused:
        raise MassStateError(mass)
    _refuse_again(mass)
    launch_mass(
        mass.id,
        agent_id=account_of(request).id,
        request_id=correlation_id(),
        detail=_detail(mass),
    )
    return redirect("update", mass.id)


def _refuse_again(mass: MassOperation) -> None:
    """A contract may have been narrowed since the units were chosen: ask what is left again."""
    refused = refused_for(mass.kind)
    to_do = mass.batches.filter(entries__isnull=True).order_by("number")
    for batch in to_do.iterator(chunk_size=4):
        now = sorted({*batch.refused, *refused(batch.unit_ids)})
        if now != sorted(batch.refused):
            batch.refused = now
            batch.save(update_fields=["refused"])


def _detail(mass: MassOperation) -> dict[str, Any]:
    """Return what the journal says of what is asked: codes and names of fields alone."""
    if mass.kind in ("rules", "holds"):
        return {
            "actions": [
                {
                    "verb": one.verb,
                    "category": one.category,
                    "rule": one.rule or one.name or str(one.value or ""),
                }
                for one in actions_in(mass.parameters)
            ]
        }
    if mass.kind == MOVES:
        return dict(mass.parameters)
    patch = mass.parameters.get("patch", {})
    names = [*patch.get("set", {}), *patch.get("clear", ())]
    return {"fields": [*names, *(one[0] for one in patch.get("substitute", ()))]} if patch else {}


@of_act(writes=True)
@require_POST
def leave_out(request: HttpRequest, mass: MassOperation) -> HttpResponseBase:
    """Go on without the units that keep the others from moving; the rest is checked again."""
    if mass.kind != MOVES or mass.state != State.CHECKED:
        raise MassStateError(mass)
    if not leave_refused_out(mass):
        discard_mass(mass.id)
        messages.info(request, _("Aucune des unités choisies ne peut y aller."))
        return redirect("search")
    check_mass(mass.id, parameters={})
    return redirect("update", mass.id)


@of_act(writes=True)
@require_POST
def pause(request: HttpRequest, mass: MassOperation) -> HttpResponseBase:
    """Stop after the batch in hand."""
    pause_mass(mass.id)
    return redirect("update", mass.id)


@of_act(writes=True)
@require_POST
def resume(request: HttpRequest, mass: MassOperation) -> HttpResponseBase:
    """Go on where it stopped."""
    resume_mass(mass.id)
    _refuse_again(mass)
    return redirect("update", mass.id)


@of_act(writes=True)
@require_POST
def cancel(request: HttpRequest, mass: MassOperation) -> HttpResponseBase:
    """Stop for good: what was done stays and is told."""
    cancel_mass(mass.id)
    return redirect("update", mass.id)


@of_act(writes=True)
@require_POST
def discard(request: HttpRequest, mass: MassOperation) -> HttpResponseBase:
    """Forget a selection that was not launched."""
    back = ActPage(request, mass).back_url
    discard_mass(mass.id)
    return redirect(back)


@of_act(writes=True)
@require_POST
def revert(request: HttpRequest, mass: MassOperation) -> HttpResponseBase:
    """Put back the descriptions, wherever nothing touched the unit since."""
    if not may_be_reverted(mass):
        raise MassStateError(mass)
    undone = revert_mass(mass, agent_id=account_of(request).id, request_id=correlation_id())
    return redirect("update", undone.id)


# Report --------------------------------------------------------------------------------------


@of_act(writes=False)
@require_safe
def report(request: HttpRequest, mass: MassOperation, file_format: str) -> HttpResponseBase:
    """What became of each unit: a table, or the JSON Lines of the field."""
    if file_format == "jsonl":
        lines = report_lines(mass, outcome=outcome_of(mass), shown=_shown)
        return exports.file_response(
            lines, name=f"{mass.id}.jsonl", content_type="application/jsonl"
        )
    try:
        return exports.export_response(
            _rows(mass), title=_("Rapport %s") % mass.id, file_format=file_format
        )
    except exports.TooManyLinesError:
        sentence = _("Ce rapport dépasse %s lignes : prenez-le en JSON Lines.")
        return errors.refusal(request, sentence % french.number(exports.MOST_LINES))


def _shown(unit_ids: Sequence[str]) -> set[str]:
    """Return those of these units that the reader may see."""
    ids = [one for text in unit_ids if (one := parse_id(text)) is not None]
    return set(map(str, shown_among(ids)))


def _rows(mass: MassOperation) -> Iterator[Sequence[Any]]:
    yield [_("Identifiant"), _("Intitulé"), _("Statut"), _("Résultat"), _("Raison"), _("Code")]
    entries = report_entries(mass, dry_run=not mass.is_launched)
    waiting: list[tuple[str, str, str, str]] = []
    for entry in entries:
        waiting.append(entry)
        if len(waiting) == _REPORT_BATCH:
            yield from _told(mass, waiting)
            waiting = []
    yield from _told(mass, waiting)


def _told(
    mass: MassOperation, entries: Sequence[tuple[str, str, str, str]]
) -> Iterator[Sequence[Any]]:
    ids = [one for entry in entries if (one := parse_id(entry[0])) is not None]
    titles = {str(unit.id): unit.title for unit in units_by_ids(ids)}
    for unit_id, status, key, message in entries:
        told = message if unit_id in titles else ""
        yield [unit_id, titles.get(unit_id, ""), status, result_words(mass, key), told, key]
