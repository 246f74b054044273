"""Rights that make an administrator, and the doors by which one person alone could give them.

Where the organisation wants a second person to make administrators, placing an account in a group
that carries such rights is asked and approved (``tenants.rights.administrators``); giving them to a
profile or a group that has members already would be the same act by another way: it is refused.
"""

from collections.abc import Collection, Iterable

from django.utils.translation import gettext as _

from sae.kernel import clock
from sae.tenancy.models import Tenant
from tenants.models.rights import Group, GroupMember, Profile
from tenants.permissions import Permission
from tenants.rights.four_eyes import SecondPersonNeededError, second_person_needed
from tenants.rights.levels import is_below

KEY = "right.administrate"
"""The act, as organisations choose whether it needs a second person."""

ADMINISTERING = frozenset(
    {
        Permission.ACCOUNT_MANAGE,
        Permission.ACCOUNT_ANONYMISE,
        Permission.RIGHT_MANAGE,
        Permission.RIGHT_DELEGATE,
        Permission.CONTRACT_MANAGE,
        Permission.APPLICATION_MANAGE,
        Permission.ORGANISATION_MANAGE,
        Permission.SUPPORT_ACCEPT,
        Permission.SUPPORT_REQUEST,
        Permission.PLATFORM_MANAGE,
        # Whoever could name their own second person would act alone.
        *(one for one in Permission if one.value.endswith(".approve")),
    }
)
"""Who holds one of these decides of the rights, the accounts or the sight of others."""


def administering_of(profiles: Iterable[Profile]) -> frozenset[Permission]:
    """Return the rights of an administrator that profiles carry."""
    carried = {name for one in profiles for name in one.permissions}
    return frozenset(one for one in ADMINISTERING if one.value in carried)


def makes_administrators(group: Group) -> bool:
    """Tell whether the members of a group are administrators. Runs in the scope of the proof."""
    return bool(administering_of(profiles_of(group)))


def profiles_of(group: Group) -> list[Profile]:
    """Return the profiles that a group carries, by name."""
    return list(Profile.objects.filter(carriers__group=group).order_by("name", "id"))


def needed_for(proof: Tenant, group: Group) -> bool:
    """Tell whether placing an account in a group needs a second person."""
    return makes_administrators(group) and second_person_needed(proof.organisation_id, KEY)


def check_not_alone(proof: Tenant, group: Group) -> None:
    """Raise ``SecondPersonNeededError`` when nobody may be placed in a group by one person."""
    if needed_for(proof, group):
        raise SecondPersonNeededError(
            _(
                "Le groupe « %s » donne des droits d’administrateur : une seconde personne doit"
                " l’approuver. Demandez-le depuis la page du groupe, « Ajouter un membre »."
            )
            % group.name
        )


def check_profile_alone(
    proof: Tenant, profile: Profile, permissions: Collection[Permission]
) -> None:
    """Refuse to give a profile that people have the rights of an administrator, alone."""
    gained = (ADMINISTERING & frozenset(permissions)) - administering_of([profile])
    groups = Group.objects.filter(carried__profile=profile)
    if gained and second_person_needed(proof.organisation_id, KEY) and _has_members(groups):
        raise SecondPersonNeededError(
            _(
                "Des comptes ont déjà ce profil : ils deviendraient administrateurs sans l’accord"
                " d’une seconde personne. Créez un autre profil et son groupe, puis placez-y les"
                " comptes : c’est ce qu’une seconde personne approuve."
            )
        )


def check_group_alone(
    proof: Tenant, group: Group, profiles: Collection[Profile], level: str
) -> None:
    """Refuse to make the members of a group administrators, or of a higher level, alone."""
    before, after = administering_of(profiles_of(group)), administering_of(profiles)
    rises = bool(after) and level != group.level and not is_below(group.level, level)
    if not (after - before or rises):
        return
    if second_person_needed(proof.organisation_id, KEY) and _has_members([group]):
        raise SecondPersonNeededError(
            _(
                "Ce groupe a des membres : ils auraient plus de droits d’administrateur sans"
                " l’accord d’une seconde personne. Créez un autre groupe, puis placez-y les"
                " comptes : c’est ce qu’une seconde personne approuve."
            )
        )


def _has_members(groups: Iterable[Group]) -> bool:
    present = GroupMember.objects.filter(group__in=list(groups))
    return bool(present.exclude(ends_at__lte=clock.now()).exists())
