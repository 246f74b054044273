"""Signing in, out, and changing one's password, each told in the organisation's own journal."""

import pytest
from django.test import Client

from sae.journal.models import Operation
from sae.tenancy.scope import tenant_scope
from tests.builders.people import PASSWORD, Cast

pytestmark = pytest.mark.django_db

LOGIN = "/compte/connexion/"
NEW = "une-autre-phrase-bien-longue"


def acts(cast: Cast) -> list[str]:
    with tenant_scope(cast.proof_a.id):
        found = Operation.objects.filter(agent_id=cast.aline.id).order_by("id")
        return list(found.values_list("type", flat=True))


def test_one_enters_changes_the_password_and_leaves(cast: Cast) -> None:
    client = Client()
    client.post(LOGIN, {"login": cast.aline.email.upper(), "password": PASSWORD})
    assert client.get("/").status_code == 200
    change = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    client.post("/compte/mot-de-passe/", change)
    assert client.get("/").status_code == 302, "a change of password closes the session"
    client.post(LOGIN, {"login": cast.aline.email, "password": NEW})
    assert client.get("/").status_code == 200
    client.post("/compte/deconnexion/")
    assert client.get("/").status_code == 302
    assert acts(cast)[:2] == ["ACCOUNT_SIGN_IN", "ACCOUNT_PASSWORD_CHANGE"]
    assert acts(cast)[-1] == "ACCOUNT_SIGN_OUT"


@pytest.mark.parametrize("password", ["", "faux", PASSWORD.upper()])
def test_a_wrong_password_is_refused_like_an_unknown_address(cast: Cast, password: str) -> None:
    wrong = Client().post(LOGIN, {"login": cast.aline.email, "password": password})
    unknown = Client().post(LOGIN, {"login": "personne@exemple.fr", "password": password})
    assert (wrong.status_code, unknown.status_code) == (200, 200)
    errors = [str(answer.context["form"].errors) for answer in (wrong, unknown)]
    assert errors[0] == errors[1]
    assert acts(cast) == []


def test_a_disabled_account_does_not_enter(cast: Cast) -> None:
    cast.aline.is_active = False
    cast.aline.save()
    client = Client()
    client.post(LOGIN, {"login": cast.aline.email, "password": PASSWORD})
    assert client.get("/").status_code == 302


def test_the_address_given_to_come_back_to_stays_on_the_site(cast: Cast) -> None:
    answer = Client().post(
        f"{LOGIN}?next=//ailleurs.example/",
        {"login": cast.aline.email, "password": PASSWORD},
    )
    assert answer.headers["Location"] == "/"
