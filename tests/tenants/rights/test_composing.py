"""Composing profiles and groups: what each may give, what cannot be, all of it told."""

from dataclasses import replace

import pytest

from sae.journal.models import Operation
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tenants.models import AccessContract
from tenants.models.rights import Group, Profile
from tenants.permissions import Permission
from tenants.rights.composing import (
    CompositionError,
    GroupDraft,
    ProfileDraft,
    create_group,
    create_profile,
    delete_group,
    delete_profile,
    update_group,
    update_profile,
)
from tenants.rights.effective import rights_of
from tenants.rights.reach import OutOfReachError
from tenants.rights.remaining import NobodyRemainsError
from tenants.rights.services import add_member, remove_member
from tests.builders.people import Cast
from tests.tenants.rights.conftest import Town

pytestmark = pytest.mark.django_db


def draft(cast: Cast, **fields: object) -> ProfileDraft:
    drafted = ProfileDraft(
        name="Essai", coffre=cast.coffre_a, permissions=frozenset({Permission.HOLDINGS_VIEW})
    )
    return replace(drafted, **fields)  # type: ignore[arg-type]


def test_below_the_root_one_gives_only_what_one_was_given(town: Town) -> None:
    cast = town.cast
    within = draft(cast, level="A.2", sees_everything=True)
    create_profile(draft=within, by=town.marc)
    for beyond in (
        draft(cast, name="b", level="A.2", permissions=frozenset({Permission.UNIT_RULES})),
        draft(cast, name="c", level="A"),
        draft(cast, name="d", level="AB"),
        draft(cast, name="e", level=""),
        draft(
            cast,
            name="f",
            level="A.2",
            coffre=cast.proof_a,
            permissions=frozenset({Permission.ACCOUNT_ANONYMISE}),
        ),
    ):
        with pytest.raises(OutOfReachError):
            create_profile(draft=beyond, by=town.marc)
    # What they hold themselves may be handed down.
    handed = draft(
        cast,
        name="g",
        level="A.2",
        coffre=cast.proof_a,
        permissions=frozenset({Permission.RIGHT_DELEGATE}),
    )
    create_profile(draft=handed, by=town.marc)


def test_all_the_archives_are_opened_only_by_who_was_given_them(town: Town) -> None:
    with tenant_scope(town.cast.proof_a.id):
        Profile.objects.filter(id=town.reading.id).update(sees_everything=False)
    with pytest.raises(OutOfReachError):
        create_profile(draft=draft(town.cast, level="A.2", sees_everything=True), by=town.marc)


def test_a_group_takes_only_profiles_below_from_a_service_administrator(town: Town) -> None:
    organisation = town.cast.coffre_a.organisation
    with tenant_scope(town.cast.proof_a.id):
        above = Profile.objects.get(ready="head_archivist")
    with pytest.raises(OutOfReachError):
        create_group(
            organisation=organisation,
            draft=GroupDraft(name="Trop", level="A.1", profiles=(above.id,)),
            by=town.marc,
        )
    made = create_group(
        organisation=organisation,
        draft=GroupDraft(name="Bien", level="A.1.X", profiles=(town.reading.id,)),
        by=town.marc,
    )
    with pytest.raises(OutOfReachError):
        update_group(
            group=made,
            draft=GroupDraft(name="Bien", level="A.1.X", profiles=(above.id,)),
            by=town.marc,
        )
    with pytest.raises(OutOfReachError):
        update_group(
            group=made,
            draft=GroupDraft(name="Bien", level="", profiles=(town.reading.id,)),
            by=town.marc,
        )


def test_an_administrator_of_b_composes_nothing_in_a(town: Town) -> None:
    cast = town.cast
    with pytest.raises(OutOfReachError):
        create_profile(draft=draft(cast, level="B"), by=cast.administrator_b)
    with pytest.raises(OutOfReachError):
        delete_group(group=town.below, by=cast.administrator_b)
    with pytest.raises(OutOfReachError):
        update_profile(
            profile_id=town.reading.id, draft=draft(cast, level="A.1"), by=cast.administrator_b
        )


def test_contracts_are_those_of_the_coffre(cast: Cast) -> None:
    with tenant_scope(cast.coffre_b.id):
        AccessContract.objects.create(
            identifier="AC-B", name="De B", created_at=clock.now(), updated_at=clock.now()
        )
    with pytest.raises(CompositionError) as refused:
        create_profile(draft=draft(cast, access_contracts=("AC-B",)), by=None)
    assert refused.value.field == "access_contracts"


def test_two_profiles_of_a_coffre_have_two_names(cast: Cast) -> None:
    create_profile(draft=draft(cast), by=None)
    with pytest.raises(CompositionError):
        create_profile(draft=draft(cast), by=None)
    create_profile(
        draft=draft(cast, coffre=cast.proof_a, permissions=frozenset({Permission.JOURNAL_VIEW})),
        by=None,
    )


def test_a_change_is_felt_at_once_and_told_with_what_differs(town: Town) -> None:
    cast = town.cast
    add_member(group=town.below, account=town.nadia)
    update_profile(
        profile_id=town.reading.id,
        draft=draft(
            cast,
            name="Lecture du service A",
            level="A.1",
            permissions=frozenset({Permission.HOLDINGS_VIEW, Permission.OBJECT_DOWNLOAD}),
            sees_everything=True,
        ),
        by=cast.administrator_a,
    )
    assert rights_of(town.nadia).verdict(Permission.OBJECT_DOWNLOAD, cast.coffre_a)
    with tenant_scope(cast.proof_a.id):
        told = Operation.objects.get(type="PROFILE_UPDATE")
    assert told.agent_id == cast.administrator_a.id
    assert told.detail["before"] == {"permissions": ["holdings.view"]}
    assert told.detail["after"] == {"permissions": ["holdings.view", "object.download"]}


def test_what_changes_nothing_is_not_told(town: Town) -> None:
    same = draft(town.cast, name="Lecture du service A", level="A.1", sees_everything=True)
    update_profile(profile_id=town.reading.id, draft=same, by=None)
    with tenant_scope(town.cast.proof_a.id):
        assert not Operation.objects.filter(type="PROFILE_UPDATE").exists()


def test_a_group_with_members_is_not_deleted_and_they_are_named(town: Town) -> None:
    add_member(group=town.below, account=town.nadia)
    with pytest.raises(CompositionError, match="Nadia Noir"):
        delete_group(group=town.below, by=town.cast.administrator_a)
    remove_member(group=town.below, account=town.nadia)
    delete_group(group=town.below, by=town.cast.administrator_a)
    with tenant_scope(town.cast.proof_a.id):
        assert not Group.objects.filter(id=town.below.id).exists()
        told = Operation.objects.get(type="GROUP_DELETE")
        assert told.detail["before"]["profiles"] == [str(town.reading.id)]
        assert "Nadia" not in str(told.detail)


def test_a_profile_that_groups_carry_is_not_deleted(town: Town) -> None:
    with pytest.raises(CompositionError, match="Service A"):
        delete_profile(profile=town.reading, by=town.cast.administrator_a)


def test_nobody_takes_away_the_last_management_of_rights(cast: Cast) -> None:
    with tenant_scope(cast.proof_a.id):
        profile = Profile.objects.get(ready="administrator", coffre_id=cast.proof_a.id)
        group = Group.objects.get(ready=f"administrator:{cast.proof_a.id}")
        reader = Profile.objects.get(ready="reader")
    with pytest.raises(NobodyRemainsError):
        update_profile(
            profile_id=profile.id,
            draft=ProfileDraft(
                name=profile.name,
                coffre=cast.proof_a,
                permissions=frozenset({Permission.RIGHT_VIEW}),
            ),
            by=cast.administrator_a,
        )
    for level, profiles in (("GESTION", (profile.id,)), ("", (reader.id,))):
        with pytest.raises(NobodyRemainsError):
            update_group(
                group=group,
                draft=GroupDraft(name=group.name, level=level, profiles=profiles),
                by=cast.administrator_a,
            )
    assert rights_of(cast.administrator_a).verdict(Permission.RIGHT_MANAGE, cast.proof_a)


@pytest.mark.parametrize("level", ["a b", "a", "A..B", "A."])
def test_what_is_no_level_is_refused(cast: Cast, level: str) -> None:
    with pytest.raises(CompositionError) as refused:
        create_profile(draft=draft(cast, level=level), by=None)
    assert refused.value.field == "level"


def test_a_profile_of_nothing_or_of_nowhere_is_refused(town: Town) -> None:
    with pytest.raises(CompositionError):
        create_profile(draft=draft(town.cast, permissions=frozenset()), by=None)
    for profiles in ((), (new_id(),)):
        with pytest.raises(CompositionError):
            create_group(
                organisation=town.cast.coffre_a.organisation,
                draft=GroupDraft(name="Vide", profiles=profiles),
                by=None,
            )
