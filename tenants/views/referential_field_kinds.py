"""Fields of forms that hold several values, or a structure."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class LinesField(forms.CharField):
    """Several values, one by line."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", gettext_lazy("Une valeur par ligne."))
        super().__init__(**kwargs)
        self.widget.attrs["rows"] = 4

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]


class JsonField(forms.CharField):
    """A structure, in JSON."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", gettext_lazy("Structure en JSON."))
        super().__init__(**kwargs)
        self.widget.attrs |= {"rows": 6, "class": "mono", "spellcheck": "false"}

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str):
            return value
        return json.dumps(value, ensure_ascii=False, indent=2) if value else ""

    def to_python(self, value: Any) -> Any:
        if not str(value or "").strip():
            return None
        try:
            return json.loads(value)
        except ValueError as error:
            raise forms.ValidationError(_("Ce texte n’est pas du JSON valide.")) from error
