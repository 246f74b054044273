"""The parts of which grammar tables are made: elements, and their places within others.

Tables are built once per namespace and only read afterwards. Names are those that the parser
gives: ``namespace name``, separated by a space.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sae.seda.grammar.texts import TextType, filled, identifier, language, string, token

XML = "http://www.w3.org/XML/1998/namespace"
XLINK = "http://www.w3.org/1999/xlink"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

Value = dict[str, Any]
Attributes = dict[str, str]
Put = Callable[[Value, Any, Attributes], None]
"""Puts the value of a child where it belongs in its parent's value."""
Finish = Callable[[Any, Value, Attributes, int], Any]
"""Makes the value of an element from (assembly, value of its children, attributes, line)."""
Begin = Callable[[Any, Attributes, int], None]

FREE_POSITION = 1_000_000
"""Where free elements stand: after everything that the table knows."""


@dataclass(slots=True, eq=False)
class Element:
    """What an element may hold: a text (``text`` given), or elements.

    ``children`` maps full names to places; ``required`` lists the keys that must have come, a
    tuple among them being a choice. ``free`` says that unknown elements may end it, ``open`` that
    it holds anything. ``identifier`` is the attribute that declares an XML identifier.
    """

    name: str
    text: TextType | None = None
    children: dict[str, Place] = field(default_factory=dict)
    required: tuple[str | tuple[str, ...], ...] = ()
    attributes: Mapping[str, TextType] = field(default_factory=dict)
    required_attributes: tuple[str, ...] = ()
    identifier: str | None = None
    declares_identifier: bool = False
    nillable: bool = False
    free: bool = False
    open: bool = False
    begin: Begin | None = None
    finish: Finish | None = None


@dataclass(slots=True, eq=False)
class Place:
    """An element at its place within another.

    It may come when the last child's position is at most ``ceiling``, or again after itself when
    ``many``. A ``floating`` one comes anywhere before free elements; one that is ``alone`` excludes
    all that stands before it. ``put`` puts its value, else it goes under ``key`` if ``keep``. The
    line of a ``noted`` one is kept.
    """

    element: Element
    key: str
    many: bool = False
    position: int = 0
    ceiling: int = 0
    floating: bool = False
    alone: bool = False
    keep: bool = True
    noted: bool = False
    put: Put | None = None


def leaf(
    name: str,
    text: TextType = string,
    *,
    key: str = "",
    many: bool = False,
    attributes: Mapping[str, TextType] | None = None,
    required_attributes: tuple[str, ...] = (),
    identifier: str | None = None,
    declares_identifier: bool = False,
    nillable: bool = False,
    floating: bool = False,
    alone: bool = False,
    keep: bool = True,
    put: Put | None = None,
) -> Place:
    """An element that holds text."""
    element = Element(
        name,
        text=text,
        attributes=attributes or {},
        required_attributes=required_attributes,
        identifier=identifier,
        declares_identifier=declares_identifier,
        nillable=nillable,
    )
    return Place(element, key or name, many, floating=floating, alone=alone, keep=keep, put=put)


def group(
    name: str,
    *items: Item,
    namespace: str,
    key: str = "",
    many: bool = False,
    floating: bool = False,
    keep: bool = True,
    put: Put | None = None,
    **details: Any,
) -> Place:
    """An element that holds elements; ``details`` as in :class:`Element`."""
    element = Element(name, **details)
    arrange(element, items, namespace)
    return Place(element, key or name, many, floating=floating, keep=keep, put=put)


def open_group(name: str, *, key: str = "", many: bool = False) -> Place:
    """An element that holds anything (the standard's OpenType)."""
    element = Element(name, open=True, attributes=OPEN_ATTRIBUTES, identifier=f"{XML} id")
    return Place(element, key or name, many)


@dataclass(slots=True)
class AnyOrder:
    """Children in any order among themselves, each alone or repeated as its place says."""

    places: Sequence[Place]


@dataclass(slots=True)
class OneOf:
    """One of these children, no other after it."""

    places: Sequence[Place]


@dataclass(slots=True)
class Repeated:
    """A sequence that may come several times, each time from its first child."""

    places: Sequence[Place]


Item = Place | AnyOrder | OneOf | Repeated


def arrange(element: Element, items: Sequence[Item], namespace: str) -> None:
    """Give their positions to the children of an element, in the order of the standard."""
    position = 0
    for item in items:
        if isinstance(item, Repeated):
            first, last = item.places[0], position + len(item.places)
            for place in item.places:
                position += 1
                _set(element, place, position, position - 1, namespace)
            first.ceiling = last
            continue
        position += 1
        if isinstance(item, AnyOrder):
            for place in item.places:
                _set(element, place, position, position, namespace)
        elif isinstance(item, OneOf):
            for place in item.places:
                _set(element, place, position, position - 1, namespace)
        else:
            _set(element, item, position, position - 1, namespace)


def _set(element: Element, place: Place, position: int, ceiling: int, namespace: str) -> None:
    place.position = position
    place.ceiling = FREE_POSITION - 1 if place.floating else 0 if place.alone else ceiling
    element.children[f"{namespace} {place.element.name}"] = place


LANG: Mapping[str, TextType] = {f"{XML} lang": string}
ID: Mapping[str, TextType] = {"id": identifier}
XML_ID: Mapping[str, TextType] = {f"{XML} id": identifier}
OPEN_ATTRIBUTES: Mapping[str, TextType] = {**XML_ID, f"{XLINK} href": string}
SCHEME: Mapping[str, TextType] = dict.fromkeys(
    [
        "schemeID",
        "schemeName",
        "schemeAgencyID",
        "schemeAgencyName",
        "schemeVersionID",
        "schemeDataURI",
        "schemeURI",
    ],
    string,
)
CODE_LIST: Mapping[str, TextType] = dict.fromkeys(
    [
        "listID",
        "listAgencyID",
        "listAgencyName",
        "listName",
        "listVersionID",
        "name",
        "languageID",
        "listURI",
        "listSchemeURI",
    ],
    string,
)


def text(name: str, **details: Any) -> Place:
    """A text with an optional language (the standard's TextType)."""
    return leaf(name, string, attributes=LANG, **details)


def scheme(name: str, **details: Any) -> Place:
    """An identifier of a referential (the standard's IdentifierType); may be empty."""
    return leaf(name, token, attributes=SCHEME, **details)


def code(name: str, **details: Any) -> Place:
    """A code of a list (the standard's CodeType)."""
    return leaf(name, filled, attributes=CODE_LIST, **details)


def words(name: str, **details: Any) -> Place:
    """A text that is not empty (the standard's NonEmptyTokenType)."""
    return leaf(name, filled, **details)


def reference(name: str, **details: Any) -> Place:
    """A reference to an identifier of the manifest; whether it exists is judged later."""
    return leaf(name, identifier, **details)


__all__ = [
    "CODE_LIST",
    "FREE_POSITION",
    "ID",
    "LANG",
    "OPEN_ATTRIBUTES",
    "SCHEME",
    "XML",
    "XML_ID",
    "XSI",
    "AnyOrder",
    "Attributes",
    "Element",
    "Item",
    "OneOf",
    "Place",
    "Repeated",
    "Value",
    "arrange",
    "code",
    "group",
    "language",
    "leaf",
    "open_group",
    "reference",
    "scheme",
    "text",
    "words",
]
