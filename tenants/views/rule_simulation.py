"""What would follow if a rule changed its duration: seen before, then prepared as a change."""

import datetime as dt
import itertools
import uuid
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from sae.holdings.inheritance.dates import Rule
from sae.holdings.rule_simulation import Simulation
from sae.holdings.selectors.units import units_by_ids
from sae.holdings.sight import current_sight
from sae.ui import exports, french
from tenants.access import account_of, may, requires
from tenants.models import ManagementRule
from tenants.permissions import Permission
from tenants.referentials.editing import draft_changes
from tenants.referentials.rules import LONGEST, UNLIMITED, describe_rule
from tenants.selectors.referentials import length_in_words
from tenants.views.referential_places import breadcrumb_of, element_url, kind_of
from tenants.views.referential_users import counts_whole

MOST_SHOWN = 100


class LengthForm(forms.Form):
    """The duration one thinks of."""

    duration = forms.IntegerField(
        label=gettext_lazy("Durée"), min_value=0, max_value=max(LONGEST.values()), required=False
    )
    measurement = forms.ChoiceField(
        label=gettext_lazy("Unité"), choices=ManagementRule.Measurement.choices[:3]
    )
    unlimited = forms.BooleanField(label=gettext_lazy("Illimitée"), required=False)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if not typed.get("unlimited") and typed.get("duration") is None:
            self.add_error("duration", _("Écrivez une durée, ou cochez « Illimitée »."))
        longest = LONGEST.get(typed.get("measurement", ""), 0)
        if (typed.get("duration") or 0) > longest:
            self.add_error("duration", _("La durée dépasse 999 ans."))
        return typed


@requires(Permission.REFERENTIAL_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def rule_simulation(request: HttpRequest, row_id: uuid.UUID) -> HttpResponseBase:
    """Simulate (GET), export (``export=csv``), or prepare the change (POST)."""
    kind = kind_of("rules")
    row = ManagementRule.objects.filter(id=row_id).first()
    if row is None:
        raise Http404
    posted = request.method == "POST"
    data = request.POST if posted else request.GET
    initial = {
        "duration": row.duration,
        "measurement": row.measurement or "YEAR",
        "unlimited": row.unlimited,
    }
    asked = posted or "measurement" in data
    form = LengthForm(data if asked else None, initial=initial)
    context: dict[str, Any] = {
        "kind": kind,
        "row": row,
        "form": form,
        "length": length_in_words(row),
        "may_edit": bool(may(request, Permission.REFERENTIAL_EDIT)),
        "address": request.GET.urlencode(),
        "breadcrumb": breadcrumb_of(
            kind, _("Simuler"), between=(row.identifier, element_url(kind, row.id))
        ),
    }
    if asked and form.is_valid():
        wanted = form.cleaned_data
        if posted:
            return _prepare(request, row, wanted)
        rule = _as_rule(row, wanted)
        seen = Simulation(rule, in_sight=True)
        if request.GET.get("export") in exports.FORMATS:
            return exports.export_response(
                _rows(seen), title=_("Simulation"), file_format=request.GET["export"]
            )
        shown = list(itertools.islice(seen.moved(), MOST_SHOWN))
        names = {unit.id: unit for unit in units_by_ids([one.unit_id for one in shown])}
        listed = seen.counts()
        # The change, once made, is that of every unit: who may make it is told how many they are.
        is_wider = counts_whole(request) and not current_sight().is_whole
        context |= {
            "counts": Simulation(rule).counts() if is_wider else listed,
            "is_wider": is_wider,
            "moved": [(names.get(one.unit_id), one) for one in shown],
            "hidden": max(0, listed.moved - len(shown)),
            "wanted": _wanted_words(row, wanted),
        }
    return render(request, "tenants/rule_simulation.html", context)


def _as_rule(row: ManagementRule, wanted: dict[str, Any]) -> Rule:
    return Rule(
        identifier=row.identifier,
        category=row.category,
        duration=None if wanted["unlimited"] else wanted["duration"],
        measurement=wanted["measurement"],
        unlimited=wanted["unlimited"],
    )


def _wanted_words(row: ManagementRule, wanted: dict[str, Any]) -> str:
    imagined = ManagementRule(
        duration=None if wanted["unlimited"] else wanted["duration"],
        measurement=wanted["measurement"],
        unlimited=wanted["unlimited"],
    )
    return length_in_words(imagined)


def _prepare(request: HttpRequest, row: ManagementRule, wanted: dict[str, Any]) -> HttpResponseBase:
    """Prepare the change, to be compared with today then applied."""
    if not may(request, Permission.REFERENTIAL_EDIT):
        raise PermissionDenied(_("Votre profil ne permet pas de modifier un référentiel."))
    document = {
        **describe_rule(row),
        "RuleDuration": UNLIMITED if wanted["unlimited"] else str(wanted["duration"]),
        "RuleMeasurement": wanted["measurement"],
    }
    draft = draft_changes(
        kind_of("rules"),
        changes={row.identifier: document},
        account_id=account_of(request).id,
    )
    return redirect(reverse("referential_draft", args=[draft.id]))


def _rows(simulation: Simulation) -> Any:
    yield [_("Unité"), _("Intitulé"), _("Porte la règle"), _("Échéance"), _("Échéance simulée")]
    stream = simulation.moved()
    while batch := list(itertools.islice(stream, 1_000)):
        names = {unit.id: unit.title for unit in units_by_ids([one.unit_id for one in batch])}
        for one in batch:
            if one.unit_id in names:
                yield [
                    str(one.unit_id), names[one.unit_id], one.declares,
                    _day(one.before), _day(one.after),
                ]  # fmt: skip


def _day(day: dt.date | None) -> str:
    return french.short_day(day) if day else _("sans échéance")
