"""A form field whose values are positions of the classification.

``PositionsField`` takes several, ``PositionField`` one. Drawn as the list of what is chosen, a box
to search as one types (by words, or « plan › dossier »), and the tree one level at a time. Without
script the same buttons send the form back to be drawn again: ``redrawn`` keeps what was typed.
"""

import uuid
from collections.abc import Mapping
from typing import Any, TypeVar

from django import forms
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from sae.holdings.selectors.units import units_by_ids
from sae.kernel.identifiers import parse_id
from tenants.positions.choices import Asked, choices_of, positions_of

AnyForm = TypeVar("AnyForm", bound=forms.Form)

PICKER = "position_picker"
WORDS, PLACE, SEARCH = "mots", "ouvrir", "chercher"
"""What a picker adds to the name of its field for its own inputs and buttons."""


class PositionPicker(forms.Widget):
    """Draws the picker. ``url_name``: the address of its fragments, seen with the same sight."""

    template_name = "tenants/positions/picker.html"
    use_fieldset = True

    def __init__(self, *, multiple: bool = True, url_name: str = PICKER) -> None:
        super().__init__()
        self.multiple = multiple
        self.url_name = url_name
        self.asked = Asked()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        self.asked = asked_in(data, name)
        return values_in(data, name)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        # What is not ticked is not sent: nothing sent means nothing chosen.
        return False

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        return context | picker_context(
            name,
            _values(value),
            self.asked,
            multiple=self.multiple,
            url=reverse(self.url_name),
        )


def picker_context(
    name: str, values: list[str], asked: Asked, *, multiple: bool, url: str
) -> dict[str, Any]:
    """Return what the templates of the picker show, in a page or in a fragment."""
    ids = [one for one in map(parse_id, values) if one is not None]
    return {
        "name": name,
        "chosen": positions_of(ids),
        "chosen_ids": set(ids),
        "choices": choices_of(asked),
        "asked": asked,
        "multiple": multiple,
        "kind": "checkbox" if multiple else "radio",
        "url": url,
    }


def asked_in(data: Any, name: str) -> Asked:
    """Return where the reader of a picker stands, from what a form or an address carries."""
    return Asked.read(data.get(f"{name}-{WORDS}", ""), data.get(f"{name}-{PLACE}", ""))


def values_in(data: Any, name: str) -> list[str]:
    """Return the values chosen so far."""
    values = data.getlist(name) if isinstance(data, MultiValueDict) else data.get(name, [])
    return _values(values)


def _values(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


class PositionsField(forms.Field):
    """Several positions. Cleaned to the list of their identifiers.

    Those unknown or out of sight are refused, but those of ``initial`` that are gone meanwhile may
    stay: they do no harm, and only their removal should need a click.
    """

    def __init__(self, *, multiple: bool = True, url_name: str = PICKER, **kwargs: Any) -> None:
        widget = PositionPicker(multiple=multiple, url_name=url_name)
        super().__init__(widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        values = _values(value)
        ids = [one for one in map(parse_id, values) if one is not None]
        if self.required and not ids:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        known = {unit.id for unit in units_by_ids(ids)} | set(self.initial or ())
        if len(ids) < len(values) or not set(ids) <= known:
            raise forms.ValidationError(
                _("Une position choisie n’existe plus : retirez-la."), code="unknown"
            )
        return list(dict.fromkeys(ids))


class PositionField(PositionsField):
    """One position. Cleaned to its identifier, ``None`` when none is chosen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(multiple=False, **kwargs)

    def clean(self, value: Any) -> uuid.UUID | None:
        ids = super().clean(value)
        return ids[0] if ids else None


def redrawn(form: AnyForm, data: Mapping[str, Any]) -> AnyForm:
    """Make a new form show what was typed, unchecked: a picker's button was pressed."""
    for name, field in form.fields.items():
        form.initial[name] = field.widget.value_from_datadict(data, MultiValueDict(), name)
    return form
