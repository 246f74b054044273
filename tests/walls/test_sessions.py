"""Sessions: whose they are, when they die, what a changed cookie opens."""

import re
import statistics
import time
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from sae.journal.models import Operation
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tenants.access import SESSION_KEY
from tenants.models import Account
from tests.architecture.test_permission_matrix import MATRIX, address
from tests.builders.people import PASSWORD, Cast, grant, take_away

pytestmark = pytest.mark.django_db

LOGIN = "/compte/connexion/"
COOKIE = settings.SESSION_COOKIE_NAME


def enter(client: Client, account: Account, **extra: Any) -> Any:
    return client.post(LOGIN, {"login": account.email, "password": PASSWORD}, **extra)


def enters(client: Client) -> bool:
    return client.get("/").status_code == 200


def shown_coffre(client: Client) -> str:
    return str(client.get("/").wsgi_request.tenant.id)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kept", ["coffre_b", "proof_b", "unknown", "' OR 1=1--", "\x00", "[]"])
def test_a_coffre_written_into_the_session_opens_nothing(cast: Cast, kept: str) -> None:
    client = cast.client(cast.aline)
    coffre = getattr(cast, kept, None)
    session = client.session
    session[SESSION_KEY] = str(coffre.id) if coffre else kept
    session.save()
    assert shown_coffre(client) == str(cast.coffre_a.id)


@pytest.mark.parametrize("asked", ["coffre_b", "proof_b", "proof_a", "unknown"])
def test_one_moves_to_no_coffre_but_ones_own(cast: Cast, asked: str) -> None:
    client = cast.client(cast.aline)
    tenant = getattr(cast, asked, None)
    answer = client.post(
        reverse("coffre_switch"), {"tenant": str(tenant.id if tenant else new_id())}
    )
    assert answer.status_code == 404
    assert shown_coffre(client) == str(cast.coffre_a.id)


def test_headers_parameters_and_cookies_never_choose_the_coffre(cast: Cast) -> None:
    client = cast.client(cast.aline)
    other = str(cast.coffre_b.id)
    client.cookies["coffre"] = other
    client.cookies["tenant"] = other
    answer = client.get(
        "/",
        {"tenant": other, "coffre": other, "tenant_id": other},
        headers={"X-Tenant-Id": str(cast.coffre_b.number), "X-Tenant": other, "Coffre": other},
    )
    assert answer.wsgi_request.tenant.id == cast.coffre_a.id  # type: ignore[attr-defined]


def test_a_membership_taken_away_cuts_the_session_at_once(
    cast: Cast, things: dict[str, Any]
) -> None:
    client = cast.client(cast.aline)
    pages = {
        name: address(name, line, things)
        for name, line in MATRIX.items()
        if line.of and line.method == "get"
    }
    assert client.get(pages["unit"]).status_code == 200
    # Some pages were never hers, and go on telling her so.
    pages = {name: page for name, page in pages.items() if client.get(page).status_code != 403}
    take_away(cast.aline)
    assert {client.get(page).status_code for page in pages.values()} <= {403, 404}
    grant(cast.aline, cast.proof_a, "head_archivist")
    statuses = {name: client.get(page).status_code for name, page in pages.items()}
    assert set(statuses.values()) == {404}, statuses


def test_a_lesser_role_applies_to_the_next_request(cast: Cast) -> None:
    client = cast.client(cast.aline)
    assert client.get(reverse("deposit_new")).status_code == 200
    take_away(cast.aline)
    grant(cast.aline, cast.coffre_a, "reader")
    assert client.get(reverse("deposit_new")).status_code == 403


def test_a_disabled_account_is_out_at_once(cast: Cast) -> None:
    client = Client()
    enter(client, cast.aline)
    assert enters(client)
    Account.objects.filter(id=cast.aline.id).update(is_active=False)
    assert not enters(client)


def test_the_key_of_a_session_changes_when_one_enters(cast: Cast) -> None:
    client = Client()
    planted = import_module(settings.SESSION_ENGINE).SessionStore()
    planted["x"] = 1
    planted.save()
    client.cookies[COOKIE] = planted.session_key
    enter(client, cast.aline)
    assert enters(client)
    assert client.cookies[COOKIE].value != planted.session_key
    thief = Client()
    thief.cookies[COOKIE] = planted.session_key
    assert not enters(thief)


def test_a_chosen_key_is_never_adopted(cast: Cast) -> None:
    client = Client()
    client.cookies[COOKIE] = "cle-choisie-par-un-autre-0000000"
    enter(client, cast.aline)
    assert client.cookies[COOKIE].value != "cle-choisie-par-un-autre-0000000"


def test_a_stolen_cookie_is_dead_after_its_owner_left(cast: Cast) -> None:
    client, thief = Client(), Client()
    enter(client, cast.aline)
    thief.cookies[COOKIE] = client.cookies[COOKIE].value
    assert enters(thief)
    client.post(reverse("account_logout"))
    assert not enters(thief)


def test_every_session_is_dead_after_a_change_of_password(cast: Cast) -> None:
    here, elsewhere = Client(), Client()
    enter(here, cast.aline)
    enter(elsewhere, cast.aline)
    new = "une-autre-phrase-bien-longue"
    here.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    assert not enters(here)
    assert not enters(elsewhere)


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(cast: Cast) -> None:
    client = Client()
    client.get(LOGIN)
    enter(client, cast.aline)
    client.post(reverse("ui:preferences"), {"theme": "dark"})
    assert {COOKIE, settings.CSRF_COOKIE_NAME, "sae_affichage"} <= set(client.cookies)
    for name, cookie in client.cookies.items():
        if name == "messages":
            continue
        assert cookie["httponly"], name
        assert cookie["samesite"] in ("Lax", "Strict"), name
        assert not cookie["domain"], name
    assert settings.SESSION_COOKIE_AGE <= 24 * 3600


def test_an_unknown_address_is_answered_like_a_wrong_password(cast: Cast) -> None:
    def answer(login: str) -> tuple[int, bytes]:
        page = Client().post(LOGIN, {"login": login, "password": "faux-mot-de-passe"})
        body = page.content.replace(login.encode(), b"")
        return page.status_code, re.sub(rb"[A-Za-z0-9]{64}", b"", body)

    assert answer(cast.basile.email) == answer("personne@exemple.fr")
    Account.objects.filter(id=cast.basile.id).update(is_active=False)
    assert answer(cast.basile.email) == answer("personne2@exemple.fr")


def test_an_unknown_address_takes_about_the_time_of_a_known_one(cast: Cast, settings: Any) -> None:
    """Same class: a hash is computed for both. The bounds are wide, machines are not idle."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    settings.ACCOUNT_RATE_LIMITS = False
    cast.basile.set_password(PASSWORD)
    cast.basile.save()

    def cost(login: str) -> float:
        costs = []
        for _try in range(5):
            begin = time.process_time()
            Client().post(LOGIN, {"login": login, "password": "faux-mot-de-passe"})
            costs.append(time.process_time() - begin)
        return statistics.median(costs)

    known, unknown = cost(cast.basile.email), cost("personne@exemple.fr")
    assert 1 / 4 < known / unknown < 4, (known, unknown)


def test_guesses_are_throttled(cast: Cast) -> None:
    for _try in range(40):
        Client().post(LOGIN, {"login": cast.basile.email, "password": "faux"})
    client = Client()
    enter(client, cast.basile)
    assert not enters(client), "from the address that guesses, even the right one waits"


def test_guesses_by_another_do_not_lock_the_owner_out(cast: Cast) -> None:
    for _try in range(40):
        Client(REMOTE_ADDR="203.0.113.7").post(
            LOGIN, {"login": cast.basile.email, "password": "faux"}
        )
    client = Client(REMOTE_ADDR="198.51.100.4")
    enter(client, cast.basile)
    assert enters(client)


def test_guesses_through_the_proxy_are_counted_by_who_sends_them(cast: Cast, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(40):
        # What a client writes comes first; what the proxy saw comes last.
        Client(headers={"X-Forwarded-For": f"10.0.0.{number}, 203.0.113.7"}).post(
            LOGIN, {"login": cast.basile.email, "password": "faux"}
        )
    for sender, let_in in (("10.0.0.99, 203.0.113.7", False), ("198.51.100.4", True)):
        client = Client(headers={"X-Forwarded-For": sender})
        enter(client, cast.basile)
        assert enters(client) is let_in, sender


def test_who_is_throttled_is_told_so_in_french(cast: Cast) -> None:
    for _try in range(31):
        answer = Client().post(LOGIN, {"login": cast.basile.email, "password": "faux"})
    assert answer.status_code == 429
    assert "Trop d’essais" in answer.content.decode()


def test_one_password_tried_on_many_accounts_is_throttled(cast: Cast) -> None:
    for number in range(40):
        Client().post(LOGIN, {"login": f"agent{number}@exemple.fr", "password": "Azerty123456"})
    client = Client()
    enter(client, cast.basile)
    assert not enters(client)


@pytest.mark.parametrize(
    "next_", ["//ailleurs.example/", "https://ailleurs.example", "/\\ailleurs.example",
              "javascript:alert(1)", "\thttps://ailleurs.example", "///ailleurs.example",
              "https:ailleurs.example", "http://testserver@ailleurs.example/", "\x00//x.example"]
)  # fmt: skip
def test_one_is_never_sent_elsewhere(cast: Cast, next_: str) -> None:
    client = Client()
    answer = client.post(
        f"{LOGIN}?next={next_}", {"login": cast.aline.email, "password": PASSWORD, "next": next_}
    )
    assert answer.status_code in (200, 302, 400)
    if answer.status_code == 302:
        assert answer["Location"] == "/"
    for name in ("account_logout", "ui:preferences"):
        answer = client.post(
            reverse(name), {"next": next_}, headers={"referer": "http://x.example"}
        )
        assert answer.status_code in (302, 400)
        if answer.status_code == 302:
            assert answer["Location"].startswith("/")
            assert not answer["Location"].startswith("//")


def test_what_was_asked_of_another_coffre_is_not_kept_in_the_journal_of_ours(cast: Cast) -> None:
    before = {}
    for coffre in (cast.coffre_a, cast.coffre_b):
        with tenant_scope(coffre.id):
            before[coffre.id] = Operation.objects.count()
    client = cast.client(cast.chloe)
    client.post(reverse("coffre_switch"), {"tenant": str(cast.coffre_a.id)})
    client.get(reverse("operation", args=[new_id()]))
    for coffre in (cast.coffre_a, cast.coffre_b):
        with tenant_scope(coffre.id):
            assert Operation.objects.count() == before[coffre.id]
