"""What an account sees of the fonds of a coffre, and why: contract by contract."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sae.holdings import projection
from sae.holdings.models import ArchiveUnit
from sae.holdings.sight import Sight, seeing
from sae.tenancy.scope import tenant_scope
from tenants.models import Account
from tenants.permissions import Permission
from tenants.rights.effective import Chain, CoffreRights, Rights
from tenants.sights import sight_of_contracts

CANDIDATES = 10


def sight_in(place: CoffreRights) -> Sight:
    """Return the sight that rights give in their coffre, in whose scope it is called."""
    if Permission.HOLDINGS_VIEW not in place.chains:
        return Sight()
    return Sight.whole() if place.sees_everything else sight_of_contracts(place.access_contracts)


def count_seen(place: CoffreRights) -> int:
    """Return how many units are seen in a coffre under some rights."""
    with tenant_scope(place.coffre.id):
        sight = sight_in(place)
        with seeing(sight):
            return projection.count_in_sight()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an account sees a unit: by which chains, through which contracts, or why not."""

    account: Account
    sees: bool
    chains: tuple[Chain, ...]
    contracts: tuple[str, ...]
    everything: bool
    reason: str


def who_sees(
    unit_id: uuid.UUID, coffre_rights: Iterable[tuple[Account, CoffreRights]]
) -> list[Verdict]:
    """Tell of each account whether it sees a unit of the coffre in scope.

    The contracts are those that show it; the reason says which gate is shut.
    """
    return [_verdict(unit_id, account, place) for account, place in coffre_rights]


def _verdict(unit_id: uuid.UUID, account: Account, place: CoffreRights) -> Verdict:
    chains = place.chains.get(Permission.HOLDINGS_VIEW, ())
    if not chains:
        return Verdict(
            account,
            False,
            (),
            (),
            False,
            "aucun de ses profils ne permet de consulter les archives",
        )
    if place.sees_everything:
        return Verdict(account, True, chains, (), True, "")
    sight = sight_in(place)
    with seeing(sight):
        grants = projection.grants_of([unit_id]).get(unit_id, ())
    shown = tuple(f"{one.name} ({one.contract})" for one in grants)
    if shown:
        return Verdict(account, True, chains, shown, False, "")
    if not place.access_contracts:
        reason = "ses profils ne portent aucun contrat d’accès"
    elif sight.is_empty:
        reason = f"ses contrats ne sont pas actifs : {', '.join(place.access_contracts)}"
    else:
        reason = f"aucun de ses contrats ne la montre : {', '.join(place.access_contracts)}"
    return Verdict(account, False, chains, (), False, reason)


def units_named(words: str) -> list[ArchiveUnit]:
    """Return the first units in the open sight that some words find, best first."""
    if not words.strip():
        return []
    page = projection.search(
        projection.SearchQuery(text=words, limit=CANDIDATES), with_facets=False
    )
    found = ArchiveUnit.objects.filter(id__in=page.ids).in_bulk()
    return [found[one] for one in page.ids if one in found]


def rights_in_coffre(rights: Rights, coffre_id: uuid.UUID) -> CoffreRights | None:
    """Return the rights in a coffre by its identifier."""
    return next((one for one in rights.coffres if one.coffre.id == coffre_id), None)
