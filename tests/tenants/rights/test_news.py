"""A new version gives nobody a right: what ready profiles gained is offered, taken or left."""

import pytest
from django.urls import reverse

from sae.journal.models import Operation
from sae.tenancy.scope import tenant_scope
from tenants.models.rights import Profile
from tenants.permissions import Permission
from tenants.rights.checking import check_up
from tenants.rights.effective import rights_of
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db
WRITES = Permission.JOURNAL_WRITE


@pytest.fixture
def profile(cast: Cast) -> Profile:
    """The head archivists' profile, as a version without ``journal.write`` had made it."""
    with tenant_scope(cast.proof_a.id):
        row = Profile.objects.get(ready="head_archivist")
        row.permissions.remove(WRITES.value)
        row.ready_seen.remove(WRITES.value)
        row.save()
    return row


def now(cast: Cast, profile: Profile) -> Profile:
    with tenant_scope(cast.proof_a.id):
        profile.refresh_from_db()
    return profile


def offered(cast: Cast) -> dict[str, str]:
    """What the check-up offers, by profile, with the page where it is taken."""
    with tenant_scope(cast.proof_a.id):
        found = {one.key: one for one in check_up(cast.coffre_a.organisation)}
    return {one.name: one.url for one in found["news"].places} if "news" in found else {}


def answer(cast: Cast, address: str, profile: Profile, ticked: list[str]) -> None:
    client = cast.client(cast.administrator_a)
    sent = {
        "name": profile.name,
        "description": profile.description,
        "level": profile.level,
        "sight": "tout",
        "deposit_reach": "every",
        "permissions": ticked,
    }
    assert client.post(address, sent).status_code == 302


def test_a_ready_profile_just_made_has_nothing_new(cast: Cast) -> None:
    assert offered(cast) == {}


def test_what_is_new_is_told_and_gives_nothing(cast: Cast, profile: Profile) -> None:
    assert offered(cast) == {
        profile.name: reverse("profile_edit", args=[profile.id]) + "?nouveau=oui"
    }
    assert not rights_of(cast.aline).chains(WRITES, cast.coffre_a)
    page = cast.client(cast.administrator_a).get(reverse("profile", args=[profile.id]))
    assert "Nouveau dans le profil prêt" in page.content.decode()


def test_taken_it_is_a_change_like_another(cast: Cast, profile: Profile) -> None:
    address = offered(cast)[profile.name]
    form = cast.client(cast.administrator_a).get(address).context["form"]
    assert WRITES in form.chosen()
    answer(cast, address, profile, [one.value for one in form.chosen()])
    assert rights_of(cast.aline).chains(WRITES, cast.coffre_a)
    assert offered(cast) == {}
    with tenant_scope(cast.proof_a.id):
        told = Operation.objects.filter(type="PROFILE_UPDATE").latest("id").detail
    assert WRITES.value in told["after"]["permissions"]
    assert WRITES.value not in told["before"]["permissions"]


def test_left_it_is_not_offered_again(cast: Cast, profile: Profile) -> None:
    answer(cast, offered(cast)[profile.name], profile, profile.permissions)
    assert now(cast, profile).permissions == profile.permissions
    assert WRITES.value not in profile.permissions
    assert offered(cast) == {}
    with tenant_scope(cast.proof_a.id):
        assert not Operation.objects.filter(type="PROFILE_UPDATE").exists()


def test_a_permission_taken_away_by_hand_is_not_offered_back(cast: Cast, profile: Profile) -> None:
    kept = [one for one in profile.permissions if one != Permission.UNIT_HOLD.value]
    answer(cast, reverse("profile_edit", args=[profile.id]), profile, kept)
    assert offered(cast) == {}
