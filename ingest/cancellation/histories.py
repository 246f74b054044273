"""The last line in the history of what leaves the fonds."""

import uuid

from sae.holdings.removal import removed_subjects
from sae.journal.life_cycle import LifeCycleDraft, write_life_cycle
from sae.journal.models import Operation


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
