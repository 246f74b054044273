"""What is done to many units reads each a few times, whatever PostgreSQL knows of the tables.

Statistics gathered while tables were tiny, or by a vacuum that passed while the first rows were
being loaded (it counts none of them), have led to plans that read every row for each row. What is
counted here is what the session itself read of each table, triggers and foreign keys included.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import orjson
import psycopg
import pytest
from django.db import connection, transaction

from access.updates.descriptions import DescriptionPatch
from access.updates.hold_register import holds
from access.updates.rule_actions import RuleAction
from sae.holdings.mass import prepare_mass
from sae.holdings.mass.advancing import finish, next_batch
from sae.holdings.mass.launching import State
from sae.holdings.models import MassOperation, RulesUpdate
from sae.holdings.moving import Move, move_units
from sae.holdings.projection import (
    SearchQuery,
    batches_with_words,
    children_in_sight,
    count_in_sight,
    every_id,
    grants_of,
    remove_entries,
    search,
    visible_ids,
)
from sae.holdings.recomputing import lay_late, recompute, recompute_below, recompute_waiting
from sae.holdings.reindexing import _START, Reindexed, _next_batch
from sae.holdings.removal import blockers_of, remove_operation
from sae.holdings.rule_simulation import simulate
from sae.holdings.rules_check import Check, strays
from sae.holdings.rules_filter import EndRange, RulesFilter
from sae.holdings.rules_store import forget_units, results_of, sweep_results
from sae.holdings.rules_update import next_slice, start_update
from sae.holdings.sight import Grant
from sae.journal.services import open_operation
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.models import ManagementRule
from tests.builders.fonds import Built, FondsBuilder
from tests.builders.people import Cast
from tests.builders.sights import seeing_all, seeing_by
from tests.services import ServiceEnv

FOLDERS, PIECES = 60, 49
UNITS = 1 + FOLDERS * (1 + PIECES)
TIMES = 25
"""How often a table may be read for each unit: a plan that goes wrong reads it 3 000 times."""


@dataclass
class Large:
    """A fonds of 3 001 units, loaded in the transaction of the test."""

    top: Built
    folders: list[Built]
    ids: list[uuid.UUID]
    operation_id: uuid.UUID
    coffre: uuid.UUID
    read: dict[str, dict[str, int]] = field(default_factory=dict)

    def note(self, name: str, work: Callable[[], object]) -> None:
        """Keep how many rows of each table some work reads."""
        before = rows_read()
        work()
        self.read[name] = {
            table: rows - before.get(table, 0) for table, rows in rows_read().items()
        }

    def wrong(self) -> dict[tuple[str, str], int]:
        """Return what was read too often: (work, table) → rows."""
        return {
            (name, table): rows
            for name, tables in self.read.items()
            for table, rows in tables.items()
            if rows > TIMES * UNITS
        }


def rows_read() -> dict[str, int]:
    """Return how many rows of each table the transaction has read, by any way."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, seq_tup_read + COALESCE(idx_tup_fetch, 0) "
            "FROM pg_stat_xact_user_tables WHERE schemaname = 'public'"
        )
        return dict(cursor.fetchall())


def rules_of(rule: str, start: str, action: str = "Destroy") -> bytes:
    lines = [{"Rule": rule, "StartDate": start, "EndDate": f"{int(start[:4]) + 10}{start[4:]}"}]
    return orjson.dumps({"AppraisalRule": {"Rules": lines, "FinalAction": action}})


def build(folders: int, pieces: int) -> tuple[FondsBuilder, Built, list[Built]]:
    fonds = FondsBuilder()
    top = fonds.unit("Fonds", management=rules_of("APP-1", "2000-01-01"))
    made = [
        fonds.unit(
            f"Dossier {number}",
            under=top,
            management=rules_of("APP-2", f"20{number % 20:02}-01-01", "Keep"),
        )
        for number in range(folders)
    ]
    for folder in made:
        for number in range(pieces):
            fonds.unit(f"Pièce {number}", under=folder, level="Item")
    return fonds, top, made


@pytest.fixture(params=["known as tiny", "vacuumed meanwhile"])
def large(
    committed_cast: Cast, services: ServiceEnv, request: pytest.FixtureRequest
) -> Iterator[Large]:
    coffre = committed_cast.coffre_a.id
    moment = clock.now()
    with tenant_scope(coffre):
        for identifier, category, years in (
            ("APP-1", "AppraisalRule", 10),
            ("APP-2", "AppraisalRule", 10),
            ("ACC-1", "AccessRule", 25),
            ("HOL-1", "HoldRule", None),
        ):
            ManagementRule.objects.create(
                identifier=identifier, category=category, value=identifier, duration=years,
                measurement="YEAR" if years else "", created_at=moment, updated_at=moment,
            )  # fmt: skip
    tiny = request.param == "known as tiny"
    if tiny:
        with tenant_scope(coffre):
            build(2, 2)[0].load()
        gather(services)
    with transaction.atomic():
        with tenant_scope(coffre):
            fonds, top, folders = build(FOLDERS, PIECES)
            found = Large(top, folders, [one.id for one in fonds.units], fonds.operation.id, coffre)
            found.note("deposit", fonds.load)
        if not tiny:
            gather(services)
        with tenant_scope(coffre):
            with seeing_all(coffre):
                yield found
        transaction.set_rollback(True)


def gather(services: ServiceEnv) -> None:
    with psycopg.connect(services.admin_url, autocommit=True) as admin:
        admin.execute("VACUUM ANALYZE")


def act(kind: str, unit_ids: list[uuid.UUID], **parameters: object) -> MassOperation:
    """Check an act over many units, then do it, as its jobs would."""
    mass = prepare_mass(kind=kind, unit_ids=[unit_ids], agent_id=None, parameters=parameters)
    for state in (State.CHECKING, State.RUNNING):
        mass.state, mass.done = state, 0
        if state == State.RUNNING:
            open_operation(id=mass.id, type="MASS_UPDATE_UNIT_RULE", category="MASS_UPDATE")
            mass.launched_at = clock.now()
        mass.save()
        while next_batch(mass):
            pass
    finish(mass)
    return mass


def rule_act(unit_ids: list[uuid.UUID], *actions: RuleAction) -> None:
    mass = act("rules", unit_ids, actions=[one.as_json() for one in actions])
    assert mass.changed == len(unit_ids), mass.counts


def test_no_table_is_read_for_each_unit(large: Large) -> None:
    ids = large.ids
    pieces = ids[1 + FOLDERS :]
    large.note("read", lambda: results_of(ids))
    large.note("computed again", lambda: recompute(ids))
    large.note("and below", lambda: recompute_below([large.top.id]))
    large.note("checked", lambda: list(Check().differences()))
    large.note("strays", strays)
    large.note(
        "simulated", lambda: list(simulate("APP-2", 20, "YEAR", category="AppraisalRule").moved())
    )
    large.note(
        "searched",
        lambda: search(
            SearchQuery(rules=RulesFilter(rules=("APP-1",), ends=(EndRange("AppraisalRule"),)))
        ),
    )
    every = SearchQuery(rules=RulesFilter(rules=("APP-1",)))
    large.note("exported", lambda: list(every_id(every)))
    large.note("waiting", lambda: search(SearchQuery(rules=RulesFilter(waiting=True))))
    contract = Grant(due_categories=("AppraisalRule",), every_agency=True)
    with seeing_by(large.coffre, contract):
        large.note("in sight", lambda: search(SearchQuery()))
        large.note("counted", count_in_sight)
        large.note("found by words", lambda: list(batches_with_words("Pièce")))
        large.note("shown among", lambda: visible_ids(ids))
        large.note("grants", lambda: grants_of(ids))
        large.note("branch", lambda: children_in_sight(large.top.id, limit=100))
    large.note("rules of all", lambda: rule_act(ids, RuleAction("add", "AccessRule", "ACC-1")))
    hold = RuleAction("add", "HoldRule", "HOL-1", attributes={"HoldOwner": "Greffe"})
    large.note("rules of folders", lambda: rule_act([one.id for one in large.folders], hold))
    large.note("holds", holds)
    patch = DescriptionPatch(set={"Description": "Décrit d’un coup"})
    large.note("described", lambda: act("descriptions", pieces, patch=patch.as_json()))
    large.note("forgotten", lambda: forget_units(pieces))
    large.note("first rules", lambda: recompute_waiting(limit=50_000))
    forget_units(ids)
    large.note("late", lambda: lay_late(pieces))
    large.note("swept", sweep_results)
    update_id = start_update(["APP-1", "APP-2"])
    large.note("referential", lambda: next_slice(RulesUpdate.objects.get(id=update_id)))
    half = FOLDERS // 2
    moves = [
        Move(one.id, attach=(large.folders[0].id,), detach=(large.top.id,))
        for one in large.folders[half:]
    ]
    forget = RuleAction("remove_category", "HoldRule")
    rule_act([one.id for one in large.folders], forget)
    moving = open_operation(type="RECLASSIFICATION", category="RECLASSIFICATION")
    large.note("moved", lambda: move_units(moves, operation=moving))
    large.note("blockers", lambda: blockers_of(large.operation_id))
    large.note("removed", lambda: remove_operation(large.operation_id))
    assert large.wrong() == {}


@pytest.fixture(params=["known as tiny", "vacuumed meanwhile"])
def wide(
    committed_cast: Cast, services: ServiceEnv, request: pytest.FixtureRequest
) -> Iterator[Large]:
    """One folder of 3 000 pieces."""
    coffre = committed_cast.coffre_a.id
    tiny = request.param == "known as tiny"
    if tiny:
        with tenant_scope(coffre):
            build(2, 2)[0].load()
        gather(services)
    with transaction.atomic():
        with tenant_scope(coffre):
            fonds, top, pieces = build(UNITS - 1, 0)
            found = Large(top, pieces, [one.id for one in fonds.units], fonds.operation.id, coffre)
            found.note("deposit", fonds.load)
        if not tiny:
            gather(services)
        with tenant_scope(coffre), seeing_all(coffre):
            yield found
        transaction.set_rollback(True)


def test_a_projection_made_again_reads_each_entry_a_few_times(wide: Large) -> None:
    done = Reindexed()
    wide.note("all right", lambda: _next_batch(_START, done))
    remove_entries(wide.ids[1 : UNITS // 2])
    wide.note("half missing", lambda: _next_batch(_START, done))
    assert (done.altered, done.added, done.removed) == (0, UNITS // 2 - 1, 0)
    assert wide.wrong() == {}
