"""Follows a manifest element by element: checks it against the grammar and gathers its values.

One automaton serves both readings. The fast one stops at the first fault; the one that explains
reports each fault and goes on: an unknown element is skipped with all it holds, a misplaced one
is read as if it were at its place, a wrong value is left out.
"""

from __future__ import annotations

from typing import Any
from xml.parsers.expat import XMLParserType

from sae.seda import reasons
from sae.seda.assembly import Assembly
from sae.seda.faults import FaultSink
from sae.seda.grammar.elements import FREE_POSITION, XSI, Element, Place
from sae.seda.grammar.texts import TextFault, string
from sae.seda.identifiers import IdentifierRegister
from sae.seda.model import Json

_START = Place(Element(""), "")
_FREE = Element("", open=True)
_TEXT = "\0text"
_NIL = f"{XSI} nil"
_IDENTIFIERS = ("id", "Id")
_NESTED = ("ArchiveUnit", "ArchiveObject")
_MAX_FREE_DEPTH = 48
"""Free elements within one another: what every JSON reader downstream accepts."""


class Automaton:
    """The state of one reading: what is open, what came last in it, what was gathered.

    ``text`` receives the pieces of text as they come (the parser appends to it directly).
    ``structure`` are the names that no free element may bear: a unit hidden in a description would
    be lost without a word.
    """

    __slots__ = (
        "_attributes",
        "_build",
        "_children",
        "_current",
        "_element",
        "_faults",
        "_free_depth",
        "_free_places",
        "_leaf",
        "_leaf_attributes",
        "_line",
        "_max_depth",
        "_parser",
        "_place",
        "_register",
        "_skipped",
        "_stack",
        "_structure",
        "_value",
        "text",
    )

    def __init__(
        self,
        parser: XMLParserType,
        build: Assembly,
        register: IdentifierRegister,
        faults: FaultSink,
        *,
        structure: frozenset[str],
        max_depth: int,
    ) -> None:
        self._parser = parser
        self._build = build
        self._register = register
        self._faults = faults
        self._structure = structure
        self._max_depth = max_depth
        self._stack: list[tuple[Any, ...]] = []
        self._place = self._current = _START
        self._element = _START.element
        self._children: dict[str, Place] = {}
        self._value: Json = {}
        self._attributes: dict[str, str] = {}
        self._line = 0
        self._leaf: Place | None = None
        self._leaf_attributes: dict[str, str] = {}
        self._free_depth = 0
        self._free_places: dict[str, Place] = {}
        self._skipped = 0
        self.text: list[str] = []

    def open_root(self, root: Element, attributes: dict[str, str]) -> None:
        """Start with the root element, whose name was already recognised."""
        self._check_attributes(root, attributes)
        self._push(Place(root, root.name, keep=False), attributes)
        self._build.root = self._value

    # -- what the parser calls ------------------------------------------------------------------

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A start tag. This and :meth:`end` run some fifty times per unit: every line counts."""
        if self._leaf is not None:
            self._element_within_text(name)
            return
        if self.text:
            self._text_between()
        place = self._children.get(name)
        if place is None:
            self._unknown(name, attributes)
            return
        current = self._current
        if current.position > place.ceiling and not (place is current and place.many):
            self._out_of_place(place, current)
        elif not place.floating:
            self._current = place
        element = place.element
        if attributes or element.required_attributes:
            self._check_attributes(element, attributes)
        if element.text is not None:
            self._leaf = place
            self._leaf_attributes = attributes
            if place.noted:
                self._build.lines.setdefault(element.name, self._parser.CurrentLineNumber)
            return
        self._push(place, attributes)
        if element.begin is not None:
            element.begin(self._build, attributes, self._line)

    def end(self, name: str) -> None:
        """An end tag: of a text, or of an element that holds elements."""
        place = self._leaf
        if place is not None:
            self._end_leaf(place)
            return
        if self.text:
            self._text_between()
        element, place, value = self._element, self._place, self._value
        for key in element.required:
            if key not in value:
                self._check_missing(element, key, value)
        if element.open:
            value = self._open_value(place, value)
        finish = element.finish
        if finish is not None:
            try:
                value = finish(self._build, value, self._attributes, self._line)
            except TextFault as fault:
                self._report(
                    fault.reason, child=fault.child, seen=fault.seen, expected=fault.expected
                )
        (
            self._place,
            self._element,
            self._children,
            self._current,
            self._value,
            self._attributes,
            self._line,
        ) = self._stack.pop()
        if place.keep:
            if place.many:
                values = self._value.get(place.key)
                if values is None:
                    self._value[place.key] = [value]
                else:
                    values.append(value)
            elif place.key in self._value:
                self._report(reasons.ELEMENT_REPEATED, child=place.element.name)
            else:
                self._value[place.key] = value

    def _end_leaf(self, place: Place) -> None:
        self._leaf = None
        pieces = self.text
        written = pieces[0] if len(pieces) == 1 else "".join(pieces)
        pieces.clear()
        element = place.element
        check = element.text
        value: Any = written
        put = place.put
        try:
            if check is not string and check is not None:
                value = check(written)
            if put is not None:
                put(self._value, value, self._leaf_attributes)
                return
        except TextFault as fault:
            self._leaf_fault(place, written, fault)
            return
        if place.many:
            values = self._value.get(place.key)
            if values is None:
                self._value[place.key] = [value]
            else:
                values.append(value)
        elif place.key in self._value:
            self._report(reasons.ELEMENT_REPEATED, child=element.name)
        else:
            self._value[place.key] = value
        # An object nested in a group may repeat the group's identifier: it says nothing new.
        if element.declares_identifier and value != self._build.group_id:
            self._register.add(value, self._parser.CurrentLineNumber)

    def _leaf_fault(self, place: Place, written: str, fault: TextFault) -> None:
        """A text that is not of its type, unless it is declared null and may be."""
        element = place.element
        if element.nillable and self._leaf_attributes.get(_NIL) in ("true", "1"):
            return
        self._report(fault.reason, child=element.name, seen=written, expected=fault.expected)
        # It is there, though wrong: it must not be said missing as well.
        self._value.setdefault(place.key, [] if place.many else None)
        if element.name == "Rule":
            self._value.setdefault("Rules", []).append({})

    # -- state ----------------------------------------------------------------------------------

    def _push(self, place: Place, attributes: dict[str, str]) -> None:
        self._stack.append(
            (
                self._place,
                self._element,
                self._children,
                self._current,
                self._value,
                self._attributes,
                self._line,
            )
        )
        if len(self._stack) > self._max_depth:
            raise self._faults.stop(
                reasons.NESTING_TOO_DEEP, line=self._parser.CurrentLineNumber, limit=self._max_depth
            )
        self._place = place
        self._element = element = place.element
        self._children = element.children
        self._current = _START
        self._value = {}
        self._attributes = attributes
        self._line = self._parser.CurrentLineNumber

    # -- free elements --------------------------------------------------------------------------

    def _unknown(self, name: str, attributes: dict[str, str]) -> None:
        """A name that the table does not hold there: a free element, or a fault."""
        if not (self._element.open or (self._element.free and name not in self._structure)):
            names = [place.element.name for place in self._children.values()]
            expected = ", ".join(names[:10]) + ("…" if len(names) > 10 else "")
            self._report(reasons.ELEMENT_UNEXPECTED, child=_local(name), expected=expected)
            self._skip()
            return
        if self._element.open:
            self._free_depth += 1
            if self._free_depth > _MAX_FREE_DEPTH:
                raise self._faults.stop(
                    reasons.NESTING_TOO_DEEP,
                    line=self._parser.CurrentLineNumber,
                    limit=_MAX_FREE_DEPTH,
                )
        else:
            self._free_depth = 0
        place = self._free_places.get(name)
        if place is None:
            place = Place(_FREE, _local(name), many=True, position=FREE_POSITION)
            self._free_places[name] = place
        self._current = place
        self._push(place, attributes)

    def _open_value(self, place: Place, value: Json) -> Any:
        """The value of an element that may hold anything: its text, or its elements in lists."""
        written = value.pop(_TEXT, "").strip()
        if place.element is _FREE:
            self._free_depth -= 1
            if not value:
                return written
        if written:
            value["Value"] = written
        return value

    def _text_between(self) -> None:
        """Text before a tag that does not end a text: only blanks, but in open elements."""
        pieces = self.text
        if self._element.open:
            self._value[_TEXT] = self._value.get(_TEXT, "") + "".join(pieces)
        else:
            for piece in pieces:
                if not piece.isspace():
                    self._report(reasons.TEXT_UNEXPECTED, seen=piece.strip())
                    break
        pieces.clear()

    # -- faults ---------------------------------------------------------------------------------

    def _check_attributes(self, element: Element, attributes: dict[str, str]) -> None:
        for name, written in attributes.items():
            kind = element.attributes.get(name)
            if kind is None:
                if not name.startswith(XSI):
                    self._report(
                        reasons.ATTRIBUTE_UNEXPECTED, child=element.name, seen=_local(name)
                    )
                continue
            try:
                value = kind(written)
            except TextFault as fault:
                self._report(
                    fault.reason,
                    child=f"{element.name}/@{_local(name)}",
                    seen=written,
                    expected=fault.expected,
                )
                continue
            if name == element.identifier:
                self._register.add(value, self._parser.CurrentLineNumber)
        for name in element.required_attributes:
            if name not in attributes:
                self._report(reasons.ATTRIBUTE_MISSING, child=element.name, expected=name)

    def _check_missing(
        self, element: Element, required: str | tuple[str, ...], value: Json
    ) -> None:
        names = (required,) if isinstance(required, str) else required
        if not any(name in value for name in names):
            elements = {place.key: place.element.name for place in element.children.values()}
            expected = ", ".join(elements.get(name, name) for name in names)
            self._report(reasons.ELEMENT_MISSING, line=self._line, expected=expected)

    def _out_of_place(self, place: Place, current: Place) -> None:
        if place is current or place.position == current.position:
            self._report(reasons.ELEMENT_REPEATED, child=place.element.name)
        else:
            after = current.element.name or current.key
            self._report(
                reasons.ELEMENT_MISPLACED, child=place.element.name, expected=after, after=after
            )

    def _element_within_text(self, name: str) -> None:
        leaf = self._leaf
        within = leaf.element.name if leaf else ""
        self._report(reasons.ELEMENT_UNEXPECTED, child=f"{within}/{_local(name)}", expected="")
        self._skip()

    def _skip(self) -> None:
        """Go over the element just started, and all that it holds."""
        self._skipped = 1
        kept, self.text[:] = list(self.text), []
        self._parser.CharacterDataHandler = None

        def start(_name: str, _attributes: dict[str, str]) -> None:
            self._skipped += 1

        def end(_name: str) -> None:
            self._skipped -= 1
            if not self._skipped:
                self._parser.StartElementHandler = self.start
                self._parser.EndElementHandler = self.end
                self._parser.CharacterDataHandler = self.text.append
                self.text[:] = kept

        self._parser.StartElementHandler = start
        self._parser.EndElementHandler = end

    def _report(
        self,
        reason: str,
        *,
        child: str = "",
        seen: str = "",
        expected: str = "",
        line: int | None = None,
        **arguments: Any,
    ) -> None:
        frames = [frame[0] for frame in self._stack[1:]] + [self._place]
        path = [place.element.name or place.key for place in frames]
        self._faults.add(
            reason,
            line=self._parser.CurrentLineNumber if line is None else line,
            column=None if line is not None else self._parser.CurrentColumnNumber + 1,
            element=_path([*path, child] if child else path),
            identifier=self._nearest_identifier(),
            seen=seen if seen or reason == reasons.VALUE_EMPTY else child.rpartition("/")[2],
            expected=expected,
            **arguments,
        )

    def _nearest_identifier(self) -> str:
        for frame_attributes in (self._attributes, *(frame[5] for frame in self._stack[::-1])):
            for name in _IDENTIFIERS:
                if name in frame_attributes:
                    return str(frame_attributes[name])
        return ""


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _path(names: list[str]) -> str:
    """A path short enough to be read: nested units appear once."""
    last = max((rank for rank, name in enumerate(names) if name in _NESTED), default=0)
    return "/".join(names[last:])
