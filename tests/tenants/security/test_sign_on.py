"""Entering by the provider of one's organisation: who is let in, and every lie refused."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from django.urls import reverse

from sae.journal.models import Operation
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import Account, AccountSession, SignOn, SignOnDomain
from tenants.models.rights import GroupMember
from tenants.rights.four_eyes import choose
from tenants.rights.services import ensure_ready_group
from tenants.security.sign_on.outside import OutsideError, check_address
from tests.builders.people import PASSWORD, Cast
from tests.tenants.security.provider import CLIENT, SECRET, Provider

pytestmark = pytest.mark.django_db

LOGIN = "/compte/connexion/"
DOMAIN = "exemple-a.fr"


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    settings.OIDC_ALLOW_PRIVATE = True
    with Provider() as started:
        yield started


@pytest.fixture
def opened(cast: Cast, provider: Provider) -> Cast:
    """Organisation A enters by the provider; Aline is of its mail domain."""
    rename(cast.aline, "aline")
    rename(cast.basile, "basile")
    rename(cast.administrator_a, "adele")
    rename(cast.auditor_a, "denise")
    provider.person = {"sub": "s-aline", "email": cast.aline.email, "email_verified": True}
    assert configure(cast, provider).status_code == 302
    administrator = cast.client(cast.administrator_a)
    administrator.post(reverse("sign_on_switch"), {"is_on": "1"})
    with tenant_scope(cast.proof_a.id):
        assert not SignOn.objects.get().is_on, "untried, it does not serve"
    administrator.post(reverse("sign_on_test"))
    administrator.post(reverse("sign_on_switch"), {"is_on": "1"})
    with tenant_scope(cast.proof_a.id):
        assert SignOn.objects.get().is_on
    return cast


def rename(account: Account, local: str) -> None:
    Account.objects.filter(id=account.id).update(email=f"{local}@{DOMAIN}")
    account.email = f"{local}@{DOMAIN}"


def configure(cast: Cast, provider: Provider, **changes: Any) -> Any:
    form = {"label": "Compte de la ville", "issuer": provider.issuer, "client_id": CLIENT,
            "secret": SECRET, "domains": DOMAIN, "scopes": "openid email profile",
            "claim_email": "email", "claim_first_name": "given_name",
            "claim_last_name": "family_name"}  # fmt: skip
    return cast.client(cast.administrator_a).post(reverse("sign_on"), form | changes)


def change(cast: Cast, **values: Any) -> None:
    with tenant_scope(cast.proof_a.id):
        SignOn.objects.update(**values)


def go(provider: Provider, client: Client, email: str, next_: str = "") -> dict[str, str]:
    """Go to the provider and come back with what it answers."""
    page = client.post(reverse("sign_on_start"), {"email": email, "next": next_})
    assert page.status_code == 200, page
    code, state = provider.authorize(page.context["address"])
    return {"code": code, "state": state, "iss": provider.issuer}


def back(client: Client, answer: dict[str, str]) -> Any:
    return client.get(reverse("sign_on_back"), answer)


def enter(provider: Provider, email: str) -> tuple[Client, Any]:
    client = Client()
    return client, back(client, go(provider, client, email))


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def reasons(proof: Tenant) -> list[str]:
    with tenant_scope(proof.id):
        found = Operation.objects.filter(type="SIGN_ON_REFUSED").order_by("id")
        return [one.detail["reason"] for one in found]


def test_an_account_enters_and_is_then_known_by_its_subject(
    opened: Cast, provider: Provider
) -> None:
    client, answer = enter(provider, opened.aline.email)
    assert answer["Location"] == "/"
    assert is_in(client)
    with tenant_scope(opened.proof_a.id):
        act = Operation.objects.filter(type="ACCOUNT_SIGN_IN").latest("id")
    assert act.detail["methods"] == ["sign_on"]
    provider.person["email"] = f"nouveau-nom@{DOMAIN}"
    other, _answer = enter(provider, opened.aline.email)
    assert other.get("/").wsgi_request.user == opened.aline


def test_an_invited_account_is_enabled_by_entering(opened: Cast, provider: Provider) -> None:
    opened.basile.set_status(Account.Status.INVITED)
    opened.basile.save()
    provider.person = {
        "sub": "s-basile",
        "email": opened.basile.email.upper(),
        "email_verified": True,
    }
    client, _answer = enter(provider, opened.basile.email)
    assert is_in(client)
    opened.basile.refresh_from_db()
    assert opened.basile.status == Account.Status.ENABLED


LIES: dict[str, tuple[dict[str, Any], str]] = {
    "another audience": ({"aud": "autre-client"}, "audience"),
    "another issuer": ({"iss": "https://ailleurs.example"}, "issuer"),
    "expired": ({"exp": int(time.time()) - 3600}, "expired"),
    "without end": ({"exp": None}, "signature"),
    "old": ({"iat": int(time.time()) - 7200}, "age"),
    "another nonce": ({"nonce": "autre"}, "nonce"),
    "no nonce": ({"nonce": None}, "nonce"),
    "several audiences": ({"aud": [CLIENT, "autre"]}, "azp"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_lies_is_refused_and_told(opened: Cast, provider: Provider, lie: str) -> None:
    provider.lies, reason = LIES[lie]
    client, answer = enter(provider, opened.aline.email)
    assert answer.status_code == 403
    assert not is_in(client)
    assert reasons(opened.proof_a) == [reason]


def test_a_token_signed_by_another_key_or_by_none_is_refused(
    opened: Cast, provider: Provider
) -> None:
    provider.signing_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert enter(provider, opened.aline.email)[1].status_code == 403
    # The public key of the provider, taken for a secret that both would share.
    provider.algorithm, provider.signing_key = "HS256", "k" * 64
    assert enter(provider, opened.aline.email)[1].status_code == 403
    provider.algorithm, provider.signing_key = "none", None
    assert enter(provider, opened.aline.email)[1].status_code == 403
    provider.algorithm, provider.signing_key = "RS256", provider.key
    provider.headers = {"kid": "inconnue"}
    assert enter(provider, opened.aline.email)[1].status_code == 403
    assert reasons(opened.proof_a) == ["signature", "algorithm", "algorithm", "key"]


def test_an_answer_serves_once_and_in_its_own_browser(opened: Cast, provider: Provider) -> None:
    client, thief = Client(), Client()
    answer = go(provider, client, opened.aline.email)
    assert back(thief, answer).status_code == 403, "another browser did not leave"
    assert back(client, answer | {"state": "autre"}).status_code == 403
    assert back(client, answer).status_code == 403, "the journey is over after a wrong state"
    answer = go(provider, client, opened.aline.email)
    assert back(client, answer | {"iss": "https://ailleurs.example"}).status_code == 403
    answer = go(provider, client, opened.aline.email)
    back(client, answer)
    assert is_in(client)
    client.post(reverse("account_logout"))
    assert back(client, answer).status_code == 403
    assert not is_in(client)


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        ({"email": f"personne@{DOMAIN}", "email_verified": True}, "unknown"),
        ({"email": f"aline@{DOMAIN}", "email_verified": False}, "address_not_verified"),
        ({"email": f"aline@{DOMAIN}"}, "address_not_verified"),
        ({"email": "chloe@exemple.fr", "email_verified": True}, "domain"),
        ({}, "no_address"),
    ],
)
def test_nobody_enters_without_an_account_and_a_verified_address(
    opened: Cast, provider: Provider, person: dict[str, Any], reason: str
) -> None:
    provider.person = {"sub": "s-1", **person}
    client, answer = enter(provider, opened.aline.email)
    assert answer.status_code == 403
    assert not is_in(client)
    assert reasons(opened.proof_a) == [reason]


def test_a_disabled_account_and_a_second_subject_are_refused(
    opened: Cast, provider: Provider
) -> None:
    enter(provider, opened.aline.email)
    provider.person["sub"] = "s-autre"
    assert enter(provider, opened.aline.email)[1].status_code == 403
    provider.person["sub"] = "s-aline"
    opened.aline.set_status(Account.Status.DISABLED)
    opened.aline.save()
    assert enter(provider, opened.aline.email)[1].status_code == 403
    assert reasons(opened.proof_a) == ["other_subject", "inactive"]


def test_accounts_are_made_only_where_a_group_is_named(opened: Cast, provider: Provider) -> None:
    group = ensure_ready_group(opened.coffre_a, "reader")
    change(opened, group_id=group.id, claims={"last_name": "usual_name"}, trusts_addresses=True)
    provider.signed_userinfo = True
    provider.person = {"sub": "s-2", "email": f"nora@{DOMAIN}", "given_name": "Nora",
                       "usual_name": "Nguyen"}  # fmt: skip
    client, _answer = enter(provider, f"nora@{DOMAIN}")
    assert is_in(client)
    made = Account.objects.get(email=f"nora@{DOMAIN}")
    assert (made.name, made.organisation) == ("Nora Nguyen", opened.coffre_a.organisation)
    assert not made.has_usable_password()
    with tenant_scope(opened.proof_a.id):
        assert GroupMember.objects.get(account_id=made.id).group_id == group.id


def test_nobody_becomes_an_administrator_by_entering_where_two_make_one(
    opened: Cast, provider: Provider
) -> None:
    group = ensure_ready_group(opened.proof_a, "administrator")
    choose(
        organisation=opened.coffre_a.organisation,
        action="right.administrate",
        required=True,
        by=None,
    )
    refused = configure(opened, provider, group_id=str(group.id))
    assert "qu’une seconde personne doit approuver" in " ".join(refused.content.decode().split())
    # Chosen before the organisation wanted two.
    change(opened, group_id=group.id, trusts_addresses=True)
    provider.person = {"sub": "s-3", "email": f"nora@{DOMAIN}", "email_verified": True}
    client, answer = enter(provider, f"nora@{DOMAIN}")
    assert answer.status_code == 403
    assert not is_in(client)
    assert not Account.objects.filter(email=f"nora@{DOMAIN}").exists()


def test_passwords_are_refused_but_for_the_emergency_account(
    opened: Cast, provider: Provider
) -> None:
    refused = configure(opened, provider, refuses_passwords="on")
    assert "compte de secours" in refused.content.decode()
    change(opened, refuses_passwords=True, emergency_account=opened.administrator_a.id)
    for account, enters in (
        (opened.aline, False),
        (opened.administrator_a, True),
        (opened.chloe, True),
    ):
        client = Client()
        client.post(LOGIN, {"login": account.email, "password": PASSWORD})
        assert is_in(client) is enters, account.email
    assert is_in(enter(provider, opened.aline.email)[0])
    change(opened, is_on=False)
    client = Client()
    client.post(LOGIN, {"login": opened.aline.email, "password": PASSWORD})
    assert is_in(client), "stopped, everyone enters as before"


def test_the_provider_closes_the_sessions_it_opened(opened: Cast, provider: Provider) -> None:
    client, _answer = enter(provider, opened.aline.email)
    other = opened.client(opened.aline)
    asked = {"iss": provider.issuer, "sid": "autre"}
    Client().get(reverse("sign_on_closed"), asked)
    assert is_in(client)
    Client().get(reverse("sign_on_closed"), asked | {"sid": "session-du-fournisseur"})
    assert [is_in(client), is_in(other)] == [False, True]


def test_the_frame_of_the_provider_alone_may_hold_that_answer(cast: Cast) -> None:
    def policy(issuer: str) -> tuple[str, str | None]:
        answer = Client().get(reverse("sign_on_closed"), {"iss": issuer, "sid": "x"})
        found = answer["Content-Security-Policy"].partition("frame-ancestors ")[2]
        return found.partition(";")[0], answer.get("X-Frame-Options")

    assert policy("https://idp.example/realms/a") == ("https://idp.example", None)
    for hostile in ("https://a;script-src *", "javascript:x", "https://*", "http://idp.example"):
        assert policy(hostile) == ("'none'", "DENY"), hostile


def test_a_second_factor_of_here_is_still_asked_for(opened: Cast, provider: Provider) -> None:
    from tests.tenants.security.test_second_factor import add_telephone

    add_telephone(opened.client(opened.aline))
    client, answer = enter(provider, opened.aline.email)
    assert answer["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)


def test_one_comes_back_where_one_was_going_and_nowhere_else(
    opened: Cast, provider: Provider
) -> None:
    for next_, arrived in (("/glossaire/", "/glossaire/"), ("//ailleurs.example/", "/")):
        client = Client()
        answer = back(client, go(provider, client, opened.aline.email, next_))
        assert answer["Location"] == arrived


def test_a_provider_that_does_not_answer_is_said_so(opened: Cast, provider: Provider) -> None:
    change(opened, issuer="http://127.0.0.1:9/realms/ville")
    page = Client().post(reverse("sign_on_start"), {"email": opened.aline.email})
    assert page.status_code == 503
    assert "ne répond pas" in page.content.decode()


def test_an_unknown_domain_is_sent_to_the_password(opened: Cast) -> None:
    page = Client().post(reverse("sign_on_start"), {"email": "qui@ailleurs.example"})
    assert "mot de passe" in page.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "http://idp.example/", "https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/",
        "https://[::1]/", "https://[::ffff:169.254.169.254]/", "https://169.254.169.254/latest/",
        "https://192.168.1.1/", "https://0.0.0.0/", "https://2130706433/", "file:///etc/passwd",
        "https://user:pass@example.org/", "gopher://x/", "https://", "https://224.0.0.1/",
    ],
)  # fmt: skip
def test_private_addresses_are_never_called(address: str) -> None:
    with pytest.raises(OutsideError):
        check_address(address)


def test_settings_refuse_what_would_take_the_domain_of_others(
    cast: Cast, provider: Provider
) -> None:
    refused = configure(cast, provider, domains="exemple.fr")
    assert "autre organisation" in refused.content.decode()
    assert not SignOnDomain.objects.exists()


def test_the_secret_is_sealed_and_never_shown(opened: Cast) -> None:
    with tenant_scope(opened.proof_a.id):
        kept = SignOn.objects.get().secret_sealed
        told = Operation.objects.filter(type="SIGN_ON_CONFIGURE").latest("id")
    assert SECRET not in kept
    assert SECRET not in str(told.detail)
    page = opened.client(opened.administrator_a).get(reverse("sign_on")).content.decode()
    assert SECRET not in page
    assert kept not in page


def test_another_issuer_must_be_tried_before_it_serves(opened: Cast, provider: Provider) -> None:
    configure(opened, provider, client_id="autre", secret="")
    with tenant_scope(opened.proof_a.id):
        known = SignOn.objects.get()
        told = Operation.objects.filter(type="SIGN_ON_CONFIGURE").latest("id").detail
    assert (known.is_on, known.tested_at) == (False, None)
    # What differs, before and after, and nothing else.
    assert told["before"] == {"client": CLIENT, "is_on": True}
    assert told["after"] == {"client": "autre", "is_on": False}
    assert told["secret_changed"] is False


def test_a_session_keeps_no_token_of_the_provider(opened: Cast, provider: Provider) -> None:
    client, _answer = enter(provider, opened.aline.email)
    kept = AccountSession.objects.get(session_key=client.session.session_key)
    assert "id_token" not in str(dict(client.session.items()))
    assert len(kept.sign_on_mark) == 64
