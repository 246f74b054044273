"""Which deposits a profile lets follow and make: all, one's own, or those that it chooses.

A SIP says whose archives it holds before they are in the fonds, where access contracts filter them:
its manifest, its reply and its anomalies are shown to whoever follows the deposit. What is chosen
are ingest contracts (``ArchivalAgreement``) and originating agencies of the manifest's header.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tenants.models.rights import Profile
from tenants.permissions import TABLE, Room

Reach = Profile.DepositReach

ON_DEPOSITS = frozenset(one for one, entry in TABLE.items() if entry.room is Room.DEPOSIT)
"""Permissions that apply to the deposits followed alone."""


@dataclass(frozen=True, slots=True)
class DepositGrant:
    """The deposits of one profile. A list left empty does not choose; both empty open nothing."""

    reach: str = Reach.OWN
    contracts: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()

    @property
    def chooses(self) -> bool:
        """Tell whether deposits are opened by what they name."""
        return self.reach == Reach.CHOSEN and bool(self.contracts or self.agencies)


def in_words(grants: Iterable[DepositGrant]) -> str:
    """Return which deposits some profiles open together, in French."""
    given = tuple(grants)
    if any(one.reach == Reach.EVERY for one in given):
        return _("tous les versements")
    chosen = dict.fromkeys(_chosen_words(one) for one in given if one.chooses)
    return ", ".join([_("ses versements"), *chosen])


def _chosen_words(grant: DepositGrant) -> str:
    contracts, agencies = ", ".join(grant.contracts), ", ".join(grant.agencies)
    if not agencies:
        return _("ceux sous %s") % contracts
    if not contracts:
        return _("ceux de %s") % agencies
    return _("ceux sous %(contracts)s pour %(agencies)s") % {
        "contracts": contracts,
        "agencies": agencies,
    }


EVERY_DEPOSIT = DepositGrant(Reach.EVERY)
OWN_DEPOSITS = DepositGrant(Reach.OWN)


def grant_of_profile(profile: Profile) -> DepositGrant:
    """Return the deposits that a profile opens."""
    return DepositGrant(
        profile.deposit_reach, tuple(profile.deposit_contracts), tuple(profile.deposit_agencies)
    )


@dataclass(frozen=True, slots=True)
class DepositSight:
    """The deposits that somebody follows in a coffre: one's own, and those of ``grants``.

    ``owner_id`` is the account or the key that makes deposits; ``context_id`` the application
    context under which a key makes them, that another key may take up.
    """

    everything: bool = False
    grants: tuple[DepositGrant, ...] = ()
    owner_id: uuid.UUID | None = None
    context_id: str = ""


def sight_of_grants(grants: Iterable[DepositGrant], *, owner_id: uuid.UUID) -> DepositSight:
    """Return what the deposits of several profiles show together."""
    given = tuple(grants)
    return DepositSight(
        everything=any(one.reach == Reach.EVERY for one in given),
        grants=tuple(one for one in given if one.chooses),
        owner_id=owner_id,
    )


Limits = list[dict[str, list[str]]]
"""What a deposit may name, as it is kept with it: ``[{"contracts": […], "agencies": […]}]``, one of
them being enough; ``None`` limits nothing."""


def limits_of_grants(grants: Iterable[DepositGrant]) -> Limits | None:
    """Return what whoever holds these profiles may name in what they deposit.

    Following one's own deposits alone limits nothing: they may be made under any contract.
    """
    given = tuple(grants)
    if any(one.reach != Reach.CHOSEN for one in given):
        return None
    return [
        {"contracts": list(one.contracts), "agencies": list(one.agencies)}
        for one in given
        if one.chooses
    ]


def is_within(
    limits: Limits | None, *, contract: str | None = None, agency: str | None = None
) -> bool:
    """Tell whether a deposit may name a contract and an agency together; ``None`` is not judged."""
    return limits is None or any(
        _opens(one["contracts"], contract) and _opens(one["agencies"], agency) for one in limits
    )


def _opens(chosen: Sequence[str], name: str | None) -> bool:
    return not chosen or name is None or name in chosen
