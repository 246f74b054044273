"""Qualifiers of the search box on the rules in force.

    dua:<2027 sort:détruire règle:APP-00001 gel:non communicable:oui origine:propre

Accents may be left out. Pure: see ``access.query_language``, which holds the box.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sae.holdings.rules_filter import BLOCKED, INHERITED, LOCAL, EndRange, RulesFilter
from sae.holdings.text import fold

Period = tuple[dt.date | None, dt.date | None]

END_NAMES = {
    "échéance": "",
    "dua": "AppraisalRule",
    "communicabilité": "AccessRule",
    "diffusion": "DisseminationRule",
    "réutilisation": "ReuseRule",
    "duc": "StorageRule",
    "classification": "ClassificationRule",
    "gel": "HoldRule",
}
"""Qualifiers of the end dates, by the category they speak of; the first of any category."""

ACTION_WORDS = {
    "conserver": "Keep",
    "détruire": "Destroy",
    "restreindre": "RestrictAccess",
    "transférer": "Transfer",
    "copier": "Copy",
}
_ACTION, _RULE, _ORIGIN, _COMMUNICABLE, _HOLD = "sort", "règle", "origine", "communicable", "gel"
_NO_RULE, _WAITING = "aucune", "attente"
_ORIGIN_WORDS = {"propre": LOCAL, "héritée": INHERITED, "bloquée": BLOCKED}
_YES_NO = {"oui": True, "non": False}

_WRITTEN = (*END_NAMES, _ACTION, _RULE, _ORIGIN, _COMMUNICABLE)
_BY_FOLDED = {fold(name): name for name in _WRITTEN}
NAMES = frozenset((*_WRITTEN, *_BY_FOLDED))
"""The names before the colon, with accents and without."""


def read(
    name: str, value: str, rules: RulesFilter, read_period: Callable[[str], Period | None]
) -> RulesFilter | None:
    """Return the filter with one more qualifier; ``None`` when its value is not understood."""
    name = _BY_FOLDED[fold(name)]
    yes_no = _YES_NO.get(value.lower())
    if name == _ACTION:
        return _with_action(rules, value)
    if name == _RULE:
        return _with_rule(rules, value)
    if name == _ORIGIN:
        origin = _word(_ORIGIN_WORDS, value)
        return _with(rules, "origins", origin) if origin else None
    if name == _COMMUNICABLE:
        return None if yes_no is None else replace(rules, communicable=yes_no)
    if name == _HOLD and yes_no is not None:
        return replace(rules, on_hold=yes_no)
    period = read_period(value)
    if period is None:
        return None
    category = END_NAMES[name]
    others = tuple(one for one in rules.ends if one.category != category)
    return replace(rules, ends=(*others, EndRange(category, *period)))


def write(
    rules: RulesFilter,
    period: Callable[[dt.date | None, dt.date | None], str],
    quoted: Callable[[str], str],
) -> list[str]:
    """Return the qualifiers of a filter, in a fixed order."""
    actions = {value: word for word, value in ACTION_WORDS.items()}
    origins = {value: word for word, value in _ORIGIN_WORDS.items()}
    ends = {category: name for name, category in END_NAMES.items()}
    parts = [f"{ends[one.category]}:{period(one.first, one.last)}" for one in rules.ends]
    parts += [f"{_ACTION}:{actions.get(one, one)}" for one in rules.final_actions]
    parts += [f"{_RULE}:{quoted(one)}" for one in rules.rules]
    if rules.without_rule:
        parts.append(f"{_RULE}:{_NO_RULE}")
    if rules.waiting:
        parts.append(f"{_RULE}:{_WAITING}")
    parts += [f"{_ORIGIN}:{origins[one]}" for one in rules.origins]
    for name, value in ((_COMMUNICABLE, rules.communicable), (_HOLD, rules.on_hold)):
        if value is not None:
            parts.append(f"{name}:{'oui' if value else 'non'}")
    return parts


def _with_action(rules: RulesFilter, value: str) -> RulesFilter | None:
    known = {one.lower(): one for one in ACTION_WORDS.values()}
    action = _word(ACTION_WORDS, value) or known.get(value.lower())
    return _with(rules, "final_actions", action) if action else None


def _with_rule(rules: RulesFilter, value: str) -> RulesFilter:
    if fold(value) == _NO_RULE:
        return replace(rules, without_rule=True)
    if fold(value) == _WAITING:
        return replace(rules, waiting=True)
    return _with(rules, "rules", value)


def _with(rules: RulesFilter, member: str, value: str) -> RulesFilter:
    known = getattr(rules, member)
    changes: dict[str, Any] = {member: (*known, value)}
    return rules if value in known else replace(rules, **changes)


def _word(words: dict[str, str], value: str) -> str | None:
    return next((words[word] for word in words if fold(word) == fold(value)), None)
