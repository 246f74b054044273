"""Fields of a referential written in JSON: their names, types, and how a value is read.

A kind of referential is a tuple of ``Field``. Readers return the value to keep, or a ``Fault``
that says which rule the value breaks; scalars are read as leniently as the peers' tools do (a
number where text is expected, « true » for a boolean), structures are not.
"""

import re
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tenants.referentials.dates import parse_moment

MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a value is refused: ``reason`` key, what was expected, and where inside the value."""

    reason: str
    expected: str = ""
    inside: str = ""
    seen: Any = MISSING


class Refused(Exception):  # noqa: N818 - a verdict on a value, not an error of the program
    """A value was refused for one or several faults."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(faults)
        self.faults = faults


Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One field: the peers' ``name``, our ``column``, how it is read, and what is demanded.

    ``default`` is kept when the field is absent (``MISSING``: the model's own). ``frozen`` fields
    never change once written; ``ignored`` fields are accepted and not kept; ``needed`` fields
    cannot be removed by an update. ``dumps`` turns the kept value into the peers' JSON.
    """

    name: str
    column: str
    read: Reader
    required: bool = False
    default: Any = MISSING
    frozen: bool = False
    ignored: bool = False
    needed: bool = False
    dumps: Callable[[Any], Any] | None = None


def text(value: Any) -> str:
    """Read text; numbers are taken as they are written."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise Refused(Fault("not_text", "text"))


def filled_text(value: Any) -> str:
    """Read text that says something."""
    read = text(value)
    if not read.strip():
        raise Refused(Fault("empty"))
    return read


def flag(value: Any) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    raise Refused(Fault("not_boolean", "true, false"))


def whole(value: Any) -> int:
    """Read a whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value.strip()):
        return int(value)
    raise Refused(Fault("not_whole", "0"))


def moment(value: Any) -> Any:
    """Read a date, kept as an aware moment."""
    read = parse_moment(value) if isinstance(value, str) else None
    if read is None:
        raise Refused(Fault("not_date", "2026-01-31, 31/01/2026"))
    return read


def unit_id(value: Any) -> uuid.UUID:
    """Read the identifier of a unit; that it exists is the kind's own check."""
    try:
        return uuid.UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise Refused(Fault("not_identifier")) from None


@dataclass(frozen=True, slots=True)
class Choice:
    """Reads one of a list of words."""

    allowed: tuple[str, ...]

    def __call__(self, value: Any) -> str:
        if isinstance(value, str) and value in self.allowed:
            return value
        raise Refused(Fault("not_in_list", ", ".join(self.allowed)))


def choice(*allowed: str) -> Choice:
    """Read one of a list of words."""
    return Choice(allowed)


@dataclass(frozen=True, slots=True)
class ListOf:
    """Reads a list; when ``unique``, repeated values are kept once, as a set would."""

    item: Reader
    unique: bool = True

    def __call__(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Refused(Fault("not_list"))
        kept: list[Any] = []
        faults: list[Fault] = []
        for position, element in enumerate(value):
            try:
                read_element = self.item(element)
            except Refused as refused:
                faults.extend(_within(refused.faults, f"[{position}]", element))
                continue
            if not self.unique or read_element not in kept:
                kept.append(read_element)
        if faults:
            raise Refused(*faults)
        return kept


def list_of(item: Reader, *, unique: bool = True) -> ListOf:
    """Read a list; repeated values are kept once, as a set would."""
    return ListOf(item, unique)


@dataclass(frozen=True, slots=True)
class Nested:
    """Reads an object with fields of its own, kept under the peers' names."""

    fields: Sequence[Field]
    check: Callable[[dict[str, Any]], None] | None = None

    def __call__(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Refused(Fault("not_object"))
        kept, faults = read_fields(value, self.fields, by_name=True)
        if faults:
            raise Refused(*faults)
        if self.check is not None:
            self.check(kept)
        return kept


def nested(
    fields: Sequence[Field], check: Callable[[dict[str, Any]], None] | None = None
) -> Nested:
    """Read an object with fields of its own, kept under the peers' names."""
    return Nested(fields, check)


def read_fields(
    document: Mapping[str, Any],
    fields: Sequence[Field],
    *,
    by_name: bool = False,
    unknown: Collection[str] = (),
) -> tuple[dict[str, Any], list[Fault]]:
    """Read a document; return the values by column (or by name) and every fault.

    A null is an absent field. ``unknown`` names other fields that may be there, unread.
    """
    known = {one.name: one for one in fields}
    faults = [
        Fault("unknown_field", inside=name, seen=name)
        for name in document
        if name not in known and name not in unknown
    ]
    kept: dict[str, Any] = {}
    for one in fields:
        key = one.name if by_name else one.column
        value = document.get(one.name)
        if value is None:
            if one.required:
                faults.append(Fault("missing", inside=one.name, seen=""))
            elif one.default is not MISSING:
                kept[key] = one.default() if callable(one.default) else one.default
            continue
        try:
            read = one.read(value)
        except Refused as refused:
            faults.extend(_within(refused.faults, one.name, value))
            continue
        if not one.ignored:
            kept[key] = read
    return kept, faults


def _within(faults: Sequence[Fault], name: str, value: Any) -> list[Fault]:
    return [
        Fault(
            fault.reason,
            fault.expected,
            _join(name, fault.inside),
            value if fault.seen is MISSING else fault.seen,
        )
        for fault in faults
    ]


def _join(name: str, inside: str) -> str:
    if not inside or inside.startswith("["):
        return name + inside
    return f"{name}.{inside}"
