"""Finding aids in EAD 2002 as trees of positions, and back: components, titles, levels, texts.

Source: EAD 2002 (Society of American Archivists), elements ``archdesc``, ``dsc``, ``c``, ``c01`` to
``c12``, ``did``. No DTD is read and nothing is fetched.
"""

import io
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from access.editing.tree_csv import Fault
from sae.holdings.models import ArchiveUnit
from sae.holdings.planting import Position

NAMESPACE = "urn:isbn:1-931666-22-9"
_COMPONENT = re.compile(r"c(0[1-9]|1[0-2])?$")
_LEVELS: Mapping[str, str] = {
    "fonds": "Fonds",
    "subfonds": "Subfonds",
    "class": "Class",
    "collection": "Collection",
    "series": "Series",
    "subseries": "Subseries",
    "recordgrp": "RecordGrp",
    "subgrp": "SubGrp",
    "file": "File",
    "item": "Item",
}
_BACK = {seda: ead for ead, seda in _LEVELS.items()}
MOST_POSITIONS = 200_000


def read_ead(
    content: bytes, *, under: uuid.UUID | None, unit_type: str
) -> tuple[list[Position], list[Fault]]:
    """Read the components of a finding aid; its ``archdesc`` is the position they are under."""
    if b"<!ENTITY" in content:
        return [], [Fault(0, _("Le fichier déclare des entités : il n’est pas lu."))]
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.parse(io.BytesIO(content), parser).getroot()
    except etree.XMLSyntaxError as error:
        words = _("Le fichier n’est pas du XML valide : %(detail)s") % {"detail": error.msg}
        return [], [Fault(error.lineno or 0, words)]
    description = _first(root, "archdesc")
    if _name(root) != "ead" or description is None:
        return [], [Fault(0, _("Le fichier n’est pas un instrument de recherche EAD 2002."))]
    positions: list[Position] = []
    faults: list[Fault] = []
    waiting: list[tuple[Any, Any]] = [(description, under)]
    while waiting:
        element, parent = waiting.pop()
        key = f"ead-{len(positions)}"
        described, fault = _content(element)
        if fault:
            faults.append(Fault(element.sourceline or 0, fault))
        positions.append(Position(key, unit_type, described, parent))
        if len(positions) > MOST_POSITIONS:
            words = _("Plus de %(most)s composants.") % {"most": MOST_POSITIONS}
            return [], [Fault(0, words)]
        waiting += [(child, key) for child in reversed(list(_components(element)))]
    return positions, faults


def _content(element: Any) -> tuple[dict[str, Any], str]:
    did = _first(element, "did")
    title = _text(_first(did, "unittitle")) if did is not None else ""
    fault = "" if title else _("Un composant n’a pas d’intitulé (unittitle).")
    content: dict[str, Any] = {
        "Title": title,
        "DescriptionLevel": _LEVELS.get(element.get("level", "").lower(), "RecordGrp"),
    }
    if did is not None:
        if identifier := _text(_first(did, "unitid")):
            content["OriginatingSystemId"] = [identifier]
        date = _first(did, "unitdate")
        bounds = (date.get("normal") or "").split("/") if date is not None else []
        days = [one for one in map(_day, bounds) if one]
        if days:
            content["StartDate"], content["EndDate"] = days[0], days[-1]
    texts = [_text(one) for one in element if _name(one) in ("scopecontent", "bioghist")]
    if said := " ".join(filter(None, texts)):
        content["Description"] = said
    return content, fault


def _day(text: str) -> str:
    """Return an ISO day of a normalised date, the first of the year or month when it says less."""
    match = re.fullmatch(r"(\d{4})(?:-?(\d{2}))?(?:-?(\d{2}))?", text.strip())
    return "-".join([match[1], match[2] or "01", match[3] or "01"]) if match else ""


def _components(element: Any) -> Iterator[Any]:
    for child in element:
        name = _name(child)
        if name == "dsc":
            yield from _components(child)
        elif _COMPONENT.match(name):
            yield child


def _name(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _first(element: Any, name: str) -> Any:
    if element is None:
        return None
    return next((child for child in element if _name(child) == name), None)


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def write_ead(rows: Sequence[ArchiveUnit], *, title: str) -> bytes:
    """Write positions as an EAD 2002 finding aid; a single top is its ``archdesc``."""
    children: dict[uuid.UUID | None, list[ArchiveUnit]] = {}
    known = {unit.id for unit in rows}
    for unit in rows:
        parent = next((one for one in unit.parents if one in known), None)
        children.setdefault(parent, []).append(unit)
    tops = children.get(None, [])
    root = etree.Element(f"{{{NAMESPACE}}}ead", nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    header = _add(root, "eadheader")
    _add(header, "eadid", title)
    statement = _add(_add(header, "filedesc"), "titlestmt")
    _add(statement, "titleproper", title)
    description = _add(root, "archdesc")
    description.set("level", _BACK.get(tops[0].level, "fonds") if len(tops) == 1 else "collection")
    if len(tops) == 1:
        _describe(description, tops[0])
        below = children.get(tops[0].id, [])
    else:
        _add(_add(description, "did"), "unittitle", title)
        below = tops
    target = _add(description, "dsc") if below else description
    waiting = [(unit, target) for unit in reversed(below)]
    while waiting:
        unit, parent = waiting.pop()
        component = _add(parent, "c")
        component.set("level", _BACK.get(unit.level, "recordgrp"))
        _describe(component, unit)
        waiting += [(one, component) for one in reversed(children.get(unit.id, []))]
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _describe(element: Any, unit: ArchiveUnit) -> None:
    did = _add(element, "did")
    identifiers = unit.content.get("OriginatingSystemId") or []
    identifiers = identifiers if isinstance(identifiers, list) else [identifiers]
    if identifiers:
        _add(did, "unitid", str(identifiers[0]))
    _add(did, "unittitle", unit.title)
    if unit.start_date or unit.end_date:
        days = [str(day) for day in (unit.start_date, unit.end_date) if day]
        date = _add(did, "unitdate", " - ".join(days))
        date.set("normal", "/".join(days))
    if said := unit.content.get("Description"):
        text = " ".join(map(str, said)) if isinstance(said, list) else str(said)
        _add(_add(element, "scopecontent"), "p", text)


def _add(parent: Any, name: str, text: str = "") -> Any:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if text:
        element.text = text
    return element
