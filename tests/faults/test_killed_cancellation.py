"""A worker killed anywhere while it undoes a deposit: everything leaves once, or nothing yet."""

import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.cancellation.models import DepositCancellation
from ingest.models import Deposit
from ingest.services.cancelling import request_cancellation
from sae.holdings.models import ArchiveUnit, DataObject, ObjectGroup, UnitRules
from sae.holdings.projection import SearchQuery, search
from sae.journal.verification import verify_tenant
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import IngestContract
from tests.builders.sights import seeing_all
from tests.builders.sip import SipBuilder
from tests.faults.cancellation_traps import STEPS, counted_cancellation
from tests.faults.desk import Desk, serve_all
from tests.faults.final_state import final_state
from tests.faults.traps import MOMENTS, deaths_of, plan_path
from tests.faults.workers import wait_job

_REFERENCE = re.compile(r"VERS-\d{4}-\d+")
DEATHS = {moment: [(moment, step) for step in STEPS] for moment in MOMENTS}


def base_package() -> SipBuilder:
    """What stays: the mistaken deposits hang under it, and extend its group."""
    return (
        SipBuilder(message_identifier="SOCLE")
        .unit("Plan de la commune", level="Series")
        .unit("Registre", parent="Plan de la commune")
        .binary(b"registre\n", name="registre.txt")
    )


def mistake(base: dict[str, uuid.UUID]) -> SipBuilder:
    """Units under existing ones, a file apart, some in a pack, an object for an existing group."""
    return (
        SipBuilder(message_identifier="ERREUR")
        .unit("Plan", level="Series")
        .attach_to(str(base["Plan de la commune"]))
        .unit("Dossier", level="File", parent="Plan")
        .rule("AppraisalRule", "APP-00001", start_date="2010-01-01", FinalAction="Keep")
        .unit("Pièce", parent="Dossier")
        .binary(b"piece\n", name="piece.txt")
        .unit("Annexe", parent="Dossier")
        .binary(b"annexe\n" * 20_000, name="annexe.txt")
        .unit("Registre", parent="Plan")
        .attach_to(str(base["Registre"]))
        .binary(b"vignette\n", name="vignette.txt", usage="Thumbnail_1")
    )


class Mistakes:
    """One mistaken deposit undone in peace, and others undone under planned deaths."""

    def __init__(self, coffre: Tenant, folder: Path) -> None:
        self.coffre, self.desk = coffre, Desk(coffre)
        self.desk.assert_whole(self.desk.deposit(base_package().zip(folder / "socle.zip")))
        with tenant_scope(coffre.id):
            IngestContract.objects.update(every_data_object_version=True)
            self.base = {unit.title: unit.id for unit in ArchiveUnit.objects.all()}
        self.package = mistake(self.base).zip(folder / "erreur.zip")
        self.fonds_before = self.fonds()
        asked = self.ask(self.deposit())
        with counted_cancellation():
            serve_all()
        assert self.look(asked.id).state == DepositCancellation.State.EXECUTED
        self.undisturbed = self.outcome(asked)
        assert self.fonds() == self.fonds_before

    def deposit(self) -> Deposit:
        made = self.desk.deposit(self.package)
        assert made.outcome == "OK", self.desk.told(made)
        return made

    def ask(self, made: Deposit, *deaths: tuple[str, str]) -> DepositCancellation:
        """Ask that a deposit be undone, plan where workers die meanwhile."""
        with tenant_scope(self.coffre.id):
            asked = request_cancellation(
                deposit_id=made.id,
                account_id=new_id(),
                reason="Mauvais service producteur",
                unit_count=made.unit_count,
            )
        for moment, step in deaths:
            plan_path(asked.id, moment, step).touch()
        return asked

    def look(self, cancellation_id: uuid.UUID) -> DepositCancellation:
        with tenant_scope(self.coffre.id):
            return DepositCancellation.objects.get(id=cancellation_id)

    def outcome(self, asked: DepositCancellation) -> list[str]:
        """Everything that the deposit, the request and its operation leave."""
        done = self.look(asked.id)
        lines = [
            *final_state(self.coffre, asked.deposit_id),
            *final_state(self.coffre, asked.id),
            f"{done.state} {done.removed} {done.blockers} {done.fault!r}",
        ]
        return [_REFERENCE.sub("<reference>", line) for line in lines]

    def fonds(self) -> dict[str, Any]:
        """What a mistaken deposit touches outside itself."""
        with seeing_all(self.coffre.id):
            return {
                "units": list(
                    ArchiveUnit.objects.order_by("id").values_list(
                        "id", "child_count", "descendant_count"
                    )
                ),
                "groups": list(
                    ObjectGroup.objects.order_by("id").values_list(
                        "id", "object_count", "operations", "originating_agencies"
                    )
                ),
                "objects": sorted(DataObject.objects.values_list("id", flat=True)),
                "rules": sorted(UnitRules.objects.values_list("id", flat=True)),
                "found": search(SearchQuery()).total,
            }

    def assert_undone_as_undisturbed(
        self, asked: DepositCancellation, deaths: list[tuple[str, str]]
    ) -> None:
        job = wait_job(asked.id, "done", "quarantined", seconds=200)
        assert job.state == "done", (job.reason, job.last_error)
        assert deaths_of(asked.id) == [f"{moment} {step}" for moment, step in deaths]
        assert self.outcome(asked) == self.undisturbed

    def assert_nothing_else_changed(self) -> None:
        assert self.fonds() == self.fonds_before
        assert verify_tenant(self.coffre.id).broken is None


@pytest.fixture
def mistakes(coffre: Tenant, faults_folder: Path, settings: Any) -> Mistakes:
    settings.CANCELLATION_DELAY_DAYS = 0
    settings.CANCELLATION_FOUR_EYES = False
    return Mistakes(coffre, faults_folder)


def test_workers_killed_around_every_step_of_a_cancellation_change_nothing_in_the_end(
    mistakes: Mistakes, start_worker: Callable[..., object]
) -> None:
    """Three deaths in each of four cancellations that advance side by side, one moment each."""
    # All deposited before anything is asked: depositing serves whatever is due.
    made = [mistakes.deposit() for _moment in DEATHS]
    asked = {
        moment: mistakes.ask(one, *DEATHS[moment]) for one, moment in zip(made, DEATHS, strict=True)
    }
    start_worker(cluster="long", processes=2)
    for moment, cancellation in asked.items():
        mistakes.assert_undone_as_undisturbed(cancellation, DEATHS[moment])
    mistakes.assert_nothing_else_changed()


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_killed_once_changes_nothing_in_the_end(
    mistakes: Mistakes, start_worker: Callable[..., object], moment: str, step: str
) -> None:
    cancellation = mistakes.ask(mistakes.deposit(), (moment, step))
    start_worker(cluster="long")
    mistakes.assert_undone_as_undisturbed(cancellation, [(moment, step)])
    mistakes.assert_nothing_else_changed()
