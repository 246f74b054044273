"""Makes the dataclasses of a transfer out of the values that the automaton gathers.

The functions are named in the grammar's tables: ``begin_…`` at an element's start tag,
``finish_…`` at its end with the values of its children, ``put_…`` to place one in its parent's.
"""

from __future__ import annotations

from typing import Any, Protocol

from sae.kernel.digests import normalise_algorithm
from sae.seda import reasons
from sae.seda.grammar.texts import TextFault
from sae.seda.model import (
    ArchiveUnit,
    Comment,
    DataObject,
    GroupDeclaration,
    Json,
    ManifestSummary,
    ObjectGroup,
    ObjectKind,
    ObjectReference,
    ReferenceKind,
    TransferHeader,
    UnitLink,
    UpdateOperation,
)

Attributes = dict[str, str]


class ManifestConsumer(Protocol):
    """Receives a transfer piece by piece, in the order in which the pieces end.

    ``on_header`` comes first, with what precedes DataObjectPackage (no agency yet: those are at
    the end, and in the summary). Objects come one by one, a group after its objects. A unit comes
    at its end tag, so after the units nested in it: ``position`` gives the manifest's order.
    Whatever was received may still be refused by a fault found further on.
    """

    def on_header(self, header: TransferHeader) -> None: ...
    def on_object(self, item: DataObject) -> None: ...
    def on_group(self, group: ObjectGroup) -> None: ...
    def on_unit(self, unit: ArchiveUnit) -> None: ...
    def on_link(self, link: UnitLink) -> None: ...


class IgnoringConsumer:
    """Receives everything and keeps nothing; a base for consumers that want a part."""

    def on_header(self, header: TransferHeader) -> None:
        """Nothing."""

    def on_object(self, item: DataObject) -> None:
        """Nothing."""

    def on_group(self, group: ObjectGroup) -> None:
        """Nothing."""

    def on_unit(self, unit: ArchiveUnit) -> None:
        """Nothing."""

    def on_link(self, link: UnitLink) -> None:
        """Nothing."""


class _OpenUnit:
    """A unit whose end tag has not come."""

    __slots__ = ("id", "position", "references")

    def __init__(self, identifier: str, position: int) -> None:
        self.id = identifier
        self.position = position
        self.references: list[ObjectReference] = []


class Assembly:
    """What one reading holds: the units that are open, the group that is open, counts."""

    def __init__(self, consumer: ManifestConsumer, version: str, namespace: str) -> None:
        self.consumer = consumer
        self.version = version
        self.namespace = namespace
        self.root: Json = {}
        self.lines: dict[str, int] = {}
        self.header: TransferHeader | None = None
        self.open_units: list[_OpenUnit] = []
        self.group_id: str | None = None
        self.group_objects: list[str] = []
        self.units = self.links = self.groups = self.depth = 0
        self.binary_objects = self.physical_objects = self.update_operations = 0
        self.declared_bytes = 0
        self._starts = 0

    def open_unit(self, identifier: str) -> None:
        self.open_units.append(_OpenUnit(identifier, self._starts))
        self._starts += 1
        if len(self.open_units) > self.depth:
            self.depth = len(self.open_units)

    def summary(self) -> ManifestSummary:
        """What was read, once the root has ended."""
        if self.header is None:
            raise ValueError("the manifest was not read to its end")
        return ManifestSummary(
            header=self.header,
            units=self.units,
            links=self.links,
            groups=self.groups,
            binary_objects=self.binary_objects,
            physical_objects=self.physical_objects,
            update_operations=self.update_operations,
            declared_bytes=self.declared_bytes,
            depth=self.depth,
        )


# -- header --------------------------------------------------------------------------------------


def put_comment(root: Json, value: str, attributes: Attributes) -> None:
    lang = next(iter(attributes.values()), None)
    root.setdefault("Comment", []).append(Comment(value, lang))


def begin_package(build: Assembly, _: Attributes, __: int) -> None:
    build.consumer.on_header(_header(build))


def finish_transfer(build: Assembly, _: Json, __: Attributes, ___: int) -> None:
    build.header = _header(build)


_HEADER_OF_MANAGEMENT = frozenset(
    {
        "ArchivalProfile",
        "ServiceLevel",
        "AcquisitionInformation",
        "LegalStatus",
        "OriginatingAgencyIdentifier",
        "SubmissionAgencyIdentifier",
    }
)


def _header(build: Assembly) -> TransferHeader:
    root = build.root
    described: Json = root.get("DataObjectPackage", {}).get("ManagementMetadata", {})
    archival, transferring = root.get("ArchivalAgency", {}), root.get("TransferringAgency", {})
    lists = root.get("CodeListVersions", {})
    return TransferHeader(
        version=build.version,
        namespace=build.namespace,
        message_identifier=root.get("MessageIdentifier", ""),
        date=root.get("Date", ""),
        comments=tuple(root.get("Comment", ())),
        archival_agreement=root.get("ArchivalAgreement"),
        code_lists={name: value for name, value in lists.items() if isinstance(value, str)},
        archival_agency=archival.get("Identifier"),
        transferring_agency=transferring.get("Identifier"),
        archival_agency_description=_mapping(archival),
        transferring_agency_description=_mapping(transferring),
        related_transfer_references=tuple(root.get("RelatedTransferReference", ())),
        transfer_request_reply_identifier=root.get("TransferRequestReplyIdentifier"),
        archival_profile=described.get("ArchivalProfile"),
        service_level=described.get("ServiceLevel"),
        acquisition_information=described.get("AcquisitionInformation"),
        legal_status=described.get("LegalStatus"),
        originating_agency=described.get("OriginatingAgencyIdentifier"),
        submission_agency=described.get("SubmissionAgencyIdentifier"),
        management={
            name: value
            for name, value in described.items()
            if name not in _HEADER_OF_MANAGEMENT and not isinstance(value, list)
        },
        extensions={name: value for name, value in described.items() if isinstance(value, list)},
        lines=dict(build.lines),
    )


def _mapping(agency: Json) -> Json | None:
    description = agency.get("OrganizationDescriptiveMetadata")
    return description if isinstance(description, dict) else None


# -- objects -------------------------------------------------------------------------------------


def begin_group(build: Assembly, attributes: Attributes, _: int) -> None:
    build.group_id = attributes.get("id", "")
    build.group_objects = []


def finish_group(build: Assembly, value: Json, attributes: Attributes, line: int) -> None:
    build.group_id = None
    if not build.group_objects:
        raise TextFault(reasons.GROUP_EMPTY, "BinaryDataObject, PhysicalDataObject")
    build.groups += 1
    events = value["LogBook"].get("Event", ()) if "LogBook" in value else ()
    build.consumer.on_group(
        ObjectGroup(attributes.get("id", ""), line, tuple(build.group_objects), tuple(events))
    )


def _group_of(build: Assembly, value: Json, own_id: str) -> tuple[str, GroupDeclaration]:
    if build.group_id is not None:
        build.group_objects.append(own_id)
        return build.group_id, GroupDeclaration.NESTED
    if "DataObjectGroupId" in value:
        return value["DataObjectGroupId"], GroupDeclaration.DECLARED
    if "DataObjectGroupReferenceId" in value:
        return value["DataObjectGroupReferenceId"], GroupDeclaration.REFERENCED
    return own_id, GroupDeclaration.NONE


def _common(value: Json) -> Json:
    """The rarer fields that all objects share; empty most of the time."""
    found: Json = {}
    for key, name in (
        ("DataObjectProfile", "profile"),
        ("DataObjectSystemId", "system_id"),
        ("DataObjectGroupSystemId", "group_system_id"),
        ("DataObjectUse", "data_object_use"),
        ("DataObjectNumber", "data_object_number"),
    ):
        if key in value:
            found[name] = value[key]
    if "Relationship" in value:
        found["relationships"] = tuple(value["Relationship"])
    if "PersistentIdentifier" in value:
        found["persistent_identifiers"] = tuple(value["PersistentIdentifier"])
    return found


_NOTHING: Json = {}


def finish_binary(build: Assembly, value: Json, attributes: Attributes, line: int) -> None:
    identifier = attributes.get("id", "")
    group_id, declaration = _group_of(build, value, identifier)
    get = value.get
    if "Uri" in value and "MessageDigest" not in value:
        raise TextFault(reasons.ELEMENT_MISSING, "MessageDigest")
    formats = get("FormatIdentification", _NOTHING)
    file_info = get("FileInfo")
    algorithm, size = get("Algorithm"), get("Size")
    build.binary_objects += 1
    if size:
        build.declared_bytes += size
    build.consumer.on_object(
        DataObject(
            ObjectKind.BINARY,
            identifier,
            line,
            group_id,
            declaration,
            get("DataObjectVersion"),
            get("Uri"),
            get("MessageDigest"),
            algorithm,
            None if algorithm is None else normalise_algorithm(algorithm),
            size,
            formats.get("FormatId"),
            formats.get("FormatLitteral"),
            formats.get("MimeType"),
            formats.get("Encoding"),
            file_info.get("Filename") if file_info else None,
            file_info,
            get("Metadata"),
            get("OtherMetadata"),
            has_attachment="Attachment" in value,
            compressed=get("Compressed"),
            **_common(value),
        )
    )


_PHYSICAL_FIELDS = frozenset(
    {
        "DataObjectProfile",
        "DataObjectSystemId",
        "DataObjectGroupSystemId",
        "Relationship",
        "DataObjectGroupReferenceId",
        "DataObjectGroupId",
        "PersistentIdentifier",
        "DataObjectUse",
        "DataObjectNumber",
        "DataObjectVersion",
        "PhysicalId",
        "PhysicalDimensions",
    }
)


def finish_physical(build: Assembly, value: Json, attributes: Attributes, line: int) -> None:
    identifier = attributes.get("id", "")
    group_id, declaration = _group_of(build, value, identifier)
    build.physical_objects += 1
    free = {key: item for key, item in value.items() if key not in _PHYSICAL_FIELDS}
    build.consumer.on_object(
        DataObject(
            ObjectKind.PHYSICAL,
            identifier,
            line,
            group_id,
            declaration,
            usage=value.get("DataObjectVersion"),
            physical_id=value.get("PhysicalId"),
            dimensions=value.get("PhysicalDimensions"),
            extensions=free or None,
            **_common(value),
        )
    )


# -- units ---------------------------------------------------------------------------------------


def begin_unit(build: Assembly, attributes: Attributes, _: int) -> None:
    build.open_unit(attributes.get("id", ""))


def finish_reference(build: Assembly, value: Json, _: Attributes, line: int) -> None:
    for kind in ReferenceKind:
        if kind.value in value:
            reference = ObjectReference(kind, value[kind.value], line)
            build.open_units[-1].references.append(reference)


def finish_unit(build: Assembly, value: Json, _: Attributes, line: int) -> None:
    unit = build.open_units.pop()
    parent = build.open_units[-1].id if build.open_units else None
    child = value.get("ArchiveUnitRefId")
    if child is not None:
        build.links += 1
        build.consumer.on_link(UnitLink(parent, child, line))
        return
    build.units += 1
    management: Json = value.get("Management") or {}
    update, events = None, ()
    if management:
        update = _update_operation(management.pop("UpdateOperation", None))
        log_book = management.pop("LogBook", None)
        events = tuple(log_book.get("Event", ())) if log_book else ()
        if update is not None:
            build.update_operations += 1
    build.consumer.on_unit(
        ArchiveUnit(
            unit.id,
            line,
            unit.position,
            parent,
            value.get("Content") or {},
            management,
            value.get("ArchiveUnitProfile"),
            update,
            events,
            tuple(unit.references),
        )
    )


def _update_operation(value: Json | None) -> UpdateOperation | None:
    if value is None:
        return None
    key: dict[str, Any] = value.get("ArchiveUnitIdentifierKey", {})
    return UpdateOperation(
        line=value["line"],
        system_id=value["SystemId"].strip() if "SystemId" in value else None,
        key_name=key["MetadataName"].strip() if "MetadataName" in key else None,
        key_value=key["MetadataValue"].strip() if "MetadataValue" in key else None,
    )
