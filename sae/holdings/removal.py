"""What an operation brought leaves the fonds, whole, in the caller's transaction.

The reverse of ``sae.holdings.loading``. The caller opens ``tenant_scope`` and calls, in ONE
transaction: ``lock_operation``, ``blockers_of`` (nothing may come in between: the rows are
locked), ``removed_subjects`` for the histories, ``remove_operation``, ``unregister``. Bytes at the
offers come after the commit (``sae.storage.audit.delete_stored``): they do not come back with a
rollback.
"""

# Statements are put together from the constants of this module; values are always bound.
# ruff: noqa: S608

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from sae.holdings import projection
from sae.holdings.loading import CountDelta, attach_counts
from sae.holdings.models import AccessionRegisterDetail, DataObject, ObjectGroup
from sae.holdings.rules_store import forget_units, share_rules
from sae.kernel import clock
from sae.tenancy.bulk import forget_plans
from sae.tenancy.plans import joining_whole
from sae.tenancy.scope import current_tenant_id

BATCH = 10_000
"""Entries of the search projection removed at a time."""

_TABLES = (
    "holdings_archiveunit",
    "holdings_dataobject",
    "holdings_objectgroup",
    "holdings_unitedge",
)
SHOWN = 5
"""Units named for each reason of a refusal."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """A reason why an operation cannot be undone.

    ``reason`` is one of the keys of ``_BLOCKERS``; ``count`` the units or objects concerned;
    ``units`` the first of the units through which they are seen (to link to).
    """

    reason: str
    count: int
    units: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """What an operation brought and still is in the fonds. ``size`` in bytes."""

    units: int = 0
    groups: int = 0
    objects: int = 0
    size: int = 0


_OWN_GROUPS = (
    "SELECT id FROM holdings_objectgroup WHERE tenant_id = %(tenant)s "
    "AND operation_id = %(operation)s"
)
_OWN_UNITS = (
    "SELECT id FROM holdings_archiveunit WHERE tenant_id = %(tenant)s "
    "AND operation_id = %(operation)s"
)
_TOUCHED_GROUPS = (
    "SELECT object_group_id AS id FROM holdings_dataobject WHERE tenant_id = %(tenant)s "
    "AND operation_id = %(operation)s UNION "
    "SELECT object_group_id FROM holdings_archiveunit WHERE tenant_id = %(tenant)s "
    "AND operation_id = %(operation)s AND object_group_id IS NOT NULL"
)
_ABOVE = (
    "SELECT DISTINCT above FROM holdings_archiveunit own, unnest(own.ancestors) AS above "
    "WHERE own.tenant_id = %(tenant)s AND own.operation_id = %(operation)s"
)
# A hold without an end date, or whose end is still to come: the unit must stay as it is.
_HELD = (
    "EXISTS (SELECT FROM jsonb_array_elements(CASE jsonb_typeof(u.management #> "
    "'{HoldRule,Rules}') WHEN 'array' THEN u.management #> '{HoldRule,Rules}' ELSE '[]' END) "
    "AS hold WHERE COALESCE(hold ->> 'EndDate', hold ->> 'HoldEndDate', '9999') > %(today)s)"
)

_BLOCKERS = {
    # Units that another operation put under these.
    "children_of_others": (
        "SELECT DISTINCT child.id FROM holdings_archiveunit parent "
        "JOIN holdings_unitedge edge ON edge.tenant_id = parent.tenant_id "
        "AND edge.parent_id = parent.id "
        "JOIN holdings_archiveunit child ON child.tenant_id = edge.tenant_id "
        "AND child.id = edge.unit_id AND child.operation_id <> %(operation)s "
        "WHERE parent.tenant_id = %(tenant)s AND parent.operation_id = %(operation)s"
    ),
    # Units of these whose group received objects from another operation.
    "objects_of_others": (
        "SELECT DISTINCT u.id FROM holdings_dataobject object "
        "JOIN holdings_archiveunit u ON u.tenant_id = object.tenant_id "
        "AND u.object_group_id = object.object_group_id "
        f"WHERE object.tenant_id = %(tenant)s AND object.object_group_id IN ({_OWN_GROUPS}) "
        "AND object.operation_id <> %(operation)s"
    ),
    # Units of another operation described by a group of this one.
    "groups_of_others": (
        "SELECT u.id FROM holdings_archiveunit u WHERE u.tenant_id = %(tenant)s "
        f"AND u.object_group_id IN ({_OWN_GROUPS}) AND u.operation_id <> %(operation)s"
    ),
    # Its units, those above them (a hold is inherited), those whose group it extended.
    "held": (
        "SELECT u.id FROM holdings_archiveunit u WHERE u.tenant_id = %(tenant)s AND "
        f"(u.operation_id = %(operation)s OR u.id IN ({_ABOVE}) OR u.object_group_id IN "
        "(SELECT object_group_id FROM holdings_dataobject WHERE tenant_id = %(tenant)s "
        f"AND operation_id = %(operation)s)) AND {_HELD}"
    ),
    # Units described, moved or ruled anew since, by whatever operation.
    "changed": (
        "SELECT u.id FROM holdings_archiveunit u WHERE u.tenant_id = %(tenant)s "
        "AND u.operation_id = %(operation)s "
        "AND (u.version > 0 OR u.operations <> ARRAY[%(operation)s]::uuid[])"
    ),
    # Groups changed by another operation otherwise than by new objects (counted above).
    "groups_changed": (
        "SELECT DISTINCT u.id FROM holdings_objectgroup g JOIN holdings_archiveunit u "
        "ON u.tenant_id = g.tenant_id AND u.object_group_id = g.id "
        "WHERE g.tenant_id = %(tenant)s AND g.operation_id = %(operation)s "
        "AND g.operations <> ARRAY[%(operation)s]::uuid[] "
        "AND NOT EXISTS (SELECT FROM holdings_dataobject object "
        "WHERE object.tenant_id = g.tenant_id AND object.object_group_id = g.id "
        "AND object.operation_id <> %(operation)s)"
    ),
}


def content_of(operation_id: uuid.UUID) -> Content:
    """Count what an operation brought and still is in the fonds."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (SELECT count(*) FROM ({_OWN_UNITS}) AS units), "
            f"(SELECT count(*) FROM ({_OWN_GROUPS}) AS own), count(*), COALESCE(sum(size), 0) "
            "FROM holdings_dataobject WHERE tenant_id = %(tenant)s "
            "AND operation_id = %(operation)s",
            _values(operation_id),
        )
        return Content(*(int(value) for value in cursor.fetchone()))


def blockers_of(operation_id: uuid.UUID, *, today: dt.date | None = None) -> list[Blocker]:
    """Return every reason why what an operation brought cannot leave the fonds; empty when it can.

    ``today`` is the day holds are compared with.
    """
    values = {**_values(operation_id), "today": (today or clock.today()).isoformat()}
    found = []
    with joining_whole(*_TABLES), connection.cursor() as cursor:
        for reason, statement in _BLOCKERS.items():
            cursor.execute(
                f"WITH hits AS MATERIALIZED ({statement}) SELECT (SELECT count(*) FROM hits), "
                f"ARRAY(SELECT id FROM hits ORDER BY id LIMIT {SHOWN})",
                values,
            )
            count, units = cursor.fetchone()
            if count:
                found.append(Blocker(reason, count, tuple(units)))
    return found


def lock_operation(operation_id: uuid.UUID) -> None:
    """Lock what an operation brought, and what it hangs from, until the transaction ends.

    Units in identifier order in one statement, then groups: the order of the deposits that attach
    theirs, so nobody waits crosswise. A deposit that comes after finds its target gone and starts
    over; one that came before is seen by ``blockers_of``. The rules first, as whoever computes them
    again does: none may be written for a unit that leaves.
    """
    share_rules()
    with joining_whole(*_TABLES), connection.cursor() as cursor:
        for statement in (
            "SELECT id FROM holdings_archiveunit WHERE tenant_id = %(tenant)s AND "
            f"(operation_id = %(operation)s OR id IN ({_ABOVE})) ORDER BY id FOR UPDATE",
            "SELECT id FROM holdings_objectgroup WHERE tenant_id = %(tenant)s AND "
            f"(operation_id = %(operation)s OR id IN ({_TOUCHED_GROUPS})) ORDER BY id FOR UPDATE",
        ):
            cursor.execute(statement, _values(operation_id))


def removed_subjects(operation_id: uuid.UUID) -> list[tuple[str, uuid.UUID]]:
    """Return ("object_group" | "unit", identifier) of everything that will leave, in order.

    Groups of other operations that lose objects are among them. A list: whoever writes it by COPY
    holds the connection, and nothing can be read meanwhile.
    """
    found: list[tuple[str, uuid.UUID]] = []
    with connection.cursor() as cursor:
        for kind, statement in (
            ("object_group", f"SELECT id FROM ({_OWN_GROUPS} UNION {_TOUCHED_GROUPS}) AS one"),
            ("unit", _OWN_UNITS),
        ):
            cursor.execute(f"{statement} ORDER BY id", _values(operation_id))
            found.extend((kind, row[0]) for row in cursor.fetchall())
    return found


def remove_operation(operation_id: uuid.UUID, *, agency: str = "") -> Content:
    """Take out units, edges, search entries, rules, objects and groups; return what there was.

    Counts of the units above are decreased; groups of other operations lose the objects added,
    the operation, and ``agency`` (the operation's own) unless another of their operations brought
    it. Does nothing when nothing is left: it may be called twice. Raises ``IntegrityError`` at
    commit when something still refers to what goes: see ``blockers_of``.
    """
    lock_operation(operation_id)
    content = content_of(operation_id)
    values = _values(operation_id)
    deltas = _deltas(values)
    _restore_groups(operation_id, values, agency)
    with joining_whole(*_TABLES), connection.cursor() as cursor:
        cursor.execute(_OWN_UNITS, values)
        while rows := cursor.fetchmany(BATCH):
            leaving = [row[0] for row in rows]
            projection.remove_entries(leaving)
            forget_units(leaving)
        for statement in (
            "DELETE FROM holdings_unitedge AS edge USING holdings_archiveunit unit "
            "WHERE edge.tenant_id = %(tenant)s AND unit.tenant_id = %(tenant)s "
            "AND unit.operation_id = %(operation)s AND edge.unit_id = unit.id",
            "DELETE FROM holdings_archiveunit WHERE tenant_id = %(tenant)s "
            "AND operation_id = %(operation)s",
            "DELETE FROM holdings_dataobject WHERE tenant_id = %(tenant)s "
            "AND operation_id = %(operation)s",
            "DELETE FROM holdings_objectgroup WHERE tenant_id = %(tenant)s "
            "AND operation_id = %(operation)s",
        ):
            cursor.execute(statement, values)
    attach_counts(deltas)
    forget_plans()
    return content


def _deltas(values: dict[str, Any]) -> dict[uuid.UUID, CountDelta]:
    """Return what the units of other operations above lose: children, and descendants."""
    with joining_whole(*_TABLES), connection.cursor() as cursor:
        cursor.execute(
            "SELECT above, count(*), count(*) FILTER (WHERE above = ANY(own.parents)) "
            "FROM holdings_archiveunit own, unnest(own.ancestors) AS above "
            "WHERE own.tenant_id = %(tenant)s AND own.operation_id = %(operation)s "
            f"AND above NOT IN ({_OWN_UNITS}) GROUP BY above",
            values,
        )
        return {
            identifier: CountDelta(children=-children, descendants=-descendants)
            for identifier, descendants, children in cursor.fetchall()
        }


def _restore_groups(operation_id: uuid.UUID, values: dict[str, Any], agency: str) -> None:
    """Give groups of other operations back the state they had without this one."""
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHED_GROUPS, values)
        touched = [row[0] for row in cursor.fetchall()]
    for group in ObjectGroup.objects.filter(id__in=touched).exclude(operation_id=operation_id):
        added = DataObject.objects.filter(object_group=group, operation_id=operation_id).count()
        others = [one for one in group.operations if one != operation_id]
        if len(others) == len(group.operations):
            # Its objects were loaded, but the group not yet told of them.
            continue
        group.object_count -= added
        group.operations = others
        if agency != group.originating_agency and not _brought_by(others, agency):
            group.originating_agencies = [
                one for one in group.originating_agencies if one != agency
            ]
        group.version += 1
        group.updated_at = clock.now()
        group.save()


def _brought_by(operations: Sequence[uuid.UUID], agency: str) -> bool:
    """Tell whether one of these operations has this agency, or has none on the register yet."""
    lines = dict(
        AccessionRegisterDetail.objects.filter(operation_id__in=operations).values_list(
            "operation_id", "originating_agency"
        )
    )
    return any(lines.get(one, agency) == agency for one in operations)


def unregister(operation_id: uuid.UUID, *, by: uuid.UUID, kind: str) -> bool:
    """Write in the register that nothing remains of a deposit; return whether it had a line.

    The line stays, with an event of negative counts signed by the operation ``by`` of type
    ``kind``, and status UNSTORED; a second call by the same operation changes nothing. Source:
    reference system §5.5.
    """
    lines = AccessionRegisterDetail.objects.select_for_update(of=("self",)).filter(
        operation_id=operation_id
    )
    moment = clock.now()
    found = False
    for line in lines:
        found = True
        if any((event["Opc"], event["OpType"]) == (str(by), kind) for event in line.events):
            continue
        line.events.append(
            {
                "Opc": str(by),
                "OpType": kind,
                "Gots": -line.groups_remained,
                "Units": -line.units_remained,
                "Objects": -line.objects_remained,
                "ObjSize": -line.size_remained,
                "CreationDate": moment.isoformat(),
            }
        )
        line.units_remained = line.groups_remained = 0
        line.objects_remained = line.size_remained = 0
        line.status = AccessionRegisterDetail.Status.UNSTORED
        line.last_operation_id = by
        line.save()
    return found


def _values(operation_id: uuid.UUID) -> dict[str, Any]:
    return {"tenant": current_tenant_id(), "operation": operation_id}
