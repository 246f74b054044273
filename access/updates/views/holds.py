"""Holds: the register, one hold, its change and its lifting."""

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from access.updates.hold_forms import HoldForm
from access.updates.hold_register import Hold, find_hold, holds
from access.updates.rule_actions import HOLD_ATTRIBUTES, RuleAction, Verb
from access.updates.rules import faults_of_actions, referential_rules
from access.updates.selection import Selection, begin_act
from sae.holdings.inheritance.categories import HOLD
from sae.holdings.mass import check_mass
from sae.holdings.selectors.tree import counts_below
from sae.holdings.selectors.units import units_by_ids
from sae.ui.lists import Empty, ListView
from sae.ui.markup import status_html
from sae.ui.tables import Column, DayColumn, NumberColumn, Table, TitleColumn
from tenants.access import requires
from tenants.permissions import Permission

MOST_UNITS = 50


class HoldTable(Table):
    """One hold per line."""

    caption: str | Promise = gettext_lazy("Gels : à réexaminer d’abord, puis les plus récents")
    reason = TitleColumn(
        verbose_name=gettext_lazy("Motif"), note="rule", linkify=lambda record: record.url
    )
    owner = Column(verbose_name=gettext_lazy("Demandé par"))
    start = DayColumn(verbose_name=gettext_lazy("Depuis"))
    end = DayColumn(verbose_name=gettext_lazy("Jusqu’au"))
    review = DayColumn(verbose_name=gettext_lazy("À réexaminer le"))
    held = NumberColumn(verbose_name=gettext_lazy("Unités gelées"))
    state_word = Column(verbose_name=gettext_lazy("État"), orderable=False)

    def render_reason(self, value: str, record: Hold) -> str:
        return value or record.rule

    def render_state_word(self, value: str, record: Hold) -> SafeString:
        return status_html(record.state, word=value, plain=True)


class HoldRegister(ListView):
    """Every hold declared on units in sight."""

    menu = "gels"
    title = gettext_lazy("Gels")
    facts = gettext_lazy("Ce qui est sous gel ne peut pas être éliminé, dessous compris.")
    noun = ("gel", "gels")
    table_class = HoldTable
    empty = Empty(
        gettext_lazy("Aucun gel : cochez des unités dans une recherche, puis « Geler »."),
        gettext_lazy("Rechercher"),
        "search",
    )

    def get_queryset(self) -> Any:
        return holds()


register = requires(Permission.UNIT_HOLD)(HoldRegister.as_view())


def _hold_or_404(key: str) -> Hold:
    found = find_hold(key)
    if found is None:
        raise Http404
    return found


@requires(Permission.UNIT_HOLD)
@require_safe
def hold(request: HttpRequest, key: str) -> HttpResponseBase:
    """One hold: who asked for it, why, on what; change it, lift it."""
    return _page(request, _hold_or_404(key))


def _page(
    request: HttpRequest, found: Hold, form: HoldForm | None = None, faults: list[str] | None = None
) -> HttpResponseBase:
    form = form or HoldForm(
        fixed_rule=found.rule,
        initial={
            "owner": found.owner,
            "reason": found.reason,
            "start": found.start,
            "end": found.given_end,
            "review": found.review,
            "still": found.still,
        },
    )
    units = units_by_ids(found.unit_ids[:MOST_UNITS])
    below = counts_below(units)
    context = {
        "hold": found,
        "form": form,
        "faults": faults or [],
        "units": [(unit, below[unit.id]) for unit in units],
        "left": max(found.declared - MOST_UNITS, 0),
    }
    status = 422 if faults or form.errors else 200
    return render(request, "access/updates/hold.html", context, status=status)


@requires(Permission.UNIT_HOLD)
@require_POST
def change(request: HttpRequest, key: str) -> HttpResponseBase:
    """Prepare the change of a hold on every unit that declares it; shown before it is applied."""
    found = _hold_or_404(key)
    form = HoldForm(request.POST, fixed_rule=found.rule)
    if not form.is_valid():
        return _page(request, found, form)
    said = form.attributes()
    action = RuleAction(
        Verb.CHANGE,
        HOLD,
        found.rule,
        attributes=said,
        cleared=[name for name in ("StartDate", *HOLD_ATTRIBUTES) if name not in said],
    )
    faults = faults_of_actions([action], referential_rules())
    if faults:
        return _page(request, found, form, faults)
    return _prepare(request, found, action, "change")


@requires(Permission.UNIT_HOLD)
@require_POST
def lift(request: HttpRequest, key: str) -> HttpResponseBase:
    """Prepare the lifting of a hold on every unit that declares it."""
    found = _hold_or_404(key)
    return _prepare(request, found, RuleAction(Verb.REMOVE, HOLD, found.rule), "lift")


def _prepare(
    request: HttpRequest, found: Hold, action: RuleAction, gesture: str
) -> HttpResponseBase:
    mass = begin_act(request, "holds", Selection(lambda: iter([found.unit_ids]), ""))
    asked = {"actions": [action.as_json()], "gesture": gesture, "hold": found.said}
    check_mass(mass.id, parameters=asked)
    return redirect("update", mass.id)


for view in (hold, change, lift):
    view.menu = "gels"  # type: ignore[attr-defined]
