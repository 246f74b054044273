"""``manage.py holdings reindex``: entries altered, removed or added come back as they were."""

import io
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from sae.holdings import reindexing
from sae.holdings.models import UnitRules
from sae.holdings.projection import SearchQuery, search
from sae.holdings.reindexing import AlreadyRunningError, Reindexed, reindex
from sae.journal.models import Event, Operation
from sae.journal.verification import verify_tenant
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tests.builders.fonds import FondsBuilder
from tests.builders.people import Cast
from tests.builders.sights import seeing_all

UNITS = 7
DAMAGES = {
    "words": "UPDATE holdings_search SET tsv = '''faux'':1A' WHERE title_key LIKE 'piece %%'",
    "place": "UPDATE holdings_search SET ancestors = '{}', agencies = '{AUTRE}'",
    "order": "UPDATE holdings_search SET title_key = 'zzz', start_date = '1900-01-01'",
    "lost": "DELETE FROM holdings_search WHERE title_key >= 'piece 12'",
    "everything lost": "DELETE FROM holdings_search",
    "left over": (
        "INSERT INTO holdings_search SELECT tenant_id, uuidv4, tsv, ancestors, agencies, "
        "unit_type, level, start_date, end_date, operation_id, has_object, title_key "
        "FROM holdings_search, gen_random_uuid() AS uuidv4 WHERE title_key = 'piece 12 bis'"
    ),
}


def build(coffre: Tenant) -> FondsBuilder:
    with tenant_scope(coffre.id):
        fonds = FondsBuilder(agency="MAIRIE")
        folder = fonds.unit("Délibérations", description="Séances du conseil")
        for number in range(2, UNITS):
            fonds.unit(
                f"Pièce {number}\tbis", under=folder, level="Item", description="L’eau\\du gymnase",
                content={"Keyword": [{"KeywordContent": "voirie"}], "Tag": ["été 2014"]},
                file=b"x" if number % 2 else None,
            )  # fmt: skip
        fonds.unit("Hors plan")
        return fonds.load()


@pytest.fixture
def coffre(cast: Cast) -> Tenant:
    build(cast.coffre_a)
    build(cast.coffre_b)
    return cast.coffre_a


def entries(coffre: Tenant) -> list[tuple[Any, ...]]:
    with tenant_scope(coffre.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT unit_id, tsv::text, ancestors, agencies, unit_type, level, start_date, "
            "end_date, operation_id, has_object, title_key FROM holdings_search "
            "WHERE tenant_id = %s ORDER BY unit_id",
            [coffre.id],
        )
        return list(cursor.fetchall())


def damage(coffre: Tenant, statement: str) -> int:
    with tenant_scope(coffre.id), connection.cursor() as cursor:
        joined = "AND" if "WHERE" in statement else "WHERE"
        cursor.execute(f"{statement} {joined} holdings_search.tenant_id = %s", [coffre.id])
        return int(cursor.rowcount)


def run(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("holdings", "reindex", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.mark.django_db
class TestReindex:
    def test_what_is_right_is_left_alone(self, coffre: Tenant) -> None:
        before = entries(coffre)
        assert len(before) == UNITS
        done = reindex(coffre.id)
        assert done.counts() == {
            "units": UNITS, "altered": 0, "added": 0, "removed": 0, "rules": 0,
        }  # fmt: skip
        assert entries(coffre) == before

    @pytest.mark.parametrize("kind", DAMAGES)
    def test_damaged_entries_come_back_as_they_were(
        self, coffre: Tenant, cast: Cast, kind: str
    ) -> None:
        before, others = entries(coffre), entries(cast.coffre_b)
        touched = damage(coffre, DAMAGES[kind])
        assert touched
        assert entries(coffre) != before
        done = reindex(coffre.id)
        assert entries(coffre) == before
        assert entries(cast.coffre_b) == others
        counts = [done.altered, done.added, done.removed]
        column = 1 if "lost" in kind else 2 if kind == "left over" else 0
        assert counts[column] >= 1
        assert sum(counts) == counts[column] <= touched

    def test_rules_by_which_searches_filter_come_back(self, coffre: Tenant) -> None:
        with tenant_scope(coffre.id):
            before = dict(UnitRules.objects.values_list("id", "result_id"))
            UnitRules.objects.filter(id__in=list(before)[:3]).delete()
        assert reindex(coffre.id).rules == 3
        with tenant_scope(coffre.id):
            assert dict(UnitRules.objects.values_list("id", "result_id")) == before

    def test_it_is_told_in_the_journal(self, coffre: Tenant) -> None:
        damage(coffre, DAMAGES["everything lost"])
        reindex(coffre.id)
        with tenant_scope(coffre.id):
            operation = Operation.objects.get(type="SEARCH_REINDEX")
            last = Event.objects.filter(operation=operation).latest("sequence")
        assert (operation.state, operation.outcome) == ("COMPLETED", "OK")
        assert last.detail["counts"]["added"] == UNITS
        assert verify_tenant(coffre.id).broken is None

    def test_the_command_says_where_it_stands(self, coffre: Tenant) -> None:
        damage(coffre, DAMAGES["lost"])
        out, err = run("--tenant", str(coffre.number))
        assert "7 unités relues" in out
        assert "retirées 0" in out
        assert f"Coffre {coffre.number}" in err
        assert "7/7 unités, 100 %" in err
        with pytest.raises(CommandError, match="9999"):
            run("--tenant", "9999")


class StoppedError(Exception):
    """What a test stops a rebuilding with."""


@pytest.mark.django_db
class TestBatchByBatch:
    @pytest.fixture(autouse=True)
    def small_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reindexing, "BATCH", 2)

    def test_what_was_found_is_found_all_along(self, coffre: Tenant) -> None:
        damage(coffre, DAMAGES["order"])
        found: list[int] = []

        def look(done: Reindexed) -> None:
            with seeing_all(coffre.id):
                found.append(search(SearchQuery("gymnase")).total)

        reindex(coffre.id, look)
        assert found == [UNITS - 2] * (1 + (UNITS + 1) // 2)

    def test_a_stopped_rebuilding_goes_on_where_it_was(self, coffre: Tenant) -> None:
        before = entries(coffre)
        damage(coffre, DAMAGES["everything lost"])

        def stop(done: Reindexed) -> None:
            if done.units == 4:
                raise StoppedError

        with pytest.raises(StoppedError):
            reindex(coffre.id, stop)
        assert entries(coffre) == before[:4]
        seen: list[tuple[int, bool]] = []
        done = reindex(coffre.id, lambda one: seen.append((one.units, one.resumed)))
        assert seen == [(4, True), (6, True), (7, True)]
        assert done.added == UNITS
        assert entries(coffre) == before
        with tenant_scope(coffre.id):
            assert Operation.objects.get(type="SEARCH_REINDEX").state == "COMPLETED"

    def test_two_at_once_do_not_tread_on_each_other(self, coffre: Tenant) -> None:
        before = entries(coffre)
        damage(coffre, DAMAGES["place"])
        inner: list[Reindexed] = []

        def meanwhile(done: Reindexed) -> None:
            if done.units == 2 and not inner:
                inner.append(reindex(coffre.id))

        with pytest.raises(AlreadyRunningError):
            reindex(coffre.id, meanwhile)
        assert inner[0].units == UNITS
        assert entries(coffre) == before

    def test_units_that_enter_meanwhile_keep_their_entries(self, coffre: Tenant) -> None:
        added: list[Any] = []

        def meanwhile(done: Reindexed) -> None:
            if not added:
                with tenant_scope(coffre.id):
                    fonds = FondsBuilder(agency="MAIRIE")
                    added.append(fonds.unit("Arrivée pendant ce temps").id)
                    fonds.load()

        done = reindex(coffre.id, meanwhile)
        assert (done.altered, done.added, done.removed) == (0, 0, 0)
        with seeing_all(coffre.id):
            assert search(SearchQuery("arrivée")).ids == added


def test_a_lost_partition_is_made_again(committed_cast: Cast, services: Any) -> None:
    coffre = committed_cast.coffre_a
    build(coffre)
    before = entries(coffre)
    with psycopg.connect(services.admin_url, autocommit=True) as admin:
        admin.execute(f"DROP TABLE holdings_search_{coffre.id.hex}")
    assert entries(coffre) == []
    assert reindex(coffre.id).added == UNITS
    assert entries(coffre) == before
