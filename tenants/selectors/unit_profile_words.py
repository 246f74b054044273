"""What a unit does against the JSON schema of its profile, in the words of an archivist.

The library tells its errors in English, with the whole value: here each keyword of the schema has
its sentence, and a value is cut when it is long.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import ValidationError

MOST_SHOWN = 80

_TYPES: Mapping[str, str] = {
    "string": "texte",
    "integer": "nombre entier",
    "number": "nombre",
    "boolean": "vrai ou faux",
    "array": "liste",
    "object": "bloc",
    "null": "vide",
}


def place_of(error: ValidationError) -> str:
    """Return the path of the field at fault; of a field that is missing, its own."""
    path = [str(one) for one in error.absolute_path]
    if error.validator == "required":
        path += _missing(error)[:1]
    return "/".join(path)


def words_of(error: ValidationError) -> str:
    """Say what is wrong with the field at fault, without a final stop."""
    describe = _WORDS.get(str(error.validator))
    if describe is None:
        return _("« %s » n’est d’aucune des formes prévues") % _shown(error.instance)
    return describe(error)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def _missing(error: ValidationError) -> list[str]:
    return [name for name in error.validator_value if repr(name) in error.message]


def _extra(error: ValidationError) -> str:
    known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
    return ", ".join(sorted(name for name in error.instance if name not in known))


def _types(error: ValidationError) -> str:
    asked = error.validator_value
    names = asked if isinstance(asked, list) else [asked]
    return ", ".join(_TYPES.get(str(name), str(name)) for name in names)


_WORDS: Mapping[str, Callable[[ValidationError], str]] = {
    "required": lambda _error: _("il manque"),
    "type": lambda error: (
        _("« %(seen)s » n’est pas du type attendu (%(types)s)")
        % {"seen": _shown(error.instance), "types": _types(error)}
    ),
    "enum": lambda error: (
        _("« %(seen)s » n’est pas parmi les valeurs admises (%(allowed)s)")
        % {
            "seen": _shown(error.instance),
            "allowed": ", ".join(map(_shown, error.validator_value)),
        }
    ),
    "pattern": lambda error: (
        _("« %(seen)s » ne suit pas le motif %(pattern)s")
        % {"seen": _shown(error.instance), "pattern": error.validator_value}
    ),
    "minLength": lambda error: (
        _("« %(seen)s » compte moins de %(least)s caractères")
        % {"seen": _shown(error.instance), "least": error.validator_value}
    ),
    "maxLength": lambda error: (
        _("« %(seen)s » compte plus de %(most)s caractères")
        % {"seen": _shown(error.instance), "most": error.validator_value}
    ),
    "minItems": lambda error: _("il compte moins de %s valeurs") % error.validator_value,
    "maxItems": lambda error: _("il compte plus de %s valeurs") % error.validator_value,
    "uniqueItems": lambda _error: _("une valeur y est répétée"),
    "minimum": lambda error: (
        _("%(seen)s est au-dessous de %(least)s")
        % {"seen": _shown(error.instance), "least": error.validator_value}
    ),
    "maximum": lambda error: (
        _("%(seen)s est au-dessus de %(most)s")
        % {"seen": _shown(error.instance), "most": error.validator_value}
    ),
    "additionalProperties": lambda error: _("champs non prévus : %s") % _extra(error),
    "not": lambda error: _("« %s » est une valeur exclue") % _shown(error.instance),
}
