"""Forms of descriptions: one unit; many units, each field kept, replaced or cleared."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.updates.descriptions import DescriptionPatch, Substitution, fault_of_pattern
from access.updates.fields import Content, Field, FieldFault, Shape, editable_fields, grouped
from sae.holdings.levels import LEVELS
from sae.ui.forms import DayInput

KEEP, REPLACE, CLEAR = "", "remplacer", "effacer"
_WHOLE_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LONGEST = 30_000


def _key(name: str) -> str:
    """Return the name of a field in a form: a dot would be read as a lookup by templates."""
    return name.replace(".", "__")


def _input_of(field: Field, text: str = "", *, required: bool = True) -> forms.Field:
    """Return what a field is typed in. ``text``: what it holds now."""
    widget: forms.Widget = forms.TextInput()
    if field.shape is Shape.LEVEL:
        choices = [(level, str(word)) for level, word in LEVELS.items()]
        if text and text not in LEVELS:
            choices.insert(0, (text, text))
        return forms.ChoiceField(
            label=str(field.label),
            choices=[("", "—"), *choices],
            required=required and field.required,
            help_text=str(field.help),
        )
    if field.is_lines:
        widget = forms.Textarea(attrs={"rows": min(max(text.count("\n") + 2, 2), 8)})
    elif field.shape is Shape.DATE and (not text or _WHOLE_DAY.fullmatch(text)):
        widget = DayInput()
    return forms.CharField(
        label=str(field.label),
        required=required and field.required,
        help_text=str(field.help),
        max_length=_LONGEST,
        widget=widget,
    )


class UnitForm(forms.Form):
    """The description of one unit. What it does not show is kept."""

    def __init__(self, *args: Any, content: Content, **kwargs: Any) -> None:
        self.described = editable_fields()
        self.before = {name: field.text_in(content) for name, field in self.described.items()}
        initial = {_key(name): text for name, text in self.before.items()}
        kwargs["initial"] = {**initial, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        for name, field in self.described.items():
            self.fields[_key(name)] = _input_of(field, self.before[name])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name, field in self.described.items():
            try:
                field.set_in({}, cleaned.get(_key(name)) or "")
            except FieldFault as fault:
                self.add_error(_key(name), str(fault))
        return cleaned

    def texts(self) -> dict[str, str]:
        """Return what was typed, by field."""
        return {
            name: (self.cleaned_data.get(_key(name)) or "").replace("\r\n", "\n").strip()
            for name in self.described
        }

    def groups(self) -> Iterator[tuple[str, list[BoundField], bool]]:
        """Yield the fields under the titles of their groups, and whether any holds something."""
        for title, fields in grouped(self.described.values()):
            bound = [self[_key(field.name)] for field in fields]
            yield title, bound, any(one.value() for one in bound)


def patch_between(before: Mapping[str, str], after: Mapping[str, str]) -> DescriptionPatch:
    """Return the change that leads from some texts to others, field by field."""
    changed = {name: text for name, text in after.items() if text != before.get(name, "").strip()}
    return DescriptionPatch(
        set={name: text for name, text in changed.items() if text},
        clear=[name for name, text in changed.items() if not text],
    )


class DescriptionsForm(forms.Form):
    """One change for many units: each field is kept, replaced or cleared."""

    hides_optional = True
    in_field = forms.ChoiceField(label=gettext_lazy("Champ"), required=False)
    pattern = forms.CharField(
        label=gettext_lazy("Rechercher"),
        required=False,
        strip=False,
        help_text=gettext_lazy("Une expression régulière, par exemple ^Marché n° (\\d+)."),
    )
    replacement = forms.CharField(
        label=gettext_lazy("Remplacer par"),
        required=False,
        strip=False,
        help_text=gettext_lazy("\\1 reprend le premier groupe trouvé."),
    )

    def __init__(self, *args: Any, patch: DescriptionPatch | None = None, **kwargs: Any) -> None:
        self.described = editable_fields()
        patch = patch or DescriptionPatch()
        first = next(iter(patch.substitute), Substitution("", "", ""))
        initial = {
            "in_field": first.field,
            "pattern": first.pattern,
            "replacement": first.replacement,
            **{_key(name): text for name, text in patch.set.items()},
            **{f"{_key(name)}-etat": REPLACE for name in patch.set},
            **{f"{_key(name)}-etat": CLEAR for name in patch.clear},
        }
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        for name, field in self.described.items():
            states = [(KEEP, _("Garder")), (REPLACE, _("Remplacer"))]
            if not field.required:
                states.append((CLEAR, _("Effacer")))
            self.fields[f"{_key(name)}-etat"] = forms.ChoiceField(
                label=_("Que faire de : %s") % field.label, choices=states, required=False
            )
            self.fields[_key(name)] = _input_of(field, patch.set.get(name, ""), required=False)
        texts = [
            one for one in self.described.values() if one.shape in (Shape.TEXT, Shape.LONG_TEXT)
        ]
        self.fields["in_field"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            *((one.name, str(one.label)) for one in texts),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name, field in self.described.items():
            text = (cleaned.get(_key(name)) or "").strip()
            state = cleaned.get(f"{_key(name)}-etat") or KEEP
            if state == REPLACE and not text:
                self.add_error(_key(name), _("Donnez la nouvelle valeur, ou choisissez Effacer."))
            if state == KEEP and text:
                self.add_error(
                    f"{_key(name)}-etat", _("Une valeur est donnée : choisissez Remplacer.")
                )
            try:
                field.set_in({}, text)
            except FieldFault as fault:
                self.add_error(_key(name), str(fault))
        if cleaned.get("pattern") or cleaned.get("in_field"):
            if not cleaned.get("in_field"):
                self.add_error("in_field", _("Choisissez le champ."))
            elif not cleaned.get("pattern"):
                self.add_error("pattern", _("Donnez ce qui est recherché."))
            wrong = fault_of_pattern(cleaned.get("pattern") or "", cleaned.get("replacement") or "")
            if wrong:
                self.add_error("pattern", wrong)
        if not self.errors and self.patch().is_empty:
            raise ValidationError(_("Rien n’est demandé : remplacez ou effacez au moins un champ."))
        return cleaned

    def patch(self) -> DescriptionPatch:
        """Return what is asked."""
        cleaned = self.cleaned_data
        states = {name: cleaned.get(f"{_key(name)}-etat") or KEEP for name in self.described}
        substitutions = []
        if cleaned.get("in_field") and cleaned.get("pattern"):
            substitutions.append(
                Substitution(cleaned["in_field"], cleaned["pattern"], cleaned["replacement"])
            )
        return DescriptionPatch(
            set={
                name: cleaned[_key(name)].replace("\r\n", "\n").strip()
                for name, state in states.items()
                if state == REPLACE
            },
            clear=[name for name, state in states.items() if state == CLEAR],
            substitute=substitutions,
        )

    def groups(self) -> Iterator[tuple[str, list[tuple[BoundField, BoundField]], bool]]:
        """Yield (state, value) of the fields under their titles, and whether any is touched."""
        for title, fields in grouped(self.described.values()):
            pairs = [(self[f"{_key(one.name)}-etat"], self[_key(one.name)]) for one in fields]
            yield title, pairs, any(state.value() or value.errors for state, value in pairs)
