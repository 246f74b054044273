"""ArchiveTransferReply (ATR): the archive service's answer to a deposit, written as a stream.

Shape: SEDA 2.x, and the reference system's use of it (§3 of its reply): on OK the identifiers
given to everything; on WARNING, KO or FATAL the events of that severity as well. A reply that
names one archive gathers its units under it: some clients look for a single root. A transfer of
SEDA 1.0 is answered in 1.0 (``sae.seda.v1.replies``).
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from sae.seda.reply import (
    CODE_LISTS,
    DEFAULT_VERSION,
    NAMESPACE,
    Reply,
    ReplyArchive,
    ReplyEvent,
    ReplyGroup,
    ReplyObject,
    ReplyUnit,
    moment_text,
    xml_text,
)
from sae.seda.v1.replies import build_reply

__all__ = [
    "DEFAULT_VERSION",
    "NAMESPACE",
    "Reply",
    "ReplyArchive",
    "ReplyEvent",
    "ReplyGroup",
    "ReplyObject",
    "ReplyUnit",
    "write_archive_transfer_reply",
]


_PLAIN_UNITS = 1_000


def _default(namespace: str) -> dict[Any, str]:
    """Declare a default namespace: several clients know no other way."""
    return {None: namespace}


class _Writer:
    """Elements in one namespace, one after the other."""

    def __init__(self, xml: Any, out: IO[bytes], namespace: str) -> None:
        self.xml = xml
        self.out = out
        self.namespace = namespace

    def inside(self, name: str, **attributes: str) -> AbstractContextManager[Any]:
        inner: AbstractContextManager[Any] = self.xml.element(
            f"{{{self.namespace}}}{name}", attributes or None
        )
        return inner

    def text(self, name: str, value: str) -> None:
        # Written inside the open root, an element does not declare the namespace again.
        with self.inside(name):
            if value:
                self.xml.write(xml_text(value))

    def filled(self, name: str, value: str) -> None:
        """Write an element whose text the standard forbids to be empty, when there is one."""
        if value.strip():
            self.text(name, value)

    def markup(self, pieces: Iterable[str]) -> None:
        """Write elements already put in form; the open root declares their namespace."""
        self.xml.flush()
        self.out.write("".join(pieces).encode())


def write_archive_transfer_reply(reply: Reply, out: IO[bytes]) -> None:
    """Write the reply to ``out`` in flat memory, in the version of the request."""
    if reply.version == "1.0":
        out.write(build_reply(reply))
        return
    namespace = NAMESPACE.format(version=reply.version or DEFAULT_VERSION)
    with etree.xmlfile(out, encoding="UTF-8") as xml:
        xml.write_declaration()
        writer = _Writer(xml, out, namespace)
        with xml.element(f"{{{namespace}}}ArchiveTransferReply", nsmap=_default(namespace)):
            _write_head(writer, reply)
            _write_package(writer, reply)
            writer.text("ReplyCode", reply.reply_code)
            _write_operation(writer, reply.events)
            writer.text("MessageRequestIdentifier", reply.request_identifier)
            if reply.grant_date:
                writer.text("GrantDate", moment_text(reply.grant_date))
            for name, identifier in (
                ("ArchivalAgency", reply.archival_agency),
                ("TransferringAgency", reply.transferring_agency),
            ):
                # Mandatory in the standard, even when the manifest could not be read.
                with writer.inside(name):
                    writer.text("Identifier", identifier)


def _write_head(writer: _Writer, reply: Reply) -> None:
    if reply.comment:
        writer.text("Comment", reply.comment)
    writer.text("Date", moment_text(reply.date))
    writer.text("MessageIdentifier", reply.message_identifier)
    if reply.archival_agreement:
        writer.text("ArchivalAgreement", reply.archival_agreement)
    with writer.inside("CodeListVersions"):
        for name in CODE_LISTS:
            writer.filled(name, reply.code_lists.get(name, ""))


def _write_package(writer: _Writer, reply: Reply) -> None:
    with writer.inside("DataObjectPackage"):
        for group in reply.groups:
            with writer.inside("DataObjectGroup", id=_group_identifier(group)):
                for entry in group.objects:
                    name = "BinaryDataObject" if entry.is_binary else "PhysicalDataObject"
                    with writer.inside(name, id=entry.manifest_id):
                        writer.text("DataObjectSystemId", entry.system_id)
                        writer.text("DataObjectGroupSystemId", entry.group_system_id)
                        if entry.ark:
                            _write_ark(writer, entry.ark)
                        if entry.version:
                            writer.text("DataObjectVersion", entry.version)
                if group.events:
                    with writer.inside("LogBook"):
                        _write_events(writer, group.events)
        with writer.inside("DescriptiveMetadata"):
            if reply.archive:
                _write_archive(writer, reply.archive, reply.units)
            else:
                _write_units(writer, reply.units)
        with writer.inside("ManagementMetadata"):
            if reply.archival_profile:
                writer.text("ArchivalProfile", reply.archival_profile)


def _write_archive(writer: _Writer, archive: ReplyArchive, units: Iterable[ReplyUnit]) -> None:
    """Write one root unit, under the identifier to ask for, and the others inside it."""
    with writer.inside("ArchiveUnit", id=archive.manifest_id or f"archive-{archive.identifier}"):
        with writer.inside("Content"):
            writer.filled("SystemId", archive.system_id)
            writer.text("ArchivalAgencyArchiveUnitIdentifier", archive.identifier)
        own = archive.system_id
        _write_units(writer, (one for one in units if not own or one.system_id != own))


def _write_units(writer: _Writer, units: Iterable[ReplyUnit]) -> None:
    """Write units, those with nothing to tell but their identifier by the thousand: opened and
    closed one by one, their elements took most of the time of a reply."""
    plain: list[str] = []
    for unit in units:
        if unit.events or unit.ark:
            writer.markup(plain)
            plain.clear()
            _write_unit(writer, unit)
            continue
        plain.append(
            f"<ArchiveUnit id={quoteattr(unit.manifest_id)}><Content>"
            f"<SystemId>{escape(unit.system_id)}</SystemId></Content></ArchiveUnit>"
        )
        if len(plain) == _PLAIN_UNITS:
            writer.markup(plain)
            plain.clear()
    writer.markup(plain)


def _write_unit(writer: _Writer, unit: ReplyUnit) -> None:
    with writer.inside("ArchiveUnit", id=unit.manifest_id):
        if unit.events:
            with writer.inside("Management"), writer.inside("LogBook"):
                _write_events(writer, unit.events)
        with writer.inside("Content"):
            writer.text("SystemId", unit.system_id)
            if unit.ark:
                _write_ark(writer, unit.ark)


def _write_ark(writer: _Writer, ark: str) -> None:
    with writer.inside("PersistentIdentifier"):
        writer.text("PersistentIdentifierType", "ark")
        writer.text("PersistentIdentifierContent", ark)


def _group_identifier(group: ReplyGroup) -> str:
    """The group's identifier, which must not be that of an object: an XML identifier is unique.

    An object that declared no group has made one that bears its own identifier.
    """
    if any(entry.manifest_id == group.manifest_id for entry in group.objects):
        return f"{group.manifest_id}_group"
    return group.manifest_id


def _write_operation(writer: _Writer, events: Iterable[ReplyEvent]) -> None:
    opened: AbstractContextManager[Any] | None = None
    for event in events:
        if opened is None:
            opened = writer.inside("Operation")
            opened.__enter__()
        _write_events(writer, [event])
    if opened is not None:
        opened.__exit__(None, None, None)


def _write_events(writer: _Writer, events: Iterable[ReplyEvent]) -> None:
    for event in events:
        with writer.inside("Event"):
            writer.filled("EventTypeCode", event.code)
            writer.filled("EventType", event.label)
            writer.text("EventDateTime", moment_text(event.occurred_at))
            writer.filled("Outcome", event.outcome)
            writer.filled("OutcomeDetail", event.outcome_detail)
            writer.filled("OutcomeDetailMessage", event.message)
            writer.filled("EventDetailData", event.detail_data)
            writer.filled("DataObjectReferenceId", event.object_reference)
