"""Fields drawn from the ontology of the coffre: one unit, a selection in three states, a CSV."""

import re
from typing import Any

import pytest
from django.urls import reverse

from sae.holdings.models import ArchiveUnit
from sae.kernel import clock
from tenants.models import OntologyTerm
from tests.access.updates.conftest import Shelf
from tests.access.updates.test_screens import form_of, words

pytestmark = pytest.mark.django_db
TERMS = (
    ("StartDate", "DATE", "INTERNAL", ""),
    ("EndDate", "DATE", "INTERNAL", ""),
    ("NumeroDeMarche", "TEXT", "EXTERNAL", "Numéro de marché"),
    ("Montant", "LONG", "EXTERNAL", "Montant en euros"),
    ("NotifieLe", "DATE", "EXTERNAL", "Notifié le"),
    ("Signe", "BOOLEAN", "EXTERNAL", "Signé"),
)


@pytest.fixture
def market(shelf: Shelf) -> Shelf:
    """The coffre has vocabularies of its own; one piece has a number already."""
    with shelf.scope():
        for identifier, kind, origin, name in TERMS:
            OntologyTerm.objects.create(
                identifier=identifier, type=kind, origin=origin, short_name=name,
                collections=["Unit"], created_at=clock.now(), updated_at=clock.now(),
            )  # fmt: skip
        piece = ArchiveUnit.objects.get(id=shelf.piece_ids[0])
        piece.content = {**piece.content, "NumeroDeMarche": ["2014-021"], "Status": "ouvert"}
        piece.save()
    return shelf


def content(shelf: Shelf, place: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = shelf.unit(shelf.piece_ids[place]).content
    return found


def test_one_unit_is_described_by_them_with_their_types(market: Shelf) -> None:
    url = reverse("unit_edit", args=[market.piece_ids[0]])
    page = words(market.aline.get(url))
    assert "Champs de l’organisation" in page
    for name in ("Numéro de marché", "Montant en euros", "Notifié le", "Signé"):
        assert name in page
    typed = {"Montant": "12000\n34", "NotifieLe": "1/2/2014", "Signe": "oui"}
    sent = form_of(market, market.piece_ids[0]) | typed
    assert market.aline.post(url, sent).status_code == 302
    kept = content(market)
    assert {name: kept[name] for name in (*typed, "NumeroDeMarche", "Status")} == {
        "Montant": [12000, 34], "NotifieLe": ["2014-02-01"], "Signe": [True],
        "NumeroDeMarche": ["2014-021"], "Status": "ouvert",
    }  # fmt: skip
    assert form_of(market, market.piece_ids[0])["Signe"] == "oui"


@pytest.mark.parametrize(
    ("name", "text"), [("Montant", "douze"), ("NotifieLe", "hier"), ("Signe", "peut-être")]
)
def test_what_is_not_of_their_type_is_refused_and_named(
    market: Shelf, name: str, text: str
) -> None:
    url = reverse("unit_edit", args=[market.piece_ids[0]])
    answer = market.aline.post(url, form_of(market, market.piece_ids[0]) | {name: text})
    assert answer.status_code == 422
    assert re.search(f"« {text} »", words(answer))
    assert market.unit(market.piece_ids[0]).version == 0


def asked(market: Shelf, **data: str) -> Any:
    chosen = {"choix": [str(one) for one in market.piece_ids[:2]]}
    page = market.aline.post(reverse("update_new_descriptions"), chosen, follow=True)
    mass = page.context["page"].mass
    return mass, market.aline.post(reverse("update_check", args=[mass.id]), data, follow=True)


def test_each_field_of_a_selection_is_kept_replaced_or_cleared(market: Shelf) -> None:
    mass, preview = asked(
        market,
        **{"Montant-etat": "remplacer", "Montant": "500"},
        **{"NumeroDeMarche-etat": "effacer", "Status-etat": "", "Title-etat": ""},
    )
    assert "Montant en euros : remplacer par « 500 »" in words(preview)
    assert "Numéro de marché : effacer" in words(preview)
    assert "Montant" not in content(market)
    market.aline.post(reverse("update_launch", args=[mass.id]))
    first, second = content(market), content(market, 1)
    assert (first["Montant"], second["Montant"]) == ([500], [500])
    assert "NumeroDeMarche" not in first
    assert (first["Title"], first["Status"]) == ("Pièce 1", "ouvert")
    assert (second["Title"], second.get("Status")) == ("Pièce 2", None)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"Montant-etat": "remplacer"}, "Donnez la nouvelle valeur"),
        ({"Montant": "500"}, "choisissez Remplacer"),
        ({}, "Rien n’est demandé"),
        ({"Title-etat": "effacer"}, "Sélectionnez un choix valide"),
        ({"in_field": "Title"}, "Donnez ce qui est recherché"),
    ],
)
def test_what_is_half_asked_is_told_and_nothing_is_checked(
    market: Shelf, data: dict[str, str], told: str
) -> None:
    mass, answer = asked(market, **data)
    assert answer.status_code == 422
    assert told in words(answer)
    assert market.mass(mass.id).state == "draft"


def test_they_are_columns_of_the_spreadsheet(market: Shelf) -> None:
    sent = {"choix": [str(market.piece_ids[0])], "colonnes": ["NumeroDeMarche", "Montant"]}
    answer = market.aline.post(reverse("update_export"), sent)
    head, line = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert head.endswith("Numéro de marché [NumeroDeMarche];Montant en euros [Montant]")
    assert line.endswith(";0;2014-021;")
