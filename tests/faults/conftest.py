"""A coffre ready to receive, workers with traps, and a network that can be cut."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from sae.tenancy.models import Tenant
from tests.builders.deposits import make_referentials
from tests.builders.people import Cast
from tests.faults.desk import Desk
from tests.faults.traps import FOLDER
from tests.faults.workers import DepositWorker


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long ones run when asked for (`make faults`), never by surprise in `make test`."""
    if "slow" in (config.getoption("-m") or ""):
        return
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="long: make faults"))


@pytest.fixture
def own_workspaces(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Workspaces of this test alone, for this process and for those that it starts."""
    folder = tmp_path / "workspaces"
    settings.WORKSPACE_DIR = folder
    monkeypatch.setenv("SAE_WORKSPACE_DIR", str(folder))
    return folder


@pytest.fixture
def coffre(committed_cast: Cast, own_workspaces: Path) -> Tenant:
    """The coffre of A with its referentials, committed."""
    make_referentials(committed_cast.coffre_a)
    return committed_cast.coffre_a


@pytest.fixture
def other_coffre(committed_cast: Cast) -> Tenant:
    make_referentials(committed_cast.coffre_b)
    return committed_cast.coffre_b


@pytest.fixture
def desk(coffre: Tenant) -> Desk:
    return Desk(coffre)


@pytest.fixture
def faults_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where deaths are planned and noted."""
    folder = tmp_path / "faults"
    folder.mkdir()
    monkeypatch.setenv(FOLDER, str(folder))
    return folder


@pytest.fixture
def start_worker(coffre: Tenant, faults_folder: Path) -> Iterator[Callable[..., DepositWorker]]:
    started: list[DepositWorker] = []

    def start(**given: Any) -> DepositWorker:
        started.append(DepositWorker(**given))
        return started[-1]

    yield start
    for worker in started:
        worker.end()
        sys.stdout.write(worker.log.read_text())
    connection.close()
