"""« Pourquoi ? »: one sentence, and the way of a rule from the top of the fonds to the unit."""

import datetime as dt
import itertools
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sae.holdings.inheritance import Cause, Entry, Inheritance, SetAside, UnitId
from sae.holdings.levels import level_label
from sae.holdings.rules_in_force import RulesInForce
from sae.kernel import clock
from sae.ui import french
from tenants.models import ManagementRule
from tenants.selectors.referentials import length_in_words

MOST_WAYS = 3
MOST_NODES = 6
"""Units drawn on one way; those with nothing to say are put together past that."""
OUT_OF_SIGHT: str | Promise = gettext_lazy("position hors de votre contrat d’accès")
"""Stands for the name of a unit that the reader may not see."""

SILENCE: Mapping[str, str | Promise] = {
    "AppraisalRule": gettext_lazy("Aucune règle de DUA"),
    "AccessRule": gettext_lazy("Aucune règle de communicabilité"),
    "HoldRule": gettext_lazy("Aucun gel"),
    "StorageRule": gettext_lazy("Aucune règle d’utilité courante"),
    "DisseminationRule": gettext_lazy("Aucune règle de diffusion"),
    "ReuseRule": gettext_lazy("Aucune règle de réutilisation"),
    "ClassificationRule": gettext_lazy("Aucune règle de classification"),
}


@dataclass(frozen=True, slots=True)
class Node:
    """One unit of the way, or several that say nothing (``unit_id`` is then ``None``).

    ``tone`` is ``source`` (counts), ``aside`` (what it declares is set aside), ``result`` or "".
    Of one that ``is_hidden``, out of sight, only what holds here is told.
    """

    over: str
    title: str
    unit_id: uuid.UUID | None = None
    tone: str = ""
    declares: str = ""
    struck: str = ""
    note: str = ""
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """``head`` and ``sentence`` in words; one way or more, from the top down; what is not drawn."""

    head: str
    sentence: str
    ways: tuple[tuple[Node, ...], ...]
    foot: str = ""


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is explained: an entry in force on the unit, or set aside before it."""

    found: RulesInForce
    entry: Entry
    effect: str
    known: Mapping[str, ManagementRule]
    aside: SetAside | None = None

    @property
    def inheritance(self) -> Inheritance:
        return self.found.inheritance

    def title(self, unit_id: UnitId) -> str:
        return self.found.places[uuid.UUID(str(unit_id))].title

    def is_unit(self, unit_id: UnitId) -> bool:
        return unit_id == self.found.unit_id


def explain(
    found: RulesInForce,
    entry: Entry,
    *,
    effect: str,
    known: Mapping[str, ManagementRule],
    aside: SetAside | None = None,
) -> Explanation:
    """Return why an entry is in force on the unit or, with ``aside``, why it is not."""
    subject = _Subject(found, entry, effect, known, aside)
    paths = list(itertools.islice(_paths(subject), MOST_WAYS + 1))
    head, sentence = _words(subject)
    foot = ""
    if len(paths) > MOST_WAYS:
        foot = _("D’autres chemins mènent à la même règle : les %s premiers sont dessinés.") % (
            MOST_WAYS
        )
    result = _result(subject)
    ways = dict.fromkeys((*_nodes(subject, path), result) for path in paths[:MOST_WAYS])
    return Explanation(head, sentence, tuple(ways), foot)


def _paths(subject: _Subject) -> Iterator[list[UnitId]]:
    """Yield the ways from the unit up: to the origin, and on to the top by the first parents."""
    inheritance, unit_id = subject.inheritance, subject.found.unit_id
    above = _to_the_top(inheritance, subject.entry.origin)
    if subject.aside is None:
        for path in inheritance.paths(unit_id, subject.entry):
            yield [*path, *above]
        return
    below = _between(inheritance, unit_id, subject.aside.by)
    for parent in inheritance.unit(subject.aside.by).parents:
        if subject.entry in inheritance.in_force(parent, subject.entry.category).entries:
            for path in inheritance.paths(parent, subject.entry):
                yield [*below, *path, *above]


def _to_the_top(inheritance: Inheritance, unit_id: UnitId) -> list[UnitId]:
    path = []
    parents = inheritance.unit(unit_id).parents
    while parents:
        path.append(parents[0])
        parents = inheritance.unit(parents[0]).parents
    return path


def _between(inheritance: Inheritance, unit_id: UnitId, above: UnitId) -> list[UnitId]:
    """Return a shortest way up from a unit to one above it, both included."""
    came_from: dict[UnitId, UnitId] = {}
    waiting = [unit_id]
    for one in waiting:  # grows while it is read
        if one == above:
            break
        for parent in inheritance.unit(one).parents:
            if parent not in came_from:
                came_from[parent] = one
                waiting.append(parent)
    path = [above]
    while path[-1] != unit_id:
        path.append(came_from[path[-1]])
    return path[::-1]


def _nodes(subject: _Subject, path: Sequence[UnitId]) -> list[Node]:
    """Return the units of a way from the top down; silent ones together when there are many."""
    nodes: list[Node] = []
    for unit_id in reversed(path):
        node = _node(subject, unit_id)
        # How many levels are out of sight is not told either.
        if not (node.is_hidden and nodes and nodes[-1] == node):
            nodes.append(node)
    if len(nodes) <= MOST_NODES:
        return nodes
    drawn: list[Node] = []
    silent: list[Node] = []
    for number, node in enumerate(nodes):
        if node.tone or number in (0, len(nodes) - 1):
            drawn += _together(silent, subject)
            silent = []
            drawn.append(node)
        else:
            silent.append(node)
    return drawn


def _together(silent: Sequence[Node], subject: _Subject) -> Sequence[Node]:
    if len(silent) < 2:
        return silent
    count = ngettext("%s niveau", "%s niveaux", len(silent)) % len(silent)
    return [Node(over=count, title="…", note=_silence(subject))]


def _silence(subject: _Subject) -> str:
    return str(SILENCE[subject.entry.category])


def _node(subject: _Subject, unit_id: UnitId) -> Node:
    place = subject.found.places[uuid.UUID(str(unit_id))]
    over = _("Cette unité") if subject.is_unit(unit_id) else level_label(place.level)
    declared = [
        entry
        for entry in subject.inheritance.in_force(unit_id, subject.entry.category).entries
        if entry.origin == unit_id and (entry.is_rule or entry is subject.entry)
    ]
    arriving = subject.inheritance.in_force(subject.found.unit_id, subject.entry.category).entries
    kept = [entry for entry in declared if entry in arriving]
    lost = [] if place.is_hidden else [entry for entry in declared if entry not in arriving]
    stops = subject.aside is not None and subject.aside.by == unit_id
    note = _cause_of(subject.aside) if stops and subject.aside else ""
    if lost and not note:
        note = _("sans effet plus bas")
    if not declared and not note and not place.is_hidden:
        note = _silence(subject)
    is_source = subject.entry in kept or stops
    return Node(
        over=over,
        title=place.title,
        unit_id=None if place.is_hidden else place.id,
        tone="source" if is_source else "aside" if lost else "declares" if kept else "",
        declares=", ".join(_declared_words(subject, entry) for entry in kept),
        struck=", ".join(_declared_words(subject, entry) for entry in lost),
        note=note,
        is_hidden=place.is_hidden,
    )


def _declared_words(subject: _Subject, entry: Entry) -> str:
    if not entry.is_rule:
        return subject.effect
    known = subject.known.get(entry.name)
    return f"{entry.name}, {length_in_words(known)}" if known else entry.name


def _cause_of(aside: SetAside) -> str:
    return {
        Cause.PREVENT_INHERITANCE: _("n’hérite pas de cette catégorie"),
        Cause.PREVENTED_RULE: _("écarte %s") % aside.entry.name,
        Cause.REDEFINED: _("déclare %s à sa façon") % aside.entry.name,
        Cause.IMPLICIT_KEEP: _("conserve, faute de décision de son service"),
    }[aside.cause]


def _result(subject: _Subject) -> Node:
    entry = subject.entry
    if subject.aside is not None:
        return Node(over=_("Ici"), title=_("Sans effet"), tone="result")
    if not entry.is_rule:
        return Node(over=_("Sort"), title=subject.effect, tone="result")
    if entry.end is None:
        return Node(over=_("Échéance"), title=_("Aucune"), tone="result", note=_why_no_end(subject))
    known = subject.known.get(entry.name)
    note = ""
    if entry.start and known is not None and known.duration:
        note = f"{entry.start:%d/%m/%Y} + {length_in_words(known)}"
    if subject.effect:
        note = (
            _("%(sum)s, puis : %(effect)s") % {"sum": note, "effect": subject.effect}
            if (note)
            else subject.effect
        )
    return Node(over=_("Échéance"), title=f"{entry.end:%d/%m/%Y}", tone="result", note=note)


def _words(subject: _Subject) -> tuple[str, str]:
    """Return the head and the rest of the sentence."""
    entry = subject.entry
    origin = subject.title(entry.origin)
    is_own = subject.is_unit(entry.origin)
    if subject.aside is not None:
        return _("Sans effet ici"), _aside_words(subject, subject.aside, origin)
    if not entry.is_rule:
        head = subject.effect
        if entry.is_implicit and is_own:
            return head, _(
                "aucun sort n’est décidé pour son service producteur (%s), ni ici ni plus haut : "
                "dans le doute, on conserve."
            ) % entry.agency
        if entry.is_implicit:
            return head, _(
                "aucun sort n’est décidé pour son service producteur (%(agency)s) : dans le doute, "
                "« %(origin)s » et ce qui est dessous sont conservés."
            ) % {"agency": entry.agency, "origin": origin}
        if is_own:
            return head, _("cette unité en décide elle-même.")
        return head, _("« %s » en a décidé pour tout ce qui est dessous.") % origin
    if entry.end is not None:
        head = _("Échéance le %(day)s, %(when)s") % {
            "day": french.day(entry.end),
            "when": _distance(entry.end),
        }
    else:
        head = _("Sans échéance, %s") % _why_no_end(subject)
    if is_own:
        return head, _("cette unité porte elle-même la règle et sa date de départ.")
    if entry.start:
        return head, _("la règle vient de « %s », avec sa date de départ.") % origin
    return head, _("la règle vient de « %s ».") % origin


def _aside_words(subject: _Subject, aside: SetAside, origin: str) -> str:
    names = {
        "rule": aside.entry.name,
        "origin": origin,
        "by": _("cette unité") if subject.is_unit(aside.by) else f"« {subject.title(aside.by)} »",
    }
    if aside.cause is Cause.PREVENT_INHERITANCE:
        return _(
            "« %(origin)s » porte %(rule)s, mais %(by)s n’hérite rien de cette catégorie."
        ) % names  # fmt: skip
    if aside.cause is Cause.REDEFINED:
        return _(
            "« %(origin)s » porte %(rule)s, mais %(by)s déclare la même règle à sa façon, "
            "et la déclaration la plus proche l’emporte."
        ) % names  # fmt: skip
    return _("« %(origin)s » porte %(rule)s, mais %(by)s écarte cette règle.") % names


def _why_no_end(subject: _Subject) -> str:
    entry = subject.entry
    known = subject.known.get(entry.name)
    if known is not None and known.unlimited:
        return _("la durée est illimitée")
    if known is not None and known.duration is None:
        return _("le gel dure tant qu’il n’est pas levé")
    if entry.start is None:
        return _("la date de départ n’est pas fixée")
    return _("aucune date n’a été calculée")


def _distance(day: dt.date) -> str:
    days = (day - clock.today()).days
    if days == 0:
        return _("aujourd’hui")
    if abs(days) >= 730:
        years = abs(days) // 365
        words = ngettext("%s an", "%s ans", years) % years
    else:
        words = ngettext("%s jour", "%s jours", abs(days)) % abs(days)
    return (_("dans %s") if days > 0 else _("passée de %s")) % words
