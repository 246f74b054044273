"""The classification is built and rearranged: each act is one operation, all of it or nothing."""

import uuid
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from access.editing.tree_comparing import Redescribed, TreeChanges, said_now
from sae.holdings.models import ArchiveUnit, UnitEdge
from sae.holdings.move_checks import moved_parents
from sae.holdings.moving import Move, Moved, MoveRefusedError, Refusal, check_moves, move_units
from sae.holdings.planting import (
    Blocker,
    Position,
    WrongPlaceError,
    branch_blockers,
    branch_ids,
    make_positions,
    remove_branch,
)
from sae.holdings.rules_store import hold_rules_still
from sae.holdings.selectors.units import shown_among
from sae.holdings.unit_states import UnitState, lock_units
from sae.holdings.updating import UnitChange, write_changes
from sae.journal.models import Operation
from sae.journal.services import EventDraft, append_events, close_operation, open_operation
from sae.kernel.outcomes import Outcome
from tenants.models import AccessContract, IngestContract

CREATE = "CLASSIFICATION_CREATE"
IMPORT = "CLASSIFICATION_IMPORT"
MERGE = "CLASSIFICATION_MERGE"
DELETE = "CLASSIFICATION_DELETE"
RECLASSIFICATION = "RECLASSIFICATION"
DESCRIBED = "LFC.UNIT_METADATA_UPDATE"
MOST_UNITS = 10_000
"""Distinct units that one reclassification may move, as the peers bound it."""

_RECLASSIFICATION_STEPS = (
    "STP_RECLASSIFICATION_PREPARATION",
    "STP_UNIT_DETACHMENT",
    "STP_UNIT_ATTACHMENT",
    "STP_UNIT_GRAPH_COMPUTE",
    "STP_OBJECT_GROUP_GRAPH_COMPUTE",
    "STP_RECLASSIFICATION_FINALIZATION",
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and on which request."""

    account_id: uuid.UUID | None = None
    request_id: str = ""


def _open(code: str, actor: Actor, *, category: str = "UPDATE", **detail: Any) -> Operation:
    return open_operation(
        type=code,
        category=category,
        agent_id=actor.account_id,
        request_id=actor.request_id,
        detail=detail,
    )


@transaction.atomic
def create_positions(positions: Sequence[Position], *, actor: Actor) -> dict[Hashable, uuid.UUID]:
    """Make positions of a tree or a plan; raises ``WrongPlaceError`` before any write."""
    operation = _open(CREATE, actor, positions=len(positions))
    made = make_positions(positions, operation=operation)
    close_operation(operation=operation, outcome=Outcome.OK)
    return made


def open_import(
    *, sha512: str, added: int, redescribed: int, moved: int, actor: Actor
) -> Operation:
    """Open the operation of a file of positions, for a job to apply."""
    return _open(IMPORT, actor, sha512=sha512, added=added, redescribed=redescribed, moved=moved)


@transaction.atomic
def apply_tree(
    changes: TreeChanges, *, sha512: str, actor: Actor, operation: Operation | None = None
) -> dict[Hashable, uuid.UUID]:
    """Make, describe and move positions as a file says, in one operation.

    Return the identifier of each new position by its key. ``sha512`` is that of the file. Long
    work opens the ``operation`` beforehand, in a transaction of its own: from there to the end
    nobody else would write in the journal. Raises ``WrongPlaceError`` or ``MoveRefusedError``;
    nothing is then written.
    """
    if changes.redescribed or changes.moved:
        hold_rules_still()
    operation = operation or open_import(
        sha512=sha512,
        added=len(changes.added),
        redescribed=len(changes.redescribed),
        moved=len(changes.moved),
        actor=actor,
    )
    made = make_positions(changes.added, operation=operation) if changes.added else {}
    states = lock_units(sorted(one.unit_id for one in changes.redescribed))
    _refuse_changed(changes.redescribed, states)
    write_changes(
        [
            UnitChange(
                states[one.unit_id],
                DESCRIBED,
                content={**states[one.unit_id].content, **one.after},
                fields=list(one.after),
            )
            for one in changes.redescribed
        ],
        operation=operation,
        name="units-described.jsonl.gz",
    )
    if changes.moved:
        moves = [
            Move(one.unit_id, (made.get(one.target, one.target),), one.detach)  # type: ignore[arg-type]
            for one in changes.moved
        ]
        move_units(moves, operation=operation)
    close_operation(operation=operation, outcome=Outcome.OK)
    return made


def _refuse_changed(
    redescribed: Sequence[Redescribed], states: Mapping[uuid.UUID, UnitState]
) -> None:
    """Refuse to write over what somebody else described since the file was compared."""
    changed = [
        one.unit_id
        for one in redescribed
        if (state := states.get(one.unit_id)) is None
        or any(said_now(state, name) != value for name, value in one.before.items())
    ]
    if changed:
        raise WrongPlaceError("changed", changed)


@transaction.atomic
def reclassify(moves: Sequence[Move], *, actor: Actor) -> tuple[Moved, Operation]:
    """Move units; raises ``MoveRefusedError`` when any of them cannot, and then moves none."""
    if len({one.unit_id for one in moves}) > MOST_UNITS:
        raise MoveRefusedError([Refusal("too_many", ())])
    if refusals := check_moves(moves):
        raise MoveRefusedError(refusals)
    operation = _open(
        RECLASSIFICATION,
        actor,
        category=RECLASSIFICATION,
        moves=[
            {
                "unit": str(one.unit_id),
                "attached": [str(two) for two in one.attach],
                "detached": [str(two) for two in one.detach],
            }
            for one in moves[:100]
        ],
    )
    moved = move_units(moves, operation=operation)
    append_events(
        [EventDraft(code, Outcome.OK) for code in _RECLASSIFICATION_STEPS], operation=operation
    )
    close_operation(
        operation=operation,
        outcome=Outcome.OK,
        detail={"units": moved.units, "below": moved.below},
    )
    return moved, operation


def moves_to(unit_ids: Sequence[uuid.UUID], target: uuid.UUID | None, *, keep: bool) -> list[Move]:
    """Return the moves that put units under a target (``None``: at the root).

    ``keep``: the target is added to their parents; otherwise it takes the place of those in sight.
    """
    rows = dict(ArchiveUnit.objects.filter(id__in=unit_ids).values_list("id", "parents"))
    hidden = hidden_among({one for parents in rows.values() for one in parents})
    return [
        move_between(unit_id, parents, moved_parents(parents, target, keep=keep, hidden=hidden))
        for unit_id, parents in rows.items()
    ]


def move_between(
    unit_id: uuid.UUID, before: Sequence[uuid.UUID], after: Sequence[uuid.UUID]
) -> Move:
    """Return the move that leads a unit from its parents to others."""
    return Move(
        unit_id,
        attach=tuple(one for one in after if one not in before),
        detach=tuple(one for one in before if one not in after),
    )


def hidden_among(unit_ids: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Return those of these units that are out of the open sight."""
    return frozenset(unit_ids) - frozenset(shown_among(unit_ids))


@transaction.atomic
def merge_positions(unit_id: uuid.UUID, into: uuid.UUID, *, actor: Actor) -> int:
    """Put what a position holds under another, then take it away; return what was moved.

    Raises ``MoveRefusedError`` or ``LookupError``; nothing is then written.
    """
    children = list(UnitEdge.objects.filter(parent_id=unit_id).values_list("unit_id", flat=True))
    if into == unit_id or into in branch_ids(unit_id):
        raise MoveRefusedError([Refusal("cycle", (unit_id,))])
    operation = _open(MERGE, actor, merged=str(unit_id), into=str(into))
    if children:
        move_units(
            [Move(one, attach=(into,), detach=(unit_id,)) for one in children],
            operation=operation,
        )
    remove_branch(unit_id, operation=operation)
    close_operation(operation=operation, outcome=Outcome.OK, detail={"moved": len(children)})
    return len(children)


@transaction.atomic
def delete_branch(unit_id: uuid.UUID, *, actor: Actor) -> int:
    """Take away a branch that holds nothing; raises ``LookupError`` when it does."""
    if named_by(unit_id):
        raise LookupError("contracts name the branch")
    operation = _open(DELETE, actor, branch=str(unit_id))
    count = remove_branch(unit_id, operation=operation)
    close_operation(operation=operation, outcome=Outcome.OK, detail={"positions": count})
    return count


def merged_ids(unit_id: uuid.UUID) -> list[uuid.UUID]:
    """Return what a merge changes: the position, and what it holds."""
    held = UnitEdge.objects.filter(parent_id=unit_id).values_list("unit_id", flat=True)
    return [unit_id, *held]


def blockers_of(unit_id: uuid.UUID) -> list[Blocker]:
    """Return what a branch holds that keeps it where it is."""
    return branch_blockers(unit_id)


def named_by(unit_id: uuid.UUID) -> list[str]:
    """Return the identifiers of the contracts that name a position of a branch."""
    branch = branch_ids(unit_id)
    access = AccessContract.objects.filter(root_units__overlap=branch) | (
        AccessContract.objects.filter(excluded_root_units__overlap=branch)
    )
    ingest = IngestContract.objects.filter(link_parent_id__in=branch) | (
        IngestContract.objects.filter(check_parent_ids__overlap=branch)
    )
    return sorted(
        {*access.values_list("identifier", flat=True), *ingest.values_list("identifier", flat=True)}
    )
