"""A rule of the referential changes its length: the fonds follows, whole, whatever happens."""

import io
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from sae.holdings import rules_update
from sae.holdings.models import ArchiveUnit, PendingMetadata, RulesUpdate, UnitRules
from sae.holdings.projection.rules import END_COLUMNS
from sae.holdings.recomputing import recompute_below
from sae.holdings.rules_check import Check, Difference, Fault
from sae.holdings.rules_store import results_of, share_rules
from sae.holdings.rules_update import advance_update, next_slice
from sae.holdings.selectors.units import units_for_attachment
from sae.jobs.claim import Claim
from sae.jobs.registry import DONE, Quarantine
from sae.journal.models import Event, LifeCycleEntry, Operation
from sae.journal.verification import verify_tenant
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.referentials.imports import Agent
from tenants.referentials.reports import ImportReport
from tenants.referentials.rules import import_rules
from tests.builders.fonds import Built, FondsBuilder
from tests.builders.people import Cast, make_cast
from tests.holdings.stored import fresh_ids, stored_ids

HEADER = "RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement\n"
APP_1 = "APP-1,AppraisalRule,Un,,{},Year\n"
OTHERS = (
    "APP-2,AppraisalRule,Autre,,5,Year\nACC-1,AccessRule,Deux,,25,Year\nHOL-1,HoldRule,Gel,,,\n"
)


def change(tenant: Tenant, years: int | str, *, others: str = OTHERS) -> ImportReport:
    report = import_rules(
        tenant=tenant, content=(HEADER + APP_1.format(years) + others).encode(), agent=Agent()
    )
    assert report.is_accepted
    return report


def declared(*rules: str, category: str = "AppraisalRule") -> bytes:
    """``declared("APP-1 2000-01-01 2010-01-01")``."""
    keys = ("Rule", "StartDate", "EndDate")
    block = {"Rules": [dict(zip(keys, one.split(), strict=False)) for one in rules]}
    return orjson.dumps({category: block})


class Town:
    """A series that declares APP-1, files below that declare it too, or APP-2, or nothing."""

    def __init__(self, tenant: Tenant, *, files: int = 2) -> None:
        self.tenant = tenant
        with tenant_scope(tenant.id):
            change(tenant, 10)
            fonds = FondsBuilder(agency="VILLE")
            self.series = fonds.unit("Série", management=declared("APP-1 2000-01-01 2010-01-01"))
            self.files = [
                fonds.unit(
                    f"Dossier {n}", under=self.series,
                    management=declared(
                        "APP-1 2005-01-01 2015-01-01", "APP-2 2005-01-01 2010-01-01"
                    ),
                )
                for n in range(files)
            ]  # fmt: skip
            self.pieces = [fonds.unit("Pièce", under=file) for file in self.files]
            self.beside = fonds.unit("À part", management=declared("APP-2 2000-01-01 2005-01-01"))
            fonds.load()

    def end_of(self, unit: Built) -> str:
        with tenant_scope(self.tenant.id):
            return str(results_of([unit.id])[unit.id].appraisal_end)

    def declared_by(self, unit: Built) -> Any:
        with tenant_scope(self.tenant.id):
            return ArchiveUnit.objects.get(id=unit.id).management["AppraisalRule"]["Rules"]

    def assert_exact(self) -> None:
        with tenant_scope(self.tenant.id):
            assert stored_ids() == fresh_ids()


def follow(tenant: Tenant) -> None:
    """Advance the updates of a coffre to their end, as a worker does."""
    with tenant_scope(tenant.id):
        updates = list(RulesUpdate.objects.order_by("id").values_list("id", flat=True))
    for one in updates:
        claim = SimpleNamespace(tenant_id=tenant.id, subject_id=one, checkpoint=lambda *_: None)
        while advance_update(cast_to_claim(claim)) is not DONE:
            pass


def cast_to_claim(claim: object) -> Claim:
    return claim  # type: ignore[return-value]


def differences(tenant: Tenant) -> list[Difference]:
    with tenant_scope(tenant.id):
        return list(Check().differences())


@pytest.mark.django_db
def test_a_fonds_that_did_not_follow_is_found_by_the_check_and_dated_again(cast: Cast) -> None:
    """The update that kills its workers is given up: rules check says what ends wrong since."""
    town = Town(cast.coffre_a)
    assert differences(town.tenant) == []
    change(town.tenant, 12)
    assert differences(town.tenant) == [], "the update under way is about to date them"
    with tenant_scope(town.tenant.id):
        update = RulesUpdate.objects.get()
        given_up = Quarantine(new_id(), town.tenant.id, "rules_update", update.id, "arrêts", "")
        rules_update.give_update_up(given_up)
    declaring = {town.series.id, *(one.id for one in town.files)}
    found = differences(town.tenant)
    assert {one.unit_id for one in found} == declaring
    assert {(one.fault, one.categories) for one in found} == {(Fault.MISDATED, ("AppraisalRule",))}
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"3 écart"):
        call_command("rules", "check", "--all", "--tenant", "1", stdout=out)
    assert "échéances déclarées qui ne sont pas celles du référentiel" in out.getvalue()
    call_command("rules", "recompute", "--tenant", "1", stdout=out)
    assert "échéances à refaire par un travail : APP-1" in out.getvalue()
    follow(town.tenant)
    assert differences(town.tenant) == []
    assert town.end_of(town.pieces[0]) == "2017-01-01"


def operation_of(tenant: Tenant) -> Operation:
    with tenant_scope(tenant.id):
        return Operation.objects.get(type=rules_update.OPERATION)


@pytest.mark.django_db
def test_end_dates_and_what_follows_from_them_are_right_at_once(cast: Cast) -> None:
    town = Town(cast.coffre_a)
    with tenant_scope(town.tenant.id):
        report = change(town.tenant, 12)
    follow(town.tenant)
    assert town.declared_by(town.series)[0]["EndDate"] == "2012-01-01"
    assert [one["EndDate"] for one in town.declared_by(town.files[0])] == [
        "2017-01-01",
        "2010-01-01",
    ]
    assert town.end_of(town.pieces[0]) == "2017-01-01"
    assert town.end_of(town.beside) == "2005-01-01"
    town.assert_exact()
    operation = operation_of(town.tenant)
    assert (operation.state, operation.outcome) == ("COMPLETED", "OK")
    assert operation.parent_id == report.operation_id
    with tenant_scope(town.tenant.id):
        counts = {"units": 5, "declaring": 3, "changed": 5, "undated": 0}
        last = Event.objects.filter(operation=operation).order_by("sequence").last()
        assert last is not None
        assert last.detail["counts"] == counts
        told = LifeCycleEntry.objects.filter(operation_id=operation.id)
        assert {one.subject_id for one in told} == {one.id for one in (town.series, *town.files)}
        codes = list(Event.objects.filter(operation=operation).values_list("code", flat=True))
        assert "UPDATE_UNIT_RULES" in codes
        assert "UPDATE_RUNNING_INGESTS" in codes
        # What changed is on its way to the offers, or there already.
        kept = PendingMetadata.objects.filter(operation_id=operation.id)
        assert kept.exists()
        assert verify_tenant(town.tenant.id).broken is None


@pytest.mark.django_db
def test_a_rule_become_unlimited_has_no_end_and_back(cast: Cast) -> None:
    town = Town(cast.coffre_a)
    with tenant_scope(town.tenant.id):
        change(town.tenant, "unlimited")
    follow(town.tenant)
    assert "EndDate" not in town.declared_by(town.series)[0]
    with tenant_scope(town.tenant.id):
        result = results_of([town.pieces[0].id])[town.pieces[0].id]
        assert (str(result.appraisal_end), result.undated) == ("2010-01-01", ["AppraisalRule"])
        change(town.tenant, 10)
    follow(town.tenant)
    assert town.declared_by(town.series)[0]["EndDate"] == "2010-01-01"
    town.assert_exact()


@pytest.mark.django_db
def test_a_date_past_all_calendars_is_told_and_never_ends(cast: Cast) -> None:
    town = Town(cast.coffre_a)
    with tenant_scope(town.tenant.id):
        ArchiveUnit.objects.filter(id=town.series.id).update(
            management=orjson.loads(declared("APP-1 9800-01-01 9810-01-01"))
        )
        recompute_below([town.series.id])
        change(town.tenant, 900)
    follow(town.tenant)
    assert "EndDate" not in town.declared_by(town.series)[0]
    assert operation_of(town.tenant).outcome == "WARNING"
    town.assert_exact()


ENDS = [
    ("ACC-00002,AccessRule,a,,25,Year", {"StartDate": "2000-01-01"}, "2025-01-01"),
    ("ACC-00003,AccessRule,a,,25,Year", {"StartDate": "2002-01-01"}, "2027-01-01"),
    ("DIS-00002,DisseminationRule,a,,75,Year", {"StartDate": "2005-01-01"}, "2080-01-01"),
    ("HOL-00003,HoldRule,a,,10,Year", {"StartDate": "2005-01-01"}, "2015-01-01"),
    (
        "HOL-00002,HoldRule,a,,,",
        {"StartDate": "2010-01-01", "HoldEndDate": "2010-01-01"},
        "2010-01-01",
    ),
    ("HOL-00002,HoldRule,a,,,", {"StartDate": "2005-01-01"}, None),
    ("APP-00001,AppraisalRule,a,,unlimited,Year", {"StartDate": "2000-01-01"}, None),
    ("APP-00001,AppraisalRule,a,,3,Year", {}, None),
    ("APP-00001,AppraisalRule,a,,1,Month", {"StartDate": "2023-01-31"}, "2023-02-28"),
    ("APP-00001,AppraisalRule,a,,0,Year", {"StartDate": "2020-05-05"}, "2020-05-05"),
]
"""Rule of the referential, what a unit declares, and when it ends: the rows of the reference."""


@pytest.mark.django_db
@pytest.mark.parametrize(("line", "said", "end"), ENDS)
def test_every_end_date_of_the_reference_is_stored(
    cast: Cast, line: str, said: dict[str, str], end: str | None
) -> None:
    """The unit is wrongly dated at first: what is read is what the update has computed."""
    name, category = line.split(",")[:2]
    block = {category: {"Rules": [{"Rule": name, **said, "EndDate": "1990-01-01"}]}}
    with tenant_scope(cast.coffre_a.id):
        report = import_rules(
            tenant=cast.coffre_a, content=(HEADER + line + "\n").encode(), agent=Agent()
        )
        assert report.is_accepted
        fonds = FondsBuilder()
        unit = fonds.unit("Dossier", management=orjson.dumps(block))
        below = fonds.unit("Pièce", under=unit)
        fonds.load()
        rules_update.start_update([name])
    follow(cast.coffre_a)
    column = END_COLUMNS[category]
    with tenant_scope(cast.coffre_a.id):
        (rule,) = ArchiveUnit.objects.get(id=unit.id).management[category]["Rules"]
        assert rule.get("EndDate") == end
        for result in results_of([unit.id, below.id]).values():
            stored = getattr(result, column)
            assert (stored and stored.isoformat()) == end
            assert result.undated == ([] if end else [category])


@pytest.mark.django_db
def test_a_rule_that_only_changes_its_name_moves_nothing(cast: Cast) -> None:
    town = Town(cast.coffre_a)
    with tenant_scope(town.tenant.id):
        before = stored_ids()
        import_rules(
            tenant=town.tenant,
            content=(HEADER + "APP-1,AppraisalRule,Autre nom,,10,Year\n" + OTHERS).encode(),
            agent=Agent(),
        )
        assert not RulesUpdate.objects.exists()
        assert stored_ids() == before


@pytest.mark.django_db
def test_slices_of_any_size_give_the_same(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_update, "SLICE", 2)
    monkeypatch.setattr(rules_update, "BATCH", 1)
    town = Town(cast.coffre_a, files=3)
    with tenant_scope(town.tenant.id):
        change(town.tenant, 7)
        update = RulesUpdate.objects.get()
        slices = 1
        while next_slice(update):
            slices += 1
        assert (slices, update.total, update.seen, update.redated) == (4, 7, 7, 4)
    town.assert_exact()
    assert town.end_of(town.pieces[-1]) == "2012-01-01"


@pytest.mark.django_db
def test_units_that_wait_for_their_rules_are_computed_first(cast: Cast) -> None:
    town = Town(cast.coffre_a)
    with tenant_scope(town.tenant.id):
        UnitRules.objects.all().delete()
        change(town.tenant, 3)
    follow(town.tenant)
    assert town.end_of(town.pieces[0]) == "2010-01-01"
    assert town.declared_by(town.files[0])[0]["EndDate"] == "2008-01-01"
    town.assert_exact()


@pytest.mark.django_db
def test_another_coffre_keeps_its_dates(cast: Cast) -> None:
    town, other = Town(cast.coffre_a), Town(cast.coffre_b)
    with tenant_scope(town.tenant.id):
        change(town.tenant, 99)
    follow(town.tenant)
    follow(other.tenant)
    assert town.end_of(town.series) == "2099-01-01"
    assert other.end_of(other.series) == "2010-01-01"


KILLED = """
import os, signal, sys
import django
django.setup()
from sae.holdings import rules_update
from sae.jobs.serving import serve
rules_update.SLICE = rules_update.BATCH = 2
real, calls = rules_update.recompute_batch, []
def trap(*arguments):
    real(*arguments)
    calls.append(1)
    if len(calls) == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)
rules_update.recompute_batch = trap
serve("long")
"""


@pytest.fixture
def committed(committed_db: None) -> Cast:
    return make_cast()


@pytest.mark.slow
@pytest.mark.parametrize("killed_at", [1, 3])
def test_a_worker_killed_half_way_changes_nothing_to_the_outcome(
    committed: Cast, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    town = Town(committed.coffre_a, files=4)
    with tenant_scope(town.tenant.id):
        change(town.tenant, 12)
    died = subprocess.run(
        [sys.executable, "-c", KILLED, str(killed_at)],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.faults.lone_worker_settings"},
        cwd=Path(__file__).parents[2],
        check=False,
        timeout=60,
    )
    assert died.returncode == -signal.SIGKILL
    with tenant_scope(town.tenant.id):
        update = RulesUpdate.objects.get()
        assert update.seen == 2 * (killed_at - 1)
        while next_slice(update):
            pass
        rules_update._finish(update)
    town.assert_exact()
    assert town.end_of(town.pieces[-1]) == "2017-01-01"
    with tenant_scope(town.tenant.id):
        told = LifeCycleEntry.objects.filter(operation_id=update.id)
        assert told.count() == told.values("subject_id").distinct().count() == 5
        assert update.redated == 5
        assert verify_tenant(town.tenant.id).broken is None


def in_thread(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_deposit_and_a_change_above_it_at_the_same_time(committed: Cast) -> None:
    """The deposit reads what is above; the change waits for it, then reaches its units."""
    town = Town(committed.coffre_a)
    tenant = town.tenant
    laid, may_commit, changed = threading.Event(), threading.Event(), threading.Event()
    made: list[uuid.UUID] = []

    def enter() -> None:
        with tenant_scope(tenant.id):
            share_rules()
            fonds = FondsBuilder(agency="VILLE")
            target = units_for_attachment([town.series.id])[town.series.id].in_graph()
            made.append(fonds.unit("Versement", attached_to=target).id)
            fonds.load()
            laid.set()
            assert may_commit.wait(20)

    def relengthen() -> None:
        with tenant_scope(tenant.id):
            change(tenant, 20)
        follow(tenant)
        changed.set()

    deposit = in_thread(enter)
    assert laid.wait(20)
    update = in_thread(relengthen)
    assert not changed.wait(1)
    may_commit.set()
    deposit.join(30)
    update.join(30)
    assert changed.is_set()
    town.assert_exact()
    with tenant_scope(tenant.id):
        assert str(results_of(made)[made[0]].appraisal_end) == "2020-01-01"
