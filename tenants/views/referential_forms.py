"""The form of an element of any referential, drawn from the fields of its file."""

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from sae.ui.forms import DayField
from tenants.models import Agency, ArchiveProfile, ManagementContract, Referential
from tenants.positions.fields import PositionField, PositionsField
from tenants.referentials import fields as read
from tenants.referentials import labels
from tenants.referentials.editing import KEYS, own_fields
from tenants.referentials.fields import Field
from tenants.referentials.kinds import Kind
from tenants.referentials.versions import plain
from tenants.views.referential_field_kinds import JsonField, LinesField
from tenants.views.referential_table_forms import table_fields

_HIDDEN = ("CreationDate", "LastUpdate", "ActivationDate", "DeactivationDate")
_LONG = ("Description", "BiogHist", "GeneralContext")
_REFERENCES: Mapping[str, type[Referential]] = {
    "OriginatingAgencies": Agency,
    "ArchiveProfiles": ArchiveProfile,
    "ManagementContractId": ManagementContract,
}
"""Fields that name elements of another referential: chosen in a list."""


_POSITIONS = ("LinkParentId", "CheckParentId", "RootUnits", "ExcludedRootUnits")
"""Fields that name places of the classification: chosen in the tree that one sees."""


class ElementForm(forms.Form):
    """Base: a hidden version, so that nobody overwrites what he has not seen."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def document(self) -> dict[str, Any]:
        """Return what was typed under the names of the file, structures put together again."""
        document: dict[str, Any] = {}
        for name, field in self.fields.items():
            if name == "seen_version":
                continue
            value = self.initial.get(name) if field.disabled else self._value(name)
            outer, _dot, inner = name.partition(".")
            if not inner:
                document[name] = value
            elif value not in (None, "", []):
                document.setdefault(outer, {})[inner] = value
            else:
                document.setdefault(outer, {})
        # A structure of which nothing was said is absent.
        return {
            name: None if isinstance(value, dict) and not any(value.values()) else value
            for name, value in document.items()
        }

    def add_fault(self, element: str, words: str) -> None:
        """Put a fault beside its field, or above the form."""
        for name in (element, element.partition(".")[0].partition("[")[0]):
            if name in self.fields:
                self.add_error(name, words)
                return
        self.add_error(None, words)

    def _value(self, name: str) -> Any:
        value = self.cleaned_data[name]
        field = self.fields[name]
        if isinstance(field, PositionField):
            return str(value or "")
        if isinstance(field, PositionsField):
            return [str(one) for one in value]
        if isinstance(field, LinesField | JsonField | forms.BooleanField):
            return value
        if isinstance(field, forms.MultipleChoiceField):
            return list(value)
        if value in (None, ""):
            return None if field.initial is None and not field.required else ""
        return value.isoformat() if isinstance(field, DayField) else value


def element_form(kind: Kind, row: Referential | None, data: Any) -> ElementForm:
    """Return the form of an element (``row``), or of a new one."""
    fields = table_fields(kind) if kind.slug in KEYS else _document_fields(kind)
    form_class = type("KindForm", (ElementForm,), fields)
    initial = _initial(kind, row)
    form: ElementForm = form_class(data, initial=initial)
    for name, field in form.fields.items():
        if isinstance(field, PositionsField):
            # Positions chosen before may be gone, or out of the reader's sight: they may stay.
            told = initial.get(name) or []
            field.initial = [
                uuid.UUID(str(one)) for one in ([told] if isinstance(told, str) else told)
            ]
    key = KEYS.get(kind.slug) or _key(kind)
    if row is not None and key in form.fields:
        form.fields[key].disabled = True
    only = own_fields(kind, initial) if row is not None else None
    for name, field in form.fields.items():
        if only is not None and name not in (*only, "seen_version"):
            field.disabled = True
    return form


def _initial(kind: Kind, row: Referential | None) -> dict[str, Any]:
    """Return what the form shows first: the element, or what a new one is unless told."""
    if row is None:
        blank = kind.model()
        document = {
            one.name: getattr(blank, one.column)
            for one in (kind.documents.fields if kind.documents else ())
            if one.column and not one.ignored
        }
        document = {name: value for name, value in document.items() if value is not None}
    else:
        document = dict(plain(kind.describe(row)))
    flat = {
        f"{outer}.{inner}": value
        for outer, structure in document.items()
        if isinstance(structure, dict)
        for inner, value in structure.items()
    }
    return {**document, **flat, "seen_version": row.version if row else None}


def _key(kind: Kind) -> str:
    if kind.documents is None:
        return ""
    return next(one.name for one in kind.documents.fields if one.column == "identifier")


def _document_fields(kind: Kind) -> dict[str, forms.Field]:
    assert kind.documents is not None  # noqa: S101 told by the caller
    made: dict[str, forms.Field] = {}
    for one in kind.documents.fields:
        if one.name in _HIDDEN or one.ignored:
            continue
        label = str(labels.field_label(kind, one.name))
        if isinstance(one.read, read.Nested):
            for inner in one.read.fields:
                words = f"{label} : {labels.inner_label(inner.name)}"
                made[f"{one.name}.{inner.name}"] = _field(inner, words, required=False)
        else:
            made[one.name] = _field(one, label, required=one.required)
    return made


def _field(one: Field, label: str, *, required: bool) -> forms.Field:
    common: dict[str, Any] = {"label": label, "required": required}
    reader = one.read
    if one.column == "identifier":
        help_text = _("Attribué par la plateforme si vous ne l’écrivez pas.")
        return forms.CharField(
            **{**common, "required": False, "help_text": "" if one.required else help_text}
        )
    if one.name in _REFERENCES:
        rows = _REFERENCES[one.name].objects.order_by("identifier")
        choices = [(row.identifier, f"{row.identifier} — {row.name}") for row in rows]
        return _choice_of(choices, many=isinstance(reader, read.ListOf), **common)
    if one.name in _POSITIONS:
        many = isinstance(reader, read.ListOf)
        return PositionsField(**common) if many else PositionField(**common)
    if isinstance(reader, read.Choice):
        words = [(word, labels.value_in_words(word)) for word in reader.allowed]
        return forms.ChoiceField(choices=words if required else [("", "—"), *words], **common)
    if reader is read.flag:
        return forms.BooleanField(**{**common, "required": False})
    if reader is read.moment:
        return DayField(**common)
    if isinstance(reader, read.ListOf) and isinstance(reader.item, read.Choice):
        words = [(word, labels.value_in_words(word)) for word in reader.item.allowed]
        return forms.MultipleChoiceField(
            choices=words, widget=forms.CheckboxSelectMultiple, **common
        )
    if isinstance(reader, read.ListOf) and not isinstance(reader.item, read.Nested):
        return LinesField(**common)
    if reader in (read.text, read.filled_text, read.unit_id, read.whole):
        widget = forms.Textarea({"rows": 3}) if one.name in _LONG else forms.TextInput
        return forms.CharField(widget=widget, **common)
    return JsonField(**common)


def _choice_of(choices: list[tuple[str, str]], *, many: bool, **common: Any) -> forms.Field:
    if not many:
        return forms.ChoiceField(choices=[("", "—"), *choices], **common)
    if not choices:
        common["help_text"] = _("Rien à choisir : ce référentiel est vide.")
    return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **common)
