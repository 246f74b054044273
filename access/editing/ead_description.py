"""What one position says, as EAD 2002 and back.

Source: EAD 2002 (Society of American Archivists). Each thing has one place in both; what SEDA has
no field for (physical description, conditions told in words, arrangement…) is kept as a labelled
paragraph of the description, never dropped. Rules go as ``num`` elements typed by their category,
and come back as rules.
"""

import calendar
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from lxml import etree

NAMESPACE = "urn:isbn:1-931666-22-9"
NSMAP: dict[Any, str] = {None: NAMESPACE}

LEVELS: Mapping[str, str] = {
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
    "otherlevel": "OtherLevel",
}
_BACK = {seda: ead for ead, seda in LEVELS.items()}
_IDENTIFIERS: Mapping[str, str] = {
    "": "OriginatingSystemId",
    "file-plan": "FilePlanPosition",
    "originating-agency": "OriginatingAgencyArchiveUnitIdentifier",
    "archival-agency": "ArchivalAgencyArchiveUnitIdentifier",
    "transferring-agency": "TransferringAgencyArchiveUnitIdentifier",
}
"""SEDA field by ``type`` of ``unitid``."""
_KEYWORDS = frozenset(
    {"corpname", "famname", "geogname", "name", "occupation", "persname", "subject", "genreform"}
    | {"function"}
)
_BODIES = ("corpname", "persname", "famname", "name")
_RULES: Mapping[str, Sequence[str]] = {
    "accessrestrict": ("AccessRule",),
    "userestrict": ("ReuseRule", "DisseminationRule"),
    "appraisal": ("AppraisalRule",),
}
_FINAL_ACTION = "FinalAction"
_AGENT = "agent"
_LABELLED: Mapping[str, str | Promise] = {
    "bioghist": gettext_lazy("Histoire"),
    "arrangement": gettext_lazy("Classement"),
    "accessrestrict": gettext_lazy("Conditions d’accès"),
    "userestrict": gettext_lazy("Conditions d’utilisation"),
    "appraisal": gettext_lazy("Évaluation"),
    "accruals": gettext_lazy("Accroissements"),
    "altformavail": gettext_lazy("Autres supports"),
    "phystech": gettext_lazy("Contraintes matérielles"),
    "otherfindaid": gettext_lazy("Autres instruments de recherche"),
    "relatedmaterial": gettext_lazy("Sources complémentaires"),
    "separatedmaterial": gettext_lazy("Documents séparés"),
    "bibliography": gettext_lazy("Bibliographie"),
    "processinfo": gettext_lazy("Traitement"),
    "odd": gettext_lazy("Autres données"),
    "note": gettext_lazy("Annotation"),
    "abstract": gettext_lazy("Résumé"),
    "physloc": gettext_lazy("Localisation"),
    "container": gettext_lazy("Conditionnement"),
    "materialspec": gettext_lazy("Particularités"),
}


@dataclass(slots=True)
class Described:
    """What an element says: fields and rules under SEDA names, and what is wrong with it."""

    content: dict[str, Any]
    management: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


# -- reading -----------------------------------------------------------------------------------


def read_description(element: Any) -> Described:
    """Read an ``archdesc`` or a component, without those below it."""
    said = Described(
        {"DescriptionLevel": LEVELS.get((element.get("level") or "").lower(), "RecordGrp")}
    )
    paragraphs: list[str] = []
    for child in element:
        name = name_of(child)
        if name == "did":
            _read_did(child, said, paragraphs)
        elif name == "scopecontent":
            paragraphs += _paragraphs(child)
        elif name in ("custodhist", "acqinfo"):
            history = said.content.setdefault("CustodialHistory", {"CustodialHistoryItem": []})
            history["CustodialHistoryItem"] += _paragraphs(child)
        elif name == "controlaccess":
            said.content.setdefault("Keyword", []).extend(_keywords(child))
        elif name == "originalsloc":
            said.content["Source"] = text_of(child)
        elif name in _LABELLED:
            _read_rules(child, said)
            paragraphs += _labelled(name, child)
    if not said.content.get("Title"):
        said.faults.append(_("Un composant n’a pas d’intitulé (unittitle)."))
        said.content["Title"] = ""
    if paragraphs:
        said.content["Description"] = "\n".join(paragraphs)
    for name in ("CustodialHistory", "Keyword"):
        found = said.content.get(name)
        if found in ([], {"CustodialHistoryItem": []}):
            del said.content[name]
    return said


def _read_did(did: Any, said: Described, paragraphs: list[str]) -> None:
    content = said.content
    for child in did:
        name, words = name_of(child), text_of(child)
        if name == "unittitle":
            content.setdefault("Title", words)
        elif name == "unitid" and words:
            kind = _IDENTIFIERS.get(child.get("type") or "", _IDENTIFIERS[""])
            content.setdefault(kind, []).append(words)
        elif name == "unitdate":
            _read_dates(child, words, content)
        elif name == "origination":
            _read_origination(child, content)
        elif name == "langmaterial":
            codes = [
                one.get("langcode") or text_of(one)
                for one in child.iter()
                if name_of(one) == "language"
            ]
            if found := [code for code in codes if code]:
                content.setdefault("Language", []).extend(found)
        elif name == "physdesc":
            genre = first(child, "genreform")
            if genre is not None and len(child) == 1:
                content.setdefault("DocumentType", text_of(genre))
            elif words:
                paragraphs.append(_("Description matérielle : %(words)s") % {"words": words})
        elif name in _LABELLED:
            paragraphs += _labelled(name, child)


def _read_dates(element: Any, words: str, content: dict[str, Any]) -> None:
    bounds = (element.get("normal") or "").split("/")
    start, end = _day(bounds[0]), _day(bounds[-1], last=True)
    if "StartDate" not in content and "EndDate" not in content:
        if start:
            content["StartDate"] = start
        if end:
            content["EndDate"] = end
    if words and words != _dates_in_words(start, end):
        content.setdefault("DateLitteral", words)


def _day(text: str, *, last: bool = False) -> str:
    """Return an ISO day of a normalised date; the first, or last, of what says less than a day."""
    match = re.fullmatch(r"(\d{4})(?:-?(\d{2}))?(?:-?(\d{2}))?", text.strip())
    if not match:
        return ""
    year, month, day = match[1], match[2], match[3]
    if not last:
        return f"{year}-{month or '01'}-{day or '01'}"
    month = month or "12"
    if not day:
        known = 1 <= int(month) <= 12 and int(year) > 0
        day = f"{calendar.monthrange(int(year), int(month))[1]:02}" if known else "01"
    return f"{year}-{month}-{day}"


def _read_origination(element: Any, content: dict[str, Any]) -> None:
    bodies = [one for one in element if name_of(one) in _BODIES] or [element]
    for body in bodies:
        words, identifier = text_of(body), body.get("authfilenumber") or ""
        if not words and not identifier:
            continue
        if "OriginatingAgency" not in content and element.get("label") != _AGENT:
            agency: dict[str, Any] = {"Identifier": identifier or words}
            if identifier and words and words != identifier:
                agency["OrganizationDescriptiveMetadata"] = {"Name": [words]}
            content["OriginatingAgency"] = agency
            continue
        field_name = "Corpname" if name_of(body) in ("corpname", "origination") else "FullName"
        agent: dict[str, Any] = {field_name: words or identifier}
        if identifier:
            agent["Identifier"] = [identifier]
        content.setdefault("Agent", []).append(agent)


def _keywords(element: Any) -> Iterator[dict[str, str]]:
    for one in element.iter():
        name, words = name_of(one), text_of(one)
        if (name not in _KEYWORDS and name != "title") or not words:
            continue
        keyword = {"KeywordContent": words}
        if reference := one.get("authfilenumber"):
            keyword["KeywordReference"] = reference
        keyword["KeywordType"] = "subject" if name == "title" else name
        yield keyword


def _read_rules(element: Any, said: Described) -> None:
    for number in element.iter(f"{{{NAMESPACE}}}num", "num"):
        category, words = number.get("type") or "", text_of(number)
        if category == _FINAL_ACTION:
            said.management.setdefault("AppraisalRule", {})[_FINAL_ACTION] = words
        elif category in _RULES.get(name_of(element), ()):
            rule = {"Rule": words}
            paragraph = number.getparent()
            date = first(paragraph, "date")
            if date is not None and (day := _day(date.get("normal") or "")):
                rule["StartDate"] = day
            said.management.setdefault(category, {}).setdefault("Rules", []).append(rule)


def _labelled(name: str, element: Any) -> list[str]:
    """Return the paragraphs of an element under its label; those that tell a rule are rules."""
    return [f"{_LABELLED[name]} : {words}" for words in _paragraphs(element)]


def _paragraphs(element: Any) -> list[str]:
    parts = [
        one
        for one in element.iter()
        if name_of(one) in ("p", "item") and not any(name_of(two) == "p" for two in one)
    ]
    if not parts:
        bare = [element.text or ""]
        for child in element:
            bare += ["" if name_of(child) == "head" else text_of(child), child.tail or ""]
        return [words] if (words := " ".join(" ".join(bare).split())) else []
    plain = [one for one in parts if not any(name_of(two) == "num" for two in one)]
    return [words for one in plain if (words := text_of(one))]


# -- writing -----------------------------------------------------------------------------------


def write_description(
    content: Mapping[str, Any], management: Mapping[str, Any], *, title: str
) -> Iterator[Any]:
    """Yield the elements that describe a position, ``did`` first."""
    yield _did(content, title)
    if said := _first_text(content.get("Description")):
        yield _noted("scopecontent", [line for line in said.split("\n") if line.strip()])
    history = content.get("CustodialHistory") or {}
    if items := [str(one) for one in _each(history.get("CustodialHistoryItem"))]:
        yield _noted("custodhist", items)
    if source := content.get("Source"):
        yield _noted("originalsloc", [str(source)])
    for name, categories in _RULES.items():
        note = _rules_note(name, {one: management.get(one, {}) for one in categories})
        if len(note):
            yield note
    if keywords := list(_each(content.get("Keyword"))):
        access = make("controlaccess")
        for keyword in keywords:
            kind = keyword.get("KeywordType")
            element = add(access, kind if kind in _KEYWORDS else "subject")
            element.text = str(keyword.get("KeywordContent", ""))
            if reference := keyword.get("KeywordReference"):
                element.set("authfilenumber", str(reference))
        yield access


def level_of(seda: str, *, default: str = "recordgrp") -> str:
    """Return the EAD level of a SEDA one."""
    return _BACK.get(seda, default)


def _did(content: Mapping[str, Any], title: str) -> Any:
    did = make("did")
    for kind, name in _IDENTIFIERS.items():
        for one in _each(content.get(name)):
            identifier = add(did, "unitid", str(one))
            if kind:
                identifier.set("type", kind)
    add(did, "unittitle", title)
    start, end = (str(content.get(name) or "")[:10] for name in ("StartDate", "EndDate"))
    literal = str(content.get("DateLitteral") or "")
    if start or end or literal:
        date = add(did, "unitdate", literal or _dates_in_words(start, end))
        if start or end:
            date.set("normal", f"{start}/{end}")
    agency = content.get("OriginatingAgency") or {}
    if identifier := agency.get("Identifier"):
        named = (agency.get("OrganizationDescriptiveMetadata") or {}).get("Name")
        body = add(add(did, "origination"), "corpname", _first_text(named) or identifier)
        body.set("authfilenumber", identifier)
    for agent in _each(content.get("Agent")):
        _write_agent(did, agent)
    if languages := list(_each(content.get("Language"))):
        material = add(did, "langmaterial")
        for one in languages:
            add(material, "language", str(one)).set("langcode", str(one))
    if genre := content.get("DocumentType"):
        add(add(did, "physdesc"), "genreform", str(genre))
    return did


def _write_agent(did: Any, agent: Mapping[str, Any]) -> None:
    people = " ".join(str(agent[name]) for name in ("FirstName", "BirthName") if agent.get(name))
    words = str(agent.get("Corpname") or agent.get("FullName") or people)
    identifier = _first_text(agent.get("Identifier"))
    if words or identifier:
        origination = add(did, "origination")
        origination.set("label", _AGENT)
        kind = "corpname" if agent.get("Corpname") else "persname"
        body = add(origination, kind, words or identifier)
        if identifier:
            body.set("authfilenumber", identifier)


def _rules_note(name: str, categories: Mapping[str, Mapping[str, Any]]) -> Any:
    note = make(name)
    for category, declared in categories.items():
        for rule in declared.get("Rules", ()):
            paragraph = add(note, "p")
            add(paragraph, "num", str(rule.get("Rule", ""))).set("type", category)
            if day := rule.get("StartDate"):
                add(paragraph, "date", str(day)).set("normal", str(day))
        if action := declared.get(_FINAL_ACTION):
            add(add(note, "p"), "num", str(action)).set("type", _FINAL_ACTION)
    return note


def _noted(name: str, paragraphs: Sequence[str]) -> Any:
    element = make(name)
    for words in paragraphs:
        add(element, "p", words)
    return element


def _dates_in_words(start: str, end: str) -> str:
    return " - ".join(day for day in (start, end) if day)


def _each(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
    elif value not in (None, ""):
        yield value


def _first_text(value: Any) -> str:
    return " ".join(str(one) for one in _each(value))


# -- elements ----------------------------------------------------------------------------------


def make(name: str) -> Any:
    """Return an element of EAD."""
    return etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=NSMAP)


def add(parent: Any, name: str, text: str = "") -> Any:
    """Add a child and return it."""
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if text:
        element.text = text
    return element


def name_of(element: Any) -> str:
    """Return the local name of an element, ``""`` for comments."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def first(element: Any, name: str) -> Any:
    """Return the first child that bears a name."""
    if element is None:
        return None
    return next((child for child in element if name_of(child) == name), None)


def text_of(element: Any) -> str:
    """Return all the text inside, white space collapsed."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""
