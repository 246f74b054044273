"""Second factors: added, asked for, replayed in vain, required by policy, reset by another."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

from sae.journal.models import Operation
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import Account, AccountSession, OrganisationSettings
from tenants.security.sealing import SealBrokenError, seal, unseal
from tests.builders.people import PASSWORD, Cast

pytestmark = pytest.mark.django_db

LOGIN = "/compte/connexion/"


def code_of(secret: str, *, shift: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + shift))


def acts(proof: Tenant, type_: str) -> list[dict[str, Any]]:
    with tenant_scope(proof.id):
        found = Operation.objects.filter(type=type_).order_by("id")
        return [{**one.detail, "agent": str(one.agent_id)} for one in found]


def add_telephone(client: Client) -> tuple[str, list[str]]:
    """Go through the screen; return the secret and the recovery codes shown."""
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r'id="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")  # type: ignore[index]
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret, shift=-1)})
    assert answer.status_code == 302, answer.content.decode()
    shown = client.get(answer["Location"]).content.decode()
    return secret, re.findall(r"<li>(\d{8})</li>", shown)


def ask(proof: Tenant, **policy: Any) -> None:
    with tenant_scope(proof.id):
        OrganisationSettings.objects.create(policy=policy)


def enter(client: Client, account: Account) -> Any:
    return client.post(LOGIN, {"login": account.email, "password": PASSWORD})


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200


def test_the_password_alone_no_longer_opens_and_each_code_opens_once(cast: Cast) -> None:
    secret, codes = add_telephone(cast.client(cast.aline))
    assert len(codes) == 10
    assert acts(cast.proof_a, "SECOND_FACTOR_ADD") == [
        {"account": str(cast.aline.id), "kind": "totp", "agent": str(cast.aline.id)}
    ]
    client, thief = Client(), Client()
    for one in (client, thief):
        assert enter(one, cast.aline)["Location"] == reverse("mfa_authenticate")
        assert not is_in(one)
    code = code_of(secret)
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert is_in(client)
    thief.post(reverse("mfa_authenticate"), {"code": code})
    assert not is_in(thief), "a code seen over a shoulder is spent"
    thief.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert is_in(thief)
    again = Client()
    enter(again, cast.aline)
    again.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert not is_in(again), "a recovery code serves once"
    assert acts(cast.proof_a, "ACCOUNT_SIGN_IN")[0]["methods"] == ["password", "totp"]


def test_codes_are_not_guessed(cast: Cast) -> None:
    secret, _codes = add_telephone(cast.client(cast.aline))
    client = Client()
    enter(client, cast.aline)
    for _try in range(6):
        answer = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert not is_in(client), "even the right one waits after five wrong ones"
    assert answer.status_code == 200


def test_recovery_codes_are_shown_once(cast: Cast) -> None:
    client = cast.client(cast.aline)
    _secret, codes = add_telephone(client)
    again = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert not any(code in again for code in codes)
    client.post(reverse("mfa_generate_recovery_codes"))
    fresh = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert len(set(re.findall(r"<li>(\d{8})</li>", fresh)) - set(codes)) == 10
    other = Client()
    enter(other, cast.aline)
    other.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert not is_in(other), "the former codes open nothing"


def test_secrets_are_sealed_in_the_database(cast: Cast) -> None:
    secret, codes = add_telephone(cast.client(cast.aline))
    kept = " ".join(str(one.data) for one in Authenticator.objects.filter(user=cast.aline))
    assert secret not in kept
    assert not any(code in kept for code in codes)
    with pytest.raises(SealBrokenError):
        unseal(seal("x", purpose="a"), purpose="b")


@pytest.mark.parametrize("chosen", ["required", "administrators"])
def test_whoever_is_asked_for_one_is_led_there_first(cast: Cast, chosen: str) -> None:
    ask(cast.proof_a, second_factor=chosen)
    asked = {cast.administrator_a: True, cast.basile: chosen == "required", cast.chloe: False}
    for account, is_asked in asked.items():
        client = cast.client(account)
        for page in ("/", reverse("account_security"), reverse("account_change_password")):
            answer = client.get(page)
            if is_asked:
                assert answer.status_code == 302, (account.email, page)
                assert answer["Location"] == reverse("second_factor_choice")
            else:
                assert answer.status_code == 200, (account.email, page)
        if is_asked:
            add_telephone(client)
            assert is_in(client)


def test_a_policy_reaches_the_sessions_already_open(cast: Cast) -> None:
    client = cast.client(cast.basile)
    assert is_in(client)
    ask(cast.proof_a, second_factor="required")
    assert is_in(client), "looked at again within a minute"
    AccountSession.objects.update(seen_at="2020-01-01T00:00:00Z", started_at="2099-01-01T00:00Z")
    ask_again = OrganisationSettings
    with tenant_scope(cast.proof_a.id):
        ask_again.objects.update(policy={"second_factor": "required", "session_idle_minutes": 0})
    assert client.get("/")["Location"] == reverse("second_factor_choice")


def test_the_last_one_is_not_given_up_where_one_is_asked_for(cast: Cast) -> None:
    ask(cast.proof_a, second_factor="required")
    client = cast.client(cast.aline)
    add_telephone(client)
    page = client.post(reverse("mfa_deactivate_totp"))
    assert page.status_code == 200
    assert "ajoutez-en un autre" in page.content.decode()
    assert Authenticator.objects.filter(user=cast.aline, type="totp").exists()


def test_it_is_given_up_where_none_is_asked_for(cast: Cast) -> None:
    client = cast.client(cast.aline)
    add_telephone(client)
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=cast.aline).exists(), "its codes go with it"
    assert acts(cast.proof_a, "SECOND_FACTOR_REMOVE")[0]["kind"] == "totp"
    other = Client()
    enter(other, cast.aline)
    assert is_in(other)


def test_an_administrator_resets_a_lost_one_and_it_is_told(cast: Cast) -> None:
    owner = cast.client(cast.basile)
    add_telephone(owner)
    administrator = cast.client(cast.administrator_a)
    url = reverse("account_second_factor_reset", args=[cast.basile.id])
    assert administrator.post(url, {"word": "autre@exemple.fr"}).status_code == 200
    assert Authenticator.objects.filter(user=cast.basile).exists()
    administrator.post(url, {"word": cast.basile.email})
    assert not Authenticator.objects.filter(user=cast.basile).exists()
    assert not is_in(owner), "its sessions are closed"
    told = acts(cast.proof_a, "SECOND_FACTOR_RESET")
    assert [(one["account"], one["agent"]) for one in told] == [
        (str(cast.basile.id), str(cast.administrator_a.id))
    ]
    answer = administrator.post(url, {"word": cast.basile.email})
    assert answer.status_code == 409


def test_nobody_resets_their_own_nor_that_of_another_organisation(cast: Cast) -> None:
    administrator = cast.client(cast.administrator_a)
    add_telephone(administrator)
    for account, status in ((cast.administrator_a, 403), (cast.chloe, 404)):
        url = reverse("account_second_factor_reset", args=[account.id])
        assert administrator.post(url, {"word": account.email}).status_code == status
    assert Authenticator.objects.filter(user=cast.administrator_a).exists()


def test_an_old_session_confirms_before_touching_it(cast: Cast) -> None:
    client = cast.client(cast.aline)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 3600}]
    session.save()
    answer = client.get(reverse("mfa_activate_totp"))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    confirmed = client.post(answer["Location"], {"password": PASSWORD})
    assert confirmed["Location"] == reverse("mfa_activate_totp")
    assert client.get(reverse("mfa_activate_totp")).status_code == 200
