"""Types of text: each takes the text of an element or attribute and gives its value.

They follow the lexical rules of XML Schema. A text that breaks them raises :class:`TextFault`.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from sae.seda import reasons

TextType = Callable[[str], Any]


class TextFault(Exception):  # noqa: N818 - the depositor's fault, turned into a problem
    """A text is not of its type; ``expected`` says the type or the values allowed.

    ``child`` and ``seen`` name the element at fault and its text when an element finds, once
    whole, that one of its children is wrong.
    """

    def __init__(self, reason: str, expected: str = "", *, child: str = "", seen: str = "") -> None:
        super().__init__(reason)
        self.reason, self.expected = reason, expected
        self.child, self.seen = child, seen


def string(text: str) -> str:
    """Any text, kept as written."""
    return text


def token(text: str) -> str:
    """Any text, white space collapsed."""
    return " ".join(text.split())


def filled(text: str) -> str:
    """A text that is not empty, white space collapsed."""
    text = " ".join(text.split())
    if not text:
        raise TextFault(reasons.VALUE_EMPTY)
    return text


_NCNAME = re.compile(r"[^\W\d][\w.\-·]*")


def identifier(text: str) -> str:
    """An XML identifier (NCName): a letter or ``_``, then letters, digits, ``.``, ``-``, ``_``."""
    if _NCNAME.fullmatch(text):
        return text
    text = text.strip()
    if not _NCNAME.fullmatch(text):
        raise TextFault(reasons.VALUE_TYPE if text else reasons.VALUE_EMPTY, "identifier")
    return text


def one_of(values: Iterable[str]) -> TextType:
    """One of a list of values."""
    allowed = frozenset(values)
    listed = ", ".join(values)

    def check(text: str) -> str:
        if text in allowed:
            return text
        text = " ".join(text.split())
        if text not in allowed:
            raise TextFault(reasons.VALUE_NOT_IN_LIST if text else reasons.VALUE_EMPTY, listed)
        return text

    return check


_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


def boolean(text: str) -> bool:
    """``true``, ``false``, ``1`` or ``0``."""
    try:
        return _BOOLEANS[text.strip()]
    except KeyError:
        raise TextFault(reasons.VALUE_TYPE, "boolean") from None


def boolean_or_false(text: str) -> bool:
    """A boolean whose default in the standard is ``false``, which an empty element takes."""
    return boolean(text) if text.strip() else False


_BASE64 = re.compile(
    r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?"
)
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")


def digest(text: str) -> str:
    """A digest in hexadecimal or base 64; may be empty, which the check of digests tells."""
    if text.isascii() and text.isalnum() and not len(text) % 4:
        return text
    joined = "".join(text.split())  # base 64 may be broken into lines, hexadecimal may not
    if not (_BASE64.fullmatch(joined) or _HEX.fullmatch(text.strip())):
        raise TextFault(reasons.VALUE_TYPE, "base64Binary, hexBinary")
    return joined


_INTEGER = re.compile(r"[+-]?\d{1,18}")
_DECIMAL = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})")


def integer(text: str) -> int:
    """A whole number of at most 18 digits."""
    text = text.strip()
    if not _INTEGER.fullmatch(text):
        raise TextFault(reasons.VALUE_TYPE, "integer")
    return int(text)


def size_in_bytes(text: str) -> int:
    """A number of bytes. Zero is let be: empty files exist, though the standard says positive."""
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise TextFault(reasons.VALUE_TYPE, "positiveInteger")
    return int(text)


def decimal(text: str) -> float:
    """A number with or without decimals."""
    text = text.strip()
    if not _DECIMAL.fullmatch(text):
        raise TextFault(reasons.VALUE_TYPE, "decimal")
    return float(text)


_LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*")


def language(text: str) -> str:
    """A language code (``fr``, ``fra``, ``fr-CA``)."""
    text = text.strip()
    if not _LANGUAGE.fullmatch(text):
        raise TextFault(reasons.VALUE_TYPE, "language")
    return text


_ZONE = r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))?"
_TIME = r"(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)"
_YEAR = r"-?(?:[1-9]\d{3,8}|0\d{3})"
_DATE = re.compile(rf"({_YEAR})-(\d\d)-(\d\d){_ZONE}", re.ASCII)
_DATE_TIME = re.compile(rf"({_YEAR})-(\d\d)-(\d\d)T{_TIME}{_ZONE}", re.ASCII)
_PART_OF_DATE = re.compile(
    rf"(?:{_YEAR}|{_YEAR}-(?:0[1-9]|1[0-2])|--(?:0[1-9]|1[0-2])"
    rf"|--(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])|---(?:0[1-9]|[12]\d|3[01])){_ZONE}",
    re.ASCII,
)


# Dates repeat much within a manifest: the cache makes the check free.
@lru_cache(maxsize=8192)
def date(text: str) -> str:
    """``YYYY-MM-DD``, with or without zone; a day that exists."""
    text = text.strip()
    if not _is_day(_DATE.fullmatch(text)):
        raise TextFault(reasons.VALUE_TYPE if text else reasons.VALUE_EMPTY, "date")
    return text


@lru_cache(maxsize=8192)
def date_time(text: str) -> str:
    """``YYYY-MM-DDThh:mm:ss``, with or without fraction and zone; a day that exists."""
    text = text.strip()
    if not _is_day(_DATE_TIME.fullmatch(text)):
        raise TextFault(reasons.VALUE_TYPE if text else reasons.VALUE_EMPTY, "dateTime")
    return text


@lru_cache(maxsize=8192)
def any_date(text: str) -> str:
    """A day, an instant, a year, a month, or a part of a date."""
    text = text.strip()
    day = _DATE.fullmatch(text) or _DATE_TIME.fullmatch(text)
    if not (_is_day(day) if day else _PART_OF_DATE.fullmatch(text)):
        raise TextFault(reasons.VALUE_TYPE if text else reasons.VALUE_EMPTY, "date, dateTime, year")
    return text


def _is_day(found: re.Match[str] | None) -> bool:
    if found is None:
        return False
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    if not year or not 1 <= month <= 12 or not day:
        return False
    # The Gregorian cycle is 400 years: years that calendar does not know are brought into it.
    return day <= calendar.monthrange(abs(year) % 400 + 2000, month)[1]
