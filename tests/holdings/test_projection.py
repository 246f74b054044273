"""Search: what is found, in which order, by whom."""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.utils import Error
from django.test.utils import CaptureQueriesContext

from sae.holdings import projection
from sae.holdings.projection import SearchQuery, Sort, every_id, results, search
from sae.holdings.selectors.units import units_by_ids
from sae.kernel.identifiers import new_id
from tests.builders.fonds import FondsBuilder
from tests.builders.people import Cast
from tests.builders.sights import seeing_all

SOMEWHERE = "0190a5d8-7c2e-7d1f-9a51-2f6f3c1f5a10"


def titles(query: SearchQuery) -> list[str]:
    return [unit.title for unit in units_by_ids(search(query).ids)]


@pytest.fixture
def fonds(cast: Cast) -> FondsBuilder:
    with seeing_all(cast.coffre_a.id):
        fonds = FondsBuilder(agency="FINANCES")
        folder = fonds.unit(
            "Factures du service de l’eau",
            description="Syndicat des eaux",
            start_date=dt.date(2014, 1, 1),
            end_date=dt.date(2014, 12, 31),
        )
        fonds.unit(
            "Facture 2014-1187", under=folder, level="Item", start_date=dt.date(2014, 10, 3),
            file=b"x", description="Achat d’eau en gros",
        )  # fmt: skip
        fonds.unit("Bordereau", under=folder, level="Item", description="Factures visées")
        fonds.unit("Délibération du conseil", level="Item", start_date=dt.date(2016, 2, 1))
        return fonds.load()


@pytest.fixture
def scope(cast: Cast, fonds: FondsBuilder):
    with seeing_all(cast.coffre_a.id):
        yield


@pytest.mark.usefixtures("scope")
class TestSearch:
    def test_words_are_all_needed_and_titles_come_first(self) -> None:
        assert titles(SearchQuery("facture eau")) == [
            "Factures du service de l’eau",
            "Facture 2014-1187",
        ]
        assert titles(SearchQuery("factures"))[-1] == "Bordereau"

    def test_accents_do_not_matter(self) -> None:
        assert titles(SearchQuery("deliberations")) == ["Délibération du conseil"]

    def test_a_phrase_is_searched_in_order(self) -> None:
        assert titles(SearchQuery('"eau en gros"')) == ["Facture 2014-1187"]
        assert titles(SearchQuery('"gros eau"')) == []

    def test_the_last_word_may_be_unfinished(self) -> None:
        assert titles(SearchQuery("délib")) == ["Délibération du conseil"]

    def test_by_position_in_the_tree(self, fonds: FondsBuilder) -> None:
        assert sorted(titles(SearchQuery(under=(fonds.units[0].id,)))) == [
            "Bordereau", "Facture 2014-1187",
        ]  # fmt: skip
        assert titles(SearchQuery("bordereau", under=(fonds.units[0].id,))) == ["Bordereau"]

    def test_by_agency_level_type_and_object(self) -> None:
        assert len(titles(SearchQuery(agencies=("FINANCES",)))) == 4
        assert titles(SearchQuery(agencies=("AUTRE",))) == []
        assert len(titles(SearchQuery(levels=("Item",)))) == 3
        assert len(titles(SearchQuery(unit_types=("INGEST",)))) == 4
        assert titles(SearchQuery(with_object=True)) == ["Facture 2014-1187"]

    def test_by_dates_that_overlap(self) -> None:
        wanted = SearchQuery(start=dt.date(2014, 10, 1), end=dt.date(2014, 11, 1), sort=Sort.TITLE)
        assert titles(wanted) == ["Facture 2014-1187", "Factures du service de l’eau"]
        assert titles(SearchQuery(start=dt.date(2015, 1, 1))) == ["Délibération du conseil"]

    @pytest.mark.parametrize("sort", list(Sort))
    def test_pages_follow_each_other_in_every_order(self, sort: Sort) -> None:
        whole = search(SearchQuery("facture* ", sort=sort)).ids
        assert len(whole) == 3
        paged = []
        after = ""
        for _page in range(3):
            page = search(SearchQuery("facture* ", sort=sort, after=after, limit=1))
            paged += page.ids
            after = page.next_after
        assert paged == whole
        assert after == ""
        assert [one for batch in every_id(SearchQuery("facture* ", sort=sort), size=2)
                for one in batch] == whole  # fmt: skip

    @pytest.mark.parametrize("sort", list(Sort))
    def test_pages_go_back_too(self, sort: Sort) -> None:
        query = SearchQuery("facture* ", sort=sort, limit=1)
        first = search(query)
        second = search(replace(query, after=first.next_after))
        third = search(replace(query, after=second.next_after))
        assert (first.previous_before, third.next_after) == ("", "")
        back = search(replace(query, before=third.previous_before))
        assert back.ids == second.ids
        assert search(replace(query, after=back.next_after)).ids == third.ids
        start = search(replace(query, before=back.previous_before))
        assert (start.ids, start.previous_before) == (first.ids, "")

    def test_titles_sort_naturally_and_dates_both_ways(self) -> None:
        assert titles(SearchQuery(sort=Sort.TITLE))[0] == "Bordereau"
        assert titles(SearchQuery(sort=Sort.OLDEST))[0] == "Factures du service de l’eau"
        assert titles(SearchQuery(sort=Sort.NEWEST))[0] == "Délibération du conseil"

    def test_facets_count_the_results(self) -> None:
        page = search(SearchQuery("facture "))
        assert (page.total, page.capped) == (3, False)
        assert page.facets.levels == {"Item": 2, "RecordGrp": 1}
        assert page.facets.agencies == {"FINANCES": 3}

    def test_counts_stop_at_the_cap(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(results, "COUNT_CAP", 2)
        page = search(SearchQuery("facture "))
        assert (page.total, page.capped, page.sort) == (2, True, Sort.RECENT)

    def test_stop_words_alone_say_that_they_restrict_nothing(self) -> None:
        assert search(SearchQuery("de la")).ignored_text
        assert search(SearchQuery("de la")).total == 4

    @pytest.mark.parametrize(
        "after",
        ["x", "pertinence~x~1", f"pertinence~{SOMEWHERE}~nan", f"date~{SOMEWHERE}~9999-99-99",
         f"versement~{SOMEWHERE}~'", f"intitule~{SOMEWHERE}~\x00", f"-date~{SOMEWHERE}~infinit"],
    )  # fmt: skip
    def test_a_forged_place_is_ignored(self, after: str) -> None:
        for sort in Sort:
            search(SearchQuery("facture", sort=sort, after=after))

    @pytest.mark.parametrize(
        "typed",
        ["'", '"', "a' | b", "\\", "(((", "<->", ":*", "a:* & !", "é\x00è", "%s", "a" * 9999],
    )
    def test_no_input_is_an_error(self, typed: str) -> None:
        search(SearchQuery(typed))
        search(SearchQuery(agencies=(typed.replace("\x00", ""),)))

    def test_few_queries_whatever_the_number_of_results(self) -> None:
        """What PostgreSQL knows of the tables, the counts, the page; two more if it knows amiss."""
        for limit in (1, 3):
            with CaptureQueriesContext(connection) as queries:
                search(SearchQuery("facture ", limit=limit))
            settings = [one for one in queries if "set_config" in one["sql"]]
            assert len(queries) - len(settings) == 3


def test_another_coffre_finds_nothing(cast: Cast, fonds: FondsBuilder) -> None:
    with seeing_all(cast.coffre_b.id):
        assert search(SearchQuery()).total == 0
        assert search(SearchQuery("facture")).ids == []
        assert search(SearchQuery(under=(fonds.units[0].id,))).ids == []
        assert projection.remove_entries([unit.id for unit in fonds.units]) == 0
        assert list(projection.batches_with_words("facture") or []) == []


def test_an_entry_of_another_coffre_is_refused(cast: Cast) -> None:
    row = (new_id().hex, "", "{}", "{}", "INGEST", "Item", "\\N", "\\N", new_id().hex, "f", "")
    with pytest.raises(ValueError, match="another tenant"), seeing_all(cast.coffre_a.id):
        projection.copy_entries(projection.encode_entries([row], tenant_id=cast.coffre_b.id))


def test_the_application_may_make_the_partition_of_a_real_coffre_only(cast: Cast) -> None:
    projection.prepare_tenant(cast.coffre_a.id)
    projection.prepare_tenant(cast.coffre_a.id)
    with pytest.raises(Error), transaction.atomic():
        projection.prepare_tenant(new_id())
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE anything (x int)")
    partition = f"holdings_search_{cast.coffre_a.id.hex}"
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {partition}")  # only through the table, by tenant


def test_one_package_touches_the_projection() -> None:
    root = Path(__file__).parent.parent.parent
    touching = {
        str(path.relative_to(root))
        for room in ("sae", "tenants", "ingest", "access")
        for path in (root / room).rglob("*.py")
        if "migrations" not in path.parts and re.search(r"\bholdings_search\b", path.read_text())
    }
    assert {path.rsplit("/", 1)[0] for path in touching} == {"sae/holdings/projection"}


@pytest.mark.parametrize("sort", [Sort.RECENT, Sort.TITLE, Sort.OLDEST, Sort.NEWEST])
def test_long_results_come_in_the_same_order_and_pages(
    cast: Cast, fonds: FondsBuilder, sort: Sort, monkeypatch: pytest.MonkeyPatch
) -> None:
    with seeing_all(cast.coffre_a.id):
        short = search(SearchQuery(sort=sort)).ids
        monkeypatch.setattr(results, "COUNT_CAP", 2)
        paged: list[object] = []
        after = ""
        for _page in range(4):
            page = search(SearchQuery(sort=sort, after=after, limit=1))
            paged += page.ids
            after = page.next_after
        assert (page.capped, paged) == (True, short)
        assert search(SearchQuery(sort=sort, before=page.previous_before)).ids == short[:3]
