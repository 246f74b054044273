"""A deposit stopped by a fault of ours is resumed, or abandoned without leaving anything."""

from pathlib import Path
from typing import Any

import pytest

from ingest.models import Deposit
from ingest.services.resuming import (
    NotAbandonableError,
    NotResumableError,
    abandon_deposit,
    resume_deposit,
    sweep_abandoned,
)
from ingest.steps import STEPS
from ingest.workflow.runner import advance, pause_on_failure
from sae.holdings.models import ArchiveUnit, DataObject, ObjectGroup
from sae.journal.verification import verify_tenant
from sae.kernel.identifiers import new_id
from sae.storage.strategies import offers
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tests.builders.deposits import make_referentials, problems_of, receive, run_to_end
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder
from tests.ingest.test_external import Application, make_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def coffre(cast: Cast) -> Tenant:
    make_referentials(cast.coffre_a)
    return cast.coffre_a


def stopped(coffre: Tenant, folder: Path, *, before: str) -> Deposit:
    """A deposit stopped by an error of ours when ``before`` was about to run."""
    package = SipBuilder().unit("Dossier").binary(b"texte\n", name="texte.txt")
    made = receive(coffre, package.zip(folder / "a.zip"))

    def fail(_context: Any) -> Any:
        raise RuntimeError("ours")

    with pytest.raises(RuntimeError):
        for _step in range(40):
            advance(
                tenant=coffre,
                deposit_id=made.id,
                steps={**STEPS, before: fail},
                assert_current=lambda: None,
                progress=lambda done, total, label: None,
            )
    pause_on_failure(tenant=coffre, deposit_id=made.id, reason="essai")
    with tenant_scope(coffre.id):
        paused = Deposit.objects.get(id=made.id)
    assert (paused.state, paused.outcome) == ("paused", "FATAL")
    return paused


class Hand:
    def __init__(self, coffre: Tenant, subject_id: Any) -> None:
        self.tenant_id, self.subject_id = coffre.id, subject_id

    def assert_current(self) -> None:
        pass


def held(coffre: Tenant, made: Deposit) -> set[str]:
    prefix = f"{coffre.id}/{made.id}/"
    return {
        one.key.removeprefix(prefix) for offer in offers().values() for one in offer.list(prefix)
    }


@pytest.mark.parametrize("step", ["STP_UPLOAD_SIP", "STP_UNIT_METADATA"])
def test_a_deposit_resumed_ends_as_if_nothing_had_happened(
    coffre: Tenant, tmp_path: Path, step: str
) -> None:
    made = stopped(coffre, tmp_path, before=step)
    with tenant_scope(coffre.id):
        resume_deposit(deposit_id=made.id, account_id=new_id())
    done = run_to_end(coffre, made.id)
    assert (done.state, done.outcome, done.problem_count) == ("completed", "OK", 0)
    assert problems_of(coffre, made) == []
    with tenant_scope(coffre.id), pytest.raises(NotResumableError):
        resume_deposit(deposit_id=made.id, account_id=new_id())
    assert verify_tenant(coffre.id).broken is None


@pytest.mark.parametrize("step", ["STP_UPLOAD_SIP", "STP_UNIT_METADATA", "STP_UNIT_STORING"])
def test_a_deposit_abandoned_is_answered_and_leaves_nothing(
    coffre: Tenant, tmp_path: Path, step: str
) -> None:
    made = stopped(coffre, tmp_path, before=step)
    with tenant_scope(coffre.id):
        abandon_deposit(deposit_id=made.id, account_id=new_id(), reason="Doublon")
    sweep_abandoned(Hand(coffre, made.id))  # type: ignore[arg-type]
    assert held(coffre, made) == set()
    done = run_to_end(coffre, made.id)
    assert (done.state, done.outcome) == ("completed", "KO")
    assert "Doublon" in [one.seen for one in problems_of(coffre, made)]
    assert held(coffre, made) == {"reply.xml"} | (
        {"manifest.xml"} if step != "STP_UPLOAD_SIP" else set()
    )
    with tenant_scope(coffre.id):
        for model in (ArchiveUnit, ObjectGroup, DataObject):
            assert not model.objects.exists()
    with tenant_scope(coffre.id), pytest.raises(NotAbandonableError, match="over"):
        abandon_deposit(deposit_id=made.id, account_id=new_id(), reason="Doublon")
    assert verify_tenant(coffre.id).broken is None


def test_a_deposit_in_file_can_be_abandoned(coffre: Tenant, tmp_path: Path) -> None:
    made = receive(coffre, SipBuilder().unit("Dossier").zip(tmp_path / "a.zip"))
    with tenant_scope(coffre.id):
        abandon_deposit(deposit_id=made.id, account_id=None, reason="Erreur de fichier")
    assert run_to_end(coffre, made.id).outcome == "KO"


def test_a_deposit_that_only_lacks_its_reply_is_not_abandoned(
    coffre: Tenant, tmp_path: Path
) -> None:
    made = stopped(coffre, tmp_path, before="STP_INGEST_FINALISATION")
    with tenant_scope(coffre.id), pytest.raises(NotAbandonableError, match="closing"):
        abandon_deposit(deposit_id=made.id, account_id=None, reason="Doublon")


def test_an_application_resumes_and_abandons(coffre: Tenant, tmp_path: Path) -> None:
    application = Application(coffre, make_token(coffre))
    made = stopped(coffre, tmp_path, before="STP_UNIT_METADATA")
    address = f"/admin-external/v1/operations/{made.id}"
    assert application.send("PUT", address).status_code == 400
    answer = application.send("PUT", address, X_Action="RESUME")
    assert (answer.status_code, answer["X-Global-Execution-State"]) == (202, "RUNNING")
    assert application.send("PUT", address, X_Action="RESUME").status_code == 409
    assert application.send("DELETE", address).status_code == 202
    assert (
        application.send("DELETE", address.replace(str(made.id), str(new_id()))).status_code == 404
    )
    reader = Application(coffre, make_token(coffre, role="reader"))
    assert reader.send("DELETE", address).status_code == 403
    assert run_to_end(coffre, made.id).outcome == "KO"


def test_the_buttons_of_a_stopped_deposit(cast: Cast, coffre: Tenant, tmp_path: Path) -> None:
    made = stopped(coffre, tmp_path, before="STP_UNIT_METADATA")
    page = cast.client(cast.aline).get(f"/versements/{made.id}/").content.decode()
    assert "Reprendre" in page
    assert "Abandonner" in page
    page = cast.client(cast.administrator_a).get(f"/versements/{made.id}/").content.decode()
    assert "Abandonner" not in page
    client = cast.client(cast.aline)
    assert client.get(f"/versements/{made.id}/abandonner/").status_code == 200
    answer = client.post(f"/versements/{made.id}/abandonner/", {"reason": ""})
    assert answer.status_code == 400
    answer = client.post(f"/versements/{made.id}/reprendre/")
    assert answer.status_code == 302
    answer = client.post(f"/versements/{made.id}/abandonner/", {"reason": "Doublon"})
    assert answer.status_code == 302
    assert run_to_end(coffre, made.id).outcome == "KO"
