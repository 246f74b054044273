"""Passwords: as long and as new as the organisation asks, changed first when they are due."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from sae.journal.models import Operation
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.models import AccountSecurity, OrganisationSettings
from tenants.security.passwords import require_new_password
from tests.builders.people import PASSWORD, Cast

pytestmark = pytest.mark.django_db

LOGIN = "/compte/connexion/"
CHANGE = "/compte/mot-de-passe/"
GOOD = "sept-chevaux-bleus-galopent"


def ask(cast: Cast, **policy: Any) -> None:
    with tenant_scope(cast.proof_a.id):
        OrganisationSettings.objects.create(policy=policy)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("court-mais-bon", "trop court"),
        ("archambault-aline-2026", "trop semblable"),
        ("aline@exemple.fr", "trop semblable"),
        ("12345678901234567890", "numérique"),
        ("passwordpassword12", ""),
    ],
)
def test_weak_ones_are_refused(cast: Cast, password: str, why: str) -> None:
    ask(cast, password_length=16)
    if not why:
        validate_password(password, cast.aline)
        return
    with pytest.raises(ValidationError) as refused:
        validate_password(password, cast.aline)
    assert why in " ".join(refused.value.messages) or "ressemble" in " ".join(
        refused.value.messages
    )


def test_common_ones_are_refused(cast: Cast) -> None:
    ask(cast, password_length=8)
    with pytest.raises(ValidationError):
        validate_password("superman1", cast.aline)


def test_each_organisation_asks_its_own_length(cast: Cast) -> None:
    ask(cast, password_length=30)
    with pytest.raises(ValidationError, match="30"):
        validate_password(GOOD, cast.aline)
    validate_password(GOOD, cast.chloe)


def test_former_ones_are_refused_and_forgotten_in_time(cast: Cast) -> None:
    ask(cast, password_history=2)
    for number in (1, 2):
        with pytest.raises(ValidationError, match="déjà utilisé"):
            validate_password(PASSWORD, cast.aline)
        cast.aline.set_password(f"{GOOD}-{number}")
        cast.aline.save()
    validate_password(PASSWORD, cast.aline)
    for number in (1, 2):
        with pytest.raises(ValidationError, match="déjà utilisé"):
            validate_password(f"{GOOD}-{number}", cast.aline)
    former = AccountSecurity.objects.get(account=cast.aline).former_passwords
    assert all(GOOD not in one for one in former)


def test_a_password_past_its_life_is_changed_before_anything_else(cast: Cast) -> None:
    ask(cast, password_months=6)
    AccountSecurity.objects.filter(account=cast.aline).update(
        password_set_at=clock.now() - dt.timedelta(days=190)
    )
    client = Client()
    client.post(LOGIN, {"login": cast.aline.email, "password": PASSWORD})
    for page in ("/", reverse("search"), reverse("account_security")):
        assert client.get(page)["Location"] == CHANGE
    form = {"oldpassword": PASSWORD, "password1": PASSWORD, "password2": PASSWORD}
    assert client.post(CHANGE, form).status_code == 200, "the same one is no change"
    client.post(CHANGE, form | {"password1": GOOD, "password2": GOOD})
    client.post(LOGIN, {"login": cast.aline.email, "password": GOOD})
    assert client.get("/").status_code == 200


def test_an_administrator_has_a_new_one_chosen(cast: Cast) -> None:
    owner = cast.client(cast.basile)
    assert owner.get("/").status_code == 200
    administrator = cast.client(cast.administrator_a)
    administrator.post(reverse("account_password_required", args=[cast.basile.id]))
    other = Client()
    other.post(LOGIN, {"login": cast.basile.email, "password": PASSWORD})
    assert other.get("/")["Location"] == CHANGE
    assert other.get("/compte/deconnexion/").status_code == 200
    with tenant_scope(cast.proof_a.id):
        act = Operation.objects.get(type="ACCOUNT_PASSWORD_CHANGE_REQUIRED")
    assert (act.detail["account"], act.agent_id) == (str(cast.basile.id), cast.administrator_a.id)


def test_a_life_that_does_not_end_asks_for_nothing(cast: Cast) -> None:
    AccountSecurity.objects.update(password_set_at=clock.now() - dt.timedelta(days=4000))
    assert cast.client(cast.aline).get("/").status_code == 200
    require_new_password(cast.aline, agent=cast.administrator_a)
    assert cast.client(cast.aline).get("/")["Location"] == CHANGE
