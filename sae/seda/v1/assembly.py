"""Makes units and data objects out of a SEDA 1.0 transfer.

The correspondence with SEDA 2:

- Archive and ArchiveObject are units; ``Name`` is their title. A Document is a data object. When a
  unit holds one Document, it carries it; when it holds several, each has a unit of its own under
  it (level Item): a unit of SEDA 2 has one group, whose objects are versions of one another.
- Identifiers are optional in SEDA 1.0: where one is missing, the unit or object is named by its
  kind and rank (``ArchiveObject#3``), which no XML identifier can be.
- ``AppraisalRule`` and ``AccessRestrictionRule`` become rules whose identifier is the duration
  (``P10Y``) and the code (``AR048``) as written: whoever holds a referential of rules replaces
  them. A rule of an ArchiveObject stands instead of its parents', where SEDA 2 adds them up:
  inheritance is therefore prevented in that category.
- The agreement, profile and originating agency stand in each Archive: a transfer has one of each,
  so several that differ are a fault.
- What SEDA 2 has no place for stays in the description under its 1.0 name; what a Document says
  beyond its technical features stays with the object, in ``other_metadata``.
"""

from __future__ import annotations

import posixpath
from typing import Any

from sae.kernel.digests import normalise_algorithm
from sae.seda import reasons
from sae.seda.assembly import Assembly, Attributes, ManifestConsumer
from sae.seda.grammar.texts import TextFault
from sae.seda.model import (
    ArchiveUnit,
    Comment,
    DataObject,
    GroupDeclaration,
    Json,
    ObjectKind,
    ObjectReference,
    ReferenceKind,
    TransferHeader,
)

OCTETS = "AD"
"""The unit of ``Size`` that says bytes (UN/ECE recommendation 20)."""

_LEVELS = {
    "class": "Class",
    "collection": "Collection",
    "file": "File",
    "fonds": "Fonds",
    "item": "Item",
    "otherlevel": "OtherLevel",
    "recordgrp": "RecordGrp",
    "series": "Series",
    "subfonds": "Subfonds",
    "subgrp": "SubGrp",
    "subseries": "Subseries",
}
_ALGORITHMS = {
    # The other family of URIs in use in SEDA 1.0 flows, that of the Library of Congress.
    f"http://id.loc.gov/vocabulary/cryptographicHashFunctions/{name}": algorithm
    for name, algorithm in (
        ("md5", "MD5"),
        ("sha1", "SHA-1"),
        ("sha-1", "SHA-1"),
        ("sha-256", "SHA-256"),
        ("sha-384", "SHA-384"),
        ("sha-512", "SHA-512"),
    )
}
_FINAL_ACTIONS = {"conserver": "Keep", "detruire": "Destroy"}


class _OpenUnit:
    """An Archive or ArchiveObject whose end tag has not come.

    Its first Document waits in ``held`` until it is known whether there is another.
    """

    __slots__ = ("children", "documents", "held", "id", "position")

    def __init__(self, identifier: str, position: int) -> None:
        self.id = identifier
        self.position = position
        self.children = 0
        self.documents = 0
        self.held: tuple[str, int, Json] | None = None


class TransferV1(Assembly):
    """What one reading of a SEDA 1.0 transfer holds."""

    def __init__(self, consumer: ManifestConsumer, version: str, namespace: str) -> None:
        super().__init__(consumer, version, namespace)
        self.open: list[_OpenUnit] = []
        self.of_archives: dict[str, str] = {}
        self.archives = 0
        self.document_id = ""
        self._ranks: dict[str, int] = {}
        self._positions = 0

    def name(self, kind: str, attributes: Attributes) -> str:
        """Return the identifier declared, or one made of the kind and the rank."""
        self._ranks[kind] = rank = self._ranks.get(kind, 0) + 1
        declared = attributes.get("Id", "").strip()
        return declared or f"{kind}#{rank}"

    def next_position(self) -> int:
        """Return the rank of the unit that begins."""
        self._positions += 1
        return self._positions - 1

    def deepen(self, depth: int) -> None:
        self.depth = max(self.depth, depth)


# -- header --------------------------------------------------------------------------------------


def put_comment(root: Json, value: str, attributes: Attributes) -> None:
    root.setdefault("Comment", []).append(Comment(value, attributes.get("languageID")))


def put_title(unit: Json, value: str, attributes: Attributes) -> None:
    unit["Title"] = value
    if attributes.get("languageID"):
        unit["Title_"] = {attributes["languageID"]: value}


def finish_transfer(build: TransferV1, _: Json, __: Attributes, ___: int) -> None:
    build.header = _header(build)


def _header(build: TransferV1) -> TransferHeader:
    root, archive = build.root, build.of_archives
    archival, transferring = root.get("ArchivalAgency", {}), root.get("TransferringAgency", {})
    return TransferHeader(
        version=build.version,
        namespace=build.namespace,
        message_identifier=root.get("TransferIdentifier", ""),
        date=root.get("Date", ""),
        comments=tuple(root.get("Comment", ())),
        archival_agreement=archive.get("ArchivalAgreement"),
        archival_agency=archival.get("Identification"),
        transferring_agency=transferring.get("Identification"),
        archival_agency_description=_described(archival),
        transferring_agency_description=_described(transferring),
        related_transfer_references=tuple(root.get("RelatedTransferReference", ())),
        transfer_request_reply_identifier=root.get("TransferRequestReplyIdentifier"),
        archival_profile=archive.get("ArchivalProfile"),
        service_level=archive.get("ServiceLevel"),
        originating_agency=archive.get("OriginatingAgency"),
        lines=dict(build.lines),
    )


def _described(agency: Json) -> Json | None:
    """What an organisation says beside its identifier."""
    return {key: value for key, value in agency.items() if key != "Identification"} or None


# -- units ---------------------------------------------------------------------------------------


def begin_unit(build: TransferV1, attributes: Attributes, _: int) -> None:
    if not build.open:
        build.archives += 1
        if build.archives == 1:
            build.consumer.on_header(_header(build))
    kind = "ArchiveObject" if build.open else "Archive"
    if build.open:
        build.open[-1].children += 1
    build.open.append(_OpenUnit(build.name(kind, attributes), build.next_position()))
    build.deepen(len(build.open))


def finish_archive(build: TransferV1, value: Json, _: Attributes, line: int) -> Json:
    agencies = (value.get("ContentDescription") or {}).get("OriginatingAgency", ())
    said = {
        name: value[name]
        for name in ("ArchivalAgreement", "ArchivalProfile", "ServiceLevel")
        if value.get(name)
    }
    if agencies and agencies[0].get("Identification"):
        said["OriginatingAgency"] = agencies[0]["Identification"]
    _finish_unit(build, value, line, is_archive=True)
    for name, text in said.items():
        first = build.of_archives.setdefault(name, text)
        if first != text and name != "ServiceLevel":
            raise TextFault(reasons.VALUE_NOT_IN_LIST, first, child=name, seen=text)
    return {}


def finish_object(build: TransferV1, value: Json, _: Attributes, line: int) -> None:
    _finish_unit(build, value, line, is_archive=False)


def _finish_unit(build: TransferV1, value: Json, line: int, *, is_archive: bool) -> None:
    unit = build.open.pop()
    references: tuple[ObjectReference, ...] = ()
    if unit.held is not None:
        # One Document alone: the unit carries it.
        references = (ObjectReference(ReferenceKind.OBJECT, unit.held[0], unit.held[1]),)
    build.units += 1
    build.consumer.on_unit(
        ArchiveUnit(
            unit.id,
            line,
            unit.position,
            build.open[-1].id if build.open else None,
            _content(value, is_group=bool(unit.children or unit.documents > 1)),
            _management(value, replaces=not is_archive),
            references=references,
        )
    )


_IDENTIFIERS = {
    f"{owner}{kind}Identifier": f"{owner}ArchiveUnitIdentifier"
    for owner in ("ArchivalAgency", "OriginatingAgency", "TransferringAgency")
    for kind in ("Archive", "Object", "Document")
}


def _identifiers(value: Json) -> Json:
    return {
        _IDENTIFIERS[key]: [text] for key, text in value.items() if key in _IDENTIFIERS and text
    }


def _content(value: Json, *, is_group: bool) -> Json:
    described: Json = value.get("ContentDescription", {})
    level = described.get("DescriptionLevel")
    content: Json = {
        # An ArchiveObject may say nothing of its level: it is a piece, or a group of pieces.
        "DescriptionLevel": _LEVELS[level] if level else "RecordGrp" if is_group else "Item",
        "Title": value.get("Title", ""),
    }
    if "Title_" in value:
        content["Title_"] = value["Title_"]
    content.update(_identifiers(value))
    languages = value.get("DescriptionLanguage")
    if languages:
        content["DescriptionLanguage"] = languages[0]
    for name, ours in (
        ("Description", "Description"),
        ("FilePlanPosition", "FilePlanPosition"),
        ("Language", "Language"),
        ("OldestDate", "StartDate"),
        ("LatestDate", "EndDate"),
        ("CustodialHistory", "CustodialHistory"),
        ("Keyword", "Keyword"),
        ("OtherMetadata", "OtherMetadata"),
    ):
        if described.get(name):
            content[ours] = described[name]
    if isinstance(history := content.get("CustodialHistory"), dict):
        # In SEDA 1.0 a file of its own; in SEDA 2 a reference to an object of the package.
        if file := history.pop("CustodialHistoryFile", None):
            content["CustodialHistoryFile"] = [file]
        if not history:
            del content["CustodialHistory"]
    agencies = [_agency(one) for one in described.get("OriginatingAgency", ())]
    if agencies:
        content["OriginatingAgency"] = agencies[0]
    if agencies[1:]:
        content["OtherOriginatingAgency"] = agencies[1:]
    for name, ours in (
        ("OtherDescriptiveData", "OtherDescriptiveData"),
        ("AccessRestrictionRule", "DescriptionAccessRestrictionRule"),
        ("Repository", "Repository"),
    ):
        if described.get(name):
            content[ours] = [described[name]]
    if described.get("RelatedObjectReference"):
        content["RelatedObject"] = described["RelatedObjectReference"]
    return content


def _agency(organization: Json) -> Json:
    agency: Json = {"Identifier": organization.get("Identification", "")}
    if description := _described(organization):
        agency["OrganizationDescriptiveMetadata"] = description
    return agency


def _management(value: Json, *, replaces: bool) -> Json:
    management: Json = {}
    appraisal, access = value.get("AppraisalRule"), value.get("AccessRestrictionRule")
    if appraisal:
        management["AppraisalRule"] = _category(
            appraisal.get("Duration"), appraisal.get("StartDate"), replaces=replaces
        )
        management["AppraisalRule"]["FinalAction"] = _FINAL_ACTIONS.get(appraisal.get("Code"), "")
    if access:
        management["AccessRule"] = _category(
            access.get("Code"), access.get("StartDate"), replaces=replaces
        )
    return management


def _category(rule: str | None, start: str | None, *, replaces: bool) -> Json:
    block: Json = {}
    if rule:
        block["Rules"] = [{"Rule": rule, "StartDate": start} if start else {"Rule": rule}]
    if replaces:
        block["Inheritance"] = {"PreventInheritance": True}
    return block


# -- documents -----------------------------------------------------------------------------------


def begin_document(build: TransferV1, attributes: Attributes, _: int) -> None:
    build.document_id = build.name("Document", attributes)


_TECHNICAL = frozenset({"Attachment", "Integrity", "Algorithm", "Size", "SizeUnit"})


def finish_document(build: TransferV1, value: Json, _: Attributes, line: int) -> None:
    identifier = build.document_id
    attachment: dict[str, str] = value.get("Attachment") or {}
    file_name = attachment.get("filename", "").strip()
    size, unit = value.get("Size"), value.get("SizeUnit", "")
    in_bytes = int(size) if size and size.isdigit() and unit in ("", OCTETS) else None
    said = {key: one for key, one in value.items() if key not in _TECHNICAL}
    if size and in_bytes is None:
        said["Size"] = {"Value": size, "unitCode": unit}
    algorithm = value.get("Algorithm")
    build.binary_objects += 1
    build.declared_bytes += in_bytes or 0
    build.consumer.on_object(
        DataObject(
            ObjectKind.BINARY,
            identifier,
            line,
            identifier,
            GroupDeclaration.NONE,
            uri=file_name,
            digest=value.get("Integrity"),
            algorithm=algorithm,
            normalised_algorithm=_normalised(algorithm),
            size=in_bytes,
            format_id=attachment.get("format"),
            mime_type=attachment.get("mimeCode"),
            encoding=attachment.get("characterSetCode"),
            filename=posixpath.basename(file_name),
            file_info=_file_info(posixpath.basename(file_name), value),
            other_metadata={"Document": said} if said else None,
        )
    )
    _place_document(build, identifier, line, value)


def _normalised(algorithm: str | None) -> str | None:
    if algorithm is None:
        return None
    return normalise_algorithm(algorithm) or _ALGORITHMS.get(algorithm.strip())


def _file_info(name: str, value: Json) -> Json:
    info: Json = {"Filename": name}
    if value.get("Creation"):
        info["DateCreatedByApplication"] = value["Creation"]
    return info


def _place_document(build: TransferV1, identifier: str, line: int, value: Json) -> None:
    """Give the Document to its unit, or a unit of its own as soon as there are several."""
    unit = build.open[-1]
    unit.documents += 1
    if unit.documents == 1:
        unit.held = (identifier, line, value)
        return
    if unit.held is not None:
        _document_unit(build, unit, *unit.held)
        unit.held = None
    _document_unit(build, unit, identifier, line, value)


def _document_unit(
    build: TransferV1, parent: _OpenUnit, identifier: str, line: int, value: Json
) -> None:
    build.units += 1
    build.deepen(len(build.open) + 1)
    build.consumer.on_unit(
        ArchiveUnit(
            f"{identifier}#unit",
            line,
            build.next_position(),
            parent.id,
            _document_content(value),
            {},
            references=(ObjectReference(ReferenceKind.OBJECT, identifier, line),),
        )
    )


def _document_content(value: Json) -> Json:
    file_name: str = (value.get("Attachment") or {}).get("filename", "")
    content: dict[str, Any] = {
        "DescriptionLevel": "Item",
        "Title": posixpath.basename(file_name.strip()),
        **_identifiers(value),
    }
    for name, ours in (
        ("Description", "Description"),
        ("Language", "Language"),
        ("Creation", "CreatedDate"),
        ("Receipt", "ReceivedDate"),
    ):
        if value.get(name):
            content[ours] = value[name]
    return content
