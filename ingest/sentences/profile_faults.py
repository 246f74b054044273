"""What a manifest does against the RNG or XSD of its profile, in French.

libxml2 tells it in English: each of its sentences that a profile meets has its own here, without
namespaces nor final stop. One that is not here is given as it came.
"""

import re

from django.utils.translation import gettext_lazy as _

_NAMESPACE = re.compile(r"\{[^{}]*\}")
_VALUE = r"[Tt]he value '(?P<value>.*)'"

_SENTENCES = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        # RELAX NG (relaxng.c)
        (r"Expecting an element (?P<wanted>\w.*), got nothing", _("il y manque %(wanted)s")),
        (r"Expecting an element *,? got nothing", _("il y manque un élément")),
        (r"Expecting an element got text", _("il contient du texte au lieu d’éléments")),
        (
            r"Expecting element (?P<wanted>.*), got (?P<found>.*)",
            _("%(wanted)s était attendu, et non %(found)s"),
        ),
        (r"Did not expect element (?P<found>.*) there", _("%(found)s n’a pas sa place ici")),
        (r"Did not expect text in element (?P<found>.*) content", _("il contient du texte")),
        (r"Element .* has extra content: (?P<found>.*)", _("%(found)s y est de trop")),
        (r"Extra element (?P<found>.*) in interleave", _("%(found)s y est de trop")),
        (r"Invalid sequence in interleave", _("ses éléments ne sont pas ceux prévus")),
        (r"Invalid attribute (?P<found>.*) for element .*", _("son attribut %(found)s est refusé")),
        (
            r"Type (?P<type>.*) doesn't allow value '(?P<value>.*)'",
            _("« %(value)s » n’est pas du type %(type)s"),
        ),
        (r"Error validating datatype (?P<type>.*)", _("sa valeur n’est pas du type %(type)s")),
        (r"Error validating value (?P<value>.*)", _("sa valeur n’est pas celle prévue")),
        (r"Element .* failed to validate content", _("son contenu n’est pas celui prévu")),
        (r"Element .* failed to validate attributes", _("ses attributs ne sont pas ceux prévus")),
        # XML Schema (xmlschemas.c)
        (
            r".*: This element is not expected\. Expected is one of \( (?P<wanted>.*) \)\.",
            _("il n’a pas sa place ici, où l’un de %(wanted)s est attendu"),
        ),
        (
            r".*: This element is not expected\. Expected is \( (?P<wanted>.*) \)\.",
            _("il n’a pas sa place ici, où %(wanted)s est attendu"),
        ),
        (r".*: This element is not expected\.", _("il n’a pas sa place ici")),
        (
            r".*: Missing child element\(s\)\. Expected is one of \( (?P<wanted>.*) \)\.",
            _("il y manque l’un de %(wanted)s"),
        ),
        (
            r".*: Missing child element\(s\)\. Expected is \( (?P<wanted>.*) \)\.",
            _("il y manque %(wanted)s"),
        ),
        (
            r".*: The attribute '(?P<found>.*)' is not allowed\.",
            _("l’attribut %(found)s est refusé"),
        ),
        (
            r".*: The attribute '(?P<wanted>.*)' is required but missing\.",
            _("il y manque l’attribut %(wanted)s"),
        ),
        (
            r".*: '(?P<value>.*)' is not a valid value of the .*type '(?:xs:)?(?P<type>.*)'\.",
            _("« %(value)s » n’est pas du type %(type)s"),
        ),
        (
            rf".*: \[facet 'enumeration'\] {_VALUE} is not an element of the set "
            r"\{(?P<wanted>.*)\}\.",
            _("« %(value)s » n’est pas parmi les valeurs admises : %(wanted)s"),
        ),
        (
            rf".*: \[facet 'pattern'\] {_VALUE} is not accepted by the pattern '(?P<wanted>.*)'\.",
            _("« %(value)s » ne suit pas le motif %(wanted)s"),
        ),
        (
            r".*: \[facet 'min.*'\].* (?:minimum|less than).*'(?P<wanted>[^']*)'.*",
            _("sa valeur est trop courte ou trop petite : %(wanted)s au moins"),
        ),
        (
            r".*: \[facet 'max.*'\].* (?:maximum|greater than).*'(?P<wanted>[^']*)'.*",
            _("sa valeur est trop longue ou trop grande : %(wanted)s au plus"),
        ),
        (
            r".*: Character content other than whitespace is not allowed .*",
            _("il contient du texte au lieu d’éléments"),
        ),
        (r".*: Character content is not allowed.*", _("il doit être vide")),
        (
            r".*: No matching global declaration available for the validation root\.",
            _("le profil ne connaît pas cette racine"),
        ),
    )
)


def in_french(message: str) -> str:
    """Return what libxml2 says of an element, in French where its sentence is known."""
    for pattern, words in _SENTENCES:
        if found := pattern.fullmatch(message):
            told = {name: _NAMESPACE.sub("", value) for name, value in found.groupdict().items()}
            return str(words) % told
    return message
