"""A branch moved under another unit, against plain UPDATEs of the same rows.

The plain statements add an ancestor and a depth to each unit of the branch, in the units and in
the search projection, with their indexes, and nothing else. Beside that the move checks, writes
edges and counts, and computes the rules in force of the whole branch again.
"""

import uuid
from typing import Any

from django.db import connection

from bench.branches import fill_branch, settle
from bench.timing import timed
from sae.holdings.models import ArchiveUnit
from sae.holdings.moving import Move, move_units
from sae.journal.services import close_operation, open_operation
from sae.kernel.identifiers import new_id
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope

AIM = 5.0
_HERE = "WHERE tenant_id = %(tenant)s"
_PLAIN = (
    "UPDATE holdings_archiveunit SET ancestors = ancestors || %(other)s::uuid, depth = depth + 1 "
    + _HERE,
    f"UPDATE holdings_search SET ancestors = ancestors || %(other)s::uuid {_HERE}",
)


def measure(coffre: Tenant, units: int) -> dict[str, Any]:
    """Fill a coffre with two branches, put one under the other, and back; return seconds."""
    branch = fill_branch(coffre, units)[0]
    target = fill_branch(coffre, 1)[0]
    before = _plain(coffre)
    settle()
    there = timed(lambda: _move(coffre, Move(branch, attach=(target,))))
    settle()
    back = timed(lambda: _move(coffre, Move(branch, detach=(target,))))
    settle()
    plain = min(before, _plain(coffre))
    with tenant_scope(coffre.id):
        if ArchiveUnit.objects.get(id=branch).parents:
            raise RuntimeError("the branch did not come back")
    return {
        "units": units,
        "there": there,
        "back": back,
        "plain": plain,
        "ratio": max(there, back) / plain,
        "aim": AIM,
    }


def tell(found: dict[str, Any]) -> str:
    """Return the line that a reader wants."""
    slowest = max(found["there"], found["back"])
    return (
        f"\nA branch of {found['units']} units moved: {found['there']:.2f} s, and back "
        f"{found['back']:.2f} s, {found['units'] / slowest:.0f} units/s; plain UPDATE of the same "
        f"rows {found['plain']:.2f} s: ratio {found['ratio']:.2f} (aim {found['aim']:.0f})"
    )


def _move(coffre: Tenant, move: Move) -> None:
    with tenant_scope(coffre.id):
        operation = open_operation(type="RECLASSIFICATION", category="RECLASSIFICATION")
        move_units([move], operation=operation)
        close_operation(operation=operation, outcome=Outcome.OK)


class _Undone(Exception):  # noqa: N818 ends a transaction
    """The statements were only to be timed."""


def _plain(coffre: Tenant) -> float:
    seconds = 0.0
    values: dict[str, uuid.UUID] = {"tenant": coffre.id, "other": new_id()}
    try:
        with tenant_scope(coffre.id), connection.cursor() as cursor:
            for statement in _PLAIN:
                seconds += timed(lambda one=statement: cursor.execute(one, values))  # type: ignore[misc]
            raise _Undone
    except _Undone:
        return seconds
