"""The rules in force on the search screen: in words, as filters, as facets, beside the results."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.query_language import BoxQuery, read_period
from access.query_rules import END_NAMES
from access.rules_panel import CATEGORIES, FINAL_ACTIONS, Text
from sae.holdings.models import RulesResult
from sae.holdings.rules_filter import BLOCKED, INHERITED, LOCAL, EndRange
from sae.ui.filters import range_in_words

ORIGINS: dict[str, Text] = {
    LOCAL: gettext_lazy("portée par l’unité"),
    INHERITED: gettext_lazy("héritée"),
    BLOCKED: gettext_lazy("bloquée par l’unité"),
}
RULES_EXPORTED: tuple[Text, ...] = (
    gettext_lazy("Règles en vigueur"),
    gettext_lazy("Fin de DUA"),
    gettext_lazy("Sort final"),
    gettext_lazy("Fin de l’incommunicabilité"),
)
ANY_END: Text = gettext_lazy("Échéance d’une règle")
APPRAISAL = END_NAMES["dua"]

Filter = tuple[str, Text, str, BoxQuery]
"""Key, label, value in words, and the query without it."""


def filters_on_rules(query: BoxQuery) -> Iterator[Filter]:
    """Yield what the box asks of the rules."""
    rules = query.rules

    def without(**changes: object) -> BoxQuery:
        return replace(query, rules=replace(rules, **changes))  # type: ignore[arg-type]

    for one in rules.ends:
        label = _("Échéance : %s") % CATEGORIES[one.category] if one.category else ANY_END
        rest = tuple(end for end in rules.ends if end != one)
        yield f"end-{one.category}", label, range_in_words(one.first, one.last), without(ends=rest)
    for action in rules.final_actions:
        left = tuple(one for one in rules.final_actions if one != action)
        yield f"action-{action}", _("Sort final"), action_word(action), without(final_actions=left)
    for rule in rules.rules:
        left = tuple(one for one in rules.rules if one != rule)
        yield f"rule-{rule}", _("Règle"), rule, without(rules=left)
    if rules.without_rule:
        yield "rule-none", _("Règle"), _("aucune"), without(without_rule=False)
    if rules.waiting:
        yield "rule-waiting", _("Règle"), _("en attente de calcul"), without(waiting=False)
    for origin in rules.origins:
        left = tuple(one for one in rules.origins if one != origin)
        yield f"origin-{origin}", _("Règle"), str(ORIGINS[origin]), without(origins=left)
    if rules.communicable is not None:
        words = _("oui") if rules.communicable else _("non")
        yield "communicable", _("Communicable"), words, without(communicable=None)
    if rules.on_hold is not None:
        words = _("en cours") if rules.on_hold else _("aucun en cours")
        yield "hold", _("Gel"), words, without(on_hold=None)


def due_years_asked(query: BoxQuery) -> tuple[str, ...]:
    """Return the year of the appraisal's end that the box asks, when it asks one year."""
    for one in query.rules.ends:
        if one.category == APPRAISAL and one.first and one == _year(str(one.first.year)):
            return (str(one.first.year),)
    return ()


def with_due_years(query: BoxQuery, years: tuple[str, ...]) -> BoxQuery:
    """Return the query for a year of the appraisal's end; the last one given wins."""
    others = tuple(one for one in query.rules.ends if one.category != APPRAISAL)
    asked = tuple(_year(year) for year in years[-1:])
    return replace(query, rules=replace(query.rules, ends=(*others, *asked)))


def with_final_actions(query: BoxQuery, actions: tuple[str, ...]) -> BoxQuery:
    return replace(query, rules=replace(query.rules, final_actions=actions))


def _year(year: str) -> EndRange:
    first, last = read_period(year.zfill(4)) or (None, None)
    return EndRange(APPRAISAL, first, last)


def action_word(action: str) -> str:
    return str(FINAL_ACTIONS.get(action, action))


def due_in_words(result: RulesResult | None) -> str:
    """Return what a line says of the appraisal: « DUA 31/12/2026, Détruire »."""
    if result is None:
        return ""
    actions = ", ".join(action_word(one) for one in result.appraisal_actions)
    if not origins_of(result, APPRAISAL):
        return ""
    end = f"{result.appraisal_end:%d/%m/%Y}" if result.appraisal_end else _("sans échéance")
    return _("DUA %(end)s, %(action)s") % {"end": end, "action": actions} if actions else end


def rules_exported(result: RulesResult | None) -> Sequence[Any]:
    """Return the values of ``RULES_EXPORTED`` for a unit; empty while it waits for its rules."""
    if result is None:
        return [None] * len(RULES_EXPORTED)
    return [
        ", ".join(result.rules),
        result.appraisal_end,
        ", ".join(action_word(one) for one in result.appraisal_actions),
        result.access_end,
    ]


def origins_of(result: RulesResult, category: str) -> tuple[str, ...]:
    """Return where the rules of a category come from: ``LOCAL``, ``INHERITED``, both, none."""
    found = ((LOCAL, result.local), (INHERITED, result.inherited))
    return tuple(origin for origin, categories in found if category in categories)
