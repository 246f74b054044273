"""Every result of a search as rows of a spreadsheet."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from access.description import cote_of
from access.naming import agency_names, path_words
from access.search_rules import RULES_EXPORTED, rules_exported
from sae.holdings.levels import level_label
from sae.holdings.models import ArchiveUnit
from sae.holdings.projection import SearchQuery, every_id
from sae.holdings.rules_store import results_of
from sae.holdings.selectors.tree import counts_below, paths_of
from sae.holdings.selectors.units import units_by_ids

EXPORT_COLUMNS: tuple[str | Promise, ...] = (
    gettext_lazy("Cote"),
    gettext_lazy("Intitulé"),
    gettext_lazy("Niveau"),
    gettext_lazy("Date de début"),
    gettext_lazy("Date de fin"),
    gettext_lazy("Service producteur"),
    gettext_lazy("Emplacement"),
    gettext_lazy("Présentation"),
    gettext_lazy("Type"),
    gettext_lazy("Unités dessous"),
    *RULES_EXPORTED,
    gettext_lazy("Identifiant"),
)


def result_rows(query: SearchQuery) -> Iterator[Sequence[Any]]:
    """Yield the headers, then every result in order, holding a thousand at a time."""
    yield [str(column) for column in EXPORT_COLUMNS]
    for batch in every_id(query):
        units = units_by_ids(batch)
        paths = paths_of(units)
        counts = counts_below(units)
        rules = results_of(batch)
        names = agency_names({unit.originating_agency for unit in units})
        for unit in units:
            yield [
                cote_of(unit.content),
                unit.title,
                level_label(unit.level),
                unit.start_date,
                unit.end_date,
                names.get(unit.originating_agency, unit.originating_agency),
                path_words(paths[unit.id][0]),
                presentation_of(unit),
                unit.get_unit_type_display(),
                counts[unit.id].descendants,
                *rules_exported(rules.get(unit.id)),
                str(unit.id),
            ]


def presentation_of(unit: ArchiveUnit) -> str:
    """Return the description of a unit as one text."""
    value = unit.content.get("Description", "")
    return value if isinstance(value, str) else " ".join(map(str, value or ()))
