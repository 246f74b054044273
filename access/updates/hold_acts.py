"""Changing and lifting a hold: on the units that still declare it as it was when this was asked.

A hold is what units declare alike. One whose reason or end was changed meanwhile is another
hold, which nobody asked to lift.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from access.updates.rules import plan_rules
from sae.holdings.inheritance.categories import HOLD
from sae.holdings.mass import CHANGED_SINCE, Decision
from sae.holdings.models import MassBatch, MassOperation
from sae.holdings.unit_states import UnitState
from sae.holdings.updating import day_of
from sae.kernel.outcomes import Outcome
from sae.ui import french

Said = Mapping[str, Any]
"""What a hold says, under its SEDA names; the end that is computed does not count."""


def hold_key(said: Said) -> str:
    """Return what names a hold: units that declare it alike name it alike."""
    exact = json.dumps({k: v for k, v in said.items() if k != "EndDate"}, sort_keys=True)
    return hashlib.sha256(exact.encode()).hexdigest()[:24]


def hold_words(said: Said) -> str:
    """Return a hold as a sentence: whose it is, why, until when."""
    words = [str(said.get("Rule", ""))]
    if said.get("HoldOwner"):
        words.append(_("demandé par %s") % said["HoldOwner"])
    if said.get("HoldReason"):
        words.append(f"« {said['HoldReason']} »")
    for name, template in (
        ("StartDate", _("depuis le %s")),
        ("HoldEndDate", _("jusqu’au %s")),
        ("HoldReassessingDate", _("à réexaminer le %s")),
    ):
        day = day_of(said.get(name))
        if day is not None:
            words.append(template % french.short_day(day))
    if said.get("PreventRearrangement") is True:
        words.append(_("reclassement interdit"))
    return ", ".join(words)


def plan_holds(mass: MassOperation, batch: MassBatch, units: Sequence[UnitState]) -> list[Decision]:
    """Decide as for rules, and leave the units whose hold is no more the one it is about.

    ``parameters["hold"]``: what it said when it was asked; none for a hold that is put.
    """
    decisions = plan_rules(mass, batch, units)
    about = mass.parameters.get("hold")
    if about is None:
        return decisions
    key = hold_key(about)
    return [
        _still(decision, _declared(state, about["Rule"]), key)
        for decision, state in zip(decisions, units, strict=True)
    ]


def _declared(state: UnitState, rule: str) -> list[Said]:
    rules = state.management.get(HOLD, {}).get("Rules", ())
    return [one for one in rules if one.get("Rule") == rule]


def _still(decision: Decision, declared: Sequence[Said], key: str) -> Decision:
    if decision.change is None or any(hold_key(one) == key for one in declared):
        return decision
    sentence = _("Le gel a changé depuis, il est laissé tel quel : %s.") % " ; ".join(
        map(hold_words, declared)
    )
    return Decision(decision.unit_id, Outcome.KO, CHANGED_SINCE, sentence)
