"""Schema of an archive unit: dangerous text, types of the ontology, dates, required fields.

One table-driven pass over the unit's JSON: a JSON Schema library takes over a millisecond per
unit, this takes some ten microseconds. Source: reference system, CHECK_UNIT_SCHEMA and its
built-in unit schema.
"""

import datetime as dt
import functools
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sae.kernel.problems import Place, Problem

CODE = "CHECK_UNIT_SCHEMA"
LEVELS = frozenset(
    {
        "Fonds",
        "Subfonds",
        "Class",
        "Collection",
        "Series",
        "Subseries",
        "RecordGrp",
        "SubGrp",
        "File",
        "Item",
        "OtherLevel",
    }
)
MAX_TEXT_BYTES = 32_766
"""Longest value of a field, in UTF-8 bytes."""

DATE = "DATE"
LONG = "LONG"
DOUBLE = "DOUBLE"
BOOLEAN = "BOOLEAN"

BUILT_IN_TYPES: dict[str, str] = {
    **dict.fromkeys(
        (
            "AcquiredDate",
            "BirthDate",
            "DeathDate",
            "CreatedDate",
            "EndDate",
            "HoldEndDate",
            "HoldReassessingDate",
            "ReceivedDate",
            "RegisteredDate",
            "SentDate",
            "SigningTime",
            "ValidationTime",
            "StartDate",
            "TransactedDate",
            "ClassificationReassessingDate",
            "evDateTime",
            "TimeStamp",
        ),
        DATE,
    ),
    "GpsAltitude": LONG,
    **dict.fromkeys(
        (
            "PreventInheritance",
            "PreventRearrangement",
            "NeedReassessingAuthorization",
            "NeedAuthorization",
        ),
        BOOLEAN,
    ),
}
"""Types of the standard vocabularies that are not text."""

KEYWORD_TYPES = frozenset(
    [
        "corpname",
        "famname",
        "geogname",
        "name",
        "occupation",
        "persname",
        "subject",
        "genreform",
        "function",
    ]
)
RULE_CATEGORIES = (
    "AccessRule",
    "AppraisalRule",
    "StorageRule",
    "DisseminationRule",
    "ReuseRule",
    "ClassificationRule",
    "HoldRule",
)
FINAL_ACTIONS = {
    "AppraisalRule": frozenset({"Keep", "Destroy"}),
    "StorageRule": frozenset({"RestrictAccess", "Transfer", "Copy"}),
}
_LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
_DANGEROUS = re.compile(
    r"<\s*/?\s*(?:script|iframe|object|embed|applet|form|input|button|style|link|meta|base|svg|math"
    r"|img|video|audio|html|body|head|div|span|table|marquee|frame|frameset)\b"
    r"|<!\[CDATA\[|<!ENTITY|<!DOCTYPE|javascript:|vbscript:",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(\d{4,9})([-/])(\d\d)\2(\d\d)"
    r"(?:T(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?"
    r"(?:Z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
MOST_LONG = 2**63 - 1
"""The widest whole number that the reference system, JSON tools and databases all keep."""
MANAGEMENT_YEAR_LIMIT = 9000


class _Fault(Exception):  # noqa: N818 — a fault of the package, never escapes
    def __init__(self, reason: str, expected: str) -> None:
        super().__init__(reason)
        self.reason, self.expected = reason, expected


def normalise_date(text: str) -> str:
    """Return an ISO local date or date-time, zone dropped; raise ``ValueError`` for another text.

    >>> normalise_date("2016-09-26Z")
    '2016-09-26'
    """
    match = _DATE.fullmatch(text.strip())
    if not match:
        raise ValueError(text)
    year, _separator, month, day, hour, minute, second, fraction = match.groups()
    dt.date(min(int(year), 9999), int(month), int(day))
    date = f"{year}-{month}-{day}"
    if hour is None:
        return date
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        raise ValueError(text)
    return f"{date}T{hour}:{minute}:{second or '00'}" + (f".{fraction}" if fraction else "")


def _as_date(value: Any) -> str:
    text = str(value)
    try:
        if len(text) == 10 and text[4] == text[7] == "-":
            # What nearly every date is, three times faster.
            return _as_day(text)
        return normalise_date(text)
    except ValueError as error:
        raise _Fault("bad_date", "AAAA-MM-JJ") from error


@functools.lru_cache(maxsize=4096)
def _as_day(text: str) -> str:
    return dt.date.fromisoformat(text).isoformat()


def _as_long(value: Any) -> int:
    text = str(value).strip()
    number = int(text) if _INTEGER.fullmatch(text) else MOST_LONG + 1
    if not -MOST_LONG <= number <= MOST_LONG:
        raise _Fault("bad_integer", "un nombre entier")
    return number


def _as_double(value: Any) -> float:
    text = str(value).strip()
    number = float(text) if _NUMBER.fullmatch(text) else math.inf
    if math.isinf(number):
        raise _Fault("bad_number", "un nombre")
    return number


def _as_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    lowered = str(value).strip().lower()
    if lowered not in ("true", "false"):
        raise _Fault("bad_boolean", "true ou false")
    return lowered == "true"


_COERCIONS: dict[str, Callable[[Any], Any]] = {
    DATE: _as_date,
    LONG: _as_long,
    DOUBLE: _as_double,
    BOOLEAN: _as_boolean,
}


def dangerous_text(value: Any) -> str:
    """Return the first piece of markup or script found anywhere in a JSON value, else ''."""
    if isinstance(value, str):
        match = _DANGEROUS.search(value) if "<" in value or ":" in value else None
        return match[0] if match else ""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return ""
    return next((found for item in value if (found := dangerous_text(item))), "")


@dataclass(frozen=True, slots=True)
class Checked:
    """A block coerced. ``faults``: its types and dangerous texts; ``further``: what only a block
    without such faults is asked."""

    block: dict[str, Any]
    faults: list[Problem]
    further: list[Problem]


class UnitSchema:
    """Checks and coerces the JSON of units against one tenant's ontology."""

    def __init__(self, ontology: Mapping[str, str] | None = None) -> None:
        types = {**BUILT_IN_TYPES, **(ontology or {})}
        self.coercions = {
            name: _COERCIONS[kind] for name, kind in types.items() if kind in _COERCIONS
        }

    def check(
        self, content: dict[str, Any], management: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any], list[Problem]]:
        """Return content and management coerced, and every fault found."""
        described, declared = self.check_content(content), self.check_management(management)
        return described.block, declared.block, faults_of(described, declared)

    def check_content(self, content: dict[str, Any]) -> Checked:
        """Check the description of a unit."""
        faults: list[Problem] = []
        further: list[Problem] = []
        content = self._walk(content, "Content", faults)
        if not faults:
            _check_required(content, further)
            _check_dates(content, further)
            _check_structures(content, further)
        return Checked(content, faults, further)

    def check_management(self, management: dict[str, Any]) -> Checked:
        """Check what a unit declares of its management."""
        faults: list[Problem] = []
        further: list[Problem] = []
        management = self._walk(management, "Management", faults)
        if not faults:
            _check_management(management, further)
        return Checked(management, faults, further)

    def _walk(self, value: Any, path: str, problems: list[Problem]) -> Any:
        coerced = {}
        coercions = self.coercions
        for key, item in value.items():
            if type(item) is str and key not in coercions:
                # Texts, which are most values, are checked here: a call costs as much as the check.
                if "<" in item or ":" in item or len(item) > MAX_TEXT_BYTES // 4:
                    _check_text(item, f"{path}/{key}", problems)
                coerced[key] = item
            else:
                coerced[key] = self._value(key, item, path, problems)
        return coerced

    def _value(self, key: str, value: Any, path: str, problems: list[Problem]) -> Any:
        if isinstance(value, dict):
            return self._walk(value, f"{path}/{key}", problems)
        if isinstance(value, list):
            return [self._value(key, item, path, problems) for item in value]
        coerce = self.coercions.get(key)
        if coerce is not None:
            try:
                return coerce(value)
            except _Fault as fault:
                problems.append(
                    _problem("", fault.reason, f"{path}/{key}", str(value), fault.expected)
                )
                return value
        if isinstance(value, str):
            _check_text(value, f"{path}/{key}", problems)
        return value


def faults_of(content: Checked, management: Checked) -> list[Problem]:
    """Return the faults of a unit: those of its types alone, when there are any."""
    faults = [*content.faults, *management.faults]
    return faults or [*content.further, *management.further]


def _check_text(value: str, element: str, problems: list[Problem]) -> None:
    """A text is not too long, and no page can take it for markup or script."""
    if len(value) > MAX_TEXT_BYTES // 4 and len(value.encode()) > MAX_TEXT_BYTES:
        problems.append(_problem("", "too_long", element, value[:200], str(MAX_TEXT_BYTES)))
    found = dangerous_text(value)
    if found:
        problems.append(_problem("INVALID_UNIT", "dangerous_text", element, found))


def _problem(
    sub_code: str, reason: str, element: str, seen: str = "", expected: str = ""
) -> Problem:
    code = ".".join(part for part in (CODE, sub_code, "KO") if part)
    return Problem(code, reason=reason, place=Place(element=element), seen=seen, expected=expected)


def _check_required(content: dict[str, Any], problems: list[Problem]) -> None:
    def invalid(reason: str, field: str, seen: str = "", expected: str = "") -> None:
        problems.append(_problem("INVALID_UNIT", reason, f"Content/{field}", seen, expected))

    level = content.get("DescriptionLevel")
    if not level:
        invalid("missing_level", "DescriptionLevel", expected=", ".join(sorted(LEVELS)))
    elif level not in LEVELS:
        invalid("unknown_level", "DescriptionLevel", str(level), ", ".join(sorted(LEVELS)))
    titles = content.get("Title_")
    if "Title" not in content and not titles:
        invalid("missing_title", "Title")
    elif not str(content.get("Title", "x")).strip() or any(
        not str(text).strip() for text in (titles or {}).values()
    ):
        invalid("empty_title", "Title")
    descriptions = content.get("Description_") or {}
    if content.get("Description") == "" or any(text == "" for text in descriptions.values()):
        invalid("empty_description", "Description")
    language = content.get("DescriptionLanguage")
    if isinstance(language, str) and not _LANGUAGE.fullmatch(language):
        invalid("bad_language", "DescriptionLanguage", language, "fr")


def _check_dates(content: dict[str, Any], problems: list[Problem]) -> None:
    start, end = content.get("StartDate"), content.get("EndDate")
    if start and end and _comparable(end) < _comparable(start):
        problems.append(_problem("CONSISTENCY", "end_before_start", "Content/EndDate", end, start))


def _comparable(date: str) -> tuple[int, str]:
    year, _, rest = date.partition("-")
    return int(year), rest if "T" in rest else rest + "T00:00:00"


def _check_structures(content: dict[str, Any], problems: list[Problem]) -> None:
    def invalid(reason: str, field: str, seen: str = "", expected: str = "") -> None:
        problems.append(_problem("INVALID_UNIT", reason, f"Content/{field}", seen, expected))

    if content.get("Signature") and content.get("SigningInformation"):
        invalid("signature_twice", "Signature")
    for keyword in _dicts(content.get("Keyword")):
        if not keyword.get("KeywordContent"):
            invalid("missing_field", "Keyword/KeywordContent")
        kind = keyword.get("KeywordType")
        if isinstance(kind, str) and kind not in KEYWORD_TYPES:
            invalid("unknown_value", "Keyword/KeywordType", kind, ", ".join(sorted(KEYWORD_TYPES)))
    for event in _dicts(content.get("Event")):
        if not event.get("evDateTime"):
            invalid("missing_field", "Event/EventDateTime")
    for agency in ("OriginatingAgency", "SubmissionAgency"):
        for block in _dicts(content.get(agency)):
            if not block.get("Identifier"):
                invalid("missing_field", f"{agency}/Identifier")
    for persistent in _dicts(content.get("PersistentIdentifier")):
        for field in ("PersistentIdentifierType", "PersistentIdentifierContent"):
            if not persistent.get(field):
                invalid("missing_field", f"PersistentIdentifier/{field}")


def _check_management(management: dict[str, Any], problems: list[Problem]) -> None:
    for category in RULE_CATEGORIES:
        block = management.get(category)
        if not block:
            continue
        path = f"Management/{category}"
        for rule in block.get("Rules", ()):
            for field in ("StartDate", "HoldEndDate", "HoldReassessingDate"):
                date = rule.get(field)
                if date and int(date.partition("-")[0]) >= MANAGEMENT_YEAR_LIMIT:
                    problems.append(
                        _problem("INVALID_UNIT", "year_too_far", f"{path}/{field}", date, "8999")
                    )
        allowed = FINAL_ACTIONS.get(category)
        if allowed:
            action = block.get("FinalAction")
            if not action:
                problems.append(_problem("INVALID_UNIT", "missing_field", f"{path}/FinalAction"))
            elif action not in allowed:
                problems.append(
                    _problem(
                        "INVALID_UNIT",
                        "unknown_value",
                        f"{path}/FinalAction",
                        action,
                        ", ".join(sorted(allowed)),
                    )
                )
        if category == "ClassificationRule":
            for field in ("ClassificationLevel", "ClassificationOwner"):
                if not block.get(field):
                    problems.append(_problem("INVALID_UNIT", "missing_field", f"{path}/{field}"))


def _dicts(value: Any) -> list[dict[str, Any]]:
    if not value:
        return []
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)]
