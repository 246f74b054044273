"""What a transfer says, as plain values: header, data objects, groups, units and their links.

Identifiers (``id``, ``parent_id``, ``target``) are those of the manifest. Texts are as written,
with white space collapsed where the standard's type says so. ``None`` means that the element is
absent, ``""`` that it is there and empty. ``line`` is the line of the element's start tag.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
"""Texts, booleans, lists and mappings under their SEDA names."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of the header and the language that it says it is in."""

    text: str
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class TransferHeader:
    """The header of an ArchiveTransfer.

    ``code_lists`` maps element names (``ReplyCodeListVersion``) to versions. ``management`` holds
    the rules of ManagementMetadata in the form of :attr:`ArchiveUnit.management`.
    ``archival_agency`` and the other agencies are identifiers. ``lines`` gives the line of each
    header element that was met, by element name.
    """

    version: str
    namespace: str
    message_identifier: str = ""
    date: str = ""
    comments: tuple[Comment, ...] = ()
    archival_agreement: str | None = None
    code_lists: Mapping[str, str] = field(default_factory=dict)
    archival_agency: str | None = None
    transferring_agency: str | None = None
    archival_agency_description: Json | None = None
    transferring_agency_description: Json | None = None
    related_transfer_references: tuple[str, ...] = ()
    transfer_request_reply_identifier: str | None = None
    archival_profile: str | None = None
    service_level: str | None = None
    acquisition_information: str | None = None
    legal_status: str | None = None
    originating_agency: str | None = None
    submission_agency: str | None = None
    management: Json = field(default_factory=dict)
    extensions: Json = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)


class ObjectKind(enum.StrEnum):
    """Files, and things of paper or film that stay where they are."""

    BINARY = "BinaryDataObject"
    PHYSICAL = "PhysicalDataObject"


class GroupDeclaration(enum.StrEnum):
    """How an object says to which group it belongs."""

    NESTED = "nested"
    """Inside a DataObjectGroup element."""
    DECLARED = "declared"
    """By DataObjectGroupId: the object opens the group."""
    REFERENCED = "referenced"
    """By DataObjectGroupReferenceId: another object opens the group."""
    NONE = "none"
    """Not at all: the object makes a group by itself."""


@dataclass(frozen=True, slots=True)
class DataObject:
    """A data object. ``group_id`` is the object's own id when it declares no group.

    ``usage`` is DataObjectVersion as written (``BinaryMaster_1``); ``algorithm`` as written and
    ``normalised_algorithm`` by its SEDA name, None when it is not an allowed one; ``size`` in
    bytes as declared. ``file_info``, ``metadata``, ``other_metadata``, ``dimensions`` and
    ``extensions`` are JSON under SEDA names; ``profile_category`` is the only child of Metadata
    (``Image``, ``Text``…).
    """

    kind: ObjectKind
    id: str
    line: int
    group_id: str
    group_declaration: GroupDeclaration
    usage: str | None = None
    uri: str | None = None
    digest: str | None = None
    algorithm: str | None = None
    normalised_algorithm: str | None = None
    size: int | None = None
    format_id: str | None = None
    format_litteral: str | None = None
    mime_type: str | None = None
    encoding: str | None = None
    filename: str | None = None
    file_info: Json | None = None
    metadata: Json | None = None
    other_metadata: Json | None = None
    physical_id: str | None = None
    dimensions: Json | None = None
    extensions: Json | None = None
    has_attachment: bool = False
    compressed: Json | None = None
    profile: str | None = None
    system_id: str | None = None
    group_system_id: str | None = None
    relationships: tuple[tuple[str, str], ...] = ()
    persistent_identifiers: tuple[Json, ...] = ()
    data_object_use: str | None = None
    data_object_number: int | None = None

    @property
    def is_binary(self) -> bool:
        return self.kind is ObjectKind.BINARY

    @property
    def profile_category(self) -> str | None:
        return next(iter(self.metadata), None) if self.metadata else None


@dataclass(frozen=True, slots=True)
class ObjectGroup:
    """A group declared by a DataObjectGroup element; its objects were given before it.

    ``log_book`` holds its events under JSON names (``evType``…), with ``DataObjectReferenceId``.
    """

    id: str
    line: int
    object_ids: tuple[str, ...]
    log_book: tuple[Json, ...] = ()


class ReferenceKind(enum.StrEnum):
    """What a unit's reference to objects aims at."""

    GROUP = "DataObjectGroupReferenceId"
    OBJECT = "DataObjectReferenceId"
    EXISTING_GROUP = "DataObjectGroupExistingReferenceId"
    """A group already in the fonds, by its system identifier."""


@dataclass(frozen=True, slots=True)
class ObjectReference:
    """A unit's reference to a group or an object of the manifest, or to a group of the fonds."""

    kind: ReferenceKind
    target: str
    line: int


@dataclass(frozen=True, slots=True)
class UpdateOperation:
    """Says that a unit stands for one already in the fonds: by its identifier, or by a key."""

    line: int
    system_id: str | None = None
    key_name: str | None = None
    key_value: str | None = None

    @property
    def by_key(self) -> bool:
        return self.system_id is None


@dataclass(frozen=True, slots=True)
class ArchiveUnit:
    """A unit of description. Children come before their parents (see the reader).

    ``position`` is its rank among the units in the order of their start tags, from 0.
    ``content``: descriptive fields under SEDA JSON names: lists where the standard lets an element
    repeat and for every free field; ``Title`` beside ``Title_`` {lang: text}; events with their
    ``ev…`` names. ``management``: {category: {Rules: [{Rule, StartDate…}], Inheritance:
    {PreventInheritance, PreventRulesId}, FinalAction…}, NeedAuthorization: bool}.
    ``log_book``: events of its own history, with their ``ev…`` names.
    """

    id: str
    line: int
    position: int
    parent_id: str | None
    content: Json
    management: Json
    profile: str | None = None
    update_operation: UpdateOperation | None = None
    log_book: tuple[Json, ...] = ()
    references: tuple[ObjectReference, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitLink:
    """A unit made child of another by ArchiveUnitRefId; ``parent`` is None at the top level."""

    parent: str | None
    child: str
    line: int


@dataclass(frozen=True, slots=True)
class ManifestSummary:
    """The complete header of a manifest read to its end, and what it holds.

    ``declared_bytes`` sums the declared sizes; ``depth`` is the longest chain of nested units.
    """

    header: TransferHeader
    units: int
    links: int
    groups: int
    binary_objects: int
    physical_objects: int
    update_operations: int
    declared_bytes: int
    depth: int
