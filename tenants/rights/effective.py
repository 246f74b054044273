"""What an account may do now, and by which chain: group → profile → permission.

Read in the scope of the coffre de preuve of its organisation, before the coffre of the request
opens its own: two queries, whatever the number of groups and coffres.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from django.db.models import Q

from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import Account, ApiToken
from tenants.models.rights import GroupMember
from tenants.permissions import TABLE, Allowed, Denied, Permission, Reach, denied
from tenants.rights.deposits import OWN_DEPOSITS, DepositGrant
from tenants.rights.ready import READY, applies_in


@dataclass(frozen=True, slots=True)
class Chain:
    """Where a right comes from. ``until`` is the end of the membership, ``None`` without end."""

    group_id: uuid.UUID
    group: str
    level: str
    profile_id: uuid.UUID
    profile: str
    until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Grant:
    """What one profile, by one membership, gives in one coffre."""

    coffre: Tenant
    chain: Chain
    permissions: frozenset[Permission]
    sees_everything: bool = False
    access_contracts: tuple[str, ...] = ()
    deposits: DepositGrant = OWN_DEPOSITS


@dataclass(frozen=True, slots=True)
class CoffreRights:
    """The rights of an account in one coffre, all its groups together.

    ``access_contracts`` are identifiers of contracts of that coffre: the union is seen. They mean
    nothing when ``sees_everything``; without either, no archive at all is seen. Both are those of
    the profiles that let archives be consulted: what an auditor's profile lets follow in journals
    does not widen a consultation limited by contract. Without any such profile, those of all.
    """

    coffre: Tenant
    grants: tuple[Grant, ...]
    chains: Mapping[Permission, tuple[Chain, ...]]
    sees_everything: bool
    access_contracts: tuple[str, ...]

    @property
    def permissions(self) -> frozenset[Permission]:
        return frozenset(self.chains)

    @property
    def profiles(self) -> tuple[str, ...]:
        """Names of the profiles that give something here, each once, in order."""
        return tuple(dict.fromkeys(one.chain.profile for one in self.grants))

    def deposits(self, permission: Permission) -> tuple[DepositGrant, ...]:
        """Return the deposits of the profiles that carry a permission on deposits."""
        return tuple(one.deposits for one in self.grants if permission in one.permissions)


@dataclass(frozen=True, slots=True)
class Rights:
    """Everything an account may do, by coffre; archives first, then by number."""

    account_id: uuid.UUID | None = None
    coffres: tuple[CoffreRights, ...] = ()
    _by_coffre: Mapping[uuid.UUID, CoffreRights] = field(default_factory=dict, repr=False)

    def within(self, coffre: Tenant | None) -> CoffreRights | None:
        """Return the rights in a coffre, ``None`` for a stranger to it."""
        return self._by_coffre.get(coffre.id) if coffre is not None else None

    def proof(self, organisation_id: uuid.UUID) -> CoffreRights | None:
        """Return the rights on an organisation itself: those in its coffre de preuve."""
        for one in self.coffres:
            coffre = one.coffre
            if coffre.organisation_id == organisation_id and coffre.kind == Tenant.Kind.PROOF:
                return one
        return None

    def chains(self, permission: Permission, coffre: Tenant | None) -> tuple[Chain, ...]:
        """Return how a permission is held while working in a coffre; empty when it is not.

        A permission on the organisation is held in its coffre de preuve, wherever one works.
        """
        if coffre is None:
            return ()
        if TABLE[permission].reach is Reach.COFFRE:
            place = self.within(coffre)
        else:
            place = self.proof(coffre.organisation_id)
        return place.chains.get(permission, ()) if place else ()

    def verdict(self, permission: Permission, coffre: Tenant | None) -> Allowed | Denied:
        """Tell whether a permission is held while working in a coffre, or why not."""
        chains = self.chains(permission, coffre)
        if not chains:
            return denied(permission)
        return Allowed(tuple(dict.fromkeys(one.profile for one in chains)))

    def levels(self, organisation_id: uuid.UUID, *permissions: Permission) -> frozenset[str]:
        """Return the levels from which an account administers an organisation."""
        place = self.proof(organisation_id)
        if place is None:
            return frozenset()
        return frozenset(chain.level for one in permissions for chain in place.chains.get(one, ()))


Source = Callable[[Account, dt.datetime], Iterable[Grant]]
_sources: list[Source] = []


def register_source(source: Source) -> None:
    """Add rights that come from elsewhere than groups (an accepted support access)."""
    if source not in _sources:
        _sources.append(source)


def rights_of(account: Account, *, at: dt.datetime | None = None) -> Rights:
    """Return the rights of an account now, or at a moment; none for a disabled account."""
    moment = at or clock.now()
    if not account.is_active:
        return Rights(account.id)
    grants = _grants_of_groups(account.organisation_id, moment, Q(account_id=account.id)).get(
        account.id, []
    )
    for source in _sources:
        grants += source(account, moment)
    return _assembled(account.id, grants)


def rights_of_everyone(
    organisation_id: uuid.UUID, *, at: dt.datetime | None = None
) -> dict[uuid.UUID, Rights]:
    """Return the rights of every active account of an organisation that has some, by groups.

    Three queries, whatever the number of accounts.
    """
    active = set(
        Account.objects.filter(organisation_id=organisation_id, is_active=True).values_list(
            "id", flat=True
        )
    )
    found = _grants_of_groups(organisation_id, at or clock.now(), Q())
    return {one: _assembled(one, grants) for one, grants in found.items() if one in active}


def in_force(at: dt.datetime) -> Q:
    """Return the filter of the memberships in force at a moment."""
    return Q(starts_at__lte=at) & (Q(ends_at=None) | Q(ends_at__gt=at))


def _grants_of_groups(
    organisation_id: uuid.UUID, at: dt.datetime, whose: Q
) -> dict[uuid.UUID, list[Grant]]:
    coffres = {
        one.id: one
        for one in Tenant.objects.filter(organisation_id=organisation_id).select_related(
            "organisation"
        )
    }
    proof = next((one for one in coffres.values() if one.kind == Tenant.Kind.PROOF), None)
    if proof is None:
        return {}
    carried = "group__carried__profile__"
    with tenant_scope(proof.id):
        rows = list(
            GroupMember.objects.filter(in_force(at), whose)
            .exclude(group__carried=None)
            .order_by("group__name", f"{carried}name", "id")
            .values_list(
                "group_id",
                "group__name",
                "group__level",
                f"{carried}id",
                f"{carried}name",
                "ends_at",
                f"{carried}coffre_id",
                f"{carried}permissions",
                f"{carried}sees_everything",
                f"{carried}access_contracts",
                f"{carried}deposit_reach",
                f"{carried}deposit_contracts",
                f"{carried}deposit_agencies",
                "account_id",
            )
        )
    grants: dict[uuid.UUID, list[Grant]] = {}
    for row in rows:
        coffre = coffres.get(row[6])
        # A profile never reaches out of its organisation, whatever its row says.
        if coffre is not None:
            grants.setdefault(row[13], []).append(
                Grant(
                    coffre=coffre,
                    chain=Chain(*row[:6]),
                    permissions=known_permissions(row[7], coffre),
                    sees_everything=row[8],
                    access_contracts=tuple(row[9]),
                    deposits=DepositGrant(row[10], tuple(row[11]), tuple(row[12])),
                )
            )
    return grants


def known_permissions(names: Iterable[str], coffre: Tenant) -> frozenset[Permission]:
    """Return the permissions named that exist and mean something in a coffre."""
    known = Permission._value2member_map_
    return frozenset(
        Permission(name) for name in names if name in known and applies_in(Permission(name), coffre)
    )


def _assembled(account_id: uuid.UUID, grants: Iterable[Grant]) -> Rights:
    by_coffre: dict[uuid.UUID, list[Grant]] = {}
    for grant in grants:
        if grant.permissions:
            by_coffre.setdefault(grant.coffre.id, []).append(grant)
    places = [_in_coffre(tuple(ones)) for ones in by_coffre.values()]
    places.sort(key=lambda one: (one.coffre.kind != Tenant.Kind.ARCHIVES, one.coffre.number))
    return Rights(account_id, tuple(places), {one.coffre.id: one for one in places})


def _in_coffre(grants: tuple[Grant, ...]) -> CoffreRights:
    chains: dict[Permission, tuple[Chain, ...]] = {}
    for permission in TABLE:
        carriers = tuple(one.chain for one in grants if permission in one.permissions)
        if carriers:
            chains[permission] = carriers
    sights = [one for one in grants if Permission.HOLDINGS_VIEW in one.permissions] or grants
    return CoffreRights(
        coffre=grants[0].coffre,
        grants=grants,
        chains=MappingProxyType(chains),
        sees_everything=any(one.sees_everything for one in sights),
        access_contracts=tuple(
            sorted({contract for one in sights for contract in one.access_contracts})
        ),
    )


def permissions_of_token(token: ApiToken) -> frozenset[Permission]:
    """Return what an application may do with its token: those of a ready profile."""
    ready = READY.get(token.role)
    return ready.permissions if ready else frozenset()
