"""Operations told by applications, as they are read: every fault, its place, nothing guessed."""

import json
from typing import Any

import pytest

from ingest.told_operations import LONGEST, MOST_EVENTS, MOST_FAULTS, read_told_operation
from sae.kernel.outcomes import Outcome


def told(**changed: Any) -> dict[str, Any]:
    """A sound operation; a text given as ``None`` is left out."""
    document: dict[str, Any] = {
        "eventIdentifier": "op-1",
        "eventType": "EXT_COFFRE_CREATE_USER",
        "eventTypeProcess": "EXTERNAL_LOGBOOK",
        "outcome": "OK",
        **changed,
    }
    return {name: value for name, value in document.items() if value is not None}


def event(**changed: Any) -> dict[str, Any]:
    return {"eventType": "EXT_COFFRE_CREATE_USER", "outcome": "OK", **changed}


def faults_of(document: Any) -> list[tuple[str, str]]:
    """Return the code of each fault, without what all have, and its place."""
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    operation, problems = read_told_operation(content)
    assert (operation is None) == bool(problems)
    for one in problems:
        assert one.code.startswith("EXTERNAL_LOGBOOK.")
        assert one.code.endswith(".KO")
    return [(one.reason, one.place.element) for one in problems]


@pytest.mark.parametrize(
    ("changed", "reason", "place"),
    [
        ({"eventTypeProcess": "AUDIT"}, "not_external_process", "eventTypeProcess"),
        ({"eventTypeProcess": None}, "missing", "eventTypeProcess"),
        ({"eventIdentifier": None}, "missing", "eventIdentifier"),
        ({"eventIdentifier": ""}, "missing", "eventIdentifier"),
        ({"eventType": None}, "missing", "eventType"),
        ({"outcome": None}, "missing", "outcome"),
        ({"eventType": "PROCESS_SIP_UNITARY"}, "not_external_type", "eventType"),
        ({"eventType": "EXT_ÉLU"}, "not_external_type", "eventType"),
        ({"eventType": "EXT_A\n"}, "not_external_type", "eventType"),
        ({"outcome": "ok"}, "not_in_list", "outcome"),
        ({"outcome": "outcome"}, "not_in_list", "outcome"),
        ({"eventDateTime": "hier"}, "not_moment", "eventDateTime"),
        ({"eventDateTime": "2026-02-30T08:00:00"}, "not_moment", "eventDateTime"),
        ({"eventDateTime": "2026-W10-1"}, "not_moment", "eventDateTime"),
        ({"eventDateTime": "٢٠٢٦-03-01T08:00:00"}, "not_moment", "eventDateTime"),
        ({"couleur": "bleu"}, "unknown_field", "couleur"),
        ({"_id": "x"}, "unknown_field", "_id"),
        ({"master": {"state": "RUNNING"}}, "unknown_field", "master"),
        ({"eventIdentifier": 12}, "not_a_text", "eventIdentifier"),
        ({"objectIdentifier": {"a": 1}}, "not_a_text", "objectIdentifier"),
        ({"outcomeDetailMessage": "<script>alert(1)</script>"}, "markup", "outcomeDetailMessage"),
        ({"objectIdentifier": "a\u0000b"}, "unreadable", "objectIdentifier"),
        ({"objectIdentifier": "a\ud800b"}, "unreadable", "objectIdentifier"),
        ({"outcomeDetailMessage": "à jeanne@exemple.fr"}, "personal", "outcomeDetailMessage"),
        ({"eventDetailData": r'{"Mail": "jeanne\u0040exemple.fr"}'}, "personal", "eventDetailData"),
        ({"eventDetailData": r'["\u003cscript>"]'}, "markup", "eventDetailData"),
        ({"events": {}}, "not_list", "events"),
        ({"events": ["x"]}, "not_object", "events[0]"),
        ({"events": [event(), event(outcome="FAILED")]}, "not_in_list", "events[1].outcome"),
        ({"events": [{"outcome": "OK"}]}, "missing", "events[0].eventType"),
        ({"events": [event(eventType="CHECK_SEDA")]}, "not_external_type", "events[0].eventType"),
        (
            {"events": [event(eventTypeProcess="INGEST")]},
            "not_external_process",
            "events[0].eventTypeProcess",
        ),
        ({"events": [event(eventDateTime="2026")]}, "not_moment", "events[0].eventDateTime"),
        ({"events": [event(couleur="x")]}, "unknown_field", "events[0].couleur"),
        ({"events": [event(events=[event()])]}, "events_within", "events[0].events"),
        ({"events": [event()] * (MOST_EVENTS + 1)}, "too_many", "events"),
    ],
)
def test_each_fault_is_named_with_its_place(
    changed: dict[str, Any], reason: str, place: str
) -> None:
    assert faults_of(told(**changed)) == [(reason, place)]


@pytest.mark.parametrize("name", LONGEST)
def test_every_text_has_its_longest_length(name: str) -> None:
    fillers = {"eventType": "EXT_"}
    text = fillers.get(name, "").ljust(LONGEST[name], "x")
    at_most = faults_of(told(**{name: text}))
    assert ("too_long", name) not in at_most
    if name not in ("eventDateTime", "eventTypeProcess", "outcome"):
        assert at_most == []
    assert faults_of(told(**{name: f"{text}x"})) == [("too_long", name)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"[]", "not_object"),
        (b"null", "not_object"),
        (b'"x"', "not_object"),
        (b"\xff{}", "not_utf8"),
        (b'{"outcome": "OK", "outcome": "KO"}', "duplicate_key"),
        (b'{"outcome": NaN}', "not_json"),
        (b"[" * 200_000, "not_json"),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "not_json"),
    ],
)
def test_what_is_not_an_operation_at_all(content: bytes, reason: str) -> None:
    assert [found for found, _place in faults_of(content)] == [reason]


def test_every_fault_is_told_at_once() -> None:
    document = told(eventTypeProcess="AUDIT", outcome=None, couleur="x")
    document["events"] = [event(outcome="?"), 3, event(eventDateTime="demain")]
    assert faults_of(document) == [
        ("unknown_field", "couleur"),
        ("not_external_process", "eventTypeProcess"),
        ("missing", "outcome"),
        ("not_in_list", "events[0].outcome"),
        ("not_object", "events[1]"),
        ("not_moment", "events[2].eventDateTime"),
    ]


def test_faults_without_end_are_not_all_answered() -> None:
    found = faults_of(told(**{f"x{number}": "" for number in range(5_000)}))
    assert len(found) == MOST_FAULTS + 1
    assert found[-1] == ("and_others", "")


@pytest.mark.parametrize(
    "moment",
    [
        "2019-02-11T14:23:42.006",
        "2021-06-21T10:40:10.164438Z",
        "2026-03-31T08:00:00.123456789+02:00",
        "2026-03-31T08:00",
        "2026-03-31T08:00:00+0200",
    ],
)
def test_dates_are_those_that_the_peers_clients_write(moment: str) -> None:
    operation, problems = read_told_operation(json.dumps(told(eventDateTime=moment)).encode())
    assert problems == []
    assert operation is not None
    assert operation.texts["eventDateTime"] == moment


def test_plain_words_that_look_like_markup_or_an_address_are_kept() -> None:
    detail = '{"diff": {"-Nom": "-", "+Durée": "moins de < 10 @ la ville"}}'
    assert (
        faults_of(told(eventDetailData=detail, outcomeDetailMessage="Ligne 1\nLigne 2\t<3")) == []
    )


def test_null_and_empty_texts_are_as_if_they_were_not_there() -> None:
    bare, _none = read_told_operation(json.dumps(told()).encode())
    full = {**told(), "agIdExt": None, "eventDetailData": "", "events": []}
    same, _none = read_told_operation(json.dumps(dict(reversed(full.items()))).encode())
    assert bare is not None
    assert same is not None
    assert same == bare
    assert same.digest == bare.digest


def test_what_differs_has_another_digest() -> None:
    variants = [told(), told(outcome="KO"), told(events=[event()]), told(events=[event()] * 2)]
    digests = set()
    for one in variants:
        operation, _none = read_told_operation(json.dumps(one).encode())
        assert operation is not None
        digests.add(operation.digest)
    assert len(digests) == len(variants)


@pytest.mark.parametrize(
    ("outcome", "events", "overall"),
    [
        ("OK", [], Outcome.OK),
        ("STARTED", [], Outcome.STARTED),
        ("STARTED", ["STARTED", "OK"], Outcome.OK),
        ("OK", ["KO", "OK"], Outcome.KO),
        ("OK", ["WARNING", "FATAL"], Outcome.FATAL),
    ],
)
def test_the_outcome_is_the_worst_of_what_is_told(
    outcome: str, events: list[str], overall: Outcome
) -> None:
    document = told(outcome=outcome, events=[event(outcome=one) for one in events])
    operation, _none = read_told_operation(json.dumps(document).encode())
    assert operation is not None
    assert operation.outcome is overall
