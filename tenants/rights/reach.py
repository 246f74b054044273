"""How far an administrator reaches: groups, profiles and accounts strictly below their level."""

import uuid
from collections.abc import Collection, Iterable

from django.db.models import QuerySet

from sae.kernel import clock
from sae.tenancy.models import Tenant
from tenants.models import Account
from tenants.models.rights import Group, GroupMember, Profile
from tenants.permissions import Permission
from tenants.rights.deposits import EVERY_DEPOSIT, DepositGrant, grant_of_profile
from tenants.rights.effective import Rights, in_force, known_permissions, rights_of
from tenants.rights.levels import ROOT, any_may_act_on

MANAGING = (Permission.RIGHT_MANAGE,)
PLACING = (Permission.RIGHT_MANAGE, Permission.RIGHT_DELEGATE, Permission.ACCOUNT_MANAGE)
"""Who may place accounts in groups: by managing rights, by delegating, by managing accounts."""


class OutOfReachError(Exception):
    """The act is beyond the level of whoever tries it; the message says which rule, in French."""


def groups_in_reach(levels: Iterable[str]) -> list[Group]:
    """Return the groups that an administrator of these levels administers, by name.

    Runs in the scope of the coffre de preuve.
    """
    owned = frozenset(levels)
    return [one for one in Group.objects.all() if any_may_act_on(owned, one.level)]


def groups_below(account: Account) -> list[Group]:
    """Return the groups in which an account may place others, in its own organisation.

    Runs in the scope of the coffre de preuve of that organisation.
    """
    return groups_in_reach(rights_of(account).levels(account.organisation_id, *PLACING))


def levels_of_accounts(account_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, frozenset[str]]:
    """Return the levels of the groups of accounts, now or later; empty for an account in none."""
    wanted = list(account_ids)
    levels: dict[uuid.UUID, set[str]] = {one: set() for one in wanted}
    rows = (
        GroupMember.objects.filter(account_id__in=wanted)
        .exclude(ends_at__lte=clock.now())
        .values_list("account_id", "group__level")
    )
    for account_id, level in rows:
        levels[account_id].add(level)
    return {one: frozenset(found) for one, found in levels.items()}


def account_is_in_reach(levels: Iterable[str], levels_of_account: Iterable[str]) -> bool:
    """Tell whether every group of an account stands below an administrator (none: it does)."""
    owned = frozenset(levels)
    return bool(owned) and all(any_may_act_on(owned, one) for one in levels_of_account)


def check_account(by: Account, account: Account, *permissions: Permission) -> None:
    """Refuse an act on an account of another organisation, or not below one's level.

    Runs in the scope of the coffre de preuve; raises ``OutOfReachError``.
    """
    levels = rights_of(by).levels(account.organisation_id, *permissions)
    if not account_is_in_reach(levels, levels_of_accounts([account.id])[account.id]):
        raise OutOfReachError("Ce compte n’est pas sous votre niveau.")


def check_level(levels: Iterable[str], level: str) -> None:
    """Raise ``OutOfReachError`` unless an administrator of these levels administers ``level``."""
    owned = frozenset(levels)
    if not any_may_act_on(owned, level):
        raise OutOfReachError(
            f"Le niveau « {level or 'racine'} » n’est pas sous le vôtre"
            f" ({', '.join(sorted(owned)) or 'aucun'}) : un administrateur agit strictement sous"
            " son propre niveau."
        )


def grantable(rights: Rights, levels: frozenset[str], coffre: Tenant) -> frozenset[Permission]:
    """Return the permissions an administrator may put in a profile of a coffre.

    The root gives any. Another gives what they hold there themselves, or what profiles below
    their level carry already: nobody composes for others more than was put in their hands.
    Runs in the scope of the coffre de preuve.
    """
    if ROOT in levels:
        return known_permissions(Permission, coffre)
    held = rights.within(coffre)
    given = held.permissions if held else frozenset()
    for profile in profiles_in_reach(levels, coffre):
        given |= known_permissions(profile.permissions, coffre)
    return given


def grantable_contracts(
    rights: Rights, levels: frozenset[str], coffre: Tenant
) -> tuple[bool, frozenset[str]]:
    """Return whether one may let everything be seen in a coffre, else which contracts."""
    if ROOT in levels:
        return True, frozenset()
    held = rights.within(coffre)
    everything = bool(held and held.sees_everything)
    contracts = set(held.access_contracts) if held else set()
    for profile in profiles_in_reach(levels, coffre):
        everything = everything or profile.sees_everything
        contracts.update(profile.access_contracts)
    return everything, frozenset(contracts)


def grantable_deposits(
    rights: Rights, levels: frozenset[str], coffre: Tenant
) -> tuple[DepositGrant, ...]:
    """Return the deposits that one may open to others in a coffre (see ``grantable``)."""
    if ROOT in levels:
        return (EVERY_DEPOSIT,)
    held = rights.within(coffre)
    given = [one.deposits for one in held.grants] if held else []
    return (*given, *map(grant_of_profile, profiles_in_reach(levels, coffre)))


def covered(wanted: DepositGrant, held: Iterable[DepositGrant]) -> bool:
    """Tell whether the deposits wanted for others are within some that one holds.

    One's own deposits always are: nobody else's are shown.
    """
    return wanted.reach == Profile.DepositReach.OWN or any(_within(wanted, one) for one in held)


def _within(wanted: DepositGrant, held: DepositGrant) -> bool:
    if held.reach == Profile.DepositReach.EVERY:
        return True
    if wanted.reach == Profile.DepositReach.EVERY or not held.chooses:
        return False
    return _fewer(wanted.contracts, held.contracts) and _fewer(wanted.agencies, held.agencies)


def _fewer(wanted: Collection[str], held: Collection[str]) -> bool:
    """Tell whether a choice is as narrow as another, where choosing nothing leaves all open."""
    return not held or (bool(wanted) and set(wanted) <= set(held))


def profiles_in_reach(levels: Iterable[str], coffre: Tenant | None = None) -> list[Profile]:
    """Return the profiles that an administrator of these levels may give, by name."""
    rows: QuerySet[Profile] = Profile.objects.all()
    if coffre is not None:
        rows = rows.filter(coffre_id=coffre.id)
    owned = frozenset(levels)
    return [one for one in rows if any_may_act_on(owned, one.level)]


def members_in_force(group_ids: Iterable[uuid.UUID]) -> QuerySet[GroupMember]:
    """Return the memberships of groups in force now."""
    return GroupMember.objects.filter(in_force(clock.now()), group_id__in=list(group_ids))
