"""Replies and acknowledgements as the clients of as@lae read them, in each version."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from lxml import etree

from sae.seda.acknowledgement import Acknowledgement, write_acknowledgement
from sae.seda.reply_codes import numeric_reply_code
from sae.seda.writer import (
    Reply,
    ReplyArchive,
    ReplyEvent,
    ReplyGroup,
    ReplyObject,
    ReplyUnit,
    write_archive_transfer_reply,
)
from tests.seda.corpus import needs_corpus, official_opinion

NOW = dt.datetime(2026, 3, 12, 16, 30, tzinfo=dt.UTC)
ARCHIVE = ReplyArchive("0190-racine", "Délibération", "AU1", "0190-racine")
NAMESPACE = "fr:gouv:culture:archivesdefrance:seda:v"


def event(detail: str, message: str) -> ReplyEvent:
    return ReplyEvent(detail, "Contrôle", NOW, "KO", detail, message)


def reply(version: str, **fields: Any) -> Reply:
    given: dict[str, Any] = {
        "reply_code": "000",
        "comment": "Versement accepté.",
        "request_identifier": "MSG-1",
        "archival_agency": "FRAD000",
        "transferring_agency": "LS_PASTELL",
        "grant_date": NOW,
        "archive": ARCHIVE,
        "groups": [ReplyGroup("G", [ReplyObject("B1", True, "o-1", "g-1", "BinaryMaster_1")])],
        "units": [
            ReplyUnit("AU2", "u-2"),
            ReplyUnit("AU3", "u-3"),
            ReplyUnit("AU1", "0190-racine"),
        ],
        **fields,
    }
    return Reply(message_identifier="0190-op", date=NOW, version=version, **given)


def written(source: Reply) -> bytes:
    out = io.BytesIO()
    write_archive_transfer_reply(source, out)
    return out.getvalue()


def test_a_1_0_reply_names_the_one_archive() -> None:
    content = written(reply("1.0", archival_agreement="IC-1"))
    assert f'<ArchiveTransferReply xmlns="{NAMESPACE}1.0">'.encode() in content
    root = etree.fromstring(content)
    assert [etree.QName(child).localname for child in root] == [
        "Comment",
        "Date",
        "GrantDate",
        "ReplyCode",
        "TransferIdentifier",
        "TransferReplyIdentifier",
        "ArchivalAgency",
        "TransferringAgency",
        "Archive",
    ]
    assert root.findtext("{*}ReplyCode") == "000"
    assert root.findtext("{*}TransferIdentifier") == "MSG-1"
    assert root.findtext("{*}TransferReplyIdentifier") == "0190-op"
    assert root.findtext("{*}TransferringAgency/{*}Identification") == "LS_PASTELL"
    [identifier] = root.findall("{*}Archive/{*}ArchivalAgencyArchiveIdentifier")
    assert identifier.text == "0190-racine"


def test_a_1_0_refusal_says_why_in_comments() -> None:
    events = [event("CHECK_DIGEST.KO", "Empreinte fausse <&>"), event("X.KO", "Autre")] * 2
    refused = reply(
        "1.0", reply_code="KO", comment="", events=events, archive=None, grant_date=None
    )
    root = etree.fromstring(written(refused))
    assert root.findtext("{*}ReplyCode") == "207"
    assert [one.text for one in root.findall("{*}Comment")] == ["Empreinte fausse <&>", "Autre"]
    assert root.find("{*}Archive") is None


@pytest.mark.parametrize(
    ("code", "details", "expected"),
    [
        ("OK", [], "000"),
        ("WARNING", ["CHECK_OBJECT_SIZE.WARNING"], "000"),
        ("Test OK", [], "Test 000"),
        ("FATAL", ["CHECK_DIGEST.KO"], "102"),
        ("KO", [], "104"),
        ("KO", ["STP_INGEST_CONTROL_SIP.KO", "CHECK_SEDA.NOT_XSD_VALID.KO"], "101"),
        ("KO", ["CHECK_HEADER.CHECK_AGENT.UNKNOWN.KO"], "200"),
        ("KO", ["CHECK_HEADER.CHECK_CONTRACT_INGEST.CONTRACT_UNKNOWN.KO"], "300"),
        ("000", ["CHECK_DIGEST.KO"], "000"),
    ],
)
def test_reply_codes_are_those_of_the_list(code: str, details: list[str], expected: str) -> None:
    assert numeric_reply_code(code, details) == expected


@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3"])
def test_a_reply_that_names_an_archive_has_one_root(version: str) -> None:
    content = written(reply(version))
    assert f'<ArchiveTransferReply xmlns="{NAMESPACE}{version}">'.encode() in content
    root = etree.fromstring(content)
    [unit] = root.findall("{*}DataObjectPackage/{*}DescriptiveMetadata/{*}ArchiveUnit")
    assert unit.get("id") == "AU1"
    [identifier] = unit.findall("{*}Content/{*}ArchivalAgencyArchiveUnitIdentifier")
    assert identifier.text == "0190-racine"
    assert [one.get("id") for one in unit.findall("{*}ArchiveUnit")] == ["AU2", "AU3"]
    assert len(root.findall("{*}MessageRequestIdentifier")) == 1


def test_several_roots_are_gathered_under_one() -> None:
    wrapped = reply("2.1", archive=ReplyArchive("0190-op", "Versement"))
    root = etree.fromstring(written(wrapped))
    [unit] = root.findall("{*}DataObjectPackage/{*}DescriptiveMetadata/{*}ArchiveUnit")
    assert unit.get("id") == "archive-0190-op"
    assert unit.find("{*}Content/{*}SystemId") is None
    assert len(unit.findall("{*}ArchiveUnit")) == 3


@needs_corpus
@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3"])
@pytest.mark.parametrize("archive", [ARCHIVE, ReplyArchive("0190-op", "Versement")])
def test_a_reply_with_one_root_is_valid(version: str, archive: ReplyArchive) -> None:
    assert official_opinion(written(reply(version, archive=archive)), version) == []


def acknowledgement(version: str) -> bytes:
    return write_acknowledgement(
        Acknowledgement(
            identifier="ACK-1",
            received_identifier="MSG 1 & co",
            date=NOW,
            sender="FRAD000",
            receiver="LS_PASTELL",
            version=version,
            comment="Transfert reçu.",
        )
    )


@pytest.mark.parametrize(
    ("version", "own", "agency"),
    [
        ("1.0", "AcknowledgementIdentifier", "Identification"),
        ("2.1", "MessageIdentifier", "Identifier"),
        ("2.2", "MessageIdentifier", "Identifier"),
    ],
)
def test_an_acknowledgement_names_the_message_received(version: str, own: str, agency: str) -> None:
    content = acknowledgement(version)
    assert f'<Acknowledgement xmlns="{NAMESPACE}{version}">'.encode() in content
    root = etree.fromstring(content)
    assert root.findtext("{*}MessageReceivedIdentifier") == "MSG 1 & co"
    assert root.findtext(f"{{*}}{own}") == "ACK-1"
    assert root.findtext(f"{{*}}Sender/{{*}}{agency}") == "FRAD000"
    assert root.findtext(f"{{*}}Receiver/{{*}}{agency}") == "LS_PASTELL"


@needs_corpus
@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3"])
def test_an_acknowledgement_is_valid(version: str) -> None:
    assert official_opinion(acknowledgement(version), version) == []
