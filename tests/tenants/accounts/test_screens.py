"""Screens of accounts: what each shows, what each refuses, what a stranger gets."""

import pytest
from django.test import Client
from django.urls import reverse

from tenants.models import Account
from tests.builders.people import Cast
from tests.tenants.accounts.test_services import manager_of_level

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(cast: Cast) -> Client:
    return cast.client(cast.administrator_a)


def test_the_list_shows_the_organisation_and_nobody_else(cast: Cast, administrator: Client) -> None:
    page = administrator.get(reverse("accounts")).content.decode()
    assert "Aline Archambault" in page
    assert "Archiviste" in page
    assert "Chloé" not in page
    found = administrator.get(reverse("accounts"), {"q": "basile"}).content.decode()
    assert "Basile Bonnet" in found
    assert "Aline Archambault" not in found


@pytest.mark.parametrize(
    ("filters", "there", "absent"),
    [
        ({"statut": "disabled"}, "Basile Bonnet", "Aline Archambault"),
        ({"usage": "jamais"}, "Aline Archambault", "Basile Bonnet"),
        ({"type": "generic"}, "Aucune ligne", "Aline Archambault"),
    ],
)
def test_the_list_is_filtered(
    cast: Cast, administrator: Client, filters: dict[str, str], there: str, absent: str
) -> None:
    cast.basile.is_active = False
    cast.basile.save()
    page = administrator.get(reverse("accounts"), filters).content.decode()
    assert there in page
    assert absent not in page


def test_every_page_of_an_account_opens(cast: Cast, administrator: Client) -> None:
    for name in (
        "account",
        "account_edit",
        "account_move",
        "account_disable",
        "account_anonymise",
    ):
        answer = administrator.get(reverse(name, args=[cast.basile.id]))
        assert answer.status_code == 200, name
        assert "Basile Bonnet" in answer.content.decode(), name
    for name in ("account_new", "account_import", "personal_data"):
        assert administrator.get(reverse(name)).status_code == 200, name


def test_an_administrator_of_another_town_gets_404(cast: Cast) -> None:
    client = cast.client(cast.administrator_b)
    for name in ("account", "account_edit", "account_move", "account_disable"):
        assert client.get(reverse(name, args=[cast.basile.id])).status_code == 404, name
    for name in ("account_enable", "account_invite", "account_reset", "account_unblock"):
        assert client.post(reverse(name, args=[cast.basile.id])).status_code == 404, name
    ghost = {"act": "disable", "choix": [str(cast.basile.id)], "confirmed": "1"}
    client.post(reverse("accounts_bulk"), ghost)
    assert Account.objects.get(id=cast.basile.id).is_active


def test_above_ones_level_no_form_is_even_shown(cast: Cast) -> None:
    """A manager of accounts at a level looks at all, and is told why they may change only some."""
    client = cast.client(manager_of_level(cast, "GESTION.SERVICES"))
    page = client.get(reverse("account", args=[cast.basile.id])).content.decode()
    assert "sous votre niveau" in page
    assert reverse("account_edit", args=[cast.basile.id]) not in page
    for name in ("account_edit", "account_move"):
        address = reverse(name, args=[cast.basile.id])
        for answer in (client.get(address), client.post(address, {"last_name": "Autre"})):
            assert answer.status_code == 403, name
            assert "sous votre niveau" in answer.content.decode()
    for name in ("account_disable", "account_reset"):
        client.post(reverse(name, args=[cast.basile.id]))
    cast.basile.refresh_from_db()
    assert (cast.basile.last_name, cast.basile.status) == ("Bonnet", Account.Status.ENABLED)
