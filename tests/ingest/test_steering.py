"""Existing clients steer their deposits: step by step, pause, resume, and the list of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingest.models import Deposit
from ingest.services.resuming import pause_deposit
from sae.jobs.models import Job, JobState
from sae.journal.models import Event, Operation
from sae.journal.verification import verify_tenant
from sae.tenancy.scope import tenant_scope
from tests.builders.deposits import make_referentials, receive, run_to_end
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder
from tests.ingest.test_external import Application, make_token

pytestmark = pytest.mark.django_db

FOLLOW = "/admin-external/v1/operations"


@pytest.fixture
def client(cast: Cast) -> Application:
    make_referentials(cast.coffre_a)
    return Application(cast.coffre_a, make_token(cast.coffre_a))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return SipBuilder().unit("Dossier").binary(b"texte\n", name="a.txt").zip(tmp_path / "a.zip")


def state_of(client: Application, operation: Any) -> tuple[int, str, str]:
    answer = client.send("HEAD", f"{FOLLOW}/{operation}")
    return (
        answer.status_code,
        answer["X-Global-Execution-State"],
        str(answer["X-Global-Execution-Status"]),
    )


def test_a_deposit_goes_step_by_step_then_to_its_end(
    cast: Cast, client: Application, package: Path
) -> None:
    operation = client.deposit(package.read_bytes(), X_Action="NEXT")["X-Request-Id"]
    made = run_to_end(cast.coffre_a, operation)
    assert (made.state, made.next_step) == ("paused", 1)
    assert state_of(client, operation) == (202, "PAUSE", "OK")
    assert client.send("PUT", f"{FOLLOW}/{operation}", X_Action="NEXT").status_code == 202
    assert state_of(client, operation)[1] == "RUNNING"
    made = run_to_end(cast.coffre_a, operation)
    assert (made.state, made.next_step) == ("paused", 2)
    assert client.send("PUT", f"{FOLLOW}/{operation}", X_Action="RESUME").status_code == 202
    made = run_to_end(cast.coffre_a, operation)
    assert (made.state, made.outcome) == ("completed", "OK")
    assert state_of(client, operation) == (200, "COMPLETED", "OK")
    assert client.send("PUT", f"{FOLLOW}/{operation}", X_Action="PAUSE").status_code == 409
    assert verify_tenant(cast.coffre_a.id).broken is None


def test_a_deposit_in_the_queue_pauses_at_once_and_leaves_it(
    cast: Cast, client: Application, package: Path
) -> None:
    operation = client.deposit(package.read_bytes())["X-Request-Id"]
    paused = client.send("PUT", f"{FOLLOW}/{operation}", X_Action="PAUSE")
    assert (paused.status_code, paused["X-Global-Execution-State"]) == (202, "PAUSE")
    with tenant_scope(cast.coffre_a.id):
        assert not Job.objects.filter(subject_id=operation, state=JobState.QUEUED).exists()
    assert client.send("PUT", f"{FOLLOW}/{operation}", X_Action="PAUSE").status_code == 202
    assert client.send("PUT", f"{FOLLOW}/{operation}", X_Action="REPLAY").status_code == 202
    assert run_to_end(cast.coffre_a, operation).outcome == "OK"
    with tenant_scope(cast.coffre_a.id):
        codes = list(Event.objects.filter(operation_id=operation).values_list("code", flat=True))
    assert codes.count("INGEST_PAUSE") == 1


def test_a_pause_asked_while_a_step_runs_comes_after_it(cast: Cast, package: Path) -> None:
    from ingest.steps import STEPS
    from ingest.workflow.runner import Progression, advance

    make_referentials(cast.coffre_a)
    made = receive(cast.coffre_a, package)
    with tenant_scope(cast.coffre_a.id):
        Job.objects.filter(subject_id=made.id).update(state=JobState.CLAIMED, worker="w")

    def first(context: Any) -> Any:
        with tenant_scope(cast.coffre_a.id):
            assert pause_deposit(deposit_id=made.id, account_id=None).state == "running"
        return STEPS["STP_SANITY_CHECK_SIP"](context)

    result = advance(
        tenant=cast.coffre_a,
        deposit_id=made.id,
        steps={**STEPS, "STP_SANITY_CHECK_SIP": first},
        assert_current=lambda: None,
        progress=lambda done, total, label: None,
    )
    assert result.progression is Progression.PAUSED
    with tenant_scope(cast.coffre_a.id):
        now = Deposit.objects.get(id=made.id)
        operation = Operation.objects.get(id=made.id)
    assert (now.state, now.next_step, operation.state) == ("paused", 1, "PAUSE")


def test_a_paused_deposit_is_given_up(cast: Cast, client: Application, package: Path) -> None:
    operation = client.deposit(package.read_bytes(), X_Action="NEXT")["X-Request-Id"]
    run_to_end(cast.coffre_a, operation)
    assert client.send("DELETE", f"{FOLLOW}/{operation}").status_code == 202
    ended = run_to_end(cast.coffre_a, operation)
    assert (ended.state, ended.outcome) == ("completed", "KO")


def test_an_unknown_steering_is_refused(client: Application, package: Path) -> None:
    assert client.deposit(package.read_bytes(), X_Action="PAUSE").status_code == 400
    operation = client.deposit(package.read_bytes())["X-Request-Id"]
    assert client.send("PUT", f"{FOLLOW}/{operation}", X_Action="JUMP").status_code == 400


@pytest.mark.parametrize("service", ["ingest-external", "admin-external"])
def test_the_deposits_of_the_coffre_are_listed(
    cast: Cast, client: Application, package: Path, service: str
) -> None:
    first = client.deposit(package.read_bytes())["X-Request-Id"]
    run_to_end(cast.coffre_a, first)
    second = client.deposit(package.read_bytes(), X_Action="NEXT")["X-Request-Id"]
    run_to_end(cast.coffre_a, second)
    address = f"/{service}/v1/operations"

    def listed(**query: Any) -> list[dict[str, Any]]:
        answer = client.send("GET", address, json.dumps(query).encode())
        assert answer.status_code == 200, answer.content
        results: list[dict[str, Any]] = answer.json()["$results"]
        return results

    every = listed()
    assert [one["operationId"] for one in every] == [second, first]
    assert every[0] == {
        "operationId": second,
        "processType": "INGEST",
        "stepByStep": True,
        "globalState": "PAUSE",
        "previousStep": "STP_SANITY_CHECK_SIP",
        "nextStep": "STP_UPLOAD_SIP",
        "stepStatus": "OK",
        "processDate": every[0]["processDate"],
    }
    assert [one["operationId"] for one in listed(states=["COMPLETED"])] == [first]
    assert [one["operationId"] for one in listed(id=second)] == [second]
    assert listed(workflows=["BLANK_TEST"]) == []
    assert [one["operationId"] for one in listed(steps=["STP_UPLOAD_SIP"])] == [second]
    assert listed(startDateMax="01/01/2001") == []
    assert len(listed(startDateMin="2001-01-01")) == 2


def test_a_list_shows_nothing_of_another_coffre_and_says_what_it_does_not_understand(
    cast: Cast, client: Application, package: Path
) -> None:
    client.deposit(package.read_bytes())
    stranger = Application(cast.coffre_b, make_token(cast.coffre_b))
    assert stranger.send("GET", FOLLOW).json()["$results"] == []
    for body in (b"[", b"[]", b'{"states": ["NOWHERE"]}', b'{"startDateMin": "hier"}'):
        assert client.send("GET", FOLLOW, body).status_code == 400


def test_a_person_pauses_a_deposit_in_the_queue_and_resumes_it(cast: Cast, package: Path) -> None:
    make_referentials(cast.coffre_a)
    made = receive(cast.coffre_a, package)
    aline, address = cast.client(cast.aline), f"/versements/{made.id}/"
    assert "Mettre en pause" in aline.get(address).content.decode()
    page = aline.post(f"{address}mettre-en-pause/", follow=True).content.decode()
    assert "Le versement est en pause." in page
    assert "Reprendre" in page
    assert "Mettre en pause" not in page
    aline.post(f"{address}reprendre/")
    assert run_to_end(cast.coffre_a, made.id).outcome == "OK"
    late = aline.post(f"{address}mettre-en-pause/")
    assert late.status_code == 409
    assert "est terminé" in late.content.decode()


def test_a_person_who_pauses_a_running_deposit_is_told_when_it_stops(
    cast: Cast, package: Path
) -> None:
    make_referentials(cast.coffre_a)
    made = receive(cast.coffre_a, package)
    with tenant_scope(cast.coffre_a.id):
        Job.objects.filter(subject_id=made.id).update(state=JobState.CLAIMED)
        Deposit.objects.filter(id=made.id).update(state=Deposit.State.RUNNING)
    aline, address = cast.client(cast.aline), f"/versements/{made.id}/"
    page = aline.post(f"{address}mettre-en-pause/", follow=True).content.decode()
    assert page.count("Le versement s’arrêtera à la fin de l’étape en cours.") == 2
    assert "Mettre en pause" not in page
