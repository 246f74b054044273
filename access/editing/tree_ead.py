"""Finding aids in EAD 2002 as trees of positions, and back.

Source: EAD 2002 (Society of American Archivists), elements ``archdesc``, ``dsc``, ``c``, ``c01`` to
``c12``. No DTD is read and nothing is fetched. What one position says: ``ead_description``.
"""

import io
import re
import uuid
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from access.editing.ead_description import (
    NAMESPACE,
    NSMAP,
    add,
    first,
    level_of,
    make,
    name_of,
    read_description,
    text_of,
    write_description,
)
from access.editing.positions import Outline, read_positions
from access.editing.streaming import Outlet, Steps
from access.editing.tree_csv import Fault, TreeFile
from sae.holdings.models import ArchiveUnit
from sae.holdings.planting import Position
from sae.kernel.identifiers import parse_id
from tenants.selectors.ingest import known_rules

_COMPONENT = re.compile(r"c(0[1-9]|1[0-2])?$")
_POSITIONS = ("HOLDING_UNIT", "FILING_UNIT")
_SEVERAL = "several"
"""``altrender`` of an ``archdesc`` that only gathers several trees: it is no position."""
_ID = "u-"
"""What comes before the identifier of a unit in ``id``: one may not begin with a digit."""
MOST_POSITIONS = 200_000


def read_ead(content: bytes, *, under: uuid.UUID | None, unit_type: str) -> TreeFile:
    """Read the components of a finding aid; its ``archdesc`` is the position they are under.

    ``altrender`` tells whether one is a tree or a plan, ``unit_type`` when it says nothing.
    """
    if b"<!ENTITY" in content:
        return _refused(0, _("Le fichier déclare des entités : il n’est pas lu."))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.parse(io.BytesIO(content), parser).getroot()
    except etree.XMLSyntaxError as error:
        words = _("Le fichier n’est pas du XML valide : %(detail)s") % {"detail": error.msg}
        return _refused(error.lineno or 0, words)
    description = first(root, "archdesc")
    if name_of(root) != "ead" or description is None:
        return _refused(0, _("Le fichier n’est pas un instrument de recherche EAD 2002."))
    waiting: list[tuple[Any, Any]] = [(description, under)]
    if description.get("altrender") == _SEVERAL:
        waiting = [(one, under) for one in reversed(list(_components(description)))]
    read = _positions(waiting, unit_type)
    positions, faults = read.positions, read.faults
    lines = list(read.lines.values())
    if len(positions) > MOST_POSITIONS:
        words = _("Plus de %(most)s composants.") % {"most": MOST_POSITIONS}
        return _refused(0, words)
    if positions and (language := _language(root)):
        said = {**positions[0].content, "DescriptionLanguage": language}
        positions[0] = replace(positions[0], content=said)
    faults = sorted([*faults, *rule_faults(positions, lines)], key=lambda fault: fault.line)
    return replace(read, faults=faults)


def _refused(line: int, words: str) -> TreeFile:
    return TreeFile(faults=[Fault(line, words)])


def _positions(waiting: list[tuple[Any, Any]], unit_type: str) -> TreeFile:
    positions: list[Position] = []
    lines: dict[Hashable, int] = {}
    faults: list[Fault] = []
    typed: set[str] = set()
    told: dict[Hashable, uuid.UUID] = {}
    while waiting and len(positions) <= MOST_POSITIONS:
        element, parent = waiting.pop()
        key, line = f"ead-{len(positions)}", element.sourceline or 0
        said = read_description(element)
        kind = element.get("altrender") or ""
        if kind in _POSITIONS:
            typed.add(key)
        positions.append(
            Position(
                key,
                kind if kind in _POSITIONS else unit_type,
                said.content,
                parent,
                said.management,
            )
        )
        lines[key] = line
        if unit_id := parse_id((element.get("id") or "").removeprefix(_ID)):
            told[key] = unit_id
        faults += [Fault(line, words) for words in said.faults]
        waiting += [(child, key) for child in reversed(list(_components(element)))]
    return TreeFile(positions, faults, lines, typed, told)


def rule_faults(positions: list[Position], lines: list[int]) -> Iterator[Fault]:
    """Yield what the referential, or the nature of a position, says of the rules it carries."""
    named = [
        [
            (category, rule["Rule"])
            for category, declared in one.management.items()
            if isinstance(declared, Mapping)
            for rule in declared.get("Rules", ())
        ]
        for one in positions
    ]
    known = known_rules({rule for rules in named for _category, rule in rules})
    for position, line, rules in zip(positions, lines, named, strict=True):
        if position.management and position.unit_type == ArchiveUnit.Type.HOLDING_UNIT:
            yield Fault(line, _("Un arbre de positionnement ne porte pas de règle."))
            continue
        for category, rule in rules:
            if rule not in known or known[rule].category != category:
                words = _("La règle « %(rule)s » n’est pas une règle de ce type dans ce coffre.")
                yield Fault(line, words % {"rule": rule})


def _language(root: Any) -> str:
    usage = first(first(first(root, "eadheader"), "profiledesc"), "langusage")
    language = first(usage, "language")
    return language.get("langcode") or text_of(language) if language is not None else ""


def _components(element: Any) -> Iterator[Any]:
    for child in element:
        name = name_of(child)
        if name == "dsc":
            yield from _components(child)
        elif _COMPONENT.match(name):
            yield child


def write_ead(read: Callable[[], Outline], out: Outlet, *, title: str) -> Steps:
    """Write positions as an EAD 2002 finding aid; a single top is its ``archdesc``.

    Stops first before ``read`` goes through the tree, then after each position.
    """
    with etree.xmlfile(out, encoding="UTF-8") as xml:
        xml.write_declaration()
        with xml.element(f"{{{NAMESPACE}}}ead", nsmap=NSMAP):
            xml.flush()
            yield
            placed = list(read().down())
            units = read_positions([one for _depth, one in placed])
            tops = sum(depth == 1 for depth, _one in placed)
            top = next(units) if tops == 1 else None
            xml.write(_header(title, _language_of(top)))
            with xml.element(f"{{{NAMESPACE}}}archdesc", _attributes(top)):
                if top is None:
                    gathering = make("did")
                    add(gathering, "unittitle", title)
                    xml.write(gathering)
                else:
                    _write(xml, top)
                rest = placed if top is None else placed[1:]
                if rest:
                    with xml.element(f"{{{NAMESPACE}}}dsc"):
                        yield from _write_components(xml, [one for one, _id in rest], units)


def _write_components(xml: Any, depths: list[int], units: Iterator[ArchiveUnit]) -> Steps:
    """Write components in the order of the tree, each closed when one no deeper begins."""
    opened: list[tuple[int, ExitStack]] = []
    for depth, unit in zip(depths, units, strict=True):
        while opened and opened[-1][0] >= depth:
            opened.pop()[1].close()
        closing = ExitStack()
        closing.enter_context(xml.element(f"{{{NAMESPACE}}}c", _attributes(unit)))
        opened.append((depth, closing))
        _write(xml, unit)
        yield
    while opened:
        opened.pop()[1].close()


def _attributes(unit: ArchiveUnit | None) -> dict[str, str]:
    if unit is None:
        return {"level": "collection", "altrender": _SEVERAL}
    level = level_of(unit.level)
    other = {"otherlevel": unit.level} if level == "otherlevel" else {}
    return {"id": f"{_ID}{unit.id}", "level": level, **other, "altrender": unit.unit_type}


def _write(xml: Any, unit: ArchiveUnit) -> None:
    for element in write_description(unit.content, unit.management, title=unit.title):
        xml.write(element, pretty_print=True)


def _header(title: str, language: str) -> Any:
    header = make("eadheader")
    add(header, "eadid", title)
    add(add(add(header, "filedesc"), "titlestmt"), "titleproper", title)
    if language:
        usage = add(add(header, "profiledesc"), "langusage")
        add(usage, "language", language).set("langcode", language)
    return header


def _language_of(top: ArchiveUnit | None) -> str:
    return str(top.content.get("DescriptionLanguage") or "") if top is not None else ""
