"""Fields of a description that people edit: where each is kept, and how it is written in a text.

One text form serves the form of a unit, that of a selection and the CSV file: values of a repeated
field are lines; a keyword is « value | nature | reference »; a translation « en : Title ». Fields
that are not here (extensions, events, signatures…) are never touched.
"""

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from access.description import label_of
from sae.holdings.levels import LEVELS
from sae.holdings.unit_schema import KEYWORD_TYPES
from sae.tenancy.models import Tenant
from sae.tenancy.scope import current_tenant_id
from tenants.models import OntologyTerm
from tenants.selectors.ontology import effective_ontology

Text = str | Promise
Content = dict[str, Any]


class Shape(enum.Enum):
    """How a field is typed in."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    DATE = "date"
    LEVEL = "level"
    NUMBER = "number"
    BOOLEAN = "boolean"
    KEYWORDS = "keywords"
    TRANSLATIONS = "translations"


class FieldFault(ValueError):  # noqa: N818 a fault of what was typed, not of the program
    """A text that no value of the field can be read from; the message is in French."""


KEYWORD_WORDS: dict[str, Text] = {
    "corpname": _("collectivité"),
    "famname": _("famille"),
    "geogname": _("lieu"),
    "name": _("nom"),
    "occupation": _("métier"),
    "persname": _("personne"),
    "subject": _("sujet"),
    "genreform": _("typologie"),
    "function": _("activité"),
}
_LANGUAGE = re.compile(r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*:\s*(.*)", re.DOTALL)
_FRENCH_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_TRUE, _FALSE = {"oui", "true", "vrai", "1"}, {"non", "false", "faux", "0"}


@dataclass(frozen=True, slots=True)
class Field:
    """One editable field. ``name`` is the SEDA name, a dot for what lies inside another."""

    name: str
    label: Text
    group: Text
    shape: Shape = Shape.TEXT
    many: bool = False
    required: bool = False
    help: Text = ""

    @property
    def path(self) -> list[str]:
        return self.name.split(".")

    @property
    def is_lines(self) -> bool:
        """Its text may hold several lines."""
        return self.many or self.shape in (Shape.LONG_TEXT, Shape.KEYWORDS, Shape.TRANSLATIONS)

    def value_in(self, content: Mapping[str, Any]) -> Any:
        """Return the raw value, ``None`` when there is none."""
        value: Any = content
        for part in self.path:
            if not isinstance(value, Mapping):
                return None
            value = value.get(part)
        return value

    def text_in(self, content: Mapping[str, Any]) -> str:
        """Return the value as people type it."""
        value = self.value_in(content)
        if value in (None, "", [], {}):
            return ""
        if self.shape is Shape.KEYWORDS:
            return "\n".join(map(_keyword_line, _as_list(value)))
        if self.shape is Shape.TRANSLATIONS:
            return "\n".join(f"{one} : {text}" for one, text in value.items())
        if self.shape is Shape.BOOLEAN:
            return "\n".join("oui" if one else "non" for one in _as_list(value))
        return "\n".join(str(one) for one in _as_list(value) if not isinstance(one, dict))

    def set_in(self, content: Content, text: str) -> Content:
        """Return the content with the value that ``text`` says, without the field when empty.

        Raises ``FieldFault``. The level of types (dates…) is checked by the unit's schema.
        """
        return self.put_in(content, self.read(text, content))

    def put_in(self, content: Content, value: Any) -> Content:
        """Return the content with a value that ``read`` gave, without the field for ``None``."""
        return self._placed(content, value)

    @property
    def depends_on_content(self) -> bool:
        """What a text means depends on what is there: a keyword left as it was keeps its rest."""
        return self.shape is Shape.KEYWORDS

    def cleared_in(self, content: Content) -> Content:
        """Return the content without the field."""
        return self._placed(content, None)

    def read(self, text: str, content: Mapping[str, Any]) -> Any:
        """Return the value that a text says, ``None`` when it is empty. Raises ``FieldFault``."""
        text = text.replace("\r\n", "\n").strip()
        if not text:
            return None
        if self.shape is Shape.KEYWORDS:
            return _read_keywords(text, _as_list(self.value_in(content)))
        if self.shape is Shape.TRANSLATIONS:
            return _read_translations(text)
        parts = [one.strip() for one in text.split("\n") if one.strip()] if self.many else [text]
        values = [self._one(one) for one in parts]
        return values if self.many else values[0]

    def _one(self, text: str) -> Any:
        if self.shape is Shape.DATE and (day := _FRENCH_DAY.fullmatch(text)):
            return f"{day[3]}-{int(day[2]):02}-{int(day[1]):02}"
        if self.shape is Shape.LEVEL:
            by_word = {str(word).lower(): level for level, word in LEVELS.items()}
            return by_word.get(text.lower(), text)
        if self.shape is Shape.BOOLEAN:
            if text.lower() not in _TRUE | _FALSE:
                raise FieldFault(_("« %s » : écrivez oui ou non.") % text)
            return text.lower() in _TRUE
        return text

    def _placed(self, content: Content, value: Any) -> Content:
        changed = dict(content)
        head, *rest = self.path
        if rest:
            block = dict(changed.get(head) or {})
            if value is None:
                block.pop(rest[0], None)
            else:
                block[rest[0]] = value
            value = block or None
        if value is None:
            changed.pop(head, None)
        else:
            changed[head] = value
        if self.name in ("Title", "Description"):
            _follow_main_language(changed, content, self.name, value)
        return changed


def _follow_main_language(
    changed: Content, before: Mapping[str, Any], name: str, value: Any
) -> None:
    """The plain title is one of the translations: what is edited is that one too."""
    translations = before.get(f"{name}_")
    if not isinstance(translations, Mapping):
        return
    kept = dict(translations)
    for language, text in translations.items():
        if text == before.get(name):
            if value is None:
                del kept[language]
            else:
                kept[language] = value
            break
    changed[f"{name}_"] = kept
    if not kept:
        del changed[f"{name}_"]


def _as_list(value: Any) -> list[Any]:
    if value in (None, ""):
        return []
    return value if isinstance(value, list) else [value]


def _keyword_line(keyword: Any) -> str:
    if not isinstance(keyword, Mapping):
        return str(keyword)
    kind = str(keyword.get("KeywordType") or "")
    parts = [
        str(keyword.get("KeywordContent") or ""),
        str(KEYWORD_WORDS.get(kind, kind)),
        str(keyword.get("KeywordReference") or ""),
    ]
    while parts and not parts[-1]:
        parts.pop()
    return " | ".join(parts)


def _read_keywords(text: str, before: Sequence[Any]) -> list[dict[str, Any]]:
    """Read a keyword per line; one left as it was keeps what the line does not show."""
    known = {_keyword_line(one): one for one in before if isinstance(one, Mapping)}
    kinds = {str(word).lower(): kind for kind, word in KEYWORD_WORDS.items()}
    keywords = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        if line in known:
            keywords.append(dict(known[line]))
            continue
        value, kind, reference, *more = [*(one.strip() for one in line.split("|")), "", ""]
        if not value or any(more):
            raise FieldFault(_("« %s » : écrivez valeur | nature | référence.") % line)
        keyword = {"KeywordContent": value}
        if kind:
            kind = kinds.get(kind.lower(), kind)
            if kind not in KEYWORD_TYPES:
                words = ", ".join(map(str, KEYWORD_WORDS.values()))
                raise FieldFault(
                    _("« %(seen)s » n’est pas une nature de mot-clé : %(known)s.")
                    % {"seen": kind, "known": words}
                )
            keyword["KeywordType"] = kind
        if reference:
            keyword["KeywordReference"] = reference
        keywords.append(keyword)
    return keywords


def _read_translations(text: str) -> dict[str, str]:
    translations = {}
    for line in filter(None, map(str.strip, text.split("\n"))):
        found = _LANGUAGE.fullmatch(line)
        if not found or not found[2].strip():
            raise FieldFault(
                _("« %s » : écrivez langue : intitulé (par exemple « en : Deeds »).") % line
            )
        translations[found[1]] = found[2].strip()
    return translations


_IDENTITY, _CONTENT = _("Identification"), _("Présentation et contenu")
_DATES, _INDEX = _("Dates"), _("Indexation")
_REFERENCES, _OWN = _("Cotes et identifiants"), _("Champs de l’organisation")
_LINES = _("Une valeur par ligne.")
_DAY = _("Par exemple 01/03/2014.")


def _field(name: str, group: Text, shape: Shape = Shape.TEXT, **more: Any) -> Field:
    return Field(name, label_of(name.rpartition(".")[2]), group, shape, **more)


FIELDS: tuple[Field, ...] = (
    Field("Title", _("Intitulé"), _IDENTITY, required=True),
    Field(
        "Title_", _("Intitulé dans d’autres langues"), _IDENTITY, Shape.TRANSLATIONS,
        help=_("Une langue par ligne : en : Title deeds."),
    ),
    Field(
        "DescriptionLevel", _("Niveau de description"), _IDENTITY, Shape.LEVEL, required=True
    ),
    *(
        _field(name, _REFERENCES, many=True, help=_LINES)
        for name in (
            "OriginatingAgencyArchiveUnitIdentifier",
            "ArchivalAgencyArchiveUnitIdentifier",
            "TransferringAgencyArchiveUnitIdentifier",
            "FilePlanPosition",
        )
    ),
    *(
        _field(name, _DATES, Shape.DATE, help=_DAY)
        for name in (
            "StartDate", "EndDate", "CreatedDate", "TransactedDate", "AcquiredDate", "SentDate",
            "ReceivedDate", "RegisteredDate",
        )
    ),
    _field("DateLitteral", _DATES),
    _field("Description", _CONTENT, Shape.LONG_TEXT),
    Field(
        "CustodialHistory.CustodialHistoryItem", _("Historique de conservation"), _CONTENT,
        many=True, help=_("Une étape par ligne."),
    ),
    _field("Type", _CONTENT),
    _field("DocumentType", _CONTENT),
    _field("Status", _CONTENT),
    _field("Version", _CONTENT),
    _field("Source", _CONTENT),
    Field(
        "Keyword", _("Mots-clés"), _INDEX, Shape.KEYWORDS,
        help=_(
            "Un par ligne : Gymnase | lieu. Natures : sujet, lieu, personne, collectivité, "
            "famille, nom, métier, activité, typologie."
        ),
    ),
    Field("Tag", _("Étiquettes"), _INDEX, many=True, help=_LINES),
    Field("Coverage.Spatial", _("Couverture géographique"), _INDEX, many=True, help=_LINES),
    Field("Coverage.Temporal", _("Couverture chronologique"), _INDEX, many=True, help=_LINES),
    Field("Coverage.Juridictional", _("Couverture administrative"), _INDEX, many=True, help=_LINES),
    Field("Language", _("Langues"), _INDEX, many=True, help=_("Un code par ligne : fr, oci.")),
    Field("DescriptionLanguage", _("Langue de la description"), _INDEX, help=_("Par exemple fr.")),
)  # fmt: skip

_SHAPES = {
    OntologyTerm.Type.DATE: Shape.DATE,
    OntologyTerm.Type.LONG: Shape.NUMBER,
    OntologyTerm.Type.DOUBLE: Shape.NUMBER,
    OntologyTerm.Type.BOOLEAN: Shape.BOOLEAN,
}


def editable_fields() -> dict[str, Field]:
    """Return the fields by name: those of the standard, then those of the coffre's ontology.

    The languages proposed are the coffre's own, the usual one first.
    """
    known = {field.name: field for field in FIELDS}
    spoken = Tenant.objects.values_list("languages", flat=True).get(id=current_tenant_id())
    if spoken:
        codes = {"codes": ", ".join(spoken), "first": spoken[0]}
        several = gettext("Un code par ligne. Langues du coffre : %(codes)s.") % codes
        one = gettext("Un code. Langue habituelle du coffre : %(first)s.") % codes
        known["Language"] = replace(known["Language"], help=several)
        known["DescriptionLanguage"] = replace(known["DescriptionLanguage"], help=one)
    taken = {part for field in FIELDS for part in field.path}
    for term in effective_ontology().values():
        is_own = term.origin == OntologyTerm.Origin.EXTERNAL and "Unit" in term.collections
        if is_own and term.identifier not in taken and "." not in term.identifier:
            known[term.identifier] = Field(
                term.identifier,
                term.short_name or term.identifier,
                _OWN,
                _SHAPES.get(OntologyTerm.Type(term.type), Shape.TEXT),
                many=True,
                help=term.description or _LINES,
            )
    return known


def grouped(fields: Iterable[Field]) -> list[tuple[str, list[Field]]]:
    """Return the fields under the titles of their groups, in order."""
    groups: dict[str, list[Field]] = {}
    for field in fields:
        groups.setdefault(str(field.group), []).append(field)
    return list(groups.items())
