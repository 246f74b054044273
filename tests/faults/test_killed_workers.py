"""Line 20, and issue « shows itself by »: SIGKILL before, in and after each step changes nothing.

Line 36: a package that kills every worker is set aside, and the others go on.
"""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.models import Deposit
from ingest.workflow.catalogue import WORKFLOWS
from sae.holdings.models import ArchiveUnit, ObjectGroup
from sae.journal.verification import verify_tenant
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import IngestContract
from tests.builders.deposits import receive
from tests.builders.sip import SipBuilder
from tests.faults.desk import Desk, serve_all
from tests.faults.final_state import final_state
from tests.faults.traps import MOMENTS, counted_calls, deaths_of, plan_path
from tests.faults.workers import look, wait_job

STEPS = [step.code for step in WORKFLOWS[Deposit.Action.INGEST].steps]


def base_package() -> SipBuilder:
    """What the packages of the matrix are attached to, and whose group they extend."""
    return (
        SipBuilder(message_identifier="SOCLE")
        .unit("Plan de la commune", level="Series")
        .unit("Registre", parent="Plan de la commune")
        .binary(b"registre\n", name="registre.txt")
    )


def package(base: dict[str, uuid.UUID]) -> SipBuilder:
    """Something for every step to do: files apart, in parts and packed, attachments, rules."""
    return (
        SipBuilder()
        .unit("Plan", level="Series")
        .attach_to(str(base["Plan de la commune"]))
        .unit("Conseil municipal", level="File", parent="Plan")
        .rule("AppraisalRule", "APP-00001", start_date="2010-01-01", FinalAction="Keep")
        .unit("Délibération", parent="Conseil municipal", StartDate="2024-01-02")
        .binary(b"Le conseil approuve.\n", name="deliberation.txt")
        .binary(b"Le conseil.\n", name="extrait.txt", usage="Dissemination_1")
        .logbook_event(
            EventIdentifier="E1", EventType="Numérisation", EventDateTime="2020-01-01T00:00:00"
        )
        .unit("Annexe", parent="Conseil municipal")
        .binary(b"annexe\n" * 20_000, name="annexe.txt")
        .unit("Film", parent="Conseil municipal")
        .binary(b"image\n" * 1_500_000, name="film.txt")
        .wrong_size(12)
        .unit("Boîte", parent="Conseil municipal")
        .physical()
        .link(parent="Conseil municipal", child="Boîte")
        .unit("Registre", parent="Plan")
        .attach_to(str(base["Registre"]))
        .binary(b"vignette\n", name="vignette.txt", usage="Thumbnail_1")
    )


class Matrix:
    """One undisturbed deposit, and others of the same package under planned deaths."""

    def __init__(self, coffre: Tenant, folder: Path) -> None:
        self.coffre = coffre
        desk = Desk(coffre)
        desk.assert_whole(desk.deposit(base_package().zip(folder / "socle.zip")))
        with tenant_scope(coffre.id):
            IngestContract.objects.update(every_data_object_version=True)
            self.base = {unit.title: unit.id for unit in ArchiveUnit.objects.all()}
        self.package = package(self.base).zip(folder / "paquet.zip")
        first = receive(coffre, self.package)
        with counted_calls():
            serve_all()
        desk.assert_whole(look(coffre, first.id), outcome="WARNING")
        self.undisturbed = final_state(coffre, first.id)

    def plan(self, *deaths: tuple[str, str]) -> uuid.UUID:
        """Receive the package again, with the places where a worker will die on it."""
        received = receive(self.coffre, self.package)
        for moment, step in deaths:
            plan_path(received.id, moment, step).touch()
        return received.id

    def assert_as_undisturbed(self, deposit_id: uuid.UUID, deaths: list[tuple[str, str]]) -> None:
        job = wait_job(deposit_id, "done", "quarantined", seconds=200)
        assert job.state == "done", (job.reason, job.last_error)
        assert deaths_of(deposit_id) == [f"{moment} {step}" for moment, step in deaths]
        assert final_state(self.coffre, deposit_id) == self.undisturbed

    def assert_base_counts(self, deposits: int) -> None:
        """What the deposits added to units and groups of the fonds was added once each."""
        with tenant_scope(self.coffre.id):
            plan = ArchiveUnit.objects.get(id=self.base["Plan de la commune"])
            group = ObjectGroup.objects.get(units=self.base["Registre"])
        assert plan.child_count == 1 + deposits
        assert plan.descendant_count == 1 + 5 * deposits
        assert group.object_count == 1 + deposits
        assert len(group.operations) == 1 + deposits


@pytest.fixture
def matrix(coffre: Tenant, faults_folder: Path) -> Matrix:
    return Matrix(coffre, faults_folder)


def test_workers_killed_around_every_step_change_nothing_in_the_end(
    matrix: Matrix, start_worker: Callable[..., object]
) -> None:
    """Thirteen deaths in each of four deposits that advance side by side, one moment each."""
    plans = {moment: [(moment, step) for step in STEPS] for moment in MOMENTS}
    deposits = {moment: matrix.plan(*deaths) for moment, deaths in plans.items()}
    start_worker(processes=2)
    for moment, deposit_id in deposits.items():
        matrix.assert_as_undisturbed(deposit_id, plans[moment])
    matrix.assert_base_counts(1 + len(deposits))
    assert verify_tenant(matrix.coffre.id).broken is None


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_killed_once_changes_nothing_in_the_end(
    matrix: Matrix, start_worker: Callable[..., object], moment: str, step: str
) -> None:
    deposit_id = matrix.plan((moment, step))
    start_worker()
    matrix.assert_as_undisturbed(deposit_id, [(moment, step)])
    matrix.assert_base_counts(2)
