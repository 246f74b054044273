"""The first administrator of a town is told where to begin, until somebody joins them."""

import pytest
from django.urls import reverse

from sae.tenancy.scope import platform_scope
from tenants.models import Account
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db
STEPS = ("account_new", "referentials", "rights_checkup")


def alone(cast: Cast) -> None:
    with platform_scope(reason="test"):
        others = Account.objects.filter(organisation=cast.administrator_a.organisation)
        others.exclude(id=cast.administrator_a.id).update(kind=Account.Kind.GENERIC)


def test_an_administrator_alone_is_led_to_what_comes_next(cast: Cast) -> None:
    client = cast.client(cast.administrator_a)
    assert "Pour commencer" not in client.get("/").content.decode()
    alone(cast)
    page = client.get("/")
    (group,) = (one for one in page.context["groups"] if one.key == "commencer")
    assert [item.url for item in group.items] == [reverse(name) for name in STEPS]
    assert {client.get(item.url).status_code for item in group.items} == {200}


def test_others_and_the_operator_are_not(cast: Cast) -> None:
    alone(cast)
    for person in (cast.aline, cast.operator, cast.administrator_b):
        assert "Pour commencer" not in cast.client(person).get("/").content.decode()
