"""A position with 20 000 children, 100 000 in all: what is read and drawn does not follow it."""

import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.editing import services
from access.tree import LINES
from sae.holdings.models import ROOT
from sae.holdings.planting import Position
from tests.builders.people import Cast
from tests.builders.sights import seeing_all

pytestmark = pytest.mark.django_db
FEW, MANY = 200, 20_000


def planted(cast: Cast, *, children: int, below: int = 0) -> tuple[uuid.UUID, dict[Any, uuid.UUID]]:
    """Make a position with children, ``below`` under the first 4 000, through the services."""
    positions = [Position("top", "HOLDING_UNIT", _said(f"Sommet de {children}"))]
    positions += [
        Position(n, "HOLDING_UNIT", _said(f"Dossier {n}"), "top") for n in range(children)
    ]
    positions += [
        Position((n, m), "HOLDING_UNIT", _said(f"Chemise {n}-{m}"), n)
        for n in range(min(children, 4_000))
        for m in range(below)
    ]
    with seeing_all(cast.coffre_a.id):
        made = services.create_positions(positions, actor=services.Actor())
    return made["top"], made


def _said(title: str) -> dict[str, Any]:
    return {"Title": title, "DescriptionLevel": "RecordGrp"}


def rows_of(page: Any) -> int:
    return len(re.findall(r'data-unit="', page.content.decode()))


def asked(client: Client, address: str, **query: Any) -> tuple[Any, int]:
    with CaptureQueriesContext(connection) as queries:
        page = client.get(address, query)
    assert page.status_code == 200, address
    return page, len(queries)


def addresses(top: uuid.UUID, inside: uuid.UUID) -> list[tuple[str, dict[str, str]]]:
    return [
        (reverse("classification"), {}),
        (reverse("classification_build"), {}),
        (reverse("classification_branch", args=[ROOT]), {}),
        (reverse("classification_branch", args=[top]), {}),
        (reverse("unit", args=[top]), {}),
        (reverse("unit", args=[top]), {"dans": "dossier 17"}),
        (reverse("unit", args=[inside]), {}),
        (reverse("unit_move", args=[inside]), {"q": "dossier"}),
        (reverse("branch_delete", args=[inside]), {}),
        (reverse("position_create"), {"sous": str(top)}),
    ]


@pytest.mark.slow
def test_a_screen_asks_and_draws_as_much_whatever_is_below(cast: Cast) -> None:
    client = cast.client(cast.aline)
    seen = []
    for number, below in ((FEW, 1), (MANY, 20)):
        top, made = planted(cast, children=number, below=below)
        assert len(made) in (1 + 2 * FEW, 1 + MANY + 80_000)
        inside = made[FEW // 2]  # It has children in both.
        of_this = []
        for address, query in addresses(top, inside):
            client.get(address, query)  # What a worker keeps in memory is read once.
            page, queries = asked(client, address, **query)
            assert rows_of(page) <= 4 * LINES
            assert len(page.content) < 150_000
            of_this.append((address.replace(str(top), "").replace(str(inside), ""), queries))
        seen.append(of_this)
        level = client.get(reverse("classification_branch", args=[top]))
        assert rows_of(level) == LINES
        assert "Filtrer ces sous-unités" in level.content.decode()
    assert seen[0] == seen[1]


@pytest.mark.slow
def test_a_unit_among_20_000_is_shown_in_its_place_and_found_by_a_part_of_its_title(
    cast: Cast,
) -> None:
    client = cast.client(cast.aline)
    top, made = planted(cast, children=MANY)
    page = client.get(reverse("unit", args=[made[12_345]]))
    words = page.content.decode()
    assert re.search(r'aria-current="page">Dossier 12345<', words)
    assert "Voir le début" in words
    assert rows_of(page) <= 4 * LINES

    address = reverse("unit", args=[top])
    listed = client.get(address, {"dans": "12345"}, headers={"HX-Target": "liste-des-sous-unites"})
    assert "Dossier 12345" in listed.content.decode()
    assert "<html" not in listed.content.decode()
    wide = client.get(address, {"dans": "DOSSIER"})
    assert "précisez le filtre" in wide.content.decode()
    none = client.get(address, {"dans": "%_introuvable"})
    assert "Aucune sous-unité ne répond" in none.content.decode()
    assert f"{MANY:,}".replace(",", "\u202f") in wide.content.decode()


def test_the_filter_of_a_unit_keeps_to_what_one_sees(cast: Cast) -> None:
    top, _made = planted(cast, children=50)
    stranger = cast.client(cast.chloe)
    assert stranger.get(reverse("unit", args=[top]), {"dans": "dossier"}).status_code == 404
