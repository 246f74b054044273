"""Facets of a search: what its results are, each value with the address that asks for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from access.query_language import BoxQuery
from access.search_rules import action_word, due_years_asked, with_due_years, with_final_actions
from sae.holdings.levels import level_label
from sae.holdings.models import ArchiveUnit
from sae.holdings.projection import Facets

MOST_FACETS = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet. ``url`` adds it, or removes it when it is chosen."""

    label: str
    count: int | None
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    title: str
    choices: tuple[Choice, ...]


def facets_of(
    query: BoxQuery,
    counts: Facets,
    *,
    names: Mapping[str, str],
    url_of: Callable[[BoxQuery], str],
) -> list[Facet]:
    """Return the facets that have something to choose. ``names`` are those of the agencies."""

    def facet(
        title: str,
        chosen: tuple[str, ...],
        counted: Mapping[str, int],
        label: Callable[[str], str],
        asking: Callable[[tuple[str, ...]], BoxQuery],
    ) -> Facet:
        values = [*chosen, *(one for one in counted if one not in chosen)][:MOST_FACETS]
        choices = []
        for value in values:
            is_chosen = value in chosen
            others = tuple(one for one in chosen if one != value)
            choices.append(
                Choice(
                    label=label(value),
                    count=counted.get(value),
                    url=url_of(asking(others if is_chosen else (*chosen, value))),
                    is_chosen=is_chosen,
                )
            )
        return Facet(title, tuple(choices))

    facets = [
        facet(
            _("Service producteur"),
            query.agencies,
            counts.agencies,
            lambda one: names.get(one, one),
            lambda values: replace(query, agencies=values),
        ),
        facet(
            _("Niveau"),
            query.levels,
            counts.levels,
            level_label,
            lambda values: replace(query, levels=values),
        ),
        facet(
            _("Type"),
            query.unit_types,
            counts.unit_types,
            type_label,
            lambda values: replace(query, unit_types=values),
        ),
        facet(
            _("Sort final"),
            query.rules.final_actions,
            counts.final_actions,
            action_word,
            lambda values: with_final_actions(query, values),
        ),
        facet(
            _("Fin de DUA"),
            due_years_asked(query),
            dict(sorted(counts.due_years.items())),
            str,
            lambda values: with_due_years(query, values),
        ),
    ]
    return [one for one in facets if one.choices]


def type_label(unit_type: str) -> str:
    """Return the name of a type of unit, as a facet and a filter show it."""
    return str(ArchiveUnit.Type(unit_type).label).capitalize()
