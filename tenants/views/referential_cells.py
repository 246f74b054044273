"""Cells of a referential edited as a table: what a column shows, and what one types there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

from tenants.models import ManagementRule, OntologyTerm
from tenants.referentials import fields as read
from tenants.referentials import labels
from tenants.referentials.agencies import REQUIRED
from tenants.referentials.editing import own_fields
from tenants.referentials.fields import MISSING, Field
from tenants.referentials.kinds import Kind
from tenants.referentials.rules import COLUMNS

Choices = Sequence[tuple[str, Any]]

_TABLES: Mapping[str, tuple[str, ...]] = {
    "agencies": REQUIRED,
    "rules": COLUMNS,
    "formats": ("PUID", "Name", "Version", "MIMEType", "Alert", "Comment"),
    "ontologies": ("Identifier", "ShortName", "Type", "Description", "Collections"),
}
_NO_YES: Choices = [("", gettext_lazy("non")), ("true", gettext_lazy("oui"))]
_CHOICES: Mapping[str, Choices] = {
    "RuleType": list(ManagementRule.Category.choices),
    "RuleMeasurement": [("", "—"), *ManagementRule.Measurement.choices[:3]],
    "Alert": _NO_YES,
    "Type": list(OntologyTerm.Type.choices),
}
_SHORT = ("RuleDuration", "RuleMeasurement", "Alert")
_FLAGS = ("Alert",)
_SEVERAL = ("Collections",)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table. ``first`` is what a new line holds before anything is typed."""

    name: str
    label: Any
    choices: Choices | None = None
    is_flag: bool = False
    is_several: bool = False
    is_short: bool = False
    first: Any = ""

    def read(self, words: str) -> Any:
        """Return what was typed in a cell, as the file says it."""
        if self.is_flag:
            return words == "true"
        if self.is_several:
            return [part.strip() for part in words.split("|") if part.strip()]
        return words


def columns_of(kind: Kind) -> list[Column]:
    """Return the columns of a kind: all that one line can say; structures keep their form."""
    if kind.slug in _TABLES:
        return [
            Column(
                name,
                labels.field_label(kind, name),
                _CHOICES.get(name),
                is_flag=name in _FLAGS,
                is_several=name in _SEVERAL,
                is_short=name in _SHORT or name == kind.key,
            )
            for name in _TABLES[kind.slug]
        ]
    fields = kind.documents.fields if kind.documents else ()
    found = [_column(kind, one) for one in fields if not one.ignored and one.column != "created_at"]
    return [one for one in found if one is not None]


def _column(kind: Kind, one: Field) -> Column | None:
    """Return the column of a field, ``None`` when a cell cannot hold it."""
    label = labels.field_label(kind, one.name)
    first = "" if one.default is MISSING or callable(one.default) else one.default
    if one.read is read.flag:
        return Column(one.name, label, _NO_YES, is_flag=True, is_short=True, first=first)
    if isinstance(one.read, read.Choice):
        words: list[tuple[str, Any]] = [
            (word, labels.value_in_words(word)) for word in one.read.allowed
        ]
        optional = not (one.required or one.needed)
        choices = [("", "—"), *words] if optional else words
        return Column(one.name, label, choices, is_short=True, first=first)
    if one.read in (read.text, read.filled_text):
        return Column(one.name, label, is_short=one.name == kind.key)
    return None


def cells_of(
    kind: Kind, columns: Sequence[Column], document: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the cells of an element, or of a new line when ``document`` is empty."""
    only = own_fields(kind, document) if document else None
    return [
        {
            "name": one.name,
            "label": one.label,
            "value": _written(document.get(one.name) if document else one.first),
            "choices": one.choices,
            "is_key": one.name == kind.key,
            "is_short": one.is_short,
            "is_fixed": only is not None and one.name not in only,
        }
        for one in columns
    ]


def _written(value: Any) -> str:
    """Return a value as one types it in a cell."""
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, list):
        return " | ".join(map(str, value))
    return str(value or "")
