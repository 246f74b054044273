"""Which units an act is about: those ticked, or every result of a search, frozen as it begins."""

import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from access.search_page import SearchScreen
from access.updates.rules import actions_in
from sae.holdings.inheritance.categories import HOLD
from sae.holdings.mass import TooManyUnitsError, prepare_mass
from sae.holdings.models import MassOperation
from sae.holdings.projection import every_id, may_write
from sae.holdings.selectors.units import shown_among
from sae.holdings.sight import Writing, current_sight
from sae.kernel.identifiers import parse_id
from sae.ui import french
from sae.ui.correlation import correlation_id
from tenants.access import account_of
from tenants.permissions import Permission

EVERYTHING = "tous"
MOST_TICKED = 1_000
_FROZEN_AT_ONCE = 5_000


class EmptySelectionError(ValueError):
    """Nothing was chosen; the message says what to do."""


@dataclass(frozen=True, slots=True)
class KindOfAct:
    """What a kind of act asks of its author: a right, and what the contract lets one write."""

    permission: Permission
    writing: Writing


ACTS: dict[str, KindOfAct] = {
    "descriptions": KindOfAct(Permission.UNIT_EDIT, Writing.DESCRIPTION),
    "own_descriptions": KindOfAct(Permission.UNIT_EDIT, Writing.DESCRIPTION),
    "one_description": KindOfAct(Permission.UNIT_EDIT, Writing.DESCRIPTION),
    "revert": KindOfAct(Permission.UNIT_EDIT, Writing.DESCRIPTION),
    "rules": KindOfAct(Permission.UNIT_RULES, Writing.ALL),
    "holds": KindOfAct(Permission.UNIT_HOLD, Writing.ALL),
    "moves": KindOfAct(Permission.UNIT_MOVE, Writing.ALL),
}


def permissions_for(mass: MassOperation) -> list[Permission]:
    """Return what its author must hold: changing rules is one right, touching holds another."""
    asked = [ACTS[mass.kind].permission]
    if any(action.category == HOLD for action in actions_in(mass.parameters)):
        asked.append(Permission.UNIT_HOLD)
    return list(dict.fromkeys(asked))


@dataclass(frozen=True, slots=True)
class Selection:
    """Units in parts, in order, and the words of the search that found them ('' for ticks)."""

    parts: Callable[[], Iterator[Sequence[uuid.UUID]]]
    query: str


def selection_of(request: HttpRequest) -> Selection:
    """Read what a list's form sends: ``choix`` (boxes), ``portee=tous`` for every result.

    The search itself is in the address. Raises ``EmptySelectionError``.
    """
    if EVERYTHING in request.POST.getlist("portee"):
        screen = SearchScreen(request)
        query = screen.search_query(screen.query)
        return Selection(lambda: every_id(query, size=_FROZEN_AT_ONCE), screen.box)
    ticked = [parse_id(text) for text in request.POST.getlist("choix")[: MOST_TICKED + 1]]
    chosen = [one for one in ticked if one is not None]
    if len(chosen) > MOST_TICKED:
        raise EmptySelectionError(_("Trop de cases cochées : prenez tous les résultats."))
    # What is sent may name anything: out of sight is as good as unknown.
    shown = set(shown_among(chosen))
    chosen = [one for one in chosen if one in shown]
    if not chosen:
        raise EmptySelectionError(_("Choisissez au moins une unité."))
    return Selection(lambda: iter([chosen]), "")


def refused_for(kind: str) -> Callable[[Sequence[uuid.UUID]], Collection[uuid.UUID]]:
    """Return what tells which units the contract does not let one write, for a kind of act."""
    writing = ACTS[kind].writing

    def refused(unit_ids: Sequence[uuid.UUID]) -> Collection[uuid.UUID]:
        return set(unit_ids) - may_write(unit_ids, writing)

    return refused


def begin_act(request: HttpRequest, kind: str, selection: Selection) -> MassOperation:
    """Freeze the selection of the request as the draft of an act.

    Raises ``EmptySelectionError`` (too many units too: the message says how many are allowed).
    """
    try:
        mass = prepare_mass(
            kind=kind,
            contracts=current_sight().contracts,
            unit_ids=selection.parts(),
            agent_id=account_of(request).id,
            request_id=correlation_id(),
            query=selection.query,
            refused=refused_for(kind),
        )
    except TooManyUnitsError as error:
        raise EmptySelectionError(
            _("Une modification porte sur %s unités au plus : précisez la recherche.")
            % french.number(error.limit)
        ) from error
    if not mass.total:
        raise EmptySelectionError(_("Cette recherche ne trouve aucune unité."))
    return mass
