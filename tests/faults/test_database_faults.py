"""Line 22: a database that goes, comes back, is full of people, refuses to write or to agree."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import Error, connection

from ingest.steps import STEPS
from ingest.workflow.context import StepContext
from ingest.workflow.report import StepReport
from sae.journal.verification import verify_tenant
from sae.tenancy.models import Tenant
from tests.builders.deposits import receive
from tests.builders.sip import SipBuilder
from tests.faults.desk import Desk, serve_all, wake_waiting
from tests.faults.workers import job_of, look, wait_job
from tests.services import ServiceEnv

SIP = SipBuilder().unit("Dossier").unit("Pièce", parent="Dossier").binary(b"x" * 70_000)
STEP = "STP_UNIT_METADATA"


class Server:
    """The database as its administrator sees it, from another database of the same server."""

    def __init__(self, services: ServiceEnv) -> None:
        self.database = urlsplit(services.owner_url).path.lstrip("/")
        self.admin = psycopg.connect(
            services.admin_url.replace(f"@/{self.database}?", "@/postgres?"), autocommit=True
        )

    @property
    def name(self) -> str:
        return str(connection.settings_dict["NAME"])

    def alter(self, what: str) -> None:
        self.admin.execute(f'ALTER DATABASE "{self.name}" {what}')  # type: ignore[arg-type]

    def terminate(self) -> int:
        """Cut every connection of the application."""
        done = self.admin.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s "
            "AND usename = 'sae_app'",
            [self.name],
        ).fetchone()
        assert done
        return int(done[0])

    @contextmanager
    def away(self) -> Iterator[None]:
        """As stopped: every connection cut, every new one refused."""
        self.alter("ALLOW_CONNECTIONS false")
        self.terminate()
        try:
            yield
        finally:
            self.alter("ALLOW_CONNECTIONS true")


@pytest.fixture
def server(committed_db: None, services: ServiceEnv) -> Iterator[Server]:
    found = Server(services)
    yield found
    found.alter("ALLOW_CONNECTIONS true")
    found.alter("CONNECTION LIMIT -1")
    found.alter("RESET default_transaction_read_only")
    found.admin.close()
    connection.close()


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Have something happen in the middle of a step, the first time it is run."""

    def plan(act: Callable[[], object], *, step: str = STEP, writing: bool) -> list[str]:
        function, happened = STEPS[step], []

        def run(context: StepContext) -> StepReport:
            report = function(context)
            if not happened:
                happened.append(step)
                if not writing:
                    act()
                else:
                    write = report.write

                    def write_then_act() -> None:
                        if write is not None:
                            write()
                        act()

                    report.write = write_then_act
            return report

        monkeypatch.setitem(STEPS, step, run)
        return happened

    return plan


def execute(statement: str) -> Callable[[], None]:
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return run


def raised(state: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'essai' USING ERRCODE = '{state}'; END $$"


@pytest.mark.parametrize(
    ("statement", "writing"),
    [
        ("SELECT pg_terminate_backend(pg_backend_pid())", True),
        ("SELECT pg_terminate_backend(pg_backend_pid())", False),
        (raised("40P01"), True),
        (raised("40001"), True),
        (raised("53100"), True),
        (raised("57014"), True),
    ],
    ids=[
        *("backend ended while writing", "backend ended while working", "deadlock"),
        *("serialisation failure", "disk full", "cancelled"),
    ],
)
def test_a_transaction_that_fails_is_done_again_once(
    desk: Desk, once: Callable[..., list[str]], tmp_path: Path, statement: str, writing: bool
) -> None:
    happened = once(execute(statement), writing=writing)
    made = receive(desk.coffre, SIP.zip(tmp_path / "sip.zip"))
    serve_all()
    assert happened == [STEP]
    wake_waiting()
    desk.assert_whole(desk.look(made.id))
    assert desk.outcomes(made).count(f"{STEP}.OK") == 1
    assert (job_of(made.id).deaths, job_of(made.id).failures) == (0, 0)


@pytest.mark.slow
def test_deposits_caught_in_deadlocks_all_end(
    coffre: Tenant, start_worker: Callable[..., object], services: ServiceEnv, tmp_path: Path
) -> None:
    """Real ones: someone locks the head of the journal, then what a deposit holds."""
    package = SIP.zip(tmp_path / "sip.zip")
    received = [receive(coffre, package).id for _ in range(4)]
    start_worker(processes=2)
    with psycopg.connect(services.admin_url) as other:
        for _turn in range(8):
            try:
                with other.transaction():
                    other.execute("SELECT FROM journal_journalhead FOR UPDATE")
                    time.sleep(0.1)
                    other.execute("SELECT FROM jobs_job FOR UPDATE")
                    other.execute("SELECT FROM journal_operation FOR UPDATE")
            except psycopg.errors.DeadlockDetected:
                continue
    for deposit_id in received:
        wait_job(deposit_id, "done")
        Desk(coffre).assert_whole(look(coffre, deposit_id))
    assert verify_tenant(coffre.id).broken is None


def test_a_database_that_goes_away_under_the_workers_and_comes_back(
    coffre: Tenant, start_worker: Callable[..., object], server: Server, tmp_path: Path
) -> None:
    package = SIP.zip(tmp_path / "sip.zip")
    received = [receive(coffre, package).id for _ in range(4)]
    start_worker(processes=2)
    wait_job(received[0], "claimed", "done")
    connection.close()
    with server.away():
        time.sleep(1.5)
    for deposit_id in received:
        job = wait_job(deposit_id, "done", "quarantined")
        assert (job.state, job.deaths) == ("done", 0), job.last_error
        Desk(coffre).assert_whole(look(coffre, deposit_id))


def test_a_database_that_may_only_be_read_loses_nothing(
    desk: Desk, server: Server, tmp_path: Path
) -> None:
    made = receive(desk.coffre, SIP.zip(tmp_path / "sip.zip"))
    server.alter("SET default_transaction_read_only = on")
    connection.close()
    serve_all()
    assert job_of(made.id).state == "queued"
    with pytest.raises(Error):
        receive(desk.coffre, tmp_path / "sip.zip")
    server.alter("RESET default_transaction_read_only")
    connection.close()
    serve_all()
    desk.assert_whole(desk.look(made.id))
    assert_no_workspace_but(desk, set())


def test_a_server_full_of_connections_loses_nothing(
    desk: Desk, server: Server, tmp_path: Path
) -> None:
    made = receive(desk.coffre, SIP.zip(tmp_path / "sip.zip"))
    connection.close()
    server.alter("CONNECTION LIMIT 0")
    serve_all()
    with pytest.raises(Error):
        receive(desk.coffre, tmp_path / "sip.zip")
    server.alter("CONNECTION LIMIT -1")
    serve_all()
    desk.assert_whole(desk.look(made.id))
    assert_no_workspace_but(desk, set())


def assert_no_workspace_but(desk: Desk, deposits: set[uuid.UUID]) -> None:
    """A reception that failed keeps no file."""
    from ingest.workspace import Workspace

    root = Workspace(desk.coffre.id, uuid.UUID(int=0)).root.parent
    assert {path.name for path in root.iterdir()} == {str(one) for one in deposits}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_database_restarted_again_and_again(
    coffre: Tenant, start_worker: Callable[..., object], server: Server, tmp_path: Path
) -> None:
    """Twenty outages, some shorter than a lease and some longer, over forty deposits."""
    package = SIP.zip(tmp_path / "sip.zip")
    received = [receive(coffre, package).id for _ in range(40)]
    start_worker(processes=2)
    over = threading.Event()
    for turn in range(20):
        connection.close()
        with server.away():
            over.wait(0.2 + turn % 5)
        over.wait(1)
    for deposit_id in received:
        job = wait_job(deposit_id, "done", "quarantined", seconds=700)
        assert job.state == "done", json.dumps([job.reason, job.last_error])
        Desk(coffre).assert_whole(look(coffre, deposit_id))
