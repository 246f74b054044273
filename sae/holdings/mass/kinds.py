"""Kinds of acts over many units: filled by the rooms above in ``AppConfig.ready()``."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from sae.holdings.models import MassBatch, MassOperation
from sae.holdings.unit_states import UnitState
from sae.holdings.updating import UnitChange, write_changes
from sae.journal.models import Operation
from sae.kernel.outcomes import Outcome

UPDATED = "UNIT_METADATA_UPDATE"
"""Result key of a unit whose description or rules changed."""
UNKNOWN = "UNIT_UNKNOWN_OR_FORBIDDEN"
"""Result key of a unit that is no more, or that the contract does not let one write."""
CHANGED_SINCE = "UNIT_CHANGED_SINCE"
"""Result key of a unit where what the act writes over is no more what it was when shown."""
LEFT = "UNIT_LEFT_WITH_OTHERS"
"""Result key of a unit that could change, in an act that goes as a whole and was refused."""
MOST_UNITS = 100_000
"""What one act may touch: the platform threshold of the reference system."""


@dataclass(slots=True)
class Decision:
    """What becomes of one unit. ``key`` is the peers' result key, or one of the kind's own.

    Not frozen, like ``UnitChange``. Without ``change`` the unit stays as it is: already so (OK),
    or left aside (KO), and ``message`` says why in French. ``undo`` keeps what a revert must put
    back. ``over`` is what the change is written over, in any exact form: where it is no more what
    it was in the dry run, nothing is written.
    """

    unit_id: uuid.UUID
    outcome: Outcome
    key: str
    message: str = ""
    change: UnitChange | None = None
    undo: Mapping[str, Any] | None = None
    over: bytes = b""


Plan = Callable[[MassOperation, MassBatch, Sequence[UnitState]], list[Decision]]
Write = Callable[[MassOperation, Sequence[UnitChange], Operation, str], None]


def _write(
    _mass: MassOperation, changes: Sequence[UnitChange], operation: Operation, name: str
) -> None:
    write_changes(changes, operation=operation, name=name)


def _nothing_before() -> None:
    """Nothing is to be held before the units are locked."""


@dataclass(frozen=True, slots=True)
class MassKind:
    """How one kind of act goes.

    ``plan`` decides for the units of a batch, from what they are and from the parameters; the
    same function makes the dry run and the act, so that the one tells the other. It reads the
    referentials, and writes nothing. ``begin`` takes what must be held before units are locked,
    in the transaction of each batch. ``write`` applies what was decided (units are locked), with
    all that depends on it.

    ``operation_type`` and ``category`` are the peers' evType and evTypeProc; ``checks``,
    ``action`` and ``steps`` the codes of their workflow, so that journals read alike.
    ``also`` names steps of that workflow that go with the update, told at its end. ``labels``:
    result key → (singular, plural) of what is said of so many units; ``changed_key`` is that of
    units that change. ``most``: how many units an act may touch, ``None`` for no bound.

    ``reads_descriptions``: units come to ``plan`` with their descriptions; without, it takes those
    that it needs by ``read_descriptions``.

    ``whole``: everything is checked before any write, and one unit refused then refuses the act.
    """

    name: str
    operation_type: str
    plan: Plan
    category: str = "MASS_UPDATE"
    checks: tuple[str, ...] = ("CHECK_DISTRIBUTION_THRESHOLD", "PREPARE_UPDATE_UNIT_LIST")
    action: str = "MASS_UPDATE_UNITS"
    steps: tuple[str, str, str] = (
        "STP_CHECK_AND_COMPUTE",
        "STP_UPDATE",
        "STP_MASS_UPDATE_FINALIZE",
    )
    report_type: str = "UPDATE_UNIT"
    begin: Callable[[], None] = _nothing_before
    write: Write = _write
    labels: Mapping[str, tuple[str | Promise, str | Promise]] = field(default_factory=dict)
    changed_key: str = UPDATED
    most: int | None = MOST_UNITS
    reads_descriptions: bool = True
    whole: bool = False
    also: tuple[str, ...] = ()


_registered: dict[str, MassKind] = {}


def register_mass_kind(kind: MassKind) -> None:
    """Add a kind of act. Raises ``ValueError`` when its name is another's."""
    if _registered.setdefault(kind.name, kind) != kind:
        raise ValueError(f"two kinds of acts named {kind.name}")


def kind_of(mass: MassOperation) -> MassKind:
    """Return how an act goes. Raises ``LookupError`` for a kind nobody registered."""
    return _registered[mass.kind]
