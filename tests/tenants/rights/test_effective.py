"""What an account may do, until when, and that nothing crosses to another organisation."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tenants.models import Account
from tenants.models.rights import GroupMember, Profile
from tenants.permissions import Permission
from tenants.rights.composing import GroupDraft, ProfileDraft, create_group, create_profile
from tenants.rights.effective import rights_of, rights_of_everyone
from tenants.rights.services import MembershipError, add_member, grant_ready
from tests.builders.people import Cast, grant, take_away
from tests.tenants.rights.conftest import make_account

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def test_a_right_comes_with_its_chain(cast: Cast) -> None:
    place = rights_of(cast.basile).within(cast.coffre_a)
    assert place is not None
    (chain,) = place.chains[Permission.HOLDINGS_VIEW]
    assert chain.profile == "Consultation"
    assert chain.group == f"Consultation · {cast.coffre_a.name}"
    assert chain.until is None
    assert place.sees_everything
    assert Permission.DEPOSIT_CREATE not in place.chains


def test_rights_begin_and_end_at_their_dates(cast: Cast) -> None:
    account = make_account(cast, "Zoé Zola")
    now = clock.now()
    grant(account, cast.coffre_a, "reader", until=now + HOUR)
    with tenant_scope(cast.proof_a.id):
        member = GroupMember.objects.get(account_id=account.id)
        for starts_at, ends_at, held in (
            (now - HOUR, now + HOUR, True),
            (now - HOUR, None, True),
            (now - 2 * HOUR, now - HOUR, False),
            (now + HOUR, None, False),
            (now + HOUR, now + 2 * HOUR, False),
        ):
            GroupMember.objects.filter(id=member.id).update(starts_at=starts_at, ends_at=ends_at)
            assert bool(rights_of(account).coffres) is held, (starts_at, ends_at)


def test_the_end_itself_is_over(cast: Cast) -> None:
    account = make_account(cast, "Zoé Zola")
    end = clock.now() + HOUR
    grant(account, cast.coffre_a, "reader", until=end)
    assert rights_of(account, at=end - dt.timedelta(microseconds=1)).coffres
    assert not rights_of(account, at=end).coffres


def test_a_right_that_ends_cuts_the_open_session(cast: Cast) -> None:
    client = cast.client(cast.basile)
    assert client.get(reverse("search")).status_code == 200
    with tenant_scope(cast.proof_a.id):
        GroupMember.objects.filter(account_id=cast.basile.id).update(ends_at=clock.now())
    assert client.get(reverse("search")).status_code == 403


def test_a_disabled_account_has_nothing(cast: Cast) -> None:
    Account.objects.filter(id=cast.aline.id).update(is_active=False)
    cast.aline.refresh_from_db()
    assert rights_of(cast.aline).coffres == ()
    assert cast.aline.id not in rights_of_everyone(cast.coffre_a.organisation_id)


def test_several_groups_add_up_and_each_is_told(cast: Cast) -> None:
    grant(cast.basile, cast.coffre_a, "archivist")
    place = rights_of(cast.basile).within(cast.coffre_a)
    assert place is not None
    assert {one.profile for one in place.chains[Permission.HOLDINGS_VIEW]} == {
        "Consultation",
        "Archiviste",
    }
    assert [one.profile for one in place.chains[Permission.UNIT_EDIT]] == ["Archiviste"]


def test_acts_on_the_organisation_are_held_in_every_coffre_of_it(cast: Cast) -> None:
    rights = rights_of(cast.administrator_a)
    for coffre in (cast.coffre_a, cast.proof_a):
        assert rights.verdict(Permission.RIGHT_MANAGE, coffre)
    assert not rights.verdict(Permission.RIGHT_MANAGE, cast.coffre_b)
    assert not rights.verdict(Permission.RIGHT_MANAGE, cast.proof_b)


def test_an_act_on_the_organisation_given_in_a_coffre_of_archives_is_nothing(cast: Cast) -> None:
    account = make_account(cast, "Zoé Zola")
    grant(account, cast.coffre_a, "reader")
    with tenant_scope(cast.proof_a.id):
        Profile.objects.filter(ready="reader").update(
            permissions=["holdings.view", "right.manage", "platform.manage", "unknown.verb"]
        )
    place = rights_of(account).within(cast.coffre_a)
    assert place is not None
    assert place.permissions == {Permission.HOLDINGS_VIEW}


def test_the_powers_of_the_platform_are_nothing_in_a_town(cast: Cast) -> None:
    with tenant_scope(cast.proof_a.id):
        Profile.objects.filter(ready="administrator", coffre_id=cast.proof_a.id).update(
            permissions=["right.manage", "platform.manage", "support.request"]
        )
    held = rights_of(cast.administrator_a).proof(cast.coffre_a.organisation_id)
    assert held is not None
    assert held.permissions == {Permission.RIGHT_MANAGE}


def test_a_profile_that_names_a_coffre_of_another_organisation_gives_nothing_there(
    cast: Cast,
) -> None:
    with tenant_scope(cast.proof_a.id):
        Profile.objects.filter(ready="reader").update(coffre_id=cast.coffre_b.id)
    assert rights_of(cast.basile).coffres == ()
    assert cast.client(cast.basile).get(reverse("search")).status_code == 403


def test_an_account_of_another_organisation_enters_no_group(cast: Cast) -> None:
    with pytest.raises(MembershipError):
        grant_ready(account=cast.chloe, coffre=cast.coffre_a, key="reader")
    # Even written behind the services' back, the row says nothing in its own organisation.
    with tenant_scope(cast.proof_a.id):
        known = GroupMember.objects.get(account_id=cast.basile.id)
        GroupMember.objects.create(
            group_id=known.group_id,
            account_id=cast.chloe.id,
            starts_at=known.starts_at,
            created_at=known.created_at,
        )
    assert [one.coffre for one in rights_of(cast.chloe).coffres] == [cast.coffre_b]


def test_rights_cost_the_same_whatever_their_number(cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            rights_of(cast.basile)
        return len([one for one in seen if one["sql"].startswith("SELECT")])

    before = queries()
    for key in ("archivist", "auditor", "depositor", "coffre_administrator"):
        grant(cast.basile, cast.coffre_a, key)
        grant(cast.basile, cast.proof_a, "auditor") if key == "auditor" else None
    assert queries() == before <= 5


def test_what_an_audit_follows_does_not_widen_a_consultation_by_contract(cast: Cast) -> None:
    account = make_account(cast, "Zoé Zola")
    profile = create_profile(
        draft=ProfileDraft(
            name="Par contrat",
            coffre=cast.coffre_a,
            permissions=frozenset({Permission.HOLDINGS_VIEW}),
        ),
        by=None,
    )
    group = create_group(
        organisation=cast.coffre_a.organisation,
        draft=GroupDraft(name="Par contrat", profiles=(profile.id,)),
        by=None,
    )
    add_member(group=group, account=account)
    grant(account, cast.coffre_a, "auditor")
    place = rights_of(account).within(cast.coffre_a)
    assert place is not None
    assert place.sees_everything is False
    assert place.access_contracts == ()


def test_rows_of_rights_are_walled(cast: Cast) -> None:
    with tenant_scope(cast.proof_b.id):
        assert not Profile.objects.filter(coffre_id=cast.coffre_a.id).exists()
        assert not GroupMember.objects.filter(account_id=cast.basile.id).exists()


def test_without_rights_one_sees_no_coffre(cast: Cast) -> None:
    take_away(cast.basile)
    client = cast.client(cast.basile)
    answer: Any = client.get("/")
    assert answer.wsgi_request.tenant is None
    assert client.post(reverse("coffre_switch"), {"tenant": str(new_id())}).status_code == 404
