"""Builds SEDA packages (SIP) of any shape, good or deliberately wrong, for the tests.

    SipBuilder().unit("Dossier", level="File").unit("Pièce", parent="Dossier").binary(b"abc").zip(p)

A builder has a *current unit* (the last ``unit``) and a *current object* (the last ``binary`` or
``physical``); the methods that refine or damage something act on them. What is built is, unless
something was damaged on purpose, valid against the official schema of the version asked.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Self
from xml.sax.saxutils import quoteattr

from tests.builders.sip_xml import (
    CODE_LISTS,
    HASHES,
    NAMESPACE,
    ObjectDraft,
    UnitDraft,
    element,
    management_xml,
    object_xml,
    unit_head_xml,
)


class SipBuilder:
    """Fluent builder of one SIP. Every method but the outputs returns the builder."""

    def __init__(self, *, message_identifier: str = "MSG-ESSAI-1") -> None:
        self._version = "2.2"
        self._message_identifier = message_identifier
        self._date = "2024-03-01T10:00:00"
        self._comments: list[tuple[str, str | None]] = [("Versement d’essai", None)]
        self._agreement: str | None = "ArchivalAgreement0"
        self._agency: str | None = "FRAN_NP_009913"
        self._submission_agency: str | None = None
        self._archival_agency = "ArchivalAgencyIdentifier0"
        self._transferring_agency = "TransferringAgencyIdentifier0"
        self._profile: str | None = None
        self._service_level: str | None = None
        self._acquisition: str | None = None
        self._legal_status: str | None = None
        self._global_raw = ""
        self._global = UnitDraft("", None, None, None, {})
        self._manifest_name = "manifest.xml"
        self._content_folder = "Content"
        self._edits: list[Callable[[str], str]] = []
        self._manifest_bytes: bytes | None = None
        self._extra: list[tuple[str, bytes]] = []
        self._declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
        self.units: list[UnitDraft] = []
        self.objects: list[ObjectDraft] = []

    # -- header ---------------------------------------------------------------------------------

    def version(self, version: str) -> Self:
        """SEDA version: "2.1", "2.2", "2.3", or anything else to be refused."""
        self._version = version
        return self

    def message_identifier(self, identifier: str) -> Self:
        self._message_identifier = identifier
        return self

    def date(self, date: str) -> Self:
        self._date = date
        return self

    def comment(self, text: str, *, lang: str | None = None) -> Self:
        """Add a comment (the first call replaces the default one)."""
        if self._comments == [("Versement d’essai", None)]:
            self._comments = []
        self._comments.append((text, lang))
        return self

    def agreement(self, identifier: str | None) -> Self:
        """Identifier of the ingest contract; None leaves the element out, "" leaves it empty."""
        self._agreement = identifier
        return self

    def agency(self, identifier: str | None) -> Self:
        """Originating agency; None leaves the element out."""
        self._agency = identifier
        return self

    def submission_agency(self, identifier: str | None) -> Self:
        self._submission_agency = identifier
        return self

    def archival_agency(self, identifier: str) -> Self:
        self._archival_agency = identifier
        return self

    def transferring_agency(self, identifier: str) -> Self:
        self._transferring_agency = identifier
        return self

    def archival_profile(self, identifier: str | None) -> Self:
        self._profile = identifier
        return self

    def service_level(self, value: str | None) -> Self:
        self._service_level = value
        return self

    def acquisition_information(self, value: str | None) -> Self:
        self._acquisition = value
        return self

    def legal_status(self, value: str | None) -> Self:
        self._legal_status = value
        return self

    def global_rule(
        self,
        category: str,
        rule: str | None = None,
        *,
        start_date: str | None = None,
        **fields: Any,
    ) -> Self:
        """A rule of ManagementMetadata; ``fields`` as for :meth:`rule`."""
        self._add_rule(self._global, category, rule, start_date, fields)
        return self

    def raw_management_metadata(self, xml: str) -> Self:
        self._global_raw += xml
        return self

    # -- units ----------------------------------------------------------------------------------

    def unit(
        self,
        title: str | Mapping[str, str] | None,
        *,
        level: str | None = "Item",
        parent: str | None = None,
        identifier: str | None = None,
        profile: str | None = None,
        **content: Any,
    ) -> Self:
        """Add a unit and make it current.

        ``title``: text, or {language: text}. ``parent``: identifier or title of a unit already
        added. ``content``: SEDA fields by their XML names; a list repeats the element, a mapping
        nests (keys beginning with ``@`` are attributes, ``#text`` the text).
        """
        identifier = identifier or f"AU{len(self.units) + 1}"
        parent_id = self._unit_id(parent) if parent is not None else None
        self.units.append(UnitDraft(identifier, title, level, parent_id, content, profile))
        return self

    @property
    def current_unit(self) -> UnitDraft:
        if not self.units:
            self.unit("Pièce")
        return self.units[-1]

    def content(self, **fields: Any) -> Self:
        """Add fields to the current unit."""
        self.current_unit.content.update(fields)
        return self

    def without_title(self) -> Self:
        self.current_unit.title = None
        return self

    def link(self, *, parent: str, child: str) -> Self:
        """Make an existing unit also a child of another (ArchiveUnitRefId); may make a cycle."""
        self._unit(parent).links.append(self._unit_id(child))
        return self

    def dangling_link(self, child: str) -> Self:
        """The current unit claims a child that nothing declares."""
        self.current_unit.links.append(child)
        return self

    def rule(
        self,
        category: str,
        rule: str | None = None,
        *,
        start_date: str | None = None,
        **fields: Any,
    ) -> Self:
        """Add a rule to the current unit.

        Fields of the category (FinalAction, PreventInheritance, RefNonRuleId, Classification…)
        and, for a hold, of the rule (HoldEndDate, HoldOwner…) are given by their XML names;
        FinalAction has a default where it is mandatory.
        """
        self._add_rule(self.current_unit, category, rule, start_date, fields)
        return self

    def need_authorization(self, value: bool = True) -> Self:
        self.current_unit.need_authorization = value
        return self

    def attach_to(self, system_id: str) -> Self:
        """The current unit stands for an existing one, known by its system identifier."""
        self.current_unit.update_operation = element("SystemId", system_id)
        return self

    def attach_by_key(self, name: str, value: str) -> Self:
        """The current unit stands for the existing one whose field ``name`` is ``value``."""
        key = element("MetadataName", name) + element("MetadataValue", value)
        self.current_unit.update_operation = element("ArchiveUnitIdentifierKey", key, raw=True)
        return self

    def logbook_event(self, **event: Any) -> Self:
        """An event of the current unit's own history, by SEDA names (EventDateTime…)."""
        self.current_unit.events.append(event)
        return self

    def raw_content(self, xml: str) -> Self:
        """Raw XML at the end of the current unit's Content."""
        self.current_unit.raw_content += xml
        return self

    def raw_management(self, xml: str) -> Self:
        self.current_unit.raw_management += xml
        return self

    def raw_after(self, xml: str) -> Self:
        """Raw XML at the end of the current unit, after its children and references."""
        self.current_unit.raw_after += xml
        return self

    # -- objects --------------------------------------------------------------------------------

    def binary(
        self,
        payload: bytes = b"contenu",
        *,
        name: str | None = None,
        usage: str | None = "BinaryMaster_1",
        algorithm: str = "SHA-512",
        format_id: str | None = "x-fmt/111",
        mime_type: str | None = "text/plain",
        format_litteral: str | None = "Plain Text File",
        identifier: str | None = None,
        grouped: bool = True,
    ) -> Self:
        """Add a binary object to the current unit (to its group when it already has one).

        ``name`` is the file's name as the depositor knew it; the path in the package is made from
        the identifier. ``grouped=False`` makes a 2.1 object without any group.
        """
        identifier = identifier or f"BDO{len(self.objects) + 1}"
        suffix = Path(name or "f.txt").suffix
        self.objects.append(
            ObjectDraft(
                identifier,
                "binary",
                self._group(identifier, grouped=grouped),
                payload=payload,
                uri=f"{self._content_folder}/{identifier}{suffix if suffix.isascii() else ''}",
                usage=usage,
                algorithm=algorithm,
                format_id=format_id,
                mime_type=mime_type,
                format_litteral=format_litteral,
                filename=name or f"{identifier}.txt",
            )
        )
        return self

    def physical(
        self,
        physical_id: str = "Boîte 12, pièce 4",
        *,
        usage: str | None = "PhysicalMaster_1",
        identifier: str | None = None,
        grouped: bool = True,
    ) -> Self:
        """Add a physical object to the current unit."""
        identifier = identifier or f"PDO{len(self.objects) + 1}"
        self.objects.append(
            ObjectDraft(
                identifier,
                "physical",
                self._group(identifier, grouped=grouped),
                usage=usage,
                physical_id=physical_id,
            )
        )
        return self

    @property
    def current_object(self) -> ObjectDraft:
        return self.objects[-1]

    def break_digest(self) -> Self:
        """Declare for the current object a digest that is not its own."""
        current = self.current_object
        current.digest = hashlib.new(
            HASHES.get(current.algorithm, "sha512"), current.payload + b"!"
        ).hexdigest()
        return self

    def wrong_size(self, size: int) -> Self:
        self.current_object.size = size
        return self

    def without_size(self) -> Self:
        self.current_object.with_size = False
        return self

    def drop_file(self) -> Self:
        """Declare the current object without putting its file in the package."""
        self.current_object.in_container = False
        return self

    def uri(self, uri: str) -> Self:
        """Path of the current object in the manifest and in the package."""
        self.current_object.uri = uri
        return self

    def raw_object(self, xml: str) -> Self:
        """Raw XML at the end of the current object."""
        self.current_object.raw += xml
        return self

    def share_group(self, unit: str) -> Self:
        """The current unit also refers to the group of another unit."""
        group = self._unit(unit).group_id
        if group is None:
            raise ValueError(f"unit {unit!r} has no object group")
        self.current_unit.references.append(("DataObjectGroupReferenceId", group))
        return self

    def reference(self, identifier: str, *, kind: str = "DataObjectGroupReferenceId") -> Self:
        """A raw object reference (kind: DataObjectGroupReferenceId, DataObjectReferenceId)."""
        self.current_unit.references.append((kind, identifier))
        return self

    def existing_group(self, system_id: str) -> Self:
        """The current unit points to an object group that is already in the fonds."""
        self.current_unit.raw_after += (
            "<DataObjectGroup>"
            + element("DataObjectGroupExistingReferenceId", system_id)
            + "</DataObjectGroup>"
        )
        return self

    # -- the package itself ---------------------------------------------------------------------

    def manifest_name(self, name: str) -> Self:
        self._manifest_name = name
        return self

    def without_manifest(self) -> Self:
        self._manifest_name = ""
        return self

    def edit_manifest(self, edit: Callable[[str], str]) -> Self:
        """Change the manifest's text once it is written (raw hook of last resort)."""
        self._edits.append(edit)
        return self

    def manifest_bytes(self, content: bytes) -> Self:
        """Use these bytes as manifest whatever the builder holds."""
        self._manifest_bytes = content
        return self

    def extra_entry(self, name: str, payload: bytes = b"") -> Self:
        """An entry of the package that the manifest does not know."""
        self._extra.append((name, payload))
        return self

    # -- outputs --------------------------------------------------------------------------------

    def manifest(self) -> bytes:
        """The manifest as bytes."""
        if self._manifest_bytes is not None:
            return self._manifest_bytes
        xml = self._declaration + "".join(self._write())
        for edit in self._edits:
            xml = edit(xml)
        return xml.encode()

    def entries(self) -> list[tuple[str, bytes]]:
        """(name, bytes) of every entry of the package, manifest first."""
        entries = [(self._manifest_name, self.manifest())] if self._manifest_name else []
        seen = set()
        for item in self.objects:
            if item.kind == "binary" and item.in_container and item.uri not in seen:
                seen.add(item.uri)
                entries.append((item.uri, item.payload))
        return entries + self._extra

    def zip(self, path: Path | str, *, compression: int = zipfile.ZIP_DEFLATED) -> Path:
        """Write a zip and return its path."""
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, payload in self.entries():
                archive.writestr(
                    zipfile.ZipInfo(name, (2024, 3, 1, 10, 0, 0)), payload, compression
                )
        return Path(path)

    def zip_bytes(self) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, payload in self.entries():
                archive.writestr(name, payload)
        return buffer.getvalue()

    def tar(self, path: Path | str) -> Path:
        """Write an uncompressed tar and return its path."""
        Path(path).write_bytes(self._tar_bytes())
        return Path(path)

    def targz(self, path: Path | str) -> Path:
        """Write a gzipped tar and return its path."""
        Path(path).write_bytes(gzip.compress(self._tar_bytes(), mtime=0))
        return Path(path)

    def tarbz2(self, path: Path | str) -> Path:
        """Write a bzip2-compressed tar and return its path."""
        Path(path).write_bytes(bz2.compress(self._tar_bytes()))
        return Path(path)

    def _tar_bytes(self) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for name, payload in self.entries():
                entry = tarfile.TarInfo(name)
                entry.size = len(payload)
                archive.addfile(entry, io.BytesIO(payload))
        return buffer.getvalue()

    # -- writing --------------------------------------------------------------------------------

    def _unit(self, key: str) -> UnitDraft:
        for unit in self.units:
            if unit.id == key or unit.title == key:
                return unit
        raise ValueError(f"no unit {key!r} in this package")

    def _unit_id(self, key: str) -> str:
        return self._unit(key).id

    def _group(self, object_id: str, *, grouped: bool) -> str | None:
        unit = self.current_unit
        if not grouped:
            unit.references.append(("DataObjectReferenceId", object_id))
            return None
        if unit.group_id is None:
            unit.group_id = f"GOT-{unit.id}"
            unit.references.append(("DataObjectGroupReferenceId", unit.group_id))
        return unit.group_id

    @staticmethod
    def _add_rule(
        unit: UnitDraft,
        category: str,
        rule: str | None,
        start_date: str | None,
        fields: Mapping[str, Any],
    ) -> None:
        of_rule = {
            name: value
            for name, value in fields.items()
            if name.startswith("Hold") or name == "PreventRearrangement"
        }
        if start_date is not None:
            of_rule = {"StartDate": start_date, **of_rule}
        rules = unit.rules.setdefault(category, [])
        if rule is not None:
            rules.append((rule, of_rule))
        of_category = unit.category_fields.setdefault(category, {})
        of_category.update({k: v for k, v in fields.items() if k not in of_rule})

    def _write(self) -> Iterable[str]:
        yield (
            f'<ArchiveTransfer xmlns="{NAMESPACE}{self._version}"'
            ' xmlns:xlink="http://www.w3.org/1999/xlink">\n'
        )
        for text, lang in self._comments:
            yield element("Comment", text, {"xml:lang": lang} if lang else None) + "\n"
        yield element("Date", self._date) + "\n"
        yield element("MessageIdentifier", self._message_identifier) + "\n"
        if self._agreement is not None:
            yield element("ArchivalAgreement", self._agreement) + "\n"
        yield CODE_LISTS
        yield "<DataObjectPackage>\n"
        yield from self._write_objects()
        yield "<DescriptiveMetadata>\n"
        children: dict[str | None, list[UnitDraft]] = {}
        for unit in self.units:
            children.setdefault(unit.parent, []).append(unit)
        yield from self._write_units(children)
        yield "</DescriptiveMetadata>\n<ManagementMetadata>\n"
        for name, value in (
            ("ArchivalProfile", self._profile),
            ("ServiceLevel", self._service_level),
            ("AcquisitionInformation", self._acquisition),
            ("LegalStatus", self._legal_status),
            ("OriginatingAgencyIdentifier", self._agency),
            ("SubmissionAgencyIdentifier", self._submission_agency),
        ):
            if value is not None:
                yield element(name, value) + "\n"
        yield management_xml(self._global) + self._global_raw
        yield "</ManagementMetadata>\n</DataObjectPackage>\n"
        for name, value in (
            ("ArchivalAgency", self._archival_agency),
            ("TransferringAgency", self._transferring_agency),
        ):
            yield f"<{name}>{element('Identifier', value)}</{name}>\n"
        yield "</ArchiveTransfer>\n"

    def _write_objects(self) -> Iterable[str]:
        groups: dict[str, list[ObjectDraft]] = {}
        for item in self.objects:
            groups.setdefault(item.group_id or f"\0{item.id}", []).append(item)
        for group_id, items in groups.items():
            written = "".join(object_xml(item) for item in items)
            if group_id.startswith("\0"):
                yield written
            else:
                yield f"<DataObjectGroup id={quoteattr(group_id)}>\n{written}</DataObjectGroup>\n"

    def _write_units(self, children: Mapping[str | None, list[UnitDraft]]) -> Iterable[str]:
        """Depth-first with an explicit stack: chains of a thousand units are wanted too."""
        stack: list[UnitDraft | str] = list(reversed(children.get(None, [])))
        reference = 0
        while stack:
            item = stack.pop()
            if isinstance(item, str):
                yield item
                continue
            yield unit_head_xml(item)
            for child in item.links:
                reference += 1
                yield (
                    f'<ArchiveUnit id="REF{reference}">'
                    f"{element('ArchiveUnitRefId', child)}</ArchiveUnit>\n"
                )
            tail = "".join(
                f"<DataObjectReference>{element(kind, target)}</DataObjectReference>\n"
                for kind, target in item.references
            )
            stack.append(tail + item.raw_after + "</ArchiveUnit>\n")
            stack.extend(reversed(children.get(item.id, [])))
