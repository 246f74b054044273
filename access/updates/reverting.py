"""« Annuler » : the previous descriptions come back, wherever nothing touched the unit since.

Source: reference system, REVERT_ESSENTIAL_METADATA (§3.6): the operation must be the last one of
the unit; those touched since are left aside and listed.
"""

import uuid
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from access.updates.descriptions import INVALID, DescriptionJudge, changed_description
from access.updates.selection import refused_for
from access.updates.sentences import sentences_of
from sae.holdings.mass import Decision, launch_mass, prepare_mass
from sae.holdings.models import MassBatch, MassOperation
from sae.holdings.unit_states import UnitState
from sae.kernel.identifiers import parse_id
from sae.kernel.outcomes import Outcome

REVERT = "revert"
TOUCHED_SINCE = "UNIT_TOUCHED_SINCE"
REVERTIBLE = frozenset({"descriptions", "own_descriptions", "one_description"})


def may_be_reverted(mass: MassOperation) -> bool:
    """Tell whether an act is over, changed descriptions, and was not reverted yet.

    One whose undoing was stopped, or changed nothing, can be undone again: units put back already
    are left as they are.
    """
    if mass.kind not in REVERTIBLE or not mass.is_over or not mass.changed:
        return False
    undoing = MassOperation.objects.filter(id=mass.reverted_by).first()
    if undoing is None:
        return True
    stopped = undoing.state in (MassOperation.State.CANCELLED, MassOperation.State.FAILED)
    return stopped or (undoing.is_over and not undoing.changed)


def revert_mass(mass: MassOperation, *, agent_id: uuid.UUID, request_id: str = "") -> MassOperation:
    """Put back the descriptions that an act changed. The caller has locked its row."""
    inputs = dict(_previous(mass))
    reverting = prepare_mass(
        kind=REVERT,
        contracts=mass.contracts,
        unit_ids=[list(inputs)],
        agent_id=agent_id,
        request_id=request_id,
        parameters={"of": str(mass.id)},
        inputs=inputs,
        refused=refused_for(REVERT),
    )
    mass.reverted_by = reverting.id
    mass.save(update_fields=["reverted_by"])
    return launch_mass(
        reverting.id, agent_id=agent_id, request_id=request_id, detail={"of": str(mass.id)}
    )


def _previous(mass: MassOperation) -> Iterator[tuple[uuid.UUID, dict[str, object]]]:
    batches = mass.batches.exclude(undo={}).order_by("number")
    for undo in batches.values_list("undo", flat=True).iterator(chunk_size=4):
        for text, previous in undo.items():
            identifier = parse_id(text)
            if identifier is not None:
                yield identifier, previous


def plan_revert(
    mass: MassOperation, batch: MassBatch, units: Sequence[UnitState]
) -> list[Decision]:
    """Decide for the units of a batch: ``batch.inputs`` holds their previous values."""
    judge = DescriptionJudge()
    undone = parse_id(mass.parameters["of"])
    decisions = []
    for state in units:
        if not state.operations or state.operations[-1] != undone:
            sentence = _("Modifiée depuis par une autre opération : laissée telle quelle.")
            decisions.append(Decision(state.id, Outcome.KO, TOUCHED_SINCE, sentence))
            continue
        content = dict(state.content)
        for name, value in batch.inputs[str(state.id)].items():
            if value is None:
                content.pop(name, None)
            else:
                content[name] = value
        content, problems = judge.judged(state, content)
        if problems:
            decisions.append(Decision(state.id, Outcome.KO, INVALID, sentences_of(problems)))
        else:
            decisions.append(changed_description(state, content))
    return decisions
