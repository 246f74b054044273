"""The little language of the search box: words, « phrases », and qualifiers.

    facture eau producteur:"Direction des finances" niveau:dossier date:2010..2014 dua:<2027

The box is the truth: chips and facets only rewrite it, and the address holds it. Pure: text in,
``BoxQuery`` out, and back. Nothing typed is an error; what is not understood is said.
"""

import calendar
import datetime as dt
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from access import query_rules
from sae.holdings.rules_filter import ANY_RULES, RulesFilter
from sae.kernel.identifiers import parse_id

AGENCY = "producteur"
LEVEL = "niveau"
TYPE = "type"
DATE = "date"
UNDER = "dans"
OPERATION = "versement"
OBJECT = "objet"
FORMAT = "format"
PROFILE = "profil"

LEVEL_WORDS = {
    "fonds": "Fonds",
    "sous-fonds": "Subfonds",
    "classe": "Class",
    "collection": "Collection",
    "série": "Series",
    "sous-série": "Subseries",
    "groupe": "RecordGrp",
    "sous-groupe": "SubGrp",
    "dossier": "File",
    "pièce": "Item",
    "autre": "OtherLevel",
}
TYPE_WORDS = {"archives": "INGEST", "plan": "FILING_UNIT", "arbre": "HOLDING_UNIT"}
_OBJECT_WORDS = {"oui": True, "non": False}


@dataclass(frozen=True, slots=True)
class BoxQuery:
    """What the box asks. ``problems`` holds the pieces that were not understood, as typed."""

    text: str = ""
    agencies: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    unit_types: tuple[str, ...] = ()
    start: dt.date | None = None
    end: dt.date | None = None
    under: tuple[uuid.UUID, ...] = ()
    operations: tuple[uuid.UUID, ...] = ()
    with_object: bool | None = None
    formats: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    rules: RulesFilter = ANY_RULES
    problems: tuple[str, ...] = ()

    @property
    def has_filter(self) -> bool:
        return replace(self, text="", problems=()) != BoxQuery()


_PIECES = re.compile(
    r"""(?P<name>[a-zà-ÿ]+):(?:"(?P<quoted>[^"]*)"?|(?P<bare>\S*))|"[^"]*"?|\S+""", re.IGNORECASE
)


def parse(typed: str) -> BoxQuery:
    """Read the box. A word with a colon whose name is no qualifier is a word like another."""
    query = BoxQuery()
    words: list[str] = []
    end = 0
    for piece in _PIECES.finditer(typed.replace("\x00", " ")):
        name = (piece["name"] or "").lower()
        read = _READERS.get(name)
        if read is None:
            words.append(piece[0])
            end = piece.end()
            continue
        value = piece["quoted"] if piece["quoted"] is not None else piece["bare"]
        understood = read(query, value.strip()) if value.strip() else None
        if understood is None:
            understood = replace(query, problems=(*query.problems, piece[0]))
        query = understood
    text = " ".join(words)
    # A last word still being typed may go on; a space or a qualifier after it closes it.
    if words and end < len(typed):
        text += " "
    return replace(query, text=text)


def write(query: BoxQuery) -> str:
    """Return the text of the box for a query: words first, then qualifiers in a fixed order."""
    levels = {value: word for word, value in LEVEL_WORDS.items()}
    types = {value: word for word, value in TYPE_WORDS.items()}
    parts = [query.text.strip()] if query.text.strip() else []
    parts += [f"{AGENCY}:{_quoted(one)}" for one in query.agencies]
    parts += [f"{LEVEL}:{_quoted(levels.get(one, one))}" for one in query.levels]
    parts += [f"{TYPE}:{types.get(one, one)}" for one in query.unit_types]
    if query.start or query.end:
        parts.append(f"{DATE}:{_period(query.start, query.end)}")
    if query.with_object is not None:
        parts.append(f"{OBJECT}:{'oui' if query.with_object else 'non'}")
    parts += [f"{FORMAT}:{_quoted(one)}" for one in query.formats]
    parts += [f"{PROFILE}:{_quoted(one)}" for one in query.profiles]
    parts += query_rules.write(query.rules, _period, _quoted)
    parts += [f"{UNDER}:{one}" for one in query.under]
    parts += [f"{OPERATION}:{one}" for one in query.operations]
    return " ".join(parts)


def _quoted(value: str) -> str:
    bare = value.replace('"', " ")
    return f'"{bare}"' if re.search(r"\s", bare) or bare != value else value


def _period(start: dt.date | None, end: dt.date | None) -> str:
    if start and end:
        if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
            return str(start.year) if start.year == end.year else f"{start.year}..{end.year}"
        return f"{start}..{end}" if start != end else str(start)
    return f"{start}.." if start else f"..{end}"


def _add(current: tuple[Any, ...], value: object) -> tuple[Any, ...]:
    return current if value in current else (*current, value)


def _agency(query: BoxQuery, value: str) -> BoxQuery | None:
    return replace(query, agencies=_add(query.agencies, value))


def _level(query: BoxQuery, value: str) -> BoxQuery | None:
    known = {one.lower(): one for one in LEVEL_WORDS.values()}
    level = LEVEL_WORDS.get(value.lower()) or known.get(value.lower())
    return replace(query, levels=_add(query.levels, level)) if level else None


def _type(query: BoxQuery, value: str) -> BoxQuery | None:
    known = {one.lower(): one for one in TYPE_WORDS.values()}
    unit_type = TYPE_WORDS.get(value.lower()) or known.get(value.lower())
    return replace(query, unit_types=_add(query.unit_types, unit_type)) if unit_type else None


def _under(query: BoxQuery, value: str) -> BoxQuery | None:
    unit_id = parse_id(value)
    return replace(query, under=_add(query.under, unit_id)) if unit_id else None


def _operation(query: BoxQuery, value: str) -> BoxQuery | None:
    operation_id = parse_id(value)
    return replace(query, operations=_add(query.operations, operation_id)) if operation_id else None


def _object(query: BoxQuery, value: str) -> BoxQuery | None:
    wanted = _OBJECT_WORDS.get(value.lower())
    return None if wanted is None else replace(query, with_object=wanted)


def _format(query: BoxQuery, value: str) -> BoxQuery | None:
    return replace(query, formats=_add(query.formats, value))


def _profile(query: BoxQuery, value: str) -> BoxQuery | None:
    return replace(query, profiles=_add(query.profiles, value))


def _date(query: BoxQuery, value: str) -> BoxQuery | None:
    period = read_period(value)
    return replace(query, start=period[0], end=period[1]) if period else None


def _on_rules(name: str) -> Callable[[BoxQuery, str], BoxQuery | None]:
    def read(query: BoxQuery, value: str) -> BoxQuery | None:
        rules = query_rules.read(name, value, query.rules, read_period)
        return None if rules is None else replace(query, rules=rules)

    return read


def read_period(value: str) -> tuple[dt.date | None, dt.date | None] | None:
    """Read a period: ``2014``, ``2014-03``, ``03/2014``, ``01/03/2014``, ``2010..2014``, ``<2015``.

    Both ends are included in what is returned; ``None`` when it is no period.
    """
    for sign in ("<=", ">=", "<", ">"):
        if value.startswith(sign):
            days = _days(value[len(sign) :])
            if days is None:
                return None
            return _compared(sign, *days)
    first, dots, last = value.partition("..")
    if not dots:
        return _days(value)
    start, end = _days(first) if first else None, _days(last) if last else None
    if (first and start is None) or (last and end is None) or not (start or end):
        return None
    period = (start[0] if start else None, end[1] if end else None)
    if period[0] and period[1] and period[0] > period[1]:
        return None
    return period


def _compared(
    sign: str, first: dt.date, last: dt.date
) -> tuple[dt.date | None, dt.date | None] | None:
    try:
        if sign == "<":
            return None, first - dt.timedelta(days=1)
        if sign == ">":
            return last + dt.timedelta(days=1), None
    except OverflowError:
        return None
    return (None, last) if sign == "<=" else (first, None)


_FORMS = (
    re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?"),
    re.compile(r"(?:(?:(?P<day>\d{1,2})/)?(?P<month>\d{1,2})/)(?P<year>\d{4})"),
)


def _days(value: str) -> tuple[dt.date, dt.date] | None:
    """Return the first and the last day of a year, a month or a day."""
    for form in _FORMS:
        found = form.fullmatch(value.strip())
        if not found:
            continue
        year = int(found["year"])
        month, day = int(found["month"] or 0), int(found["day"] or 0)
        try:
            if not found["month"]:
                return dt.date(year, 1, 1), dt.date(year, 12, 31)
            if not found["day"]:
                last = calendar.monthrange(year, month)[1]
                return dt.date(year, month, 1), dt.date(year, month, last)
            return dt.date(year, month, day), dt.date(year, month, day)
        except ValueError:
            return None
    return None


_READERS: dict[str, Callable[[BoxQuery, str], BoxQuery | None]] = {
    AGENCY: _agency,
    LEVEL: _level,
    TYPE: _type,
    DATE: _date,
    UNDER: _under,
    OPERATION: _operation,
    OBJECT: _object,
    FORMAT: _format,
    PROFILE: _profile,
    **{name: _on_rules(name) for name in query_rules.NAMES},
}
