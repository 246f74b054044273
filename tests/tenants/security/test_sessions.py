"""Sessions: listed with where they are, cut one by one or all, ended by time; what cuts them."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.urls import reverse

from sae.journal.models import Operation
from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import Account, AccountSession, OrganisationSettings
from tenants.security.browsers import browser_words
from tenants.security.sessions import cut_sessions
from tests.builders.people import PASSWORD, Cast

pytestmark = pytest.mark.django_db

LOGIN = "/compte/connexion/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def enter(account: Account, **extra: Any) -> Client:
    client = Client(**extra)
    client.post(LOGIN, {"login": account.email, "password": PASSWORD})
    assert is_in(client)
    return client


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def told(proof: Tenant, type_: str = "SESSION_CUT") -> list[tuple[str, str, int]]:
    with tenant_scope(proof.id):
        found = Operation.objects.filter(type=type_).order_by("id")
        return [(one.detail["account"], str(one.agent_id), one.detail["sessions"]) for one in found]


def test_one_sees_where_one_is_signed_in(cast: Cast) -> None:
    here = enter(cast.aline, REMOTE_ADDR="198.51.100.4", headers={"user-agent": FIREFOX})
    enter(cast.aline, REMOTE_ADDR="2001:db8::7")
    enter(cast.basile, REMOTE_ADDR="203.0.113.9")
    page = here.get(reverse("account_security")).content.decode()
    assert "Firefox 128, Linux" in page
    assert "198.51.100.4" in page
    assert "2001:db8::7" in page
    assert "203.0.113.9" not in page
    assert page.count("celle-ci") == 1
    keys = AccountSession.objects.values_list("session_key", flat=True)
    assert not any(key in page for key in keys), "the key would open the session"


def test_one_closes_one_session_or_all_the_others(cast: Cast) -> None:
    here, first, second = (enter(cast.aline) for _one in range(3))
    row = AccountSession.objects.get(session_key=first.session.session_key)
    here.post(reverse("own_session_cut", args=[row.number]))
    assert [is_in(one) for one in (here, first, second)] == [True, False, True]
    here.post(reverse("own_sessions_cut"))
    assert [is_in(one) for one in (here, second)] == [True, False]
    assert told(cast.proof_a) == [(str(cast.aline.id), str(cast.aline.id), 1)] * 2


def test_nobody_closes_the_session_of_another_as_their_own(cast: Cast) -> None:
    theirs = enter(cast.chloe)
    row = AccountSession.objects.get(account=cast.chloe)
    answer = cast.client(cast.aline).post(reverse("own_session_cut", args=[row.number]))
    assert answer.status_code == 404
    assert is_in(theirs)


def test_an_administrator_sees_and_closes_those_of_their_organisation(cast: Cast) -> None:
    basile = enter(cast.basile, REMOTE_ADDR="198.51.100.4", headers={"user-agent": FIREFOX})
    administrator = cast.client(cast.administrator_a)
    page = administrator.get(reverse("account_security_of", args=[cast.basile.id]))
    assert "Firefox 128, Linux" in page.content.decode()
    row = AccountSession.objects.get(account=cast.basile)
    url = reverse("account_session_cut", args=[cast.basile.id, row.number])
    assert administrator.post(url).status_code == 302
    assert not is_in(basile)
    others = [enter(cast.basile), enter(cast.basile)]
    administrator.post(reverse("account_sessions_cut", args=[cast.basile.id]))
    assert not any(map(is_in, others))
    by = str(cast.administrator_a.id)
    assert told(cast.proof_a) == [(str(cast.basile.id), by, 1), (str(cast.basile.id), by, 2)]


def test_a_session_is_not_reached_through_another_account(cast: Cast) -> None:
    aline = enter(cast.aline)
    row = AccountSession.objects.get(account=cast.aline)
    url = reverse("account_session_cut", args=[cast.basile.id, row.number])
    assert cast.client(cast.administrator_a).post(url).status_code == 404
    assert is_in(aline)


def test_cutting_keeps_the_one_that_asks(cast: Cast) -> None:
    here, elsewhere = enter(cast.aline), enter(cast.aline)
    other = enter(cast.basile)
    assert cut_sessions(cast.aline, keep=here.session.session_key) == 1
    assert [is_in(one) for one in (here, elsewhere, other)] == [True, False, True]
    assert cut_sessions(cast.aline.id) == 1
    assert not is_in(here)


def test_a_cut_session_is_not_written_again_by_the_request_under_way(cast: Cast) -> None:
    client = enter(cast.aline)
    session = client.session
    session["x"] = 1
    cut_sessions(cast.aline)
    with pytest.raises(UpdateError):
        session.save()
    assert not AccountSession.objects.filter(account=cast.aline).exists()


@pytest.mark.parametrize(
    ("policy", "started", "seen", "lives"),
    [
        ({}, 1, 1, True),
        ({}, 11.9, 1, True),
        ({}, 12.1, 0.1, False),
        ({}, 3, 2.1, False),
        ({"session_hours": 2}, 2.1, 0.1, False),
        ({"session_idle_minutes": 15}, 1, 0.3, False),
        ({"session_idle_minutes": 0}, 11, 10, True),
    ],
)
def test_a_session_ends_by_use_and_by_age(
    cast: Cast, policy: dict[str, int], started: float, seen: float, lives: bool
) -> None:
    with tenant_scope(cast.proof_a.id):
        OrganisationSettings.objects.create(policy=policy)
    client = enter(cast.aline)
    now = clock.now()
    AccountSession.objects.filter(account=cast.aline).update(
        started_at=now - dt.timedelta(hours=started), seen_at=now - dt.timedelta(hours=seen)
    )
    assert is_in(client) is lives
    assert AccountSession.objects.filter(account=cast.aline).exists() is lives


def test_use_prolongs_a_session_but_not_past_its_age(cast: Cast) -> None:
    client = enter(cast.aline)
    now = clock.now()
    AccountSession.objects.filter(account=cast.aline).update(
        started_at=now - dt.timedelta(hours=11), seen_at=now - dt.timedelta(minutes=5)
    )
    assert is_in(client)
    row = AccountSession.objects.get(account=cast.aline)
    assert dt.timedelta(minutes=55) < row.expire_date - now < dt.timedelta(minutes=65)
    assert row.seen_at >= now


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox 128, Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
            "Edge 126, Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari 17, iPhone",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Navigateur inconnu"),
    ],
)
def test_browsers_are_said_in_words(agent: str, words: str) -> None:
    assert browser_words(agent) == words
