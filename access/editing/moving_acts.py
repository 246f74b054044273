"""Moves of many units, as an act like the others: chosen, checked, then done by a worker.

Every unit goes to one destination. Everything is checked before anything moves, and one refusal
refuses the whole: whoever asks may leave the refused units out, and check again. Each batch moves
its units with all that is below them and all that depends on it, in one transaction, so that the
classification is right at every moment. Source: reference system, RECLASSIFICATION (§3.1).
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from access.editing.services import hidden_among, move_between
from sae.holdings.mass import CHANGED_SINCE, LEFT, UNKNOWN, Decision, MassKind
from sae.holdings.models import MassBatch, MassOperation
from sae.holdings.move_checks import moved_parents, refusals_under
from sae.holdings.moving import move_units
from sae.holdings.rules_store import hold_rules_still
from sae.holdings.sight import seeing
from sae.holdings.unit_states import UnitState
from sae.holdings.updating import UnitChange
from sae.journal.models import Operation
from sae.kernel import clock
from sae.kernel.identifiers import parse_id
from sae.kernel.outcomes import Outcome
from tenants.sights import sight_of_contracts

MOVES = "moves"
MOVED = "UNIT_RECLASSIFICATION"
ALREADY = "UNIT_ALREADY_THERE"
LIFE_CYCLE = "LFC.UNIT_RECLASSIFICATION"
KEYS = {
    "unknown_parent": "TARGET_UNKNOWN",
    "type_order": "ILLEGAL_UNIT_TYPE_ATTACHMENT",
    "cycle": "UNIT_WITH_CYCLE",
    "held": "UNIT_BLOCKED_BY_HOLD_RULE",
    "too_deep": "UNIT_TOO_DEEP",
}
REFUSED = frozenset({*KEYS.values(), UNKNOWN, CHANGED_SINCE})
"""Result keys of units that keep the whole from moving."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where units go: under ``target_id`` (``None``: at the root), instead of where they are or
    beside it (``keep``)."""

    target_id: uuid.UUID | None
    keep: bool = False

    def as_json(self) -> dict[str, Any]:
        return {"target": str(self.target_id or ""), "keep": self.keep}

    @classmethod
    def of(cls, mass: MassOperation) -> "Destination":
        """Raises ``KeyError`` when none was chosen yet."""
        return cls(parse_id(mass.parameters["target"]), bool(mass.parameters["keep"]))


def has_destination(mass: MassOperation) -> bool:
    """Tell whether somebody said where the units go."""
    return "target" in mass.parameters


def plan_moves(
    mass: MassOperation, _batch: MassBatch, units: Sequence[UnitState]
) -> list[Decision]:
    """Decide for the units of a batch."""
    to = Destination.of(mass)
    refusals = refusals_under(units, to.target_id, today=clock.today())
    hidden = _hidden_parents(mass, units)
    decisions = []
    for state in units:
        reason = refusals.get(state.id)
        after = moved_parents(state.parents, to.target_id, keep=to.keep, hidden=hidden)
        if after == list(state.parents):
            decisions.append(Decision(state.id, Outcome.OK, ALREADY))
        elif reason is not None:
            decisions.append(Decision(state.id, Outcome.KO, KEYS[reason]))
        else:
            change = UnitChange(state, LIFE_CYCLE)
            over = state.parents_text.encode()
            decisions.append(Decision(state.id, Outcome.OK, MOVED, change=change, over=over))
    return decisions


def write_moves(
    mass: MassOperation, changes: Sequence[UnitChange], operation: Operation, name: str
) -> None:
    """Move the units of a batch, and count what goes along (``parameters["below"]``)."""
    to = Destination.of(mass)
    states = [one.state for one in changes]
    hidden = _hidden_parents(mass, states)
    moves = [
        move_between(
            one.id,
            one.parents,
            moved_parents(one.parents, to.target_id, keep=to.keep, hidden=hidden),
        )
        for one in states
    ]
    moved = move_units(moves, operation=operation, name=name)
    mass.parameters["below"] = mass.parameters.get("below", 0) + moved.below


def _hidden_parents(mass: MassOperation, states: Sequence[UnitState]) -> frozenset[uuid.UUID]:
    """Return the parents that the contracts under which the units were chosen do not show."""
    if not mass.contracts:
        return frozenset()
    with seeing(sight_of_contracts(mass.contracts)):
        return hidden_among({parent for one in states for parent in one.parents})


def leave_refused_out(mass: MassOperation) -> int:
    """Take the units that were refused out of a selection that was checked; return how many left.

    The caller has locked the act's row, and has it checked again.
    """
    checked = mass.batches.filter(preview__isnull=False).order_by("number")
    for batch in checked.iterator(chunk_size=4):
        refused = {one[0] for one in batch.preview if one[2] in REFUSED}
        if refused:
            batch.unit_ids = [one for one in batch.unit_ids if str(one) not in refused]
            batch.refused = []
            batch.save(update_fields=["unit_ids", "refused"])
            mass.total -= len(refused)
    mass.save(update_fields=["total"])
    return mass.total


KIND = MassKind(
    name=MOVES,
    operation_type="RECLASSIFICATION",
    category="RECLASSIFICATION",
    plan=plan_moves,
    checks=(
        "CHECK_CONCURRENT_WORKFLOW_LOCK",
        "RECLASSIFICATION_PREPARATION_LOAD_REQUEST",
        "RECLASSIFICATION_PREPARATION_CHECK_GRAPH",
        "RECLASSIFICATION_PREPARATION_CHECK_HOLD_RULES",
        "RECLASSIFICATION_PREPARATION_UPDATE_DISTRIBUTION",
    ),
    action="UNIT_GRAPH_COMPUTE",
    steps=(
        "STP_RECLASSIFICATION_PREPARATION",
        "STP_UNIT_GRAPH_COMPUTE",
        "STP_RECLASSIFICATION_FINALIZATION",
    ),
    also=("STP_UNIT_DETACHMENT", "STP_UNIT_ATTACHMENT", "STP_OBJECT_GROUP_GRAPH_COMPUTE"),
    report_type="RECLASSIFICATION",
    begin=hold_rules_still,
    write=write_moves,
    changed_key=MOVED,
    most=None,
    whole=True,
    labels={
        MOVED: (_("déplacée"), _("déplacées")),
        ALREADY: (_("y est déjà"), _("y sont déjà")),
        KEYS["held"]: (_("retenue par un gel"), _("retenues par un gel")),
        KEYS["type_order"]: (
            _("ne se range pas sous cette position"),
            _("ne se rangent pas sous cette position"),
        ),
        KEYS["cycle"]: (_("serait sous elle-même"), _("seraient sous elles-mêmes")),
        KEYS["too_deep"]: (_("irait trop profond"), _("iraient trop profond")),
        KEYS["unknown_parent"]: (
            _("n’a plus de destination"),
            _("n’ont plus de destination"),
        ),
        UNKNOWN: (
            _("est inconnue ou n’est pas ouverte en écriture"),
            _("sont inconnues ou ne sont pas ouvertes en écriture"),
        ),
        CHANGED_SINCE: (
            _("déplacée par ailleurs depuis : laissée"),
            _("déplacées par ailleurs depuis : laissées"),
        ),
        LEFT: (_("laissée avec les autres"), _("laissées avec les autres")),
    },
)
