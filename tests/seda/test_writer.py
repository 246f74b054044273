"""Replies are valid for the standard in each version, whole, and written in flat memory."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from lxml import etree

from sae.seda.writer import (
    Reply,
    ReplyEvent,
    ReplyGroup,
    ReplyObject,
    ReplyUnit,
    write_archive_transfer_reply,
)
from tests.seda.corpus import needs_corpus, official_opinion

NOW = dt.datetime(2024, 3, 1, 10, 30, tzinfo=dt.UTC)
EVENT = ReplyEvent(
    code="CHECK_DIGEST",
    label="Vérification de l’empreinte",
    occurred_at=NOW,
    outcome="KO",
    outcome_detail="CHECK_DIGEST.KO",
    message="L’empreinte <déclarée> n’est pas celle du fichier",
    detail_data='{"evDetTechData": "x & y"}',
)


def reply(**fields: Any) -> Reply:
    return Reply(message_identifier="0190", date=NOW, **{"reply_code": "OK", **fields})


def written(source: Reply) -> bytes:
    out = io.BytesIO()
    write_archive_transfer_reply(source, out)
    return out.getvalue()


def full(version: str, events: tuple[ReplyEvent, ...] = ()) -> Reply:
    return reply(
        reply_code="KO" if events else "OK",
        version=version,
        request_identifier="MSG-1",
        archival_agreement="IC-1",
        archival_profile="PR-1",
        code_lists={"ReplyCodeListVersion": "R1"},
        archival_agency="FRAD000",
        transferring_agency="FRAD001",
        grant_date=NOW,
        comment="Versement",
        groups=[
            ReplyGroup(
                "GOT1",
                [
                    ReplyObject("BDO1", True, "o-1", "g-1", "BinaryMaster_1"),
                    ReplyObject("PDO2", False, "o-2", "g-1", "PhysicalMaster_1"),
                ],
                events,
            )
        ],
        units=[ReplyUnit("AU1", "u-1", events), ReplyUnit("AU2", "u-2")],
        events=events,
    )


@needs_corpus
@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3"])
def test_replies_are_valid_for_the_standard(version: str) -> None:
    assert official_opinion(written(full(version)), version) == []
    assert official_opinion(written(full(version, (EVENT, EVENT))), version) == []
    assert official_opinion(written(reply(version=version, reply_code="KO")), version) == []
    empty = ReplyEvent("CODE", "", NOW, "KO", "CODE.KO", "", "", "")
    assert official_opinion(written(full(version, (empty,))), version) == []


def test_a_reply_tells_the_identifiers_given() -> None:
    root = etree.fromstring(written(full("2.3")))
    ns = {"s": "fr:gouv:culture:archivesdefrance:seda:v2.3"}
    assert root.findtext("s:ReplyCode", None, ns) == "OK"
    assert root.findtext("s:MessageRequestIdentifier", None, ns) == "MSG-1"
    given = {
        element.get("id"): element.findtext("s:DataObjectSystemId", None, ns)
        for element in root.iterfind(".//s:DataObjectGroup/*[@id]", ns)
    }
    assert given == {"BDO1": "o-1", "PDO2": "o-2"}
    units = {
        unit.get("id"): unit.findtext("s:Content/s:SystemId", None, ns)
        for unit in root.iterfind(".//s:ArchiveUnit", ns)
    }
    assert units == {"AU1": "u-1", "AU2": "u-2"}
    assert root.find("s:Operation", ns) is None


def test_events_are_told_where_they_happened() -> None:
    root = etree.fromstring(written(full("2.1", (EVENT,))))
    ns = {"s": "fr:gouv:culture:archivesdefrance:seda:v2.1"}
    for path in (
        "s:Operation/s:Event",
        ".//s:ArchiveUnit/s:Management/s:LogBook/s:Event",
        ".//s:DataObjectGroup/s:LogBook/s:Event",
    ):
        [event] = root.findall(path, ns)
        assert event.findtext("s:EventTypeCode", None, ns) == EVENT.code
        assert event.findtext("s:OutcomeDetailMessage", None, ns) == EVENT.message
        assert event.findtext("s:EventDetailData", None, ns) == EVENT.detail_data


def test_an_object_without_group_does_not_share_its_identifier() -> None:
    alone = ReplyGroup("BDO1", [ReplyObject("BDO1", True, "o-1", "g-1", "BinaryMaster_1")])
    root = etree.fromstring(written(reply(groups=[alone])))
    identifiers = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(identifiers) == len(set(identifiers)) == 2
    assert "BDO1" in identifiers


def test_what_xml_cannot_carry_is_dropped() -> None:
    source = reply(comment="a\0b\x1b\ud800c\ufffed")
    assert etree.fromstring(written(source))[0].text == "abcd"


def test_a_reply_of_many_units_is_written_as_it_comes() -> None:
    """Bytes leave while units are still to come: nothing is held."""
    out = io.BytesIO()
    lengths = []

    def units() -> Any:
        for number in range(20_000):
            if number % 5000 == 0:
                lengths.append(out.tell())
            yield ReplyUnit(f"AU{number}", "0190c7a2-5b0e-7cc3-98c4-dc0c0c07398f")

    write_archive_transfer_reply(reply(units=units()), out)
    assert lengths == sorted(lengths)
    assert lengths[-1] > 1_000_000
