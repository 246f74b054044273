"""Rows of a deposit before they are in the fonds, and the lines that COPY takes of them.

These classes are not frozen: rows are made by the hundred thousand, and a frozen one takes three
times as long to fill. Nothing changes them once they are made.
"""

import datetime as dt
import functools
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sae.holdings import projection
from sae.holdings.models import ROOT, ArchiveUnit, UnitEdge, UnitRules
from sae.holdings.text import tsvector_literal
from sae.kernel.identifiers import new_ids_in_hex
from sae.tenancy.bulk import NULL, Share, SharedLines, escaped
from sae.tenancy.literals import IdentifiersLiteral, array_literal


@dataclass(slots=True)
class GroupRow:
    """One new object group. ``file_info`` is a JSON object, encoded."""

    id: uuid.UUID
    operation_id: uuid.UUID
    created_at: dt.datetime
    originating_agency: str = ""
    originating_agencies: Sequence[str] = ()
    category: str = ""
    file_info: bytes = b"{}"
    object_count: int = 0
    manifest_id: str = ""


@dataclass(slots=True)
class ObjectRow:
    """One new data object of a new or existing group. ``metadata`` is a JSON object, encoded.

    ``stored_object_id`` is ``None`` for a physical object; ``offset``/``length`` place the bytes
    inside the stored object (a pack), in bytes.
    """

    id: uuid.UUID
    operation_id: uuid.UUID
    object_group_id: uuid.UUID
    kind: str
    usage: str
    usage_version: int = 1
    uri: str = ""
    filename: str = ""
    size: int | None = None
    sha512: str = ""
    declared_algorithm: str = ""
    declared_digest: str = ""
    format_id: str = ""
    format_litteral: str = ""
    mime_type: str = ""
    physical_id: str = ""
    metadata: bytes = b"{}"
    stored_object_id: uuid.UUID | None = None
    offset: int = 0
    length: int | None = None
    manifest_id: str = ""


@dataclass(slots=True)
class UnitRow:
    """One new archive unit.

    ``parents`` are direct parents (new or existing units; empty for a root), ``ancestors`` all of
    them without the unit itself, ``depth`` 1 for a root: as ``sae.holdings.graph`` gives them. Let
    siblings share one ``ancestors`` tuple: it is written once. ``content`` and ``management`` are
    JSON objects, encoded. ``description`` and ``other_text`` are what the search index reads beside
    the title: ``sae.holdings.text.text_of_content(content)`` gives both.
    """

    id: uuid.UUID
    operation_id: uuid.UUID
    created_at: dt.datetime
    title: str
    level: str
    unit_type: str = "INGEST"
    parents: Sequence[uuid.UUID] = ()
    ancestors: Sequence[uuid.UUID] = ()
    depth: int = 1
    start_date: dt.date | None = None
    end_date: dt.date | None = None
    originating_agency: str = ""
    originating_agencies: Sequence[str] = ()
    object_group_id: uuid.UUID | None = None
    content: bytes = b"{}"
    management: bytes = b"{}"
    archive_unit_profile: str = ""
    seda_version: str = ""
    manifest_id: str = ""
    child_count: int = 0
    descendant_count: int = 0
    description: str = ""
    other_text: str = ""


GROUP_COLUMNS = (
    "tenant_id", "id", "operation_id", "operations", "originating_agency", "originating_agencies",
    "category", "file_info", "object_count", "manifest_id", "version", "created_at", "updated_at",
)  # fmt: skip
OBJECT_COLUMNS = (
    "tenant_id", "id", "operation_id", "object_group_id", "kind", "usage", "usage_version", "uri",
    "filename", "size", "sha512", "declared_algorithm", "declared_digest", "format_id",
    "format_litteral", "mime_type", "physical_id", "metadata", "stored_object_id", "offset",
    "length", "manifest_id",
)  # fmt: skip
UNIT_LINES = SharedLines(
    name="units",
    columns={
        **{
            name: (ArchiveUnit, name)
            for name in (
                "id", "operation_id", "unit_type", "title", "level", "start_date", "end_date",
                "parents", "ancestors", "depth", "originating_agency", "originating_agencies",
                "object_group_id", "content", "management", "archive_unit_profile", "seda_version",
                "manifest_id", "child_count", "descendant_count", "created_at",
            )
        },
        "edges": (ArchiveUnit, "parents"),
        "sort_key": (UnitEdge, "sort_key"),
        "result_id": (UnitRules, "result_id"),
    },
    shares=(
        Share(
            ArchiveUnit,
            {
                "id": "id", "operation_id": "operation_id", "operations": "ARRAY[operation_id]",
                "unit_type": "unit_type", "title": "title", "level": "level",
                "start_date": "start_date", "end_date": "end_date",
                "parents": "CASE WHEN depth = 1 THEN '{}' ELSE parents END",
                "ancestors": "ancestors", "depth": "depth",
                "originating_agency": "originating_agency",
                "originating_agencies": "originating_agencies",
                "object_group_id": "object_group_id", "content": "content",
                "management": "management", "archive_unit_profile": "archive_unit_profile",
                "seda_version": "seda_version", "manifest_id": "manifest_id",
                "child_count": "child_count", "descendant_count": "descendant_count",
                "version": "0", "created_at": "created_at", "updated_at": "created_at",
            },
        ),
        Share(
            UnitEdge,
            {
                "id": "unnest(edges)", "parent_id": "unnest(parents)", "unit_id": "id",
                "sort_key": "sort_key",
            },
        ),
        Share(UnitRules, {"id": "id", "result_id": "result_id"}, where="result_id IS NOT NULL"),
    ),
)  # fmt: skip
"""Units, their edges and the result of their rules, when it is known. ``parents`` holds the root
for those that have none, which are alone at depth 1; ``edges``, the identifier of each link."""


TOP = (ROOT,)
"""Parents of a unit that has none, for its edge."""

Value = TypeVar("Value")


class _Last(Generic[Value]):
    """Writes values as text; the last is remembered, since rows that follow each other share it."""

    __slots__ = ("_text", "_value", "_write")

    def __init__(self, write: Callable[[Value], str]) -> None:
        self._write = write
        self._value: Value | None = None
        self._text = ""

    def __call__(self, value: Value) -> str:
        if value is not self._value:
            self._value, self._text = value, self._write(value)
        return self._text


def group_values(row: GroupRow) -> tuple[str, ...]:
    """Return what COPY takes of a group, but its tenant, in the order of ``GROUP_COLUMNS``."""
    operation, moment = row.operation_id.hex, row.created_at.isoformat()
    return (
        row.id.hex, operation, f"{{{operation}}}", escaped(row.originating_agency),
        escaped(array_literal(row.originating_agencies)), escaped(row.category),
        _json(row.file_info), str(row.object_count), escaped(row.manifest_id), "0",
        moment, moment,
    )  # fmt: skip


def object_values(row: ObjectRow) -> tuple[str, ...]:
    """Return what COPY takes of an object, but its tenant, in the order of ``OBJECT_COLUMNS``."""
    return (
        row.id.hex, row.operation_id.hex, row.object_group_id.hex, row.kind, escaped(row.usage),
        str(row.usage_version), escaped(row.uri), escaped(row.filename), _number(row.size),
        row.sha512, escaped(row.declared_algorithm), escaped(row.declared_digest),
        escaped(row.format_id), escaped(row.format_litteral), escaped(row.mime_type),
        escaped(row.physical_id), _json(row.metadata),
        row.stored_object_id.hex if row.stored_object_id else NULL, str(row.offset),
        _number(row.length), escaped(row.manifest_id),
    )  # fmt: skip


def unit_values(
    batch: Sequence[UnitRow],
    identifiers: Sequence[str],
    keys: Sequence[str],
    results: Sequence[uuid.UUID | None],
) -> Iterator[tuple[str, ...]]:
    """Yield what COPY takes of units, in the order of ``UNIT_LINES``.

    ``identifiers`` are those of the units in hexadecimal digits, ``keys`` the sort keys of their
    titles, ``results`` those of their rules, ``None`` for one that is not known yet.
    """
    edges = iter(new_ids_in_hex(sum(len(row.parents) or 1 for row in batch)))
    above, ancestors = IdentifiersLiteral(), IdentifiersLiteral()
    operation_of, moment_of = _Last(_hex), _Last(dt.datetime.isoformat)
    agencies_of, result_of = _Last(_agencies), _Last(_hex)
    for row, unit, key, result in zip(batch, identifiers, keys, results, strict=True):
        parents = row.parents or TOP
        yield (
            unit, operation_of(row.operation_id), row.unit_type, escaped(row.title),
            escaped(row.level), _date(row.start_date), _date(row.end_date), above(parents),
            ancestors(row.ancestors), str(row.depth), escaped(row.originating_agency),
            agencies_of(row.originating_agencies),
            row.object_group_id.hex if row.object_group_id else NULL,
            _json(row.content), _json(row.management),
            escaped(row.archive_unit_profile), escaped(row.seda_version),
            escaped(row.manifest_id), str(row.child_count), str(row.descendant_count),
            moment_of(row.created_at),
            f"{{{','.join([next(edges) for _parent in parents])}}}", key,
            result_of(result) if result else NULL,
        )  # fmt: skip


def entry_values(
    batch: Sequence[UnitRow], identifiers: Sequence[str], keys: Sequence[str]
) -> Iterator[projection.EntryValues]:
    """Yield what the search projection holds of units; ``keys``: the sort keys of their titles."""
    ancestors = IdentifiersLiteral()
    operation_of, agencies_of = _Last(_hex), _Last(_agencies)
    for row, unit, key in zip(batch, identifiers, keys, strict=True):
        yield (
            unit, tsvector_literal(row.title, row.description, row.other_text),
            ancestors(row.ancestors), agencies_of(row.originating_agencies),
            row.unit_type, escaped(row.level), _date(row.start_date), _date(row.end_date),
            operation_of(row.operation_id), "t" if row.object_group_id else "f", key,
        )  # fmt: skip


def _hex(identifier: uuid.UUID) -> str:
    return identifier.hex


def _agencies(names: Sequence[str]) -> str:
    return escaped(array_literal(names))


def _json(encoded: bytes) -> str:
    """Escape JSON as ``orjson`` writes it: a backslash is all that a line must escape there."""
    return encoded.decode().replace("\\", r"\\")


def _number(value: int | None) -> str:
    return NULL if value is None else str(value)


@functools.lru_cache(maxsize=4096)
def _date(value: dt.date | None) -> str:
    return NULL if value is None else value.isoformat()
