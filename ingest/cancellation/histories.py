"""The last line in the history of what leaves the fonds."""

import uuid

from sae.holdings.removal import removed_subjects
from sae.journal.life_cycle import LifeCycleDraft, write_life_cycle
from sae.journal.models import Operation

ROLLED_BACK = "LFC.ROLL_BACK"
"""What a deposit that does not end well had already put in the fonds leaves it."""


def write_departures(*, operation: Operation, removed: uuid.UUID, code: str) -> int:
    """Write under ``operation`` that what ``removed`` brought leaves; return how many leave.

    Call it before the rows go, in the same transaction. ``code``: the ``LFC.…`` event.
    """

    drafts = [
        LifeCycleDraft(kind, identifier, [code], detail={"of": str(removed)})
        for kind, identifier in removed_subjects(removed)
    ]
    if drafts:
        write_life_cycle(drafts, operation=operation)
    return len(drafts)
