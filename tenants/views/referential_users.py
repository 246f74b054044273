"""Who uses an element of a referential, each in words with the address where it stands.

Who may change a referential is told whole numbers, of units and deposits out of sight too: removing
an element, or giving a rule another length, touches them all, and is judged by how many they are.
Nobody is told titles or identifiers of what is out of sight, nor, without that right, its number.
"""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sae.holdings.projection import SearchQuery, search
from sae.holdings.rules_filter import RulesFilter
from sae.holdings.sight import current_sight
from sae.kernel.identifiers import parse_id
from sae.ui import french
from tenants.access import may
from tenants.deposit_sights import deposits_followed
from tenants.permissions import Permission
from tenants.referentials.counting import Elsewhere, Uses

User = tuple[str, str]
"""Words, and an address that may be empty."""

_ASKED_OF_UNITS: Mapping[str, str] = {
    "agencies": "producteur",
    "rules": "règle",
    "archiveunitprofiles": "profil",
    "formats": "format",
}
"""Qualifier of the search box that finds the units of an element, by kind."""
_SEARCHED: Mapping[str, Callable[[str], SearchQuery]] = {
    "agencies": lambda one: SearchQuery(agencies=(one,), limit=1),
    "rules": lambda one: SearchQuery(rules=RulesFilter(rules=(one,)), limit=1),
    "archiveunitprofiles": lambda one: SearchQuery(profiles=(one,), limit=1),
    "formats": lambda one: SearchQuery(formats=(one,), limit=1),
}
"""The same search, asked of the index."""
_ASKED_OF_DEPOSITS: Mapping[str, str] = {"ingestcontracts": "contrat", "archiveprofiles": "profil"}
"""Filter of the list of deposits, by kind."""


def counts_whole(reader: HttpRequest) -> bool:
    """Tell whether one is told how many units there are, those out of sight included."""
    changing = (Permission.REFERENTIAL_EDIT, Permission.REFERENTIAL_IMPORT)
    return current_sight().is_whole or any(may(reader, one) for one in changing)


def users_of(
    slug: str, identifier: str, uses: Uses | None, *, reader: HttpRequest | None = None
) -> list[User]:
    """Return the users of an element of a kind: what is in the fonds, then who names it.

    ``reader``: to whom they are told, by default somebody who may change the referential.
    """
    if uses is None:
        return []
    if reader is not None and not counts_whole(reader):
        uses = Uses(named_by=uses.named_by, elsewhere=uses.elsewhere)
        found = _found_by_reader(slug, identifier)
    else:
        found = _counted(slug, identifier, uses)
    found += [(name, _element(kind, name)) for kind, name in uses.named_by]
    elsewhere = uses.elsewhere if reader is None else _named_to(reader, uses.elsewhere)
    found += [
        (one.label, reverse(one.url_name, args=[one.argument] if one.argument else []))
        if one.url_name
        else (one.label, "")
        for one in elsewhere
    ]
    return found


def _found_by_reader(slug: str, identifier: str) -> list[User]:
    """Return what a search of the reader's own would find."""
    if slug not in _SEARCHED or current_sight().is_empty:
        return []
    page = search(_SEARCHED[slug](identifier), with_facets=False)
    if not page.total:
        return []
    words = ngettext("%(n)s unité d’archives", "%(n)s unités d’archives", page.total)
    words = words % {"n": french.number(page.total)}
    return [(_("plus de %s") % words if page.capped else words, _search(slug, identifier))]


def _named_to(reader: HttpRequest, elsewhere: list[Elsewhere]) -> list[Elsewhere]:
    """Return these users, the deposits that the reader does not follow put together."""
    deposits = [parse_id(one.argument) for one in elsewhere if one.url_name == "deposit"]
    followed = {str(one) for one in deposits_followed(reader, [one for one in deposits if one])}
    kept = [one for one in elsewhere if one.url_name != "deposit" or one.argument in followed]
    others = len(elsewhere) - len(kept)
    if others and not counts_whole(reader):
        # Beyond those named, only a number is told: of deposits that are not followed either.
        return [one for one in kept if one.url_name != "deposits"]
    if others:
        words = ngettext(
            "%(n)s en cours, que vous ne suivez pas",
            "%(n)s en cours, que vous ne suivez pas",
            others,
        )
        kept.append(Elsewhere(words % {"n": french.number(others)}))
    return kept


def _counted(slug: str, identifier: str, uses: Uses) -> list[User]:
    found = []
    if uses.units:
        words = ngettext("%(n)s unité d’archives", "%(n)s unités d’archives", uses.units)
        found.append((words % {"n": french.number(uses.units)}, _search(slug, identifier)))
    if uses.objects:
        words = ngettext("%(n)s objet", "%(n)s objets", uses.objects)
        found.append((words % {"n": french.number(uses.objects)}, _search(slug, identifier)))
    if uses.deposits:
        words = ngettext("%(n)s versement", "%(n)s versements", uses.deposits)
        asked = urlencode({_ASKED_OF_DEPOSITS[slug]: identifier})
        found.append(
            (words % {"n": french.number(uses.deposits)}, f"{reverse('deposits')}?{asked}")
        )
    return found


def _search(slug: str, identifier: str) -> str:
    qualifier = _ASKED_OF_UNITS.get(slug)
    if qualifier is None:
        return ""
    value = f'"{identifier}"' if " " in identifier else identifier
    return f"{reverse('search')}?{urlencode({'q': f'{qualifier}:{value}'})}"


def _element(kind: str, identifier: str) -> str:
    return f"{reverse('referential_find', args=[kind])}?{urlencode({'identifiant': identifier})}"
