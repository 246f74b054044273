"""Lists: one address for the page and its fragment, filters as chips, impossible asks survived."""

from typing import Any

import django_filters
import pytest
from django.http import QueryDict
from django.test import Client, RequestFactory

from sae.tenancy.models import Organisation
from sae.ui.addresses import with_query
from sae.ui.filters import DayRangeFilter, FilterSet
from sae.ui.pagination import Pager, asked_size, page_of, pager_of

LIST = "/_styleguide/liste/"
pytestmark = pytest.mark.usefixtures("interface_alone")


class OrganisationFilters(FilterSet):
    quick_fields = ("name__icontains",)

    created_at = DayRangeFilter(label="Créée")
    is_platform = django_filters.BooleanFilter(label="Exploitant")
    kind = django_filters.MultipleChoiceFilter(
        label="Sorte",
        choices=[("a", "Commune"), ("b", "Département")],
        field_name="name",
    )

    class Meta:
        model = Organisation
        fields: list[str] = []


def filters(query: str) -> OrganisationFilters:
    return OrganisationFilters(QueryDict(query), queryset=Organisation.objects.all())


def test_address_changes_one_parameter_and_keeps_the_rest() -> None:
    query = QueryDict("q=eau&page=3&sorte=a&sorte=b")
    assert with_query(query, page=None, tri="-date") == "?q=eau&sorte=a&sorte=b&tri=-date"
    assert with_query(query, q=None, page=None, sorte=["b"]) == "?sorte=b"
    assert with_query(QueryDict(""), page=None) == "?"


def test_each_active_filter_is_a_chip_in_words() -> None:
    chips = filters(
        "q=eau&created_at_du=2026-03-01&created_at_au=2026-03-31&kind=a&kind=b&tri=name&page=4"
    ).chips
    assert [(chip.label, chip.value.replace("\u00a0", " ")) for chip in chips] == [
        ("Recherche rapide", "eau"),
        ("Créée", "du 1er mars 2026 au 31 mars 2026"),
        ("Sorte", "Commune"),
        ("Sorte", "Département"),
    ]
    without_days = chips[1].remove_url
    assert "created_at" not in without_days
    assert "page" not in without_days
    assert "kind=a&kind=b" in without_days
    assert "kind=a" not in chips[2].remove_url
    assert "kind=b" in chips[2].remove_url


def test_half_a_range_says_which_half() -> None:
    assert filters("created_at_du=2026-03-01").chips[0].value.startswith("depuis le 1er")
    assert filters("created_at_au=2026-03-01").chips[0].value.startswith("jusqu’au 1er")


def test_clearing_filters_keeps_the_sort() -> None:
    assert filters("q=eau&kind=a&tri=name&page=2").clear_url == "?tri=name"


def test_no_filter_no_chip_and_an_impossible_one_is_not_shown() -> None:
    assert filters("").chips == []
    assert filters("created_at_du=hier").chips == []
    assert not filters("created_at_du=hier").is_valid()


@pytest.mark.parametrize(
    ("asked", "shown"), [("2", 2), ("0", 1), ("-3", 1), ("999", 3), ("x", 1), ("", 1)]
)
def test_an_impossible_page_gives_the_nearest(asked: str, shown: int) -> None:
    request = RequestFactory().get("/", {"page": asked})
    assert page_of(request, range(60)).number in {shown, 3 if asked in {"0", "-3"} else shown}


@pytest.mark.parametrize(
    ("asked", "size"), [("50", 50), ("100", 100), ("101", 25), ("0", 25), ("x", 25), ("²", 25)]
)
def test_page_size_is_bounded(asked: str, size: int) -> None:
    assert asked_size(RequestFactory().get("/", {"par_page": asked}), default=25) == size


def test_pager_gives_position_and_addresses() -> None:
    request = RequestFactory().get("/", {"q": "eau", "page": "2"})
    pager = pager_of(request, page_of(request, range(60)))
    assert isinstance(pager, Pager)
    assert (pager.first, pager.last, pager.total, pager.pages) == (26, 50, 60, 3)
    assert pager.previous_url == "?q=eau&page=1"
    assert pager.next_url == "?q=eau&page=3"
    assert [size.url for size in pager.sizes][1] == "?q=eau&par_page=50"


def test_the_same_address_serves_the_page_and_its_fragment(client: Client) -> None:
    page = client.get(LIST)
    fragment = client.get(LIST, headers={"HX-Request": "true", "HX-Target": "results"})
    assert b"<html" in page.content
    assert b"<html" not in fragment.content
    assert b'id="results"' in fragment.content
    assert "HX-Request" in page.headers["Vary"]


def test_sort_is_followed_and_an_unknown_one_is_ignored(client: Client) -> None:
    content = client.get(LIST, {"tri": "-units", "par_page": "5"}).content.decode()
    assert 'aria-sort="descending"' in content
    assert client.get(LIST, {"tri": "password__x,-inconnu"}).status_code == 200


def test_an_empty_list_says_what_to_do(client: Client) -> None:
    content = client.get(LIST, {"vide": "1"}).content.decode()
    assert "Aucun versement dans ce coffre." in content
    assert "Déposer un paquet" in content


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_list_is_exported_whole(client: Client, kind: str) -> None:
    response: Any = client.get(LIST, {"export": kind, "par_page": "5"})
    body = b"".join(response.streaming_content)
    assert response.headers["Content-Disposition"].endswith(f'.{kind}"')
    if kind == "csv":
        assert len(body.decode("utf-8-sig").splitlines()) == 148
