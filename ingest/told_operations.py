"""What an application tells of an operation that took place elsewhere: read strictly, and whole.

The shape is the peers' ``LogbookOperationParameters``: texts by name, and ``events`` of the same
shape. A journal is never erased: what looks like personal data, or could run in a browser, is
refused before it is written, and every text has its longest length.
"""

import datetime as dt
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha512
from itertools import chain, islice
from typing import Any

from sae.journal.canonical import admissible, canonical
from sae.kernel.outcomes import Outcome, worst
from sae.kernel.problems import Problem
from tenants.referentials.json_reading import parse_json
from tenants.referentials.markup import find_markup
from tenants.referentials.reports import problem

CODE = "EXTERNAL_LOGBOOK"
PROCESS = "EXTERNAL_LOGBOOK"
"""The only ``eventTypeProcess`` that is written from outside, as in the reference system."""

LONGEST: Mapping[str, int] = {
    "eventIdentifier": 256,
    "parentEventIdentifier": 256,
    "eventType": 200,
    "eventDateTime": 40,
    "eventDetailData": 16_384,
    "eventIdentifierProcess": 256,
    "eventTypeProcess": 40,
    "outcome": 20,
    "outcomeDetail": 256,
    "outcomeDetailMessage": 2_000,
    "agentIdentifier": 1_000,
    "agentIdentifierApplication": 256,
    "agentIdentifierPersonae": 256,
    "agentIdentifierApplicationSession": 500,
    "eventIdentifierRequest": 256,
    "agIdExt": 1_000,
    "rightsStatementIdentifier": 1_000,
    "objectIdentifier": 256,
    "objectIdentifierRequest": 256,
    "objectIdentifierIncome": 1_000,
}
"""Every text that may be told, and its longest length in characters."""

MOST_EVENTS = 1_000
MOST_FAULTS = 1_000
"""Faults listed at once; a body made of faults alone must not be answered by fifty times itself."""

_OF_OPERATION = ("eventIdentifier", "eventType", "eventTypeProcess", "outcome")
_OF_EVENT = ("eventType", "outcome")

_EXTERNAL_TYPE = re.compile(r"EXT_[A-Za-z0-9_.:-]+")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.]\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)
_MAIL_ADDRESS = re.compile(r"[\w+-]@[\w-]+[.]\w")
# Line ends and tabs are part of a text; the rest of the control characters is not.
_UNREADABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """One event as told: its texts under the peers' names, empty ones left out."""

    texts: Mapping[str, str]

    @property
    def outcome(self) -> Outcome:
        return Outcome[self.texts["outcome"]]


@dataclass(frozen=True, slots=True)
class ToldOperation:
    """An operation as told, with its events in the order given."""

    texts: Mapping[str, str]
    events: tuple[ToldEvent, ...] = ()

    @property
    def identifier(self) -> str:
        """The application's own identifier, by which it is known when told again."""
        return self.texts["eventIdentifier"]

    @property
    def outcome(self) -> Outcome:
        """The worst of what is told; STARTED when a beginning is told and no end."""
        return worst([Outcome[self.texts["outcome"]], *(one.outcome for one in self.events)])

    @property
    def digest(self) -> str:
        """The SHA-512 of all that is told, in hexadecimal, whatever the order of its fields."""
        events = [dict(one.texts) for one in self.events]
        return sha512(canonical({**self.texts, "events": events})).hexdigest()


def read_told_operation(content: bytes) -> tuple[ToldOperation | None, list[Problem]]:
    """Read what an application sends; return the operation, or every fault with its place.

    Past ``MOST_FAULTS`` the last fault says that others follow.
    """
    document, problems = parse_json(content, code=CODE)
    if not isinstance(document, dict):
        return None, [_coded(one) for one in problems] or [_fault("not_object", "")]
    found = list(islice(chain(map(_coded, problems), _all_faults(document)), MOST_FAULTS + 1))
    if len(found) > MOST_FAULTS:
        found[-1] = _fault("and_others", "", seen=MOST_FAULTS)
    if found:
        return None, found
    events = tuple(ToldEvent(_texts(one)) for one in document.get("events") or ())
    return ToldOperation(_texts(document), events), []


def _all_faults(document: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _faults_of(document, "", _OF_OPERATION)
    events = document.get("events")
    if events is None:
        return
    if not isinstance(events, list):
        yield _fault("not_list", "events")
    elif len(events) > MOST_EVENTS:
        yield _fault("too_many", "events", seen=len(events), expected=MOST_EVENTS)
    else:
        for rank, event in enumerate(events):
            yield from _event_faults(event, f"events[{rank}]")


def _event_faults(event: Any, at: str) -> Iterator[Problem]:
    if not isinstance(event, dict):
        yield _fault("not_object", at)
        return
    yield from _faults_of(event, f"{at}.", _OF_EVENT)
    if event.get("events"):
        yield _fault("events_within", f"{at}.events")


def _texts(document: Mapping[str, Any]) -> dict[str, str]:
    return {name: document[name] for name in LONGEST if document.get(name)}


def _faults_of(
    document: Mapping[str, Any], at: str, mandatory: Collection[str]
) -> Iterator[Problem]:
    """Yield the faults of an operation or of one of its events, told ``at`` a place."""
    for name in document:
        if name not in LONGEST and name != "events":
            yield _fault("unknown_field", f"{at}{name}")
    for name, longest in LONGEST.items():
        value = document.get(name)
        if value is None or value == "":
            if name in mandatory:
                yield _fault("missing", f"{at}{name}")
        elif not isinstance(value, str):
            yield _fault("not_a_text", f"{at}{name}", seen=json.dumps(value)[:60])
        elif len(value) > longest:
            yield _fault("too_long", f"{at}{name}", seen=len(value), expected=longest)
        else:
            yield from _text_faults(name, value, f"{at}{name}")


def _text_faults(name: str, value: str, place: str) -> Iterator[Problem]:
    if _UNREADABLE.search(value):
        yield _fault("unreadable", place)
    if name == "eventTypeProcess" and value != PROCESS:
        yield _fault("not_external_process", place, seen=value, expected=PROCESS)
    elif name == "eventType" and not _EXTERNAL_TYPE.fullmatch(value):
        yield _fault("not_external_type", place, seen=value)
    elif name == "outcome" and value not in Outcome.__members__:
        yield _fault("not_in_list", place, seen=value, expected=", ".join(Outcome.__members__))
    elif name == "eventDateTime" and not _is_moment(value):
        yield _fault("not_moment", place, seen=value)
    within = list(_strings_within(value))
    if any(_MAIL_ADDRESS.search(one) for one in (value, *within)):
        # What was seen is not said again: an answer may be kept in somebody's log.
        yield _fault("personal", place)
    # The text itself was looked at with the whole body.
    found = next(filter(None, map(find_markup, within)), "")
    if found and not find_markup(value):
        yield _fault("markup", place, seen=found)


def _is_moment(value: str) -> bool:
    if not _MOMENT.fullmatch(value):
        return False
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _strings_within(text: str) -> Iterator[str]:
    """Yield the strings of a text that is itself JSON: ``\\u003c`` is read there as ``<``."""
    if not text.lstrip().startswith(("{", "[")):
        return
    try:
        waiting = [json.loads(text)]
    except (ValueError, RecursionError):
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value


def _fault(reason: str, place: str, *, seen: object = "", expected: object = "") -> Problem:
    return _coded(problem(CODE, reason, element=place[:200], seen=seen, expected=expected))


def _coded(found: Problem) -> Problem:
    """Give a fault its stable code, and only text that can be answered."""
    return replace(
        found,
        code=f"{CODE}.{found.reason.upper()}.KO",
        seen=admissible(found.seen),
        place=replace(found.place, element=admissible(found.place.element)),
    )
