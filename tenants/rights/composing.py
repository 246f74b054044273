"""Composing profiles and groups. Each act is told in the proof journal, with before and after.

``by`` is the account that acts, ``None`` for the platform itself, bound by no level. Each function
opens the scope of the coffre de preuve; all raise ``CompositionError`` for what cannot be, and
``OutOfReachError`` for what is beyond the level of ``by``.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sae.journal.canonical import admissible
from sae.kernel import clock
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import AccessContract, Account, Agency, IngestContract
from tenants.models.referentials import Referential
from tenants.models.rights import Group, GroupMember, GroupProfile, Profile
from tenants.permissions import LABELS, Permission
from tenants.rights.administering import check_group_alone, check_profile_alone
from tenants.rights.deposits import OWN_DEPOSITS, DepositGrant, grant_of_profile
from tenants.rights.effective import rights_of
from tenants.rights.levels import ROOT, any_may_act_on, is_level
from tenants.rights.news import carried_by_ready
from tenants.rights.proof import proof_coffre
from tenants.rights.reach import (
    MANAGING,
    OutOfReachError,
    check_level,
    covered,
    grantable,
    grantable_contracts,
    grantable_deposits,
)
from tenants.rights.remaining import somebody_remains
from tenants.rights.telling import differences, of_group, of_profile, tell


class CompositionError(ValueError):
    """The profile or group cannot be so; ``field`` names the faulty answer, if one is."""

    def __init__(self, message: str, *, field: str = "") -> None:
        self.field = field
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class ProfileDraft:
    """What one wants of a profile. Contracts and agencies are identifiers in ``coffre``."""

    name: str
    coffre: Tenant
    permissions: frozenset[Permission]
    description: str = ""
    level: str = ROOT
    sees_everything: bool = False
    access_contracts: tuple[str, ...] = ()
    deposits: DepositGrant = OWN_DEPOSITS
    ready: str = ""


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """What one wants of a group."""

    name: str
    profiles: tuple[uuid.UUID, ...]
    description: str = ""
    level: str = ROOT


def create_profile(*, draft: ProfileDraft, by: Account | None) -> Profile:
    """Create a profile in the organisation of its coffre."""
    proof = proof_coffre(draft.coffre.organisation.id)
    with tenant_scope(proof.id):
        _check_profile(draft, proof, by, current=None)
        profile = Profile(created_at=clock.now())
        _fill(profile, draft)
        profile.save(force_insert=True)
        tell(
            "PROFILE_CREATE",
            thing={"profile": str(profile.id)},
            before=None,
            after=of_profile(profile),
            agent_id=_id(by),
        )
    return profile


def update_profile(*, profile_id: uuid.UUID, draft: ProfileDraft, by: Account | None) -> Profile:
    """Change a profile; whoever has it is concerned from their next request."""
    proof = proof_coffre(draft.coffre.organisation.id)
    with tenant_scope(proof.id), somebody_remains(proof):
        profile = Profile.objects.select_for_update(of=("self",)).get(id=profile_id)
        _check_profile(draft, proof, by, current=profile)
        if by is not None:
            check_profile_alone(proof, profile, draft.permissions)
        before = of_profile(profile)
        _fill(profile, draft)
        former, new = differences(before, of_profile(profile))
        # Even when nothing was ticked: what the ready profile has gained was seen, and left.
        profile.save()
        if new:
            tell(
                "PROFILE_UPDATE",
                thing={"profile": str(profile.id)},
                before=former,
                after=new,
                agent_id=_id(by),
            )
    return profile


def delete_profile(*, profile: Profile, by: Account | None) -> None:
    """Delete a profile that no group carries any more."""
    proof = _proof_of_row(profile)
    with tenant_scope(proof.id):
        profile = Profile.objects.select_for_update(of=("self",)).get(id=profile.id)
        _check_own_level(by, proof, profile.level)
        carriers = Group.objects.filter(carried__profile=profile).values_list("name", flat=True)
        if names := ", ".join(f"« {name} »" for name in carriers):
            raise CompositionError(
                f"Ce profil est porté par {names} : retirez-le d’abord de ces groupes."
            )
        before = of_profile(profile)
        identifier = str(profile.id)
        profile.delete()
        tell(
            "PROFILE_DELETE",
            thing={"profile": identifier},
            before=before,
            after=None,
            agent_id=_id(by),
        )


def create_group(*, organisation: Organisation, draft: GroupDraft, by: Account | None) -> Group:
    """Create a group of profiles."""
    proof = proof_coffre(organisation.id)
    with tenant_scope(proof.id):
        profiles = _check_group(draft, proof, by, current=None, carried=frozenset())
        group = Group.objects.create(
            name=draft.name,
            description=admissible(draft.description),
            level=draft.level,
            created_at=clock.now(),
        )
        _carry(group, profiles)
        tell(
            "GROUP_CREATE",
            thing={"group": str(group.id)},
            before=None,
            after=of_group(group, [one.id for one in profiles]),
            agent_id=_id(by),
        )
    return group


def update_group(*, group: Group, draft: GroupDraft, by: Account | None) -> Group:
    """Change a group: its name, its level, its profiles."""
    proof = _proof_of_row(group)
    with tenant_scope(proof.id), somebody_remains(proof):
        group = Group.objects.select_for_update(of=("self",)).get(id=group.id)
        carried = frozenset(group.carried.values_list("profile_id", flat=True))
        profiles = _check_group(draft, proof, by, current=group, carried=carried)
        if by is not None:
            check_group_alone(proof, group, profiles, draft.level)
        before = of_group(group, list(carried))
        group.name, group.level = draft.name, draft.level
        group.description = admissible(draft.description)
        wanted = frozenset(one.id for one in profiles)
        if wanted != carried:
            # Composed by hand from now on: it is no longer the group of a ready profile.
            group.ready = ""
        former, new = differences(before, of_group(group, list(wanted)))
        if new:
            group.save()
            GroupProfile.objects.filter(group=group).exclude(profile_id__in=wanted).delete()
            _carry(group, [one for one in profiles if one.id not in carried])
            tell(
                "GROUP_UPDATE",
                thing={"group": str(group.id)},
                before=former,
                after=new,
                agent_id=_id(by),
            )
    return group


def delete_group(*, group: Group, by: Account | None) -> None:
    """Delete a group in which nobody is or will be; its past members stay in the journal."""
    proof = _proof_of_row(group)
    with tenant_scope(proof.id):
        group = Group.objects.select_for_update(of=("self",)).get(id=group.id)
        _check_own_level(by, proof, group.level)
        placed = GroupMember.objects.filter(group=group).exclude(ends_at__lte=clock.now())
        ids = set(placed.values_list("account_id", flat=True))
        names = sorted(Account.objects.filter(id__in=ids).values_list("name", flat=True))
        if names:
            shown = ", ".join(names[:10]) + (f" et {len(names) - 10} autres" * (len(names) > 10))
            raise CompositionError(f"Ce groupe a des membres : {shown}. Retirez-les d’abord.")
        carried = list(group.carried.values_list("profile_id", flat=True))
        before = of_group(group, carried)
        identifier = str(group.id)
        GroupMember.objects.filter(group=group).delete()
        GroupProfile.objects.filter(group=group).delete()
        group.delete()
        tell(
            "GROUP_DELETE", thing={"group": identifier}, before=before, after=None, agent_id=_id(by)
        )


def _check_profile(
    draft: ProfileDraft, proof: Tenant, by: Account | None, *, current: Profile | None
) -> None:
    _check_words(draft.name, draft.level)
    same = Profile.objects.filter(coffre_id=draft.coffre.id, name=draft.name)
    if same.exclude(id=current.id if current else None).exists():
        raise CompositionError("Un profil de ce coffre porte déjà ce nom.", field="name")
    if current is not None and current.coffre_id != draft.coffre.id:
        raise CompositionError("Un profil ne change pas de coffre : dupliquez-le.", field="coffre")
    if not draft.permissions:
        raise CompositionError("Choisissez au moins une permission.", field="permissions")
    _check_identifiers(draft)
    if by is None:
        return
    rights = rights_of(by)
    levels = rights.levels(proof.organisation_id, *MANAGING)
    check_level(levels, draft.level)
    already: frozenset[Permission] = frozenset()
    if current is not None:
        check_level(levels, current.level)
        already = frozenset(one for one in draft.permissions if one.value in current.permissions)
    beyond = draft.permissions - already - grantable(rights, levels, draft.coffre)
    if beyond:
        raise OutOfReachError(
            "Vous ne pouvez pas donner ce que vous n’avez pas reçu : "
            + ", ".join(sorted(str(LABELS[one]) for one in beyond))
            + "."
        )
    everything, contracts = grantable_contracts(rights, levels, draft.coffre)
    if not everything:
        if draft.sees_everything and not (current and current.sees_everything):
            raise OutOfReachError("Vous ne pouvez pas ouvrir toutes les archives de ce coffre.")
        known = contracts | set(current.access_contracts if current else ())
        if not set(draft.access_contracts) <= known:
            raise OutOfReachError("Vous ne pouvez pas donner un contrat que vous n’avez pas reçu.")
    held = grantable_deposits(rights, levels, draft.coffre)
    if current is not None:
        held = (*held, grant_of_profile(current))
    if not covered(draft.deposits, held):
        raise OutOfReachError("Vous ne pouvez pas ouvrir des versements que vous ne suivez pas.")


def _check_identifiers(draft: ProfileDraft) -> None:
    named: tuple[tuple[str, str, type[Referential], tuple[str, ...]], ...] = (
        ("access_contracts", "Contrat inconnu", AccessContract, draft.access_contracts),
        ("deposit_contracts", "Contrat d’entrée inconnu", IngestContract, draft.deposits.contracts),
        ("deposit_agencies", "Service inconnu", Agency, draft.deposits.agencies),
    )
    for field, fault, model, identifiers in named:
        if not identifiers:
            continue
        with tenant_scope(draft.coffre.id):
            rows = model.objects.filter(identifier__in=identifiers)
            known = set(rows.values_list("identifier", flat=True))
        if unknown := sorted(set(identifiers) - known):
            raise CompositionError(f"{fault} dans ce coffre : {', '.join(unknown)}.", field=field)


def _check_group(
    draft: GroupDraft,
    proof: Tenant,
    by: Account | None,
    *,
    current: Group | None,
    carried: frozenset[uuid.UUID],
) -> list[Profile]:
    _check_words(draft.name, draft.level)
    if Group.objects.filter(name=draft.name).exclude(id=current.id if current else None).exists():
        raise CompositionError("Un groupe porte déjà ce nom.", field="name")
    profiles = list(Profile.objects.filter(id__in=draft.profiles))
    if len(profiles) != len(set(draft.profiles)):
        raise CompositionError("Un profil choisi n’existe plus.", field="profiles")
    if not profiles:
        raise CompositionError("Choisissez au moins un profil.", field="profiles")
    if by is not None:
        levels = rights_of(by).levels(proof.organisation_id, *MANAGING)
        check_level(levels, draft.level)
        if current is not None:
            check_level(levels, current.level)
        for profile in profiles:
            if profile.id not in carried and not any_may_act_on(levels, profile.level):
                raise OutOfReachError(f"Le profil « {profile.name} » n’est pas sous votre niveau.")
    return profiles


def _check_words(name: str, level: str) -> None:
    if not name.strip():
        raise CompositionError("Donnez un nom.", field="name")
    if not is_level(level):
        raise CompositionError(
            "Un niveau s’écrit en capitales et en chiffres, séparés par des points : A.1.",
            field="level",
        )


def _check_own_level(by: Account | None, proof: Tenant, level: str) -> None:
    if by is not None:
        check_level(rights_of(by).levels(proof.organisation_id, *MANAGING), level)


def _fill(profile: Profile, draft: ProfileDraft) -> None:
    profile.name = draft.name
    profile.description = admissible(draft.description)
    profile.coffre_id = draft.coffre.id
    profile.level = draft.level
    profile.permissions = sorted(draft.permissions)
    profile.sees_everything = draft.sees_everything
    profile.access_contracts = [] if draft.sees_everything else sorted(draft.access_contracts)
    chosen = draft.deposits.reach == Profile.DepositReach.CHOSEN
    profile.deposit_reach = draft.deposits.reach
    profile.deposit_contracts = sorted(draft.deposits.contracts) if chosen else []
    profile.deposit_agencies = sorted(draft.deposits.agencies) if chosen else []
    profile.ready = draft.ready
    profile.ready_seen = carried_by_ready(draft.ready, draft.coffre)


def _carry(group: Group, profiles: Sequence[Profile] | Iterable[Profile]) -> None:
    GroupProfile.objects.bulk_create(
        [GroupProfile(group=group, profile=profile) for profile in profiles]
    )


def _proof_of_row(row: Profile | Group) -> Tenant:
    return Tenant.objects.get(id=row.tenant_id)


def _id(account: Account | None) -> uuid.UUID | None:
    return account.id if account else None
