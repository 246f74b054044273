"""Units by identifier, by metadata, and what an attachment must know of them."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from sae.holdings import projection
from sae.holdings.graph import ExistingUnit
from sae.holdings.models import ArchiveUnit, ObjectGroup
from sae.tenancy.scope import current_tenant_id


def get_unit(unit_id: uuid.UUID) -> ArchiveUnit:
    """Return a unit of the coffre in scope that the open sight shows.

    Raises ``ArchiveUnit.DoesNotExist`` for any other: unknown or out of sight is the same, and
    asks the same of the database.
    """
    if unit_id not in shown_among([unit_id]):
        raise ArchiveUnit.DoesNotExist
    return ArchiveUnit.objects.select_related("object_group").get(id=unit_id)


def units_by_ids(unit_ids: Sequence[uuid.UUID]) -> list[ArchiveUnit]:
    """Return the units in the order of their identifiers, without those unknown or out of sight.

    One query under the whole sight, two under another.
    """
    shown = shown_among(unit_ids)
    found = ArchiveUnit.objects.filter(id__in=shown).in_bulk()
    return [found[one] for one in unit_ids if one in found]


def shown_among(unit_ids: Collection[uuid.UUID]) -> Collection[uuid.UUID]:
    """Return those of these units that the open sight shows; all, unread, under the whole sight."""
    return projection.shown_ids(unit_ids)


def find_units_by_key(name: str, value: str, *, limit: int = 2) -> list[uuid.UUID]:
    """Return at most ``limit`` units in sight whose metadata ``name`` is ``value``, oldest first.

    ``name`` is a SEDA name, dots for what lies inside (``Keyword.KeywordContent``); a list matches
    by any of its members. Plan: containment in jsonb could use no index under row-level security,
    so the words of ``value`` find candidates in the projection's GIN, and the exact comparison is
    made on those, by identifier. A value of stop words only is compared on every unit in sight.
    """
    path = "$" + "".join(f".{_quoted(part)}[*]" for part in name.split(".") if part)
    if path == "$" or not value or "\x00" in name + value or limit < 1:
        return []
    same = (
        "SELECT id FROM holdings_archiveunit WHERE tenant_id = %s AND id = ANY(%s) "
        "AND (EXISTS (SELECT FROM jsonb_path_query(content, %s::jsonpath) AS member "
        "WHERE member #>> '{}' = %s) "
        "OR %s = 'Title' AND title = %s) ORDER BY id LIMIT %s"
    )
    tenant_id = current_tenant_id()
    exact = [path, value, name, value]
    found: list[uuid.UUID] = []
    with connection.cursor() as cursor:
        for batch in projection.batches_with_words(value):
            cursor.execute(same, [tenant_id, batch, *exact, limit - len(found)])
            found += [row[0] for row in cursor.fetchall()]
            if len(found) >= limit:
                break
    return found


def _quoted(part: str) -> str:
    """Return a member name of a jsonpath; its syntax of strings is JSON's."""
    return '"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(frozen=True, slots=True)
class AttachmentTarget:
    """What the controls of an attachment ask about an existing unit."""

    id: uuid.UUID
    title: str
    unit_type: str
    originating_agency: str
    originating_agencies: tuple[str, ...]
    object_group_id: uuid.UUID | None
    ancestors: tuple[uuid.UUID, ...]
    depth: int
    operation_id: uuid.UUID

    @property
    def rank(self) -> int:
        """Order of its type: INGEST < FILING_UNIT < HOLDING_UNIT."""
        return ArchiveUnit.Type(self.unit_type).rank

    def is_within(self, unit_ids: Iterable[uuid.UUID]) -> bool:
        """Tell whether the unit is one of these or below one of them."""
        wanted = set(unit_ids)
        return self.id in wanted or not wanted.isdisjoint(self.ancestors)

    def in_graph(self) -> ExistingUnit:
        """Return the unit as ``sae.holdings.graph`` wants it."""
        return ExistingUnit(self.id, self.ancestors, self.depth)


def units_for_attachment(unit_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, AttachmentTarget]:
    """Return the existing units by identifier; an identifier absent from it is unknown here."""
    rows = ArchiveUnit.objects.filter(id__in=list(unit_ids)).only(
        "id", "title", "unit_type", "originating_agency", "originating_agencies",
        "object_group_id", "ancestors", "depth", "operation_id",
    )  # fmt: skip
    return {
        unit.id: AttachmentTarget(
            id=unit.id,
            title=unit.title,
            unit_type=unit.unit_type,
            originating_agency=unit.originating_agency,
            originating_agencies=tuple(unit.originating_agencies),
            object_group_id=unit.object_group_id,
            ancestors=tuple(unit.ancestors),
            depth=unit.depth,
            operation_id=unit.operation_id,
        )
        for unit in rows
    }


@dataclass(frozen=True, slots=True)
class ExtensionTarget:
    """What the controls ask about an existing group that is to receive objects or units."""

    id: uuid.UUID
    originating_agency: str
    originating_agencies: tuple[str, ...]
    versions: frozenset[tuple[str, int]]
    """(usage, version) of each object already there."""


def groups_for_extension(group_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, ExtensionTarget]:
    """Return the existing object groups by identifier. Two queries."""
    groups = ObjectGroup.objects.filter(id__in=list(group_ids)).prefetch_related("data_objects")
    return {
        group.id: ExtensionTarget(
            id=group.id,
            originating_agency=group.originating_agency,
            originating_agencies=tuple(group.originating_agencies),
            versions=frozenset((one.usage, one.usage_version) for one in group.data_objects.all()),
        )
        for group in groups
    }
