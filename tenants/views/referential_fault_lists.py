"""Every fault of a file as the lines of a table: where, what was seen, what to do."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from sae.kernel.problems import Problem
from tenants.referentials.sentences import sentence


def fault_lines(problems: Iterable[Problem]) -> Iterator[list[Any]]:
    """Yield a header, then one line per fault, in the order of the file."""
    yield [
        _("Ligne"),
        _("Colonne"),
        _("Rang de l’élément"),
        _("Champ"),
        _("Identifiant"),
        _("Vu"),
        _("Anomalie"),
        _("Code"),
    ]
    for found in problems:
        place = found.place
        yield [
            place.line,
            place.column,
            found.arguments.get("position"),
            place.element,
            place.identifier,
            found.seen,
            sentence(found),
            found.code,
        ]
