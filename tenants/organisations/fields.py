"""Form fields of organisations: a colour that is legible, a quota in Go, languages, domains."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.ui import french
from sae.ui.colours import LEAST_CONTRAST, contrast, is_legible, normalise

GIGA = 1000**3
LANGUAGES = (
    ("fr", gettext_lazy("français")),
    ("en", gettext_lazy("anglais")),
    ("de", gettext_lazy("allemand")),
    ("es", gettext_lazy("espagnol")),
    ("it", gettext_lazy("italien")),
    ("nl", gettext_lazy("néerlandais")),
    ("pt", gettext_lazy("portugais")),
    ("br", gettext_lazy("breton")),
    ("ca", gettext_lazy("catalan")),
    ("co", gettext_lazy("corse")),
    ("eu", gettext_lazy("basque")),
    ("oc", gettext_lazy("occitan")),
    ("la", gettext_lazy("latin")),
)
_DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))+\Z")


class ColourInput(forms.TextInput):
    """The browser's own palette; its value travels as ``#rrggbb``."""

    input_type = "color"


def contrast_verdict(colour: str) -> tuple[bool, str]:
    """Return whether white text may stand on a colour, and the sentence that says so."""
    value = normalise(colour.strip())
    if value is None:
        return False, _("Une couleur s’écrit en six chiffres hexadécimaux, comme #8c3d1f.")
    ratio = french.number(contrast(value, "#ffffff"), 1)
    if is_legible(value):
        return True, _("Lisible : contraste de %(ratio)s avec le texte blanc.") % {"ratio": ratio}
    return False, _(
        "Trop claire : contraste de %(ratio)s avec le texte blanc, il en faut %(least)s. "
        "La plus proche qui convient : %(darker)s."
    ) % {"ratio": ratio, "least": french.number(LEAST_CONTRAST, 1), "darker": darkened(value)}


def darkened(colour: str) -> str:
    """Return the same hue, as dark as needed for white text."""
    channels = [int(colour[index : index + 2], 16) for index in (1, 3, 5)]
    while not is_legible(colour):
        channels = [max(0, round(channel * 0.95) - 1) for channel in channels]
        colour = "#" + "".join(f"{channel:02x}" for channel in channels)
    return colour


class ColourField(forms.CharField):
    """A colour on which white text is legible."""

    widget = ColourInput

    def clean(self, value: Any) -> str:
        given: str = super().clean(value)
        legible, sentence = contrast_verdict(given)
        if not legible:
            raise ValidationError(sentence)
        return normalise(given) or given


class GigabytesField(forms.DecimalField):
    """A volume typed in Go; its value is in bytes, ``None`` for no limit."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_digits", 9)
        kwargs.setdefault("decimal_places", 3)
        kwargs.setdefault("required", False)
        super().__init__(localize=True, **kwargs)

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        return None if typed is None else int(typed * GIGA)

    def prepare_value(self, value: Any) -> Any:
        # A whole number of bytes comes from the database; anything else is what was typed.
        if isinstance(value, int) and not isinstance(value, bool):
            gigas = value / GIGA
            return int(gigas) if gigas == int(gigas) else round(gigas, 3)
        return value


class LanguagesField(forms.MultipleChoiceField):
    """Languages of what a coffre keeps, as a tuple of ISO 639-1 codes."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("choices", LANGUAGES)
        kwargs.setdefault("initial", ["fr"])
        kwargs.setdefault("label", gettext_lazy("Langues"))
        super().__init__(**kwargs)


class DomainsField(forms.CharField):
    """Mail domains, separated by blanks or commas, as a tuple of lower-case names."""

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        domains = [one.lstrip("@") for one in re.split(r"[\s,;]+", typed.lower()) if one]
        wrong = [one for one in domains if not _DOMAIN.match(one)]
        if wrong:
            raise ValidationError(
                _("« %s » n’est pas un domaine : par exemple ville-exemple.fr.") % wrong[0]
            )
        return tuple(dict.fromkeys(domains))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, (list, tuple)) else value
