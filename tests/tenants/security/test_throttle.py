"""Guesses: slowed down where they come from, in the counters that every web process shares."""

import re
import threading
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from sae.journal.models import Operation
from sae.tenancy.scope import APPLICATION_ROLE, tenant_scope
from tenants.models import Account, OrganisationSettings
from tenants.security import throttle
from tests.builders.people import PASSWORD, Cast

LOGIN = "/compte/connexion/"


def guess(email: str, *, address: str = "203.0.113.7", client: Client | None = None) -> Any:
    client = client or Client()
    return client.post(LOGIN, {"login": email, "password": "faux"}, REMOTE_ADDR=address)


def enters(account: Account, *, address: str, client: Client | None = None) -> bool:
    client = client or Client()
    client.post(LOGIN, {"login": account.email, "password": PASSWORD}, REMOTE_ADDR=address)
    return bool(client.get("/").status_code == 200)


@pytest.mark.django_db
def test_the_counters_are_written_by_the_role_of_the_application() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (APPLICATION_ROLE,)
    cache.set("essai", {"count": 1}, 60)
    assert cache.get("essai") == {"count": 1}
    cache.delete("essai")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sae_cache WHERE cache_key LIKE '%essai'")
        assert cursor.fetchone() == (0,)


def test_guesses_of_several_processes_are_counted_together(committed_cast: Cast) -> None:
    """Each thread has its own connection, as each process would."""

    def several() -> None:
        for _try in range(3):
            guess(committed_cast.basile.email)
        connection.close()

    threads = [threading.Thread(target=several) for _one in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not enters(committed_cast.basile, address="203.0.113.7")
    assert enters(committed_cast.basile, address="198.51.100.4")


@pytest.mark.django_db
def test_each_failure_past_the_first_ones_doubles_the_wait(cast: Cast) -> None:
    place = throttle.Place(pair="signin:a", address="signin:b", login="c")
    waits = []
    for _failure in range(14):
        throttle.note_failure(place)
        waits.append(throttle.seconds_to_wait(place))
    assert waits[: throttle.FREE_TRIES - 1] == [0] * (throttle.FREE_TRIES - 1)
    assert waits[throttle.FREE_TRIES - 1 :][:4] == [30, 60, 120, 240]
    assert waits[-1] == throttle.LONGEST_WAIT


@pytest.mark.django_db
def test_who_waits_is_told_how_long_and_that_the_account_is_not_blocked(cast: Cast) -> None:
    for _try in range(throttle.FREE_TRIES):
        guess(cast.basile.email)
    known = guess(cast.basile.email).content.decode()
    for _try in range(throttle.FREE_TRIES):
        guess("personne@exemple.fr", address="203.0.113.8")
    unknown = guess("personne@exemple.fr", address="203.0.113.8").content.decode()
    for page in (known, unknown):
        assert re.search(r"attendez \d+ secondes", page)
        assert "n’est pas bloqué ailleurs" in page


@pytest.mark.django_db
def test_the_desk_of_the_owner_is_spared_from_a_neighbour_s_guesses(cast: Cast) -> None:
    """Same address, as in a town hall: the browser that entered before is known by its cookie."""
    desk = Client()
    assert enters(cast.basile, address="203.0.113.7", client=desk)
    desk.post("/compte/deconnexion/")
    for number in range(throttle.FREE_TRIES + 12):
        guess(cast.basile.email if number % 2 else f"agent{number}@exemple.fr")
    assert not enters(cast.basile, address="203.0.113.7"), "a stranger there waits"
    assert enters(cast.basile, address="203.0.113.7", client=desk)


@pytest.mark.django_db
def test_a_cookie_of_another_account_or_a_forged_one_spares_nobody(cast: Cast) -> None:
    thief = Client()
    assert enters(cast.aline, address="203.0.113.7", client=thief)
    thief.post("/compte/deconnexion/")
    for _try in range(throttle.FREE_TRIES):
        guess(cast.basile.email, client=thief)
    assert not enters(cast.basile, address="203.0.113.7", client=thief)
    thief.cookies["sae_poste"] = thief.cookies["sae_poste"].value[:-4] + "AAAA"
    assert not enters(cast.basile, address="203.0.113.7", client=thief)


@pytest.mark.django_db
def test_many_accounts_guessed_from_one_address_make_it_wait(cast: Cast) -> None:
    for number in range(throttle.FREE_ACCOUNTS):
        assert "attendez" not in guess(f"agent{number}@exemple.fr").content.decode()
    assert not enters(cast.basile, address="203.0.113.7")
    assert enters(cast.basile, address="198.51.100.4")


@pytest.mark.django_db
def test_guesses_are_told_in_the_journal_without_filling_it(cast: Cast) -> None:
    for _try in range(30):
        guess(cast.basile.email)
    with tenant_scope(cast.proof_a.id):
        told = Operation.objects.filter(type="ACCOUNT_SIGN_IN_REFUSED")
        assert 1 <= told.count() <= 3
        assert told.first().outcome == "KO"
        assert "203.0.113.7" not in str([one.detail for one in told])


@pytest.mark.django_db
@pytest.mark.parametrize("policy", [{}, {"block_after_failures": 4}])
def test_an_account_is_blocked_only_where_the_policy_says_so(
    cast: Cast, policy: dict[str, int]
) -> None:
    with tenant_scope(cast.proof_a.id):
        OrganisationSettings.objects.create(policy=policy)
    for number in range(4):
        guess(cast.basile.email, address=f"203.0.113.{number + 1}")
    cast.basile.refresh_from_db()
    if not policy:
        assert enters(cast.basile, address="198.51.100.4")
        return
    assert cast.basile.status == Account.Status.BLOCKED
    assert not enters(cast.basile, address="198.51.100.4")
    with tenant_scope(cast.proof_a.id):
        assert Operation.objects.filter(type="ACCOUNT_BLOCK").count() == 1
    cast.basile.set_status(Account.Status.ENABLED)
    cast.basile.save()
    assert enters(cast.basile, address="198.51.100.4")
