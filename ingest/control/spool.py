"""What the reading of a manifest leaves for the steps that follow: spools and the index.

``units.jsonl`` and ``objects.jsonl`` hold one JSON object per new unit or object, in the order of
the manifest; ``header.json`` and ``contract.json`` what the header and its control gave. Once
checked, a unit is a line of four JSON values between tabs (JSON never holds one), so that each
step reads what it needs alone: the content of a unit is not parsed again.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from typing import IO, Any

import orjson

from ingest.control.index import Attachment, ObjectEntry, PackageIndex
from ingest.workspace import Workspace
from sae.kernel import clock
from sae.seda.model import (
    ArchiveUnit,
    DataObject,
    GroupDeclaration,
    ManifestSummary,
    ObjectGroup,
    ReferenceKind,
    TransferHeader,
    UnitLink,
)

UNITS = "units.jsonl"
OBJECTS = "objects.jsonl"
GROUPS = "groups.jsonl"
UNITS_READY = "units.ready.jsonl"
OBJECTS_READY = "objects.ready.jsonl"
HEADER = "header.json"
CONTRACT = "contract.json"


class Spooler:
    """Receives the manifest as it is read; keeps the content on disk and the structure here."""

    def __init__(self, units: IO[bytes], objects: IO[bytes], groups: IO[bytes]) -> None:
        self.index = PackageIndex()
        self._units = units
        self._objects = objects
        self._groups = groups
        self._now = clock.now()

    def on_header(self, header: TransferHeader) -> None:
        """The header comes whole with the summary, once ManagementMetadata has been read."""

    def on_unit(self, unit: ArchiveUnit) -> None:
        """Register a unit; one that stands for a unit of the fonds keeps no content."""
        index = self.index
        number = index.add_unit(unit.id, unit.line, unit.parent_id)
        for reference in unit.references:
            if reference.kind is ReferenceKind.EXISTING_GROUP:
                index.existing_groups[number] = reference.target
            else:
                index.references.setdefault(number, []).append(
                    (reference.kind is ReferenceKind.GROUP, reference.target)
                )
        update = unit.update_operation
        if update is not None:
            index.attachments[number] = Attachment(
                unit=number,
                system_id=update.system_id or "",
                key_name=update.key_name or "",
                key_value=update.key_value or "",
                by_key=update.by_key,
            )
            return
        self._check_events(unit.id, unit.line, unit.log_book)
        index.custodial_files += [(number, one) for one in _custodial_files(unit.content)]
        _write(
            self._units,
            {
                "n": number,
                "id": unit.id,
                "line": unit.line,
                "content": unit.content,
                "management": unit.management,
                "profile": unit.profile or "",
                "events": unit.log_book,
            },
        )

    def on_link(self, link: UnitLink) -> None:
        """Register a unit placed by reference; at the top level it says nothing new."""
        if link.parent is not None:
            self.index.links.append((link.parent, link.child, link.line))

    def on_object(self, entry: DataObject) -> None:
        """Register a data object and keep what the fonds will hold of it."""
        group = "" if entry.group_declaration is GroupDeclaration.NONE else entry.group_id
        self.index.add_object(
            ObjectEntry(
                id=entry.id,
                line=entry.line,
                is_binary=entry.is_binary,
                group=group,
                version=_version(entry),
                uri=entry.uri or "",
                physical_id=entry.physical_id or "",
                algorithm=entry.algorithm or "",
            )
        )
        _write(
            self._objects,
            {
                "n": len(self.index.objects) - 1,
                "id": entry.id,
                "line": entry.line,
                "binary": entry.is_binary,
                "version": _version(entry),
                "uri": entry.uri or "",
                "digest": entry.digest or "",
                "algorithm": entry.normalised_algorithm or entry.algorithm or "",
                "size": entry.size,
                "format_id": entry.format_id or "",
                "format_litteral": entry.format_litteral or "",
                "mime_type": entry.mime_type or "",
                "filename": entry.filename or (entry.uri or "").rpartition("/")[2],
                "physical_id": entry.physical_id or "",
                "category": entry.profile_category or "",
                "metadata": _metadata(entry),
            },
        )

    def on_group(self, group: ObjectGroup) -> None:
        """Register where a group is declared, and the events of its own history."""
        self.index.group_lines[group.id] = group.line
        self._check_events(group.id, group.line, group.log_book)
        if group.log_book:
            _write(self._groups, {"id": group.id, "events": group.log_book})

    def _check_events(self, identifier: str, line: int, events: tuple[dict[str, Any], ...]) -> None:
        """An event of the past has a date, and not one of the future."""
        for event in events:
            moment = event.get("evDateTime")
            if not moment or _is_future(str(moment), self._now):
                self.index.bad_events.append((identifier, line, str(moment or "")))


def _custodial_files(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield the identifiers that a unit's custodial history names as its file."""
    history = content.get("CustodialHistory")
    if not isinstance(history, dict):
        return
    files = history.get("CustodialHistoryFile") or ()
    for one in files if isinstance(files, list) else (files,):
        if isinstance(one, dict):
            yield from (value for value in one.values() if isinstance(value, str))


def _version(entry: DataObject) -> str:
    """Usage and version as written; SEDA 2.3 may write them in two elements."""
    if entry.usage is not None:
        return entry.usage
    if entry.data_object_use:
        number = entry.data_object_number
        return f"{entry.data_object_use}_{1 if number is None else number}"
    return ""


def _metadata(entry: DataObject) -> dict[str, Any]:
    """What is kept of an object as it is, under SEDA names."""
    values = {
        "FileInfo": entry.file_info,
        "Metadata": entry.metadata,
        "OtherMetadata": entry.other_metadata,
        "PhysicalDimensions": entry.dimensions,
        "Encoding": entry.encoding,
        "Compressed": entry.compressed,
        "DataObjectProfile": entry.profile,
        "DataObjectSystemId": entry.system_id,
        "PersistentIdentifier": list(entry.persistent_identifiers),
        "Relationship": [list(pair) for pair in entry.relationships],
        "Extensions": entry.extensions,
    }
    return {key: value for key, value in values.items() if value}


def _is_future(text: str, now: dt.datetime) -> bool:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return moment > now + dt.timedelta(days=1)


def _write(stream: IO[bytes], value: dict[str, Any]) -> None:
    stream.write(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE))


@dataclasses.dataclass(slots=True)
class ReadyUnit:
    """A unit checked. ``columns``: title, level, start and end dates (ISO or None), profile,
    description and other texts to search; ``content`` and ``management`` are JSON objects."""

    number: int
    id: str
    columns: dict[str, Any]
    content: bytes
    management: bytes


def write_ready_unit(
    stream: IO[bytes],
    unit: dict[str, Any],
    *,
    columns: dict[str, Any],
    content: dict[str, Any],
    management: dict[str, Any],
) -> None:
    """Write a unit (number, identifier and events are those of ``unit``) once it is checked."""
    head = {"n": unit["n"], "id": unit["id"], "events": unit["events"]}
    stream.write(b"\t".join(map(orjson.dumps, (head, columns, content, management))))
    stream.write(b"\n")


def read_ready_units(workspace: Workspace) -> Iterator[ReadyUnit]:
    """Read the units checked, in the order of the manifest."""
    for line in workspace.read_raw_lines(UNITS_READY):
        head, columns, content, management = line.rstrip(b"\n").split(b"\t")
        known = orjson.loads(head)
        yield ReadyUnit(known["n"], known["id"], orjson.loads(columns), content, management)


def read_unit_heads(workspace: Workspace) -> Iterator[dict[str, Any]]:
    """Read number (``n``), manifest identifier and ``events`` of units, checked or not yet."""
    ready = workspace.has(UNITS_READY)
    for line in workspace.read_raw_lines(UNITS_READY if ready else UNITS):
        yield orjson.loads(line.partition(b"\t")[0])


def save_header(workspace: Workspace, summary: ManifestSummary) -> None:
    """Keep the header of the manifest."""
    header = dataclasses.asdict(summary.header)
    header["comment"] = summary.header.comments[0].text if summary.header.comments else ""
    workspace.write_json(HEADER, header)


def load_header(workspace: Workspace) -> dict[str, Any]:
    """Return the header kept (fields of ``TransferHeader``); empty when none was read."""
    header: dict[str, Any] = workspace.read_json(HEADER, {})
    return header


def load_contract(workspace: Workspace) -> dict[str, Any]:
    """Return the ingest contract that the deposit obeys (fields of ``IngestContractView``)."""
    contract: dict[str, Any] = workspace.read_json(CONTRACT)
    return contract
