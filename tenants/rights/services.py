"""Placing accounts in groups, and taking them out. Each act is told in the proof journal.

``given_by`` is the account that acts, ``None`` for the platform itself (command line, creation of
an organisation): it is then bound by no level.
"""

import datetime as dt
import uuid

from django.db import IntegrityError, transaction

from sae.journal.canonical import admissible
from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import Account
from tenants.models.rights import Group, GroupMember, GroupProfile, Profile
from tenants.permissions import Permission
from tenants.rights.administering import check_not_alone
from tenants.rights.effective import rights_of
from tenants.rights.levels import ROOT, any_may_act_on
from tenants.rights.news import carried_by_ready
from tenants.rights.proof import proof_coffre
from tenants.rights.reach import (
    PLACING,
    OutOfReachError,
    check_account,
    check_level,
    groups_below,
)
from tenants.rights.ready import READY, ReadyProfile
from tenants.rights.remaining import somebody_remains
from tenants.rights.telling import of_group, of_member, of_profile, tell

__all__ = [
    "MembershipError",
    "add_member",
    "ensure_ready_group",
    "grant_ready",
    "groups_below",
    "remove_member",
]

LONGEST_REASON = 500
SURE = (Permission.RIGHT_MANAGE, Permission.ACCOUNT_MANAGE)


class MembershipError(ValueError):
    """An account cannot be placed so; the message says why, in French."""


def add_member(
    *,
    group: Group,
    account: Account,
    until: dt.datetime | None = None,
    since: dt.datetime | None = None,
    given_by: Account | None = None,
    reason: str = "",
    approved: bool = False,
) -> GroupMember:
    """Place an account in a group, until a date if one is given; return its membership.

    ``approved``: a second person agreed to it (``tenants.rights.administrators``). Raises
    ``SecondPersonNeededError`` without, where the organisation wants one to make administrators;
    ``MembershipError`` (other organisation, disabled account, date past, already there) and
    ``OutOfReachError`` (the group or the account is not strictly below ``given_by``, or whoever
    may only delegate gives no end).
    """
    proof = _proof_of(group)
    if account.organisation_id != proof.organisation_id:
        raise MembershipError("Ce compte n’est pas de cette organisation.")
    if not account.is_active:
        raise MembershipError("Ce compte est désactivé : réactivez-le d’abord.")
    moment = clock.now()
    begin = since or moment
    if until is not None and until <= max(begin, moment):
        raise MembershipError("La date de fin est déjà passée, ou précède le début.")
    with tenant_scope(proof.id):
        if given_by is not None:
            _check_placing(given_by, account, group, until)
            if not approved:
                check_not_alone(proof, group)
        # Two requests at once wait here for each other, then the second sees the first.
        Group.objects.select_for_update(of=("self",)).get(id=group.id)
        if _current(group, account, moment) is not None:
            raise MembershipError(f"Ce compte est déjà dans le groupe « {group.name} ».")
        member = GroupMember.objects.create(
            group=group,
            account_id=account.id,
            starts_at=begin,
            ends_at=until,
            given_by=given_by.id if given_by else None,
            reason=admissible(reason.strip())[:LONGEST_REASON],
            created_at=moment,
        )
        tell(
            "GROUP_MEMBER_ADD",
            thing={"group": str(group.id), "account": str(account.id), "member": str(member.id)},
            before=None,
            after=of_member(member),
            agent_id=given_by.id if given_by else None,
        )
    return member


def change_end(
    *,
    member: GroupMember,
    until: dt.datetime | None,
    changed_by: Account | None = None,
    approved: bool = False,
) -> GroupMember:
    """Give a membership another end; raise as ``add_member`` does."""
    group = member.group
    proof = _proof_of(group)
    with tenant_scope(proof.id):
        account = Account.objects.get(id=member.account_id)
        if changed_by is not None:
            _check_placing(changed_by, account, group, until)
        member = GroupMember.objects.select_for_update(of=("self",)).get(id=member.id)
        moment = clock.now()
        if member.ends_at is not None and member.ends_at <= moment:
            raise MembershipError("Cette appartenance est terminée : placez le compte à nouveau.")
        if until is not None and until <= max(member.starts_at, moment):
            raise MembershipError("La date de fin est déjà passée, ou précède le début.")
        if changed_by is not None and not approved and lasts_longer(member, until):
            check_not_alone(proof, group)
        before = of_member(member)
        member.ends_at = until
        member.save(update_fields=["ends_at"])
        tell(
            "GROUP_MEMBER_UPDATE",
            thing={"group": str(group.id), "account": str(account.id), "member": str(member.id)},
            before={"ends_at": before["ends_at"]},
            after={"ends_at": of_member(member)["ends_at"]},
            agent_id=changed_by.id if changed_by else None,
        )
    return member


def remove_member(*, group: Group, account: Account, removed_by: Account | None = None) -> int:
    """Take an account out of a group now; return how many memberships ended (0 or more).

    The rows stay, closed. Raises ``OutOfReachError``, ``NobodyRemainsError``.
    """
    proof = _proof_of(group)
    with tenant_scope(proof.id), somebody_remains(proof):
        if removed_by is not None:
            _check_group(removed_by, group)
            check_account(removed_by, account, *PLACING)
        moment = clock.now()
        members = list(
            GroupMember.objects.select_for_update(of=("self",))
            .filter(group=group, account_id=account.id)
            .exclude(ends_at__lte=moment)
        )
        for member in members:
            before = of_member(member)
            # One that was to begin later never does.
            member.ends_at = max(moment, member.starts_at)
            if member.starts_at > moment:
                member.starts_at = member.ends_at = moment
            member.save(update_fields=["starts_at", "ends_at"])
            tell(
                "GROUP_MEMBER_REMOVE",
                thing={
                    "group": str(group.id),
                    "account": str(account.id),
                    "member": str(member.id),
                },
                before=before,
                after=of_member(member),
                agent_id=removed_by.id if removed_by else None,
            )
    return len(members)


def ensure_ready_group(coffre: Tenant, key: str) -> Group:
    """Return the group of a ready profile in a coffre, made if need be with its profile.

    Raises ``KeyError`` for an unknown key, ``MembershipError`` for a profile that carries nothing
    in that coffre.
    """
    ready = READY[key]
    permissions = ready.permissions_in(coffre)
    if not permissions:
        raise MembershipError(f"« {ready.label} » ne donne rien dans « {coffre.name} ».")
    proof = proof_coffre(coffre.organisation_id)
    mark = f"{key}:{coffre.id}"
    with tenant_scope(proof.id):
        known = Group.objects.filter(ready=mark).first()
        if known is not None:
            return known
        try:
            with transaction.atomic():
                return _make_ready_group(coffre, ready, mark)
        except IntegrityError:
            # Another made it at the same moment.
            return Group.objects.get(ready=mark)


def _make_ready_group(coffre: Tenant, ready: ReadyProfile, mark: str) -> Group:
    moment = clock.now()
    label = str(ready.label)
    profile = Profile.objects.filter(coffre_id=coffre.id, ready=ready.key).first()
    is_new = profile is None
    if profile is None:
        profile = Profile.objects.create(
            name=free_name(Profile, label.capitalize(), coffre_id=coffre.id),
            description=str(ready.explanation),
            coffre_id=coffre.id,
            level=ready.level,
            permissions=sorted(ready.permissions_in(coffre)),
            sees_everything=ready.sees_everything,
            deposit_reach=ready.deposit_reach,
            ready=ready.key,
            ready_seen=carried_by_ready(ready.key, coffre),
            created_at=moment,
        )
    group = Group.objects.create(
        name=free_name(Group, f"{label.capitalize()} · {coffre.name}"),
        description=str(ready.explanation),
        level=ready.level,
        ready=mark,
        created_at=moment,
    )
    GroupProfile.objects.create(group=group, profile=profile)
    if is_new:
        tell(
            "PROFILE_CREATE",
            thing={"profile": str(profile.id)},
            before=None,
            after=of_profile(profile),
            agent_id=None,
        )
    tell(
        "GROUP_CREATE",
        thing={"group": str(group.id)},
        before=None,
        after=of_group(group, [profile.id]),
        agent_id=None,
    )
    return group


def free_name(model: type[Profile] | type[Group], wanted: str, **within: uuid.UUID) -> str:
    """Return a name nobody has yet: the one wanted, else followed by a number."""
    wanted = wanted[:140]
    taken = set(
        model.objects.filter(name__startswith=wanted, **within).values_list("name", flat=True)
    )
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted} ({number})", number + 1
    return name


def grant_ready(
    *,
    account: Account,
    coffre: Tenant,
    key: str,
    until: dt.datetime | None = None,
    given_by: Account | None = None,
) -> GroupMember:
    """Give an account a ready profile in a coffre, through its ready group."""
    group = ensure_ready_group(coffre, key)
    return add_member(group=group, account=account, until=until, given_by=given_by)


def lasts_longer(member: GroupMember, until: dt.datetime | None) -> bool:
    """Tell whether an end is later than the one a membership has."""
    return member.ends_at is not None and (until is None or until > member.ends_at)


def _proof_of(group: Group) -> Tenant:
    return Tenant.objects.select_related("organisation").get(id=group.tenant_id)


def _current(group: Group, account: Account, at: dt.datetime) -> GroupMember | None:
    """Return the membership that is not over, begun or not."""
    return (
        GroupMember.objects.filter(group=group, account_id=account.id)
        .exclude(ends_at__lte=at)
        .first()
    )


def _check_group(by: Account, group: Group) -> frozenset[str]:
    proof = _proof_of(group)
    levels = rights_of(by).levels(proof.organisation_id, *PLACING)
    check_level(levels, group.level)
    return levels


def _check_placing(by: Account, account: Account, group: Group, until: dt.datetime | None) -> None:
    """A group and an account strictly below; an end, for who may only delegate; never oneself."""
    proof = _proof_of(group)
    rights = rights_of(by)
    levels = _check_group(by, group)
    check_account(by, account, *PLACING)
    if by.id == account.id and ROOT not in levels:
        raise OutOfReachError("Nul ne se donne de droits à soi-même.")
    sure = rights.levels(proof.organisation_id, *SURE)
    if until is None and not any_may_act_on(sure, group.level):
        raise OutOfReachError("Vous pouvez déléguer jusqu’à une date : donnez-en une.")
