"""The check-up finds dead ends and forgotten powers; four eyes are each organisation's choice."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.models import Account
from tenants.models.rights import Profile
from tenants.permissions import Permission
from tenants.rights.checking import Finding, check_up, holders_of
from tenants.rights.effective import rights_of
from tenants.rights.four_eyes import choose, second_person_needed
from tenants.rights.segregation import conflicts_of
from tenants.rights.services import ensure_ready_group
from tests.builders.people import Cast, grant, take_away
from tests.tenants.rights.conftest import make_account

pytestmark = pytest.mark.django_db
CANCEL = "deposit.cancel"


def findings(cast: Cast) -> dict[str, Finding]:
    with tenant_scope(cast.proof_a.id):
        return {one.key: one for one in check_up(cast.coffre_a.organisation)}


def names(found: dict[str, Finding], key: str) -> set[str]:
    return {place.name for place in found[key].places} if key in found else set()


def test_each_organisation_chooses_its_four_eyes(cast: Cast, settings: Any) -> None:
    a, b = cast.coffre_a.organisation, cast.coffre_b.organisation
    for default in (False, True):
        settings.CANCELLATION_FOUR_EYES = default
        assert second_person_needed(a.id, CANCEL) is default
    assert choose(organisation=a, action=CANCEL, required=False, by=None)
    assert second_person_needed(a.id, CANCEL) is False
    assert second_person_needed(b.id, CANCEL) is True
    assert not choose(organisation=a, action=CANCEL, required=False, by=None)
    with pytest.raises(KeyError):
        second_person_needed(a.id, "unknown")


def test_nobody_to_approve_what_needs_a_second_person(cast: Cast) -> None:
    choose(organisation=cast.coffre_a.organisation, action=CANCEL, required=True, by=None)
    assert f"approval-{CANCEL}" not in findings(cast), "Adèle approves what Aline asks"
    take_away(cast.administrator_a)
    found = findings(cast)[f"approval-{CANCEL}"]
    assert found.state == "KO"
    assert found.places[0].name == cast.coffre_a.name
    assert "Aline Archambault" in found.places[0].fact


def test_nobody_to_accept_the_support_nor_to_manage_rights(cast: Cast) -> None:
    before = findings(cast)
    assert "support" not in before
    assert before["managers"].state == "WARNING"
    take_away(cast.administrator_a)
    found = findings(cast)
    assert found["support"].state == found["managers"].state == "KO"


def test_a_profile_that_consults_without_contract_is_a_dead_end(cast: Cast) -> None:
    assert "blind" not in findings(cast)
    with tenant_scope(cast.proof_a.id):
        Profile.objects.filter(ready="reader").update(sees_everything=False)
    assert names(findings(cast), "blind") == {"Consultation"}
    assert findings(cast)["blind"].state == "KO"
    take_away(cast.basile)
    assert findings(cast)["blind"].state == "WARNING", "nobody seeks in vain any more"
    with tenant_scope(cast.proof_a.id):
        Profile.objects.filter(ready="reader").update(access_contracts=["AC-GONE"])
    found = findings(cast)
    assert "blind" not in found
    assert "AC-GONE" in found["contracts"].places[0].fact


def test_a_group_without_member_and_an_account_without_group(cast: Cast) -> None:
    group = ensure_ready_group(cast.coffre_a, "depositor")
    make_account(cast, "Zoé Zola")
    found = findings(cast)
    assert names(found, "empty") == {group.name}
    assert names(found, "placeless") == {"Zoé Zola"}


def test_powers_asleep_and_accounts_never_used(cast: Cast) -> None:
    assert not {"dormant", "unused"} & set(findings(cast))
    long_ago = clock.now() - dt.timedelta(days=200)
    Account.objects.update(created_at=long_ago, last_login=clock.now())
    assert not {"dormant", "unused"} & set(findings(cast))
    Account.objects.filter(id=cast.administrator_a.id).update(last_login=long_ago)
    Account.objects.filter(id=cast.basile.id).update(last_login=None)
    Account.objects.filter(id=cast.aline.id).update(last_login=long_ago)
    found = findings(cast)
    assert names(found, "dormant") == {"Adèle Aubry"}
    assert names(found, "unused") == {"Basile Bonnet"}


def test_what_ends_soon_is_told_and_what_ends_later_is_not(cast: Cast) -> None:
    for name, days in (("Sophie Simon", 3), ("Luc Lambert", 60)):
        account = make_account(cast, name)
        until = clock.now() + dt.timedelta(days=days)
        grant(account, cast.coffre_a, "auditor", until=until)
    assert names(findings(cast), "ending") == {"Sophie Simon"}


def test_conflicts_are_told_with_the_chains_that_make_them(cast: Cast) -> None:
    (found, *_others) = list(conflicts_of(rights_of(cast.aline)))
    assert found.conflict.first == Permission.DEPOSIT_CANCEL
    assert found.first[0].profile == "Archiviste administrateur"
    assert not list(conflicts_of(rights_of(cast.basile)))
    assert "Aline Archambault" in names(findings(cast), "segregation")
    assert "Basile Bonnet" not in names(findings(cast), "segregation")


def test_two_groups_make_a_conflict_that_neither_has(cast: Cast) -> None:
    account = make_account(cast, "Zoé Zola")
    grant(account, cast.proof_a, "administrator")
    before = {one.conflict.second for one in conflicts_of(rights_of(account))}
    assert Permission.OBJECT_DOWNLOAD not in before
    grant(account, cast.coffre_a, "reader")
    found = [
        one
        for one in conflicts_of(rights_of(account))
        if one.conflict.second == Permission.OBJECT_DOWNLOAD
        and one.conflict.first == Permission.RIGHT_MANAGE
    ]
    assert [one.coffre for one in found] == [cast.coffre_a]
    assert found[0].first[0].group_id != found[0].second[0].group_id


def test_placing_someone_tells_what_they_now_combine(cast: Cast) -> None:
    client = cast.client(cast.administrator_a)
    account = make_account(cast, "Zoé Zola")
    for key, told in (("reader", False), ("head_archivist", True)):
        group = ensure_ready_group(cast.coffre_a, key)
        sent = {"account": str(account.id), "until": "", "reason": ""}
        page = client.post(reverse("member_add", args=[group.id]), sent, follow=True)
        assert page.redirect_chain, key
        assert ("réunit désormais des droits à séparer" in page.content.decode()) is told


def test_holders_are_those_of_the_organisation(cast: Cast) -> None:
    held = holders_of(cast.coffre_a.organisation, Permission.DEPOSIT_CANCEL_APPROVE)
    assert [one.name for one in held] == ["Adèle Aubry", "Aline Archambault"]
