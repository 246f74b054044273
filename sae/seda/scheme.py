"""A tree of positions or a filing plan as an ArchiveTransfer without objects, written as a stream.

Shape: SEDA 2.x, the transfer by which the reference system takes such trees (workflows
HOLDING_SCHEME and FILING_SCHEME). Units are written flat and placed by reference, so that one that
has several parents is written once and memory does not grow with the tree. The order of elements
is that of the tables by which transfers are read.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import IO, Any

from lxml import etree

from sae.seda.grammar.content import content as content_place
from sae.seda.grammar.elements import XML, Element, Place
from sae.seda.grammar.management import management as management_place
from sae.seda.reply import CODE_LISTS, DEFAULT_VERSION, NAMESPACE, xml_text

MANIFEST = "manifest.xml"
NO_LIST = "0"
"""Version of a code list that nothing in the transfer refers to."""
_LANGUAGES = ("Title", "Description")
_NAME = re.compile(r"[A-Za-z_][\w.-]*")


@dataclass(frozen=True, slots=True)
class SchemeUnit:
    """One position. ``id`` and ``children`` are identifiers of the manifest.

    ``content`` and ``management`` as the reader gives them. With a ``key`` (name and value of a
    metadata) the unit stands for one already in the fonds, under which its children go.
    """

    id: str
    content: Mapping[str, Any]
    management: Mapping[str, Any] = field(default_factory=dict)
    profile: str = ""
    children: Sequence[str] = ()
    key: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class SchemeHeader:
    """What the transfer says of itself: identifiers, in the words of who will receive it."""

    message_identifier: str
    date: dt.datetime
    archival_agreement: str
    agency: str
    comment: str = ""
    version: str = DEFAULT_VERSION


def write_scheme(
    header: SchemeHeader, units: Iterable[SchemeUnit], out: IO[bytes]
) -> Iterator[None]:
    """Write the manifest to ``out``, stopping after each unit: who sends it meanwhile goes on."""
    namespace = NAMESPACE.format(version=header.version)
    with etree.xmlfile(out, encoding="UTF-8") as xml:
        xml.write_declaration()
        writer = _Writer(xml, namespace)
        with xml.element(f"{{{namespace}}}ArchiveTransfer", nsmap=writer.nsmap):
            if header.comment:
                writer.text("Comment", header.comment)
            writer.text("Date", header.date.isoformat(timespec="seconds"))
            writer.text("MessageIdentifier", header.message_identifier)
            writer.text("ArchivalAgreement", header.archival_agreement)
            with writer.inside("CodeListVersions"):
                for name in CODE_LISTS:
                    writer.text(name, NO_LIST)
            with writer.inside("DataObjectPackage"):
                with writer.inside("DescriptiveMetadata"):
                    for unit in units:
                        writer.unit(unit)
                        yield
                with writer.inside("ManagementMetadata"):
                    writer.text("OriginatingAgencyIdentifier", header.agency)
            for name in ("ArchivalAgency", "TransferringAgency"):
                with writer.inside(name):
                    writer.text("Identifier", header.agency)


@lru_cache(maxsize=8)
def _tables(namespace: str) -> tuple[Element, Element]:
    return content_place(namespace).element, management_place(namespace).element


class _Writer:
    """Elements in one namespace, one after the other."""

    def __init__(self, xml: Any, namespace: str) -> None:
        self.xml = xml
        self.namespace = namespace
        self.nsmap: dict[Any, str] = {None: namespace}
        self.content, self.management = _tables(namespace)
        self.links = 0

    def inside(self, name: str, attributes: Mapping[str, str] | None = None) -> Any:
        return self.xml.element(f"{{{self.namespace}}}{name}", dict(attributes or {}))

    def text(self, name: str, value: Any, attributes: Mapping[str, str] | None = None) -> None:
        with self.inside(name, attributes):
            self.xml.write(xml_text(_text(value)))

    def unit(self, unit: SchemeUnit) -> None:
        with self.inside("ArchiveUnit", {"id": unit.id}):
            if unit.profile:
                self.text("ArchiveUnitProfile", unit.profile)
            if unit.key or unit.management:
                with self.inside("Management"):
                    self.fields(self.management, unit.management)
                    if unit.key:
                        self._update_operation(*unit.key)
            with self.inside("Content"):
                self.fields(self.content, unit.content)
            for child in unit.children:
                self.links += 1
                with self.inside("ArchiveUnit", {"id": f"link-{self.links}"}):
                    self.text("ArchiveUnitRefId", child)

    def _update_operation(self, name: str, value: str) -> None:
        with self.inside("UpdateOperation"), self.inside("ArchiveUnitIdentifierKey"):
            self.text("MetadataName", name)
            self.text("MetadataValue", value)

    def fields(self, element: Element, value: Mapping[str, Any]) -> None:
        """Write what an element holds: what its table knows in its order, then free elements."""
        places = sorted(element.children.values(), key=lambda place: place.position)
        known = {"Rules", "Inheritance", *(f"{name}_" for name in _LANGUAGES)}
        for place in places:
            known.add(place.key)
            name = place.element.name
            if name == "Rule":
                self._rules(places, value.get("Rules", ()))
            elif name in ("PreventInheritance", "RefNonRuleId"):
                self._inheritance(name, value.get("Inheritance", {}))
            elif name in _LANGUAGES and f"{name}_" in value:
                self._languages(name, value)
            else:
                for one in _each(value.get(place.key)):
                    self._child(place, one)
        if element.free:
            for name, found in value.items():
                if name not in known:
                    self._free(name, found)

    def _child(self, place: Place, value: Any) -> None:
        element = place.element
        if element.name == "SignedObjectDigest" and isinstance(value, Mapping):
            attributes = {"algorithm": str(value.get("Algorithm", ""))}
            self.text(element.name, value.get("MessageDigest", ""), attributes)
        elif element.name == "Masterdata" and isinstance(value, Mapping):
            self.text(element.name, value.get("Value", ""))
        elif element.open:
            self._free(element.name, value)
        elif isinstance(value, Mapping):
            with self.inside(element.name):
                self.fields(element, value)
        else:
            self.text(element.name, value)

    def _rules(self, places: Sequence[Place], rules: Iterable[Mapping[str, Any]]) -> None:
        for rule in rules:
            self.text("Rule", rule.get("Rule", ""))
            for place in places:
                name = place.element.name
                if name != "Rule" and name in rule:
                    self.text(name, rule[name])

    def _inheritance(self, name: str, inheritance: Mapping[str, Any]) -> None:
        key = "PreventRulesId" if name == "RefNonRuleId" else name
        for one in _each(inheritance.get(key)):
            self.text(name, one)

    def _languages(self, name: str, value: Mapping[str, Any]) -> None:
        languages: Mapping[str, str] = value[f"{name}_"]
        if value.get(name) and value[name] not in languages.values():
            self.text(name, value[name])
        for language, words in languages.items():
            # Written as an element: the stream would give « xml » a prefix of its own.
            element = etree.Element(f"{{{self.namespace}}}{name}", nsmap=self.nsmap)
            element.set(f"{{{XML}}}lang", language)
            element.text = xml_text(words)
            self.xml.write(element)

    def _free(self, name: str, value: Any) -> None:
        if not _NAME.fullmatch(name):
            return
        for one in _each(value):
            if not isinstance(one, Mapping):
                self.text(name, one)
                continue
            with self.inside(name):
                for inner, found in one.items():
                    if inner == "Value" and isinstance(found, str):
                        self.xml.write(xml_text(found))
                    else:
                        self._free(inner, found)


def _each(value: Any) -> Iterator[Any]:
    """Yield the occurrences of an element."""
    if isinstance(value, list | tuple):
        yield from value
    elif value is not None:
        yield value


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
