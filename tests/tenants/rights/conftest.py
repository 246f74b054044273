"""An organisation with levels: a root administrator, one of a service, and people below."""

from dataclasses import dataclass

import pytest

from sae.tenancy.scope import tenant_scope
from tenants.models import Account
from tenants.models.rights import Group, Profile
from tenants.permissions import Permission
from tenants.rights.composing import GroupDraft, ProfileDraft, create_group, create_profile
from tenants.rights.services import add_member
from tests.builders.people import PASSWORD, Cast


@dataclass(frozen=True)
class Town:
    """Organisation A: ``marc`` manages rights at level A; groups at A, AB, A.1 and the root."""

    cast: Cast
    marc: Account
    nadia: Account
    managers: Group
    at_a: Group
    at_ab: Group
    below: Group
    root: Group
    reading: Profile

    def account(self, name: str) -> Account:
        """Return a new account of the organisation, in no group."""
        return make_account(self.cast, name)


def make_account(cast: Cast, name: str) -> Account:
    return Account.objects.create_user(
        f"{name.lower().replace(' ', '.')}@exemple.fr",
        PASSWORD,
        name=name,
        organisation=cast.coffre_a.organisation,
    )


@pytest.fixture
def town(cast: Cast) -> Town:
    organisation = cast.coffre_a.organisation
    managing = create_profile(
        draft=ProfileDraft(
            name="Gestion du service A",
            coffre=cast.proof_a,
            level="",
            permissions=frozenset(
                {Permission.RIGHT_VIEW, Permission.RIGHT_MANAGE, Permission.RIGHT_DELEGATE}
            ),
        ),
        by=None,
    )
    reading = create_profile(
        draft=ProfileDraft(
            name="Lecture du service A",
            coffre=cast.coffre_a,
            level="A.1",
            permissions=frozenset({Permission.HOLDINGS_VIEW}),
            sees_everything=True,
        ),
        by=None,
    )

    def group(name: str, level: str, profile: Profile) -> Group:
        return create_group(
            organisation=organisation,
            draft=GroupDraft(name=name, level=level, profiles=(profile.id,)),
            by=None,
        )

    managers = group("Responsables de A", "A", managing)
    marc, nadia = make_account(cast, "Marc Morin"), make_account(cast, "Nadia Noir")
    add_member(group=managers, account=marc)
    return Town(
        cast=cast,
        marc=marc,
        nadia=nadia,
        managers=managers,
        at_a=group("Au même niveau", "A", reading),
        at_ab=group("Au niveau voisin", "AB", reading),
        below=group("Service A.1", "A.1", reading),
        root=group("À la racine", "", reading),
        reading=reading,
    )


def member_count(town: Town, group: Group) -> int:
    with tenant_scope(town.cast.proof_a.id):
        return group.members.count()
