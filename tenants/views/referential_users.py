"""Who uses an element of a referential, each in words with the address where it stands."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import ngettext

from sae.ui import french
from tenants.referentials.counting import Uses

User = tuple[str, str]
"""Words, and an address that may be empty."""

_ASKED_OF_UNITS: Mapping[str, str] = {
    "agencies": "producteur",
    "rules": "règle",
    "archiveunitprofiles": "profil",
    "formats": "format",
}
"""Qualifier of the search box that finds the units of an element, by kind."""
_ASKED_OF_DEPOSITS: Mapping[str, str] = {"ingestcontracts": "contrat", "archiveprofiles": "profil"}
"""Filter of the list of deposits, by kind."""


def users_of(slug: str, identifier: str, uses: Uses | None) -> list[User]:
    """Return the users of an element of a kind: what is in the fonds, then who names it."""
    if uses is None:
        return []
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
    found += [(name, _element(kind, name)) for kind, name in uses.named_by]
    found += [
        (one.label, reverse(one.url_name, args=[one.argument] if one.argument else []))
        if one.url_name
        else (one.label, "")
        for one in uses.elsewhere
    ]
    return found


def _search(slug: str, identifier: str) -> str:
    qualifier = _ASKED_OF_UNITS.get(slug)
    if qualifier is None:
        return ""
    value = f'"{identifier}"' if " " in identifier else identifier
    return f"{reverse('search')}?{urlencode({'q': f'{qualifier}:{value}'})}"


def _element(kind: str, identifier: str) -> str:
    return f"{reverse('referential_find', args=[kind])}?{urlencode({'identifiant': identifier})}"
