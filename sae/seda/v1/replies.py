"""ArchiveTransferReply of SEDA 1.0: refusals are told in comments, acceptance by the archive."""

from __future__ import annotations

from typing import Any

from lxml import etree

from sae.seda.reply import NAMESPACE, Reply, moment_text, xml_text
from sae.seda.reply_codes import ACCEPTED, numeric_reply_code

MAX_COMMENTS = 20
"""Comments of a refusal: what is wrong is told in full elsewhere."""


def build_reply(reply: Reply) -> bytes:
    """Return the reply; it tells of the archive as a whole, so it is small whatever its size."""
    namespace = NAMESPACE.format(version="1.0")
    nsmap: dict[Any, str] = {None: namespace}
    root = etree.Element(f"{{{namespace}}}ArchiveTransferReply", nsmap=nsmap)

    def add(parent: Any, name: str, text: str = "") -> Any:
        element = etree.SubElement(parent, f"{{{namespace}}}{name}")
        if text:
            element.text = xml_text(text)
        return element

    events = list(reply.events)
    code = numeric_reply_code(reply.reply_code, [event.outcome_detail for event in events])
    comments = [reply.comment] if reply.comment else [event.message for event in events]
    for comment in list(dict.fromkeys(filter(None, comments)))[:MAX_COMMENTS]:
        add(root, "Comment", comment)
    add(root, "Date", moment_text(reply.date))
    if reply.grant_date:
        add(root, "GrantDate", moment_text(reply.grant_date))
    add(root, "ReplyCode", code)
    add(root, "TransferIdentifier", reply.request_identifier)
    add(root, "TransferReplyIdentifier", reply.message_identifier)
    for name, identifier in (
        ("ArchivalAgency", reply.archival_agency),
        ("TransferringAgency", reply.transferring_agency),
    ):
        add(add(root, name), "Identification", identifier)
    if reply.archive and code.endswith(ACCEPTED):
        archive = add(root, "Archive")
        add(archive, "ArchivalAgencyArchiveIdentifier", reply.archive.identifier)
        for name, text in (
            ("ArchivalAgreement", reply.archival_agreement),
            ("ArchivalProfile", reply.archival_profile),
        ):
            if text:
                add(archive, name, text)
        add(archive, "DescriptionLanguage", "fra")
        add(archive, "Name", reply.archive.title)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written
