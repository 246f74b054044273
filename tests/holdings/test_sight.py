"""What a sight shows, by SQL, against a slow reading of the contract, unit by unit."""

import datetime as dt
import uuid
from collections.abc import Iterable

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sae.holdings import projection
from sae.holdings.inheritance import CATEGORIES, Unit, compute
from sae.holdings.models import ROOT, ArchiveUnit
from sae.holdings.projection import SearchQuery, Sort, every_id, search
from sae.holdings.selectors.tree import children, counts_below, path_of
from sae.holdings.selectors.units import find_units_by_key, get_unit, units_by_ids
from sae.holdings.sight import Grant, NoSightError, Sight, Writing, current_sight, seeing
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tests.builders.fonds import Built, FondsBuilder
from tests.builders.people import Cast
from tests.builders.sights import seeing_all, seeing_by

PAST, FUTURE = "2001-01-01", "2999-01-01"
AGENCIES = ("FINANCES", "VOIRIE", "MAIRIE")


def ruled(**ends: str | None) -> bytes:
    """Return what a unit declares: one rule per category and its end, ``None`` for no end."""
    return orjson.dumps(
        {
            category: {
                "Rules": [
                    {"Rule": f"{category[:3].upper()}-1", **({"EndDate": end} if end else {})}
                ]
            }
            for category, end in ends.items()
        }
    )


def build() -> dict[str, Built]:
    """Return a fonds with every case: plans, several parents, agencies, rules over or not."""
    fonds = FondsBuilder(agency="")

    def unit(title: str, under: str = "", *agencies: str, kind: str = "INGEST", **more) -> None:  # type: ignore[no-untyped-def]
        made[title] = fonds.unit(
            title,
            under=[made[one] for one in under.split()],
            unit_type=kind,
            originating_agency=agencies[0] if agencies else "",
            originating_agencies=agencies,
            **more,
        )

    made: dict[str, Built] = {}
    today = clock.today().isoformat()
    unit("arbre", kind="HOLDING_UNIT")
    unit("branche", "arbre", kind="HOLDING_UNIT")
    unit("plan", "arbre", "MAIRIE", kind="FILING_UNIT")
    unit("serie", "plan", "MAIRIE", kind="FILING_UNIT", management=ruled(AccessRule=PAST))
    unit("budget", "serie", "FINANCES")
    unit("annexe", "budget", "FINANCES", management=ruled(AccessRule=FUTURE))
    unit("facture", "budget", "FINANCES", "VOIRIE", file=b"x")
    unit("chantier", "branche", "VOIRIE", management=ruled(AccessRule=PAST, ReuseRule=PAST))
    unit("partage", "budget chantier", "FINANCES", "VOIRIE")
    unit("plan du chantier", "chantier partage", "VOIRIE", management=ruled(ReuseRule=None))
    unit("isole", "", "VOIRIE", management=ruled(AccessRule=None))
    unit("du jour", "isole", "MAIRIE", management=ruled(ReuseRule=today))
    unit("sans regle", "", "FINANCES", file=b"y")
    fonds.load()
    return made


@pytest.fixture
def fonds(cast: Cast) -> dict[str, Built]:
    with tenant_scope(cast.coffre_a.id):
        return build()


# A reading of the contract that knows nothing of SQL -----------------------------------------


class SlowReading:
    """Every unit read whole, the contract applied word for word."""

    def __init__(self) -> None:
        self.rows = {row.id: row for row in ArchiveUnit.objects.all()}
        self.inheritance = compute(
            Unit(row.id, row.parents, row.management, row.originating_agency)
            for row in self.rows.values()
        )

    def shown(self, *grants: Grant) -> set[uuid.UUID]:
        return {one for one in self.rows if any(self.admits(grant, one) for grant in grants)}

    def admits(self, grant: Grant, unit_id: uuid.UUID) -> bool:
        row = self.rows[unit_id]
        line = {unit_id, *row.ancestors}
        if line & set(grant.excluded):
            return False
        if grant.plans_always and row.unit_type in ("FILING_UNIT", "HOLDING_UNIT"):
            return True
        if grant.roots and not line & set(grant.roots):
            return False
        if not self.is_over(unit_id, grant.due_categories):
            return False
        if grant.every_agency:
            return True
        if grant.agencies and row.unit_type == "HOLDING_UNIT":
            return True
        if set(grant.agencies) & set(row.originating_agencies):
            return True
        others = grant.due_categories_of_others
        return bool(others) and self.is_over(unit_id, others)

    def is_over(self, unit_id: uuid.UUID, categories: Iterable[str]) -> bool:
        for category in categories:
            rules = self.inheritance.in_force(unit_id, category).rules
            if not rules or any(one.end is None or one.end >= clock.today() for one in rules):
                return False
        return True


names = [
    "arbre", "branche", "plan", "serie", "budget", "annexe", "facture", "chantier", "partage",
    "plan du chantier", "isole", "du jour", "sans regle",
]  # fmt: skip
some_names = st.lists(st.sampled_from(names), max_size=2, unique=True)
some_categories = st.lists(st.sampled_from(["AccessRule", "ReuseRule"]), max_size=2, unique=True)
grants = st.fixed_dictionaries(
    {
        "every_agency": st.booleans(),
        "agencies": st.lists(st.sampled_from(AGENCIES), max_size=2, unique=True).map(tuple),
        "roots": some_names,
        "excluded": some_names,
        "due_categories": some_categories.map(tuple),
        "due_categories_of_others": some_categories.map(tuple),
        "plans_always": st.booleans(),
    }
)


def granted(drawn: dict, fonds: dict[str, Built]) -> Grant:  # type: ignore[type-arg]
    return Grant(
        **{
            **drawn,
            "roots": tuple(fonds[name].id for name in drawn["roots"]),
            "excluded": tuple(fonds[name].id for name in drawn["excluded"]),
        }
    )


def walked() -> list[uuid.UUID]:
    """Return every unit met by unfolding the whole tree, page by page."""
    met: list[uuid.UUID] = []
    waiting = [ROOT]
    seen = set()
    while waiting:
        parent = waiting.pop()
        after = ""
        while True:
            page = children(parent, after=after, limit=2)
            for branch in page.items:
                met.append(branch.id)
                if branch.id not in seen:
                    seen.add(branch.id)
                    waiting.append(branch.id)
            after = page.next_after
            if not after:
                break
    return met


@settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(grants, min_size=0, max_size=3))
def test_sql_shows_what_the_contracts_say(
    cast: Cast,
    fonds: dict[str, Built],
    drawn: list,  # type: ignore[type-arg]
) -> None:
    given_grants = [granted(one, fonds) for one in drawn]
    with tenant_scope(cast.coffre_a.id):
        slow = SlowReading()
    wanted = slow.shown(*given_grants)
    every = list(slow.rows)
    with seeing_by(cast.coffre_a.id, *given_grants):
        assert projection.visible_ids(every) == wanted
        page = search(SearchQuery(limit=100))
        assert (set(page.ids), page.total) == (wanted, len(wanted))
        assert projection.count_in_sight() == len(wanted)
        assert sorted(one for batch in every_id(SearchQuery(sort=Sort.TITLE)) for one in batch) == (
            sorted(wanted)
        )
        counted: dict[str, int] = {}
        for one in wanted:
            for agency in slow.rows[one].originating_agencies:
                counted[agency] = counted.get(agency, 0) + 1
        assert page.facets.agencies == counted
        assert {row.id for row in units_by_ids(every)} == wanted
        assert {one: set(shown) for one, shown in projection.grants_of(every).items()} == {
            one: {grant for grant in given_grants if slow.admits(grant, one)} for one in wanted
        }
        # Unfolding the tree from its top meets all that is shown, and nothing else.
        assert set(walked()) == wanted
        rows = [slow.rows[one] for one in wanted]
        assert {one: below.descendants for one, below in counts_below(rows).items()} == {
            row.id: sum(row.id in slow.rows[other].ancestors for other in wanted) for row in rows
        }
        for row in rows:
            assert {step.id for path in path_of(row) for step in path} == (
                wanted & set(row.ancestors)
            )


# What each part of a contract means, one by one ----------------------------------------------


def titles(cast: Cast, *given_grants: Grant) -> set[str]:
    with seeing_by(cast.coffre_a.id, *given_grants):
        return {unit.title for unit in units_by_ids(search(SearchQuery(limit=100)).ids)}


def test_a_contract_that_lists_nothing_shows_nothing(cast: Cast, fonds: dict[str, Built]) -> None:
    assert titles(cast, Grant()) == set()
    assert titles(cast) == set()


def test_units_of_the_producers_are_shown_beside_the_holding_tree(
    cast: Cast, fonds: dict[str, Built]
) -> None:
    assert titles(cast, Grant(agencies=("VOIRIE",))) == {
        "arbre", "branche", "facture", "chantier", "partage", "plan du chantier", "isole",
    }  # fmt: skip


def test_only_roots_and_what_is_below_and_nothing_excluded(
    cast: Cast, fonds: dict[str, Built]
) -> None:
    grant = Grant(every_agency=True, roots=(fonds["budget"].id,), excluded=(fonds["partage"].id,))
    # « plan du chantier » is under « partage » too: excluded with it.
    assert titles(cast, grant) == {"budget", "annexe", "facture"}


def test_rules_not_over_unknown_or_without_end_hide_the_unit(
    cast: Cast, fonds: dict[str, Built]
) -> None:
    over = Grant(every_agency=True, due_categories=("AccessRule",))
    # Over by inheritance too; neither « annexe » (later), nor « isole » (no end), nor those
    # without any such rule.
    assert titles(cast, over) == {
        "serie", "budget", "facture", "chantier", "partage", "plan du chantier",
    }  # fmt: skip
    assert "du jour" not in titles(cast, Grant(every_agency=True, due_categories=("ReuseRule",))), (
        "the day of its end a rule is not over"
    )
    assert titles(cast, Grant(every_agency=True, due_categories=("Inconnue",))) == set()


def test_contracts_together_show_what_each_shows_but_write_apart(
    cast: Cast, fonds: dict[str, Built]
) -> None:
    reads_all = Grant(contract="LIT", every_agency=True)
    describes = Grant(contract="DECRIT", agencies=("FINANCES",), writing=Writing.DESCRIPTION)
    rules = Grant(contract="GERE", roots=(fonds["chantier"].id,), every_agency=True,
                  writing=Writing.ALL)  # fmt: skip
    every = [unit.id for unit in fonds.values()]
    names_by_id = {unit.id: name for name, unit in fonds.items()}
    with seeing_by(cast.coffre_a.id, reads_all, describes, rules):
        assert projection.visible_ids(every) == set(every)
        assert {names_by_id[one] for one in projection.may_write(every, Writing.ALL)} == {
            "chantier", "partage", "plan du chantier",
        }  # fmt: skip
        assert {names_by_id[one] for one in projection.may_write(every, Writing.DESCRIPTION)} == {
            "arbre", "branche", "budget", "annexe", "facture", "partage", "sans regle",
            "chantier", "plan du chantier",
        }  # fmt: skip
        assert projection.may_write(every, Writing.NONE) == set(every)
        with seeing(current_sight().for_writing(Writing.ALL)):
            assert search(SearchQuery()).total == 3


def test_a_metadata_is_searched_among_what_is_shown(cast: Cast, fonds: dict[str, Built]) -> None:
    with seeing_all(cast.coffre_a.id):
        assert find_units_by_key("Title", "budget") == [fonds["budget"].id]
    with seeing_by(cast.coffre_a.id, Grant(agencies=("VOIRIE",))):
        assert find_units_by_key("Title", "budget") == []


# Failing closed --------------------------------------------------------------------------------


READINGS = {
    "search": lambda: search(SearchQuery()),
    "every_id": lambda: every_id(SearchQuery()),
    "visible_ids": lambda: projection.visible_ids([ROOT]),
    "nobody": lambda: projection.visible_ids([]),
    "grants_of": lambda: projection.grants_of([]),
    "may_write": lambda: projection.may_write([], Writing.ALL),
    "count_in_sight": projection.count_in_sight,
    "ids_in_sight": projection.ids_in_sight,
    "batches_with_words": lambda: projection.batches_with_words("facture"),
    "children": children,
    "units_by_ids": lambda: units_by_ids([]),
    "find_units_by_key": lambda: find_units_by_key("Title", "x"),
}


@pytest.mark.parametrize("reading", READINGS)
def test_nothing_is_read_without_a_sight(cast: Cast, reading: str) -> None:
    with tenant_scope(cast.coffre_a.id), pytest.raises(NoSightError):
        READINGS[reading]()


def test_a_sight_of_one_coffre_shows_nothing_of_another(
    cast: Cast, fonds: dict[str, Built]
) -> None:
    with seeing_all(cast.coffre_a.id), tenant_scope(cast.coffre_b.id):
        with pytest.raises(NoSightError):
            search(SearchQuery())
    with seeing_all(cast.coffre_b.id), pytest.raises(ArchiveUnit.DoesNotExist):
        get_unit(fonds["budget"].id)


def test_an_export_keeps_the_sight_of_whoever_asked(cast: Cast, fonds: dict[str, Built]) -> None:
    with tenant_scope(cast.coffre_a.id):
        with seeing(Sight((Grant(agencies=("MAIRIE",)),))):
            batches = every_id(SearchQuery())
            found = search(SearchQuery()).total
        with seeing(Sight.whole()):
            assert sum(len(batch) for batch in batches) == found


def test_a_sight_is_made_once_and_only_when_needed(cast: Cast) -> None:
    made: list[int] = []

    def make() -> Sight:
        made.append(1)
        return Sight.whole()

    with tenant_scope(cast.coffre_a.id), seeing(make):
        assert made == []
        search(SearchQuery())
        search(SearchQuery())
    assert made == [1]


def test_every_category_of_rules_can_be_asked_to_be_over(
    cast: Cast, fonds: dict[str, Built]
) -> None:
    for category in CATEGORIES:
        assert titles(cast, Grant(every_agency=True, due_categories=(category,))) == (
            {"serie", "budget", "facture", "chantier", "partage", "plan du chantier"}
            if category == "AccessRule"
            else {"chantier", "partage"}
            if category == "ReuseRule"
            else set()
        )
    assert dt.date.fromisoformat(PAST) < clock.today() < dt.date.fromisoformat(FUTURE)
