"""What a deposit hangs from or adds to, held while its rows come in.

Between its controls and its loading, the units it is attached to may have been eliminated, or their
deposit cancelled, and other objects may have joined the groups it adds to.
"""

import uuid
from collections.abc import Iterable

from django.db import connection

from sae.holdings.models import DataObject
from sae.tenancy.scope import current_tenant_id


def hold_targets(
    *, units: Iterable[uuid.UUID] = (), groups: Iterable[uuid.UUID] = ()
) -> frozenset[uuid.UUID]:
    """Keep existing units and groups in the fonds until the transaction ends; return those gone.

    Units, then groups, each in the order of identifiers: the order of ``sae.holdings.removal``, so
    nobody waits crosswise. Deposits do not make one another wait here.
    """
    return _hold("holdings_archiveunit", units, "KEY SHARE") | _hold(
        "holdings_objectgroup", groups, "KEY SHARE"
    )


def hold_groups_for_objects(
    groups: Iterable[uuid.UUID],
) -> dict[uuid.UUID, frozenset[tuple[str, int]]]:
    """Hold groups that receive objects, one deposit at a time; return the usages and versions that
    each has now. A group gone is left out."""
    wanted = list(groups)
    gone = _hold("holdings_objectgroup", wanted, "NO KEY UPDATE")
    present: dict[uuid.UUID, set[tuple[str, int]]] = {
        one: set() for one in wanted if one not in gone
    }
    rows = DataObject.objects.filter(object_group_id__in=list(present))
    for group, usage, version in rows.values_list("object_group_id", "usage", "usage_version"):
        present[group].add((usage, version))
    return {group: frozenset(versions) for group, versions in present.items()}


def _hold(table: str, identifiers: Iterable[uuid.UUID], strength: str) -> frozenset[uuid.UUID]:
    wanted = sorted(set(identifiers), key=lambda one: one.bytes)
    if not wanted:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {table} WHERE tenant_id = %s AND id = ANY(%s) "  # noqa: S608
            f"ORDER BY id FOR {strength}",
            [current_tenant_id(), wanted],
        )
        return frozenset(wanted) - {row[0] for row in cursor.fetchall()}
