"""Deposits judged in the test's own process, through the real queue: claim, steps, settle."""

import uuid
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from ingest.models import Deposit, DepositProblem
from ingest.services.resuming import resume_deposit
from ingest.workspace import Workspace, incoming_path
from sae.holdings.models import AccessionRegisterDetail, ArchiveUnit, DataObject, ObjectGroup
from sae.jobs import reaper
from sae.jobs.queue import ROUTINE
from sae.jobs.serving import serve
from sae.journal.models import Event, Operation
from sae.journal.verification import verify_tenant
from sae.storage.models import StoredObject
from sae.storage.strategies import offers
from sae.tenancy.models import Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tests.builders.deposits import receive
from tests.faults.final_state import leftovers

KEPT_OF_A_REFUSAL = {"reply.xml", "manifest.xml"}


def serve_all() -> None:
    """Serve the queue as a worker does until nothing is due."""
    while serve("short") or serve("long"):
        pass


def wake_waiting() -> None:
    """Have the jobs that wait be due now, and serve them."""
    with platform_scope(reason=ROUTINE), connection.cursor() as cursor:
        cursor.execute("UPDATE jobs_job SET not_before = now() WHERE state = 'waiting'")
    reaper.wake_waiting()
    serve_all()


@dataclass
class Desk:
    """A coffre, and what became of what was deposited there."""

    coffre: Tenant

    def deposit(self, package: Path, *, action: str = "ingest") -> Deposit:
        """Receive a package, judge it, return it as it then stands."""
        received = receive(self.coffre, package, action=action)
        serve_all()
        return self.look(received.id)

    def resume(self, made: Deposit) -> Deposit:
        """Take a deposit up again where it stopped, once what stopped it is mended."""
        with tenant_scope(self.coffre.id):
            resume_deposit(deposit_id=made.id, account_id=None)
        serve_all()
        return self.look(made.id)

    def look(self, deposit_id: uuid.UUID) -> Deposit:
        with tenant_scope(self.coffre.id):
            return Deposit.objects.get(id=deposit_id)

    def problems(self, made: Deposit) -> list[DepositProblem]:
        with tenant_scope(self.coffre.id):
            return list(DepositProblem.objects.filter(deposit=made).order_by("position"))

    def told(self, made: Deposit) -> set[tuple[str, str]]:
        """Codes and reasons of what was found wrong."""
        return {(problem.code, problem.reason) for problem in self.problems(made)}

    def fonds(self, made: Deposit) -> dict[str, int]:
        """How many rows a deposit left in the fonds."""
        with tenant_scope(self.coffre.id):
            return {
                model.__name__: model.objects.filter(operation_id=made.id).count()
                for model in (ArchiveUnit, ObjectGroup, DataObject, AccessionRegisterDetail)
            }

    def outcomes(self, made: Deposit) -> list[str]:
        """The journal of a deposit, in order."""
        with tenant_scope(self.coffre.id):
            events = Event.objects.filter(operation_id=made.id).order_by("sequence")
            return list(events.values_list("outcome_detail", flat=True))

    def at_offers(self, made: Deposit) -> dict[str, set[str]]:
        """What each offer holds of a deposit."""
        prefix = f"{self.coffre.id}/{made.id}/"
        return {
            offer.id: {one.key.removeprefix(prefix) for one in offer.list(prefix)}
            for offer in offers().values()
        }

    def assert_whole(self, made: Deposit, *, outcome: str = "OK") -> None:
        """Accepted: in the fonds, on the register, at every offer, closed once in the journal."""
        told = [(one.code, one.reason, one.seen) for one in self.problems(made)]
        assert (made.state, made.outcome) == ("completed", outcome), (made.waiting_reason, told)
        assert self.fonds(made)["ArchiveUnit"] == made.unit_count
        assert self.fonds(made)["DataObject"] == made.object_count
        assert self.fonds(made)["AccessionRegisterDetail"] == 1
        with tenant_scope(self.coffre.id):
            stored = StoredObject.objects.filter(operation_id=made.id)
            keys = {key.rpartition("/")[2] for key in stored.values_list("key", flat=True)}
            copies = [one.copies.filter(state="present").count() for one in stored]
        assert set(copies) == {len(offers())}
        assert all(held == keys for held in self.at_offers(made).values())
        assert not Workspace(self.coffre.id, made.id).root.exists()
        self._assert_closed_once(made, outcome)

    def assert_stopped(self, made: Deposit, *, because: str = "") -> None:
        """FATAL, ours to mend: kept whole, nothing visible, the reason told."""
        assert (made.state, made.outcome) == ("paused", "FATAL"), made.waiting_reason
        fatal = [one for one in self.problems(made) if one.outcome == "FATAL"]
        assert len(fatal) == 1
        assert because in fatal[0].arguments["reason"]
        assert Workspace(self.coffre.id, made.id).package.exists()
        with tenant_scope(self.coffre.id):
            operation = Operation.objects.get(id=made.id)
        assert (operation.state, operation.outcome) == ("PAUSE", "FATAL")
        assert verify_tenant(self.coffre.id).broken is None

    def assert_refused(self, made: Deposit, *, code: str) -> None:
        """Refused: the reply says so, and nothing else of it is anywhere but its own package."""
        codes = {problem.code for problem in self.problems(made)}
        assert (made.state, made.outcome) == ("completed", "KO"), (made.waiting_reason, codes)
        assert code in codes, codes
        assert not any(self.fonds(made).values())
        for offer_id, held in self.at_offers(made).items():
            assert held <= KEPT_OF_A_REFUSAL, (offer_id, held)
            assert "reply.xml" in held
            assert leftovers(offers()[offer_id], f"{self.coffre.id}/{made.id}/") == []
        workspace = Workspace(self.coffre.id, made.id).root
        assert {path.name for path in workspace.iterdir()} == {"package"}
        self._assert_closed_once(made, "KO")

    def _assert_closed_once(self, made: Deposit, outcome: str) -> None:
        with tenant_scope(self.coffre.id):
            operation = Operation.objects.get(id=made.id)
        assert (operation.state, operation.outcome) == ("COMPLETED", outcome)
        closing = f"{operation.type}.{outcome}"
        events = self.outcomes(made)
        assert events.count(closing) == 1
        assert events[-1] == closing
        assert sum(event.startswith("ATR_NOTIFICATION") for event in events) == 1
        assert verify_tenant(self.coffre.id).broken is None


def incoming_files() -> list[str]:
    """What uploads left under way."""
    return sorted(path.name for path in incoming_path(uuid.UUID(int=0)).parent.iterdir())
