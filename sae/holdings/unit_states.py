"""Units as they stand, read by the thousand to be judged and changed: see ``updating``."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
from django.db import connection

from sae.tenancy.literals import identifiers_in, identifiers_literal
from sae.tenancy.scope import current_tenant_id

Content = dict[str, Any]
Management = dict[str, Any]


@dataclass(eq=False)
class UnitState:
    """A unit as it stands. ``version`` grows at each change; ``operations`` are oldest first."""

    id: uuid.UUID
    version: int
    unit_type: str
    title: str
    depth: int
    child_count: int
    object_group_id: uuid.UUID | None
    agency: str
    agencies: Sequence[str]
    profile: str
    seda_version: str
    manifest_id: str
    parents_text: str
    operations_text: str
    content_text: str | None
    management_text: str

    @property
    def parents(self) -> tuple[uuid.UUID, ...]:
        return identifiers_in(self.parents_text)

    @property
    def operations(self) -> tuple[uuid.UUID, ...]:
        return identifiers_in(self.operations_text)

    @cached_property
    def content(self) -> Content:
        """Descriptive metadata. Do not change it in place: copy what you change.

        Raises ``LookupError`` when it was not read.
        """
        if self.content_text is None:
            raise LookupError(f"the description of {self.id} was not read")
        content: Content = orjson.loads(self.content_text)
        return content

    @cached_property
    def management(self) -> Management:
        """Rules as declared. Do not change it in place: copy what you change."""
        management: Management = orjson.loads(self.management_text)
        return management


_COLUMNS = (
    "id, version, unit_type, title, depth, child_count, object_group_id, originating_agency, "
    "originating_agencies, archive_unit_profile, seda_version, manifest_id, parents::text, "
    "operations::text, {content}, management::text"
)


def read_units(
    unit_ids: Sequence[uuid.UUID], *, described: bool = True
) -> dict[uuid.UUID, UnitState]:
    """Return the units of the coffre in scope, by identifier. One query, no lock.

    ``described``: with their descriptions, several times heavier than the rest.
    """
    return _units(unit_ids, described, "")


def lock_units(
    unit_ids: Sequence[uuid.UUID], *, described: bool = True
) -> dict[uuid.UUID, UnitState]:
    """Return the units, locked until the transaction ends. In identifier order: no deadlock."""
    return _units(unit_ids, described, "FOR NO KEY UPDATE")


def _units(unit_ids: Sequence[uuid.UUID], described: bool, lock: str) -> dict[uuid.UUID, UnitState]:
    columns = _COLUMNS.format(content="content::text" if described else "NULL")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM holdings_archiveunit "  # noqa: S608 constants of this module
            f"WHERE tenant_id = %s AND id = ANY(%s::uuid[]) ORDER BY id {lock}",
            [current_tenant_id(), identifiers_literal(unit_ids)],
        )
        return {row[0]: UnitState(*row) for row in cursor.fetchall()}


def read_descriptions(states: Sequence[UnitState]) -> None:
    """Give units that were read without them their descriptions. One query, or none."""
    waiting = {one.id: one for one in states if one.content_text is None}
    if not waiting:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, content::text FROM holdings_archiveunit "
            "WHERE tenant_id = %s AND id = ANY(%s::uuid[])",
            [current_tenant_id(), identifiers_literal(list(waiting))],
        )
        for unit_id, content in cursor.fetchall():
            waiting[unit_id].content_text = content
