"""What an operation writes to the offers of its units and groups: JSON Lines, compressed.

One file of units and one of groups per operation, so that the fonds can be rebuilt from the offers
alone. The same rows give the same bytes: a step run again finds its object. Source: reference
system §5.4.
"""

import uuid
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import orjson
from django.db.models import TextField
from django.db.models.functions import Cast
from isal import igzip

from ingest.control.plan import NO_GROUP, PackagePlan
from ingest.workflow.context import StepContext
from ingest.workspace import Workspace
from sae.holdings.metadata_files import line_of_row
from sae.holdings.models import DataObject, ObjectGroup
from sae.holdings.rows import UnitRow
from sae.storage.models import StoredObject
from sae.tenancy.scope import tenant_scope

UNIT_LINES = "units.jsonl.gz"
GROUP_LINES = "object-groups.jsonl.gz"
_BATCH = 2_000
_LINES_AT_ONCE = 200
_NONE = -1


@contextmanager
def _writing(workspace: Workspace, name: str) -> Iterator[Callable[[bytes], int]]:
    """Give what writes lines, each with its end, to a file that appears once whole."""
    with (
        workspace.writing(name) as raw,
        # Neither a name nor a date inside: the bytes depend on the lines alone.
        igzip.IGzipFile(filename="", mode="wb", compresslevel=1, fileobj=raw, mtime=0) as stream,
    ):
        yield stream.write


def with_lines_beside(workspace: Workspace, rows: Iterable[UnitRow]) -> Iterator[UnitRow]:
    """Yield the rows of the units, each written on its way to the file of units."""
    with _writing(workspace, UNIT_LINES) as write:
        # By hundreds: each call to compress costs as much as a line.
        lines: list[bytes] = []
        for row in rows:
            lines.append(line_of_row(row))
            if len(lines) == _LINES_AT_ONCE:
                write(b"".join(lines))
                lines.clear()
            yield row
        write(b"".join(lines))


_OF_OBJECT = (
    *("kind", "uri", "filename", "size", "sha512", "declared_algorithm", "declared_digest"),
    *("format_id", "format_litteral", "mime_type", "physical_id", "offset", "length"),
    "manifest_id",
)


def write_group_lines(context: StepContext, plan: PackagePlan) -> None:
    """Write each group created or extended, with its objects of this operation."""
    with _writing(context.workspace, GROUP_LINES) as write:
        for line in _group_lines(context, plan):
            write(line)


def _group_lines(context: StepContext, plan: PackagePlan) -> Iterator[bytes]:
    units = _UnitsOfGroups(plan)
    number_of = {group.id: number for number, group in enumerate(plan.groups)}
    with tenant_scope(context.tenant.id):
        # One table at a time: over rows too new for its statistics, the planner has been seen to
        # join in quadratic time.
        rows = (
            DataObject.objects.filter(operation_id=context.operation_id)
            .annotate(json=Cast("metadata", TextField()))
            .order_by("object_group_id", "id")
            .values_list(
                *("object_group_id", "stored_object_id", "id", "usage", "usage_version", "json"),
                *_OF_OBJECT,
            )
            .iterator(chunk_size=_BATCH)
        )
        grouped = ((group_id, list(ones)) for group_id, ones in groupby(rows, itemgetter(0)))
        while batch := list(islice(grouped, _BATCH)):
            described = _described([group_id for group_id, _ones in batch])
            keys = _keys({one[1] for _group_id, ones in batch for one in ones})
            for group_id, ones in batch:
                agency, category, manifest_id = described[group_id]
                line = {
                    "id": group_id,
                    "agency": agency,
                    "category": category,
                    "manifest_id": manifest_id,
                    "units": units.of(number_of[group_id]),
                    "objects": [_object(one[2:], keys.get(one[1])) for one in ones],
                }
                yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _described(group_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, tuple[str, str, str]]:
    """Return the agency, category and manifest identifier of groups."""
    found = ObjectGroup.objects.filter(id__in=group_ids)
    columns = ("id", "originating_agency", "category", "manifest_id")
    return {identifier: tuple(others) for identifier, *others in found.values_list(*columns)}


def _keys(stored_ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID | None, str]:
    """Return the keys of stored objects; physical objects have none."""
    found = StoredObject.objects.filter(id__in=[one for one in stored_ids if one])
    return dict(found.values_list("id", "key"))


def _object(row: Sequence[Any], key: str | None) -> dict[str, Any]:
    identifier, usage, version, metadata, *others = row
    return {
        "id": identifier,
        "usage": f"{usage}_{version}",
        "metadata": orjson.Fragment(metadata),
        "key": key,
        **dict(zip(_OF_OBJECT, others, strict=True)),
    }


class _UnitsOfGroups:
    """The units of each group, in eight bytes per unit: each knows the next one of its group."""

    def __init__(self, plan: PackagePlan) -> None:
        self._plan = plan
        self._first = array("i", [_NONE]) * len(plan.groups)
        self._next = array("i", [_NONE]) * len(plan.group_of_unit)
        for number in range(len(plan.group_of_unit) - 1, -1, -1):
            group = plan.group_of_unit[number]
            if group != NO_GROUP:
                self._next[number] = self._first[group]
                self._first[group] = number

    def of(self, group: int) -> list[uuid.UUID]:
        """Return the units of a group, in the order of the manifest."""
        found = []
        number = self._first[group]
        while number != _NONE:
            found.append(self._plan.identifier(number))
            number = self._next[number]
        return found
