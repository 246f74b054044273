"""Every address for people, by room: who may see it.

Those for applications (application namespace ``external``) authenticate themselves.
"""

from tests.architecture.matrix import (
    access,
    accounts,
    contracts,
    editing,
    frame,
    ingest,
    organisations,
    referentials,
    rights,
    security,
    signing_in,
    updates,
)
from tests.architecture.matrix.line import Line, Thing

MATRIX: dict[str, Line] = {
    **frame.LINES,
    **signing_in.LINES,
    **ingest.LINES,
    **access.LINES,
    **updates.LINES,
    **editing.LINES,
    **referentials.LINES,
    **rights.LINES,
    **accounts.LINES,
    **organisations.LINES,
    **security.LINES,
    **contracts.LINES,
}
THINGS: dict[str, Thing] = {
    **referentials.THINGS,
    **updates.THINGS,
    **editing.THINGS,
    **rights.THINGS,
    **accounts.THINGS,
    **organisations.THINGS,
    **security.THINGS,
    **contracts.THINGS,
}
"""Things beside the deposit, its unit and the referentials, which the test makes itself."""
