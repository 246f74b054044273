"""Placing accounts in groups: levels, ends, nobody gives themselves rights, all of it told."""

import datetime as dt

import pytest

from sae.journal.models import Operation
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.models.rights import GroupMember
from tenants.permissions import Permission
from tenants.rights.effective import rights_of
from tenants.rights.reach import OutOfReachError, groups_below
from tenants.rights.remaining import NobodyRemainsError
from tenants.rights.services import (
    MembershipError,
    add_member,
    change_end,
    ensure_ready_group,
    remove_member,
)
from tests.builders.people import Cast, grant
from tests.tenants.rights.conftest import Town, make_account

pytestmark = pytest.mark.django_db
WEEK = dt.timedelta(days=7)


def told(cast: Cast, code: str) -> list[Operation]:
    with tenant_scope(cast.proof_a.id):
        return list(Operation.objects.filter(type=code).order_by("started_at"))


def test_a_service_administrator_places_below_and_nowhere_else(town: Town) -> None:
    for group, allowed in (
        (town.below, True),
        (town.at_a, False),
        (town.at_ab, False),
        (town.root, False),
        (town.managers, False),
    ):
        account = town.account(f"Nouveau {group.name}")
        if allowed:
            add_member(group=group, account=account, given_by=town.marc)
            assert rights_of(account).coffres
        else:
            with pytest.raises(OutOfReachError):
                add_member(group=group, account=account, given_by=town.marc)
            assert not rights_of(account).coffres


def test_the_groups_proposed_are_those_below(town: Town) -> None:
    with tenant_scope(town.cast.proof_a.id):
        assert groups_below(town.marc) == [town.below]
        assert town.root in groups_below(town.cast.administrator_a)
        assert groups_below(town.cast.aline) == []


def test_an_account_placed_above_is_out_of_reach_even_for_a_group_below(town: Town) -> None:
    with pytest.raises(OutOfReachError):
        add_member(group=town.below, account=town.cast.administrator_a, given_by=town.marc)
    with pytest.raises(OutOfReachError):
        add_member(group=town.below, account=town.cast.aline, given_by=town.marc)


def test_nobody_below_the_root_gives_themselves_rights(town: Town) -> None:
    with pytest.raises(OutOfReachError):
        add_member(group=town.below, account=town.marc, given_by=town.marc)
    add_member(
        group=town.below, account=town.cast.administrator_a, given_by=town.cast.administrator_a
    )


def test_an_administrator_of_another_organisation_reaches_nothing(town: Town) -> None:
    cast = town.cast
    with pytest.raises(OutOfReachError):
        add_member(group=town.below, account=town.nadia, given_by=cast.administrator_b)
    with pytest.raises(OutOfReachError):
        remove_member(
            group=ensure_ready_group(cast.coffre_a, "reader"),
            account=cast.basile,
            removed_by=cast.administrator_b,
        )
    with pytest.raises(OutOfReachError):
        add_member(group=town.below, account=town.nadia, given_by=cast.operator)


def test_who_may_only_delegate_must_give_an_end(cast: Cast) -> None:
    deputy, helper = make_account(cast, "Dora Dubois"), make_account(cast, "Hugo Henry")
    grant(deputy, cast.proof_a, "data_protection")
    with tenant_scope(cast.proof_a.id):
        group = ensure_ready_group(cast.coffre_a, "reader")
        member = GroupMember.objects.get(account_id=deputy.id)
        profile = member.group.carried.get().profile
        profile.permissions = ["right.delegate", "right.view"]
        profile.save()
    with pytest.raises(OutOfReachError, match="date"):
        add_member(group=group, account=helper, given_by=deputy)
    until = clock.now() + WEEK
    made = add_member(group=group, account=helper, given_by=deputy, until=until)
    assert made.ends_at == until
    with pytest.raises(OutOfReachError, match="date"):
        change_end(member=made, until=None, changed_by=deputy)


def test_an_end_already_past_is_refused(town: Town) -> None:
    past = clock.now() - WEEK
    with pytest.raises(MembershipError):
        add_member(group=town.below, account=town.nadia, until=past)
    with pytest.raises(MembershipError):
        add_member(
            group=town.below,
            account=town.nadia,
            since=clock.now() + 2 * WEEK,
            until=clock.now() + WEEK,
        )


def test_twice_in_the_same_group_is_refused_until_the_first_is_over(town: Town) -> None:
    add_member(group=town.below, account=town.nadia)
    with pytest.raises(MembershipError):
        add_member(group=town.below, account=town.nadia)
    assert remove_member(group=town.below, account=town.nadia) == 1
    assert not rights_of(town.nadia).coffres
    add_member(group=town.below, account=town.nadia)
    assert rights_of(town.nadia).coffres


def test_one_taken_out_before_its_beginning_never_enters(town: Town) -> None:
    add_member(group=town.below, account=town.nadia, since=clock.now() + WEEK)
    assert remove_member(group=town.below, account=town.nadia) == 1
    assert not rights_of(town.nadia, at=clock.now() + 2 * WEEK).coffres


def test_the_last_who_manages_rights_at_the_root_stays(cast: Cast) -> None:
    group = ensure_ready_group(cast.proof_a, "administrator")
    adele = cast.administrator_a
    with pytest.raises(NobodyRemainsError):
        remove_member(group=group, account=adele, removed_by=adele)
    assert rights_of(adele).verdict(Permission.RIGHT_MANAGE, cast.proof_a)
    grant(cast.aline, cast.proof_a, "administrator")
    assert remove_member(group=group, account=adele, removed_by=adele) == 1


def test_each_act_is_told_with_before_and_after_and_no_name(town: Town) -> None:
    until = clock.now() + WEEK
    member = add_member(
        group=town.below, account=town.nadia, given_by=town.marc, until=until, reason="été"
    )
    change_end(member=member, until=until + WEEK, changed_by=town.marc)
    remove_member(group=town.below, account=town.nadia, removed_by=town.marc)
    (added,) = [
        one
        for one in told(town.cast, "GROUP_MEMBER_ADD")
        if one.detail["account"] == str(town.nadia.id)
    ]
    assert added.agent_id == town.marc.id
    assert added.outcome == "OK"
    assert added.detail["group"] == str(town.below.id)
    assert added.detail["after"]["ends_at"] == until.isoformat()
    (changed,) = told(town.cast, "GROUP_MEMBER_UPDATE")
    assert changed.detail["before"] == {"ends_at": until.isoformat()}
    assert changed.detail["after"] == {"ends_at": (until + WEEK).isoformat()}
    (removed,) = told(town.cast, "GROUP_MEMBER_REMOVE")
    assert removed.detail["before"]["ends_at"] == (until + WEEK).isoformat()
    assert removed.detail["after"]["ends_at"] < until.isoformat()
    assert "Nadia" not in str([added.detail, changed.detail, removed.detail])
    with tenant_scope(town.cast.proof_b.id):
        assert not Operation.objects.filter(
            type__startswith="GROUP_MEMBER", detail__account=str(town.nadia.id)
        ).exists()


def test_a_refused_act_leaves_no_trace(town: Town) -> None:
    before = len(told(town.cast, "GROUP_MEMBER_ADD"))
    with pytest.raises(OutOfReachError):
        add_member(group=town.root, account=town.nadia, given_by=town.marc)
    assert len(told(town.cast, "GROUP_MEMBER_ADD")) == before


def test_a_ready_group_is_made_once(cast: Cast) -> None:
    first = ensure_ready_group(cast.coffre_a, "depositor")
    assert ensure_ready_group(cast.coffre_a, "depositor") == first
    assert [one.detail["after"]["name"] for one in told(cast, "PROFILE_CREATE")].count(
        "Service versant"
    ) == 1
    with pytest.raises(MembershipError):
        ensure_ready_group(cast.coffre_a, "user_manager")
