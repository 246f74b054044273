"""Acknowledgement: says that a transfer was received, before anything in it is judged."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from lxml import etree

from sae.seda.reply import DEFAULT_VERSION, NAMESPACE, xml_text


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the message says. ``sender`` is the archival agency, which writes; ``receiver`` the
    transferring agency, which is told; both by their identifiers in the transfer.
    """

    identifier: str
    received_identifier: str
    date: dt.datetime
    sender: str
    receiver: str
    version: str = DEFAULT_VERSION
    comment: str = ""


def write_acknowledgement(message: Acknowledgement) -> bytes:
    """Return the message in the version of the transfer, in a default namespace."""
    version = message.version or DEFAULT_VERSION
    namespace = NAMESPACE.format(version=version)
    nsmap: dict[Any, str] = {None: namespace}
    root = etree.Element(f"{{{namespace}}}Acknowledgement", nsmap=nsmap)

    def add(parent: Any, name: str, text: str = "") -> Any:
        element = etree.SubElement(parent, f"{{{namespace}}}{name}")
        if text:
            element.text = xml_text(text)
        return element

    if message.comment:
        add(root, "Comment", message.comment)
    add(root, "Date", message.date.isoformat(timespec="milliseconds"))
    if version == "1.0":
        # SEDA 1.0 has its own names, and the receiver first.
        own, agency = "AcknowledgementIdentifier", "Identification"
        parties = (("Receiver", message.receiver), ("Sender", message.sender))
    else:
        own, agency = "MessageIdentifier", "Identifier"
        parties = (("Sender", message.sender), ("Receiver", message.receiver))
    add(root, own, message.identifier)
    add(root, "MessageReceivedIdentifier", message.received_identifier)
    for name, identifier in parties:
        add(add(root, name), agency, identifier)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written
