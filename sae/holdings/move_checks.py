"""May these units go there? Asked of thousands at once, without reading what is below them.

One destination for all makes each unit's answer its own: a unit would be under itself when it is
the destination or above it. Source: reference system, reclassification (types, cycles, holds that
prevent rearrangement).
"""

# Statements are put together from the constants of this module; values are always bound.
# ruff: noqa: S608

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import connection

from sae.holdings.graph import MAX_DEPTH
from sae.holdings.models import ArchiveUnit
from sae.holdings.projection.closure import BELOW
from sae.holdings.recomputing import recompute
from sae.holdings.rules_store import RESULTS, UNITS
from sae.holdings.unit_states import UnitState
from sae.tenancy.literals import identifiers_literal
from sae.tenancy.scope import current_tenant_id


def refusals_under(
    states: Sequence[UnitState], target_id: uuid.UUID | None, *, today: dt.date
) -> dict[uuid.UUID, str]:
    """Return why units cannot go under a target (``None``: at the root), those that can left out.

    Reasons are those of ``sae.holdings.moving.Refusal``. Some six queries whatever their number.
    """
    refused = dict.fromkeys(held([one.id for one in states], today), "held")
    if target_id is None:
        return refused
    target = (
        ArchiveUnit.objects.filter(id=target_id)
        .only("id", "tenant_id", "unit_type", "ancestors", "depth")
        .first()
    )
    if target is None:
        return dict.fromkeys((one.id for one in states), "unknown_parent")
    above = {target.id, *target.ancestors}
    rank = ArchiveUnit.Type(target.unit_type).rank
    refused |= dict.fromkeys(_too_deep(states, target.depth), "too_deep")
    for one in states:
        if ArchiveUnit.Type(one.unit_type).rank > rank:
            refused[one.id] = "type_order"
        if one.id in above:
            refused[one.id] = "cycle"
    return refused


def held(unit_ids: Collection[uuid.UUID], today: dt.date) -> list[uuid.UUID]:
    """Return the units that an active hold keeps where they are, own or inherited."""
    values: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "units": identifiers_literal(unit_ids),
        "today": today,
    }
    with connection.cursor() as cursor:
        # Rules of units that wait for their first result, of an older version, are computed now.
        cursor.execute(
            f"SELECT id FROM {UNITS} WHERE tenant_id = %(tenant)s AND id = ANY(%(units)s::uuid[])",
            values,
        )
        waiting = set(unit_ids) - {row[0] for row in cursor.fetchall()}
    if waiting:
        waiting &= set(ArchiveUnit.objects.filter(id__in=waiting).values_list("id", flat=True))
    if waiting:
        recompute(list(waiting))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT given.id FROM {UNITS} AS given JOIN {RESULTS} AS result "
            "ON result.tenant_id = given.tenant_id AND result.id = given.result_id "
            "WHERE given.tenant_id = %(tenant)s AND given.id = ANY(%(units)s::uuid[]) "
            "AND result.frozen_until > %(today)s ORDER BY given.id",
            values,
        )
        return [row[0] for row in cursor.fetchall()]


def _too_deep(states: Iterable[UnitState], depth: int) -> list[uuid.UUID]:
    """Return the units whose branch would go deeper than a tree may.

    Only those with enough below them for that are looked at.
    """
    room = MAX_DEPTH - depth
    tall = ArchiveUnit.objects.filter(
        id__in=[one.id for one in states], descendant_count__gte=room
    ).values_list("id", "depth")
    return [unit_id for unit_id, top in tall if max(top, _lowest(unit_id)) - top + 1 > room]


def _lowest(unit_id: uuid.UUID) -> int:
    """Return the greatest depth of what is below a unit, 0 for nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(depth) FROM holdings_archiveunit WHERE tenant_id = %(tenant)s "
            f"AND id IN ({BELOW})",
            {"tenant": current_tenant_id(), "units": [unit_id]},
        )
        return int(cursor.fetchone()[0] or 0)


def moved_parents(
    parents: Sequence[uuid.UUID],
    target_id: uuid.UUID | None,
    *,
    keep: bool,
    hidden: Collection[uuid.UUID] = (),
) -> list[uuid.UUID]:
    """Return the parents of a unit once under the target: beside the others, or instead.

    ``hidden``: parents out of the sight of whoever moves it, who leaves no place unseen.
    """
    kept = [one for one in parents if keep or one == target_id or one in hidden]
    return kept if target_id is None or target_id in kept else [*kept, target_id]
