"""Acts over many units: batches, pause, resume, cancel, quarantine, undo."""

import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest

from access.updates.descriptions import DescriptionPatch
from access.updates.reverting import may_be_reverted, revert_mass
from sae.holdings.mass import (
    MassStateError,
    TooManyUnitsError,
    cancel_mass,
    check_mass,
    discard_mass,
    give_mass_up,
    kinds,
    launch_mass,
    launching,
    pause_mass,
    prepare_mass,
    resume_mass,
)
from sae.holdings.mass.advancing import JOB_KIND, locked, next_batch
from sae.holdings.models import ArchiveUnit, MassBatch, MassOperation
from sae.holdings.sight import Sight, seeing
from sae.jobs.models import Job
from sae.jobs.registry import Quarantine
from sae.journal.models import Event, LifeCycleEntry, Operation
from tests.access.updates.conftest import Shelf

pytestmark = pytest.mark.django_db
CLOSED = {"patch": DescriptionPatch(set={"Status": "clos"}).as_json()}


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of three units, and no act done in the request."""
    monkeypatch.setattr(launching, "BATCH", 3)
    monkeypatch.setattr(launching, "INLINE", 0)


def prepared(shelf: Shelf) -> MassOperation:
    with shelf.scope():
        mass = prepare_mass(
            kind="descriptions", unit_ids=[shelf.piece_ids], agent_id=None, parameters=CLOSED
        )
        assert [len(one.unit_ids) for one in mass.batches.order_by("number")] == [3, 3, 3, 1]
        return mass


def launched(shelf: Shelf) -> MassOperation:
    mass = prepared(shelf)
    with shelf.scope():
        return launch_mass(mass.id, agent_id=shelf.cast.aline.id)


def one_batch(shelf: Shelf, mass: MassOperation) -> None:
    with shelf.scope():
        held = locked(mass.id)
        assert held is not None
        next_batch(held)


def closed(shelf: Shelf) -> int:
    with shelf.scope():
        return ArchiveUnit.objects.filter(content__Status="clos").count()


@pytest.mark.usefixtures("in_parts")
class TestCourse:
    def test_a_worker_does_it_batch_by_batch(
        self, shelf: Shelf, work_off: Callable[[Shelf], None]
    ) -> None:
        mass = launched(shelf)
        assert (mass.state, closed(shelf)) == ("running", 0)
        work_off(shelf)
        mass = shelf.mass(mass.id)
        assert (mass.state, mass.done, mass.ok, closed(shelf)) == ("done", 10, 10, 10)
        with shelf.scope():
            operation = Operation.objects.get(id=mass.id)
            assert (operation.outcome, operation.life_cycle_count) == ("OK", 10)

    def test_a_long_dry_run_is_a_job_too(
        self, shelf: Shelf, work_off: Callable[[Shelf], None]
    ) -> None:
        mass = prepared(shelf)
        with shelf.scope():
            assert check_mass(mass.id, parameters=CLOSED).state == "checking"
        work_off(shelf)
        mass = shelf.mass(mass.id)
        assert (mass.state, mass.preview, closed(shelf)) == (
            "checked", {"UNIT_METADATA_UPDATE": 10}, 0,
        )  # fmt: skip
        with shelf.scope():
            assert not Operation.objects.filter(id=mass.id).exists()

    def test_it_pauses_and_goes_on(self, shelf: Shelf, work_off: Callable[[Shelf], None]) -> None:
        mass = launched(shelf)
        one_batch(shelf, mass)
        with shelf.scope():
            pause_mass(mass.id)
        work_off(shelf)
        assert (shelf.mass(mass.id).done, closed(shelf)) == (3, 3)
        with shelf.scope():
            assert Operation.objects.get(id=mass.id).state == "PAUSE"
            resume_mass(mass.id)
        work_off(shelf)
        assert (shelf.mass(mass.id).state, closed(shelf)) == ("done", 10)
        with shelf.scope():
            codes = set(Event.objects.filter(operation_id=mass.id).values_list("code", flat=True))
        assert {"MASS_UPDATE_PAUSE", "MASS_UPDATE_RESUME"} <= codes

    def test_cancelled_it_keeps_and_tells_what_was_done(
        self, shelf: Shelf, work_off: Callable[[Shelf], None]
    ) -> None:
        mass = launched(shelf)
        one_batch(shelf, mass)
        with shelf.scope():
            mass = cancel_mass(mass.id)
        work_off(shelf)
        mass = shelf.mass(mass.id)
        assert (mass.state, mass.done, closed(shelf)) == ("cancelled", 3, 3)
        with shelf.scope():
            operation = Operation.objects.get(id=mass.id)
            closing = operation.events.order_by("sequence").last()
        assert (operation.state, operation.outcome) == ("COMPLETED", "WARNING")
        assert closing is not None
        assert closing.detail["counts"] == {"total": 10, "OK": 3, "WARNING": 0, "KO": 0}
        with shelf.scope(), pytest.raises(MassStateError):
            resume_mass(mass.id)

    def test_a_batch_is_done_entirely_or_not_at_all(
        self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mass = launched(shelf)
        one_batch(shelf, mass)
        with monkeypatch.context() as broken:

            def fail(*_args: object, **_more: object) -> None:
                raise OSError("cut")

            broken.setattr("sae.holdings.updating.keep_compressed", fail)
            with pytest.raises(OSError, match="cut"):
                one_batch(shelf, mass)
        assert (shelf.mass(mass.id).done, closed(shelf)) == (3, 3)
        for _turn in range(3):
            one_batch(shelf, mass)
        with shelf.scope():
            versions = ArchiveUnit.objects.filter(id__in=shelf.piece_ids)
            assert set(versions.values_list("version", flat=True)) == {1}
            assert LifeCycleEntry.objects.filter(operation_id=mass.id).count() == 10

    def test_given_up_it_ends_as_an_error_of_ours(self, shelf: Shelf) -> None:
        mass = launched(shelf)
        one_batch(shelf, mass)
        with shelf.scope():
            job = Job.objects.get(kind=JOB_KIND, subject_id=mass.id)
            give_mass_up(Quarantine(job.id, shelf.coffre.id, JOB_KIND, mass.id, "trois arrêts", ""))
            operation = Operation.objects.get(id=mass.id)
        assert (operation.outcome, shelf.mass(mass.id).state) == ("FATAL", "failed")

    def test_it_is_launched_once(self, shelf: Shelf) -> None:
        mass = launched(shelf)
        with shelf.scope():
            with pytest.raises(MassStateError):
                launch_mass(mass.id, agent_id=None)
            with pytest.raises(MassStateError):
                discard_mass(mass.id)


class TestSelection:
    def test_a_unit_chosen_twice_is_treated_once(self, shelf: Shelf) -> None:
        ids = shelf.piece_ids[:2]
        with shelf.scope():
            mass = prepare_mass(kind="descriptions", unit_ids=[ids, ids], agent_id=None)
        assert mass.total == 2

    def test_too_many_units_are_refused(
        self, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        few = replace(kinds._registered["descriptions"], most=5)
        monkeypatch.setitem(kinds._registered, "descriptions", few)
        with shelf.scope(), pytest.raises(TooManyUnitsError):
            prepare_mass(kind="descriptions", unit_ids=[shelf.piece_ids], agent_id=None)

    def test_a_selection_that_was_not_launched_is_forgotten(self, shelf: Shelf) -> None:
        with shelf.scope():
            mass = prepare_mass(kind="rules", unit_ids=[shelf.piece_ids], agent_id=None)
            discard_mass(mass.id)
            assert not MassBatch.objects.exists()


def describe(shelf: Shelf, unit_ids: list[uuid.UUID], **texts: str) -> MassOperation:
    with shelf.scope():
        patch = DescriptionPatch(set=texts).as_json()
        mass = prepare_mass(
            kind="descriptions", unit_ids=[unit_ids], agent_id=None, parameters={"patch": patch}
        )
        return launch_mass(mass.id, agent_id=None)


def may_be_reverted_in(shelf: Shelf, mass: MassOperation) -> bool:
    with shelf.scope():
        return may_be_reverted(MassOperation.objects.get(id=mass.id))


class TestUndo:
    def test_previous_values_come_back(self, shelf: Shelf) -> None:
        before = [shelf.unit(one).content for one in (shelf.folder.id, *shelf.piece_ids[:2])]
        mass = describe(
            shelf, [shelf.folder.id, *shelf.piece_ids[:2]], Title="Dossier", Status="clos"
        )
        with shelf.scope(), seeing(Sight.whole()):
            reverting = revert_mass(mass, agent_id=shelf.cast.aline.id)
            operation = Operation.objects.get(id=reverting.id)
        after = [shelf.unit(one).content for one in (shelf.folder.id, *shelf.piece_ids[:2])]
        assert after == before
        assert shelf.unit(shelf.folder).title == "Marché de la toiture"
        assert (operation.type, operation.outcome) == ("REVERT_ESSENTIAL_METADATA", "OK")
        assert not may_be_reverted_in(shelf, mass)

    def test_units_touched_since_are_left_and_listed(self, shelf: Shelf) -> None:
        touched, other = shelf.piece_ids[:2]
        mass = describe(shelf, [touched, other], Title="Dossier")
        describe(shelf, [touched], Status="clos")
        with shelf.scope(), seeing(Sight.whole()):
            reverting = revert_mass(mass, agent_id=shelf.cast.aline.id)
            entries = {one[0]: one[1:3] for one in reverting.batches.get().entries}
        assert entries[str(touched)] == ["KO", "UNIT_TOUCHED_SINCE"]
        assert (shelf.unit(touched).title, shelf.unit(other).title) == ("Dossier", "Pièce 2")

    def test_only_what_was_changed_is_put_back(self, shelf: Shelf) -> None:
        mass = describe(shelf, shelf.piece_ids[:3], Title="Pièce 1")
        with shelf.scope(), seeing(Sight.whole()):
            reverting = revert_mass(mass, agent_id=shelf.cast.aline.id)
        assert reverting.total == 2

    def test_an_undoing_that_was_stopped_is_taken_up_again(
        self, shelf: Shelf, in_parts: None, work_off: Callable[[Shelf], None]
    ) -> None:
        mass = launched(shelf)
        work_off(shelf)
        with shelf.scope(), seeing(Sight.whole()):
            first = revert_mass(shelf.mass(mass.id), agent_id=shelf.cast.aline.id)
        assert not may_be_reverted_in(shelf, mass)
        one_batch(shelf, first)
        with shelf.scope():
            cancel_mass(first.id)
        assert closed(shelf) == 7
        assert may_be_reverted_in(shelf, mass)
        with shelf.scope(), seeing(Sight.whole()):
            second = revert_mass(shelf.mass(mass.id), agent_id=shelf.cast.aline.id)
        work_off(shelf)
        assert closed(shelf) == 0
        assert shelf.mass(second.id).counts == {"UNIT_TOUCHED_SINCE": 3, "UNIT_METADATA_UPDATE": 7}
        assert not may_be_reverted_in(shelf, mass)
