"""Lines 23, 24 and 25: disks that fill up, run out of files, fail, become read-only, lose power."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest.models import Deposit
from ingest.steps import STEPS
from ingest.workflow.context import StepContext
from ingest.workflow.report import StepReport
from ingest.workspace import Workspace
from sae.jobs import reaper
from sae.storage.offers import filesystem
from tests.builders.deposits import receive
from tests.builders.sip import SipBuilder
from tests.faults.desk import Desk, incoming_files, serve_all, wake_waiting
from tests.faults.lone_worker import serve_apart
from tests.faults.small_disks import SmallDisk, small_disk
from tests.ingest.test_external import Application, make_token
from tests.services import ServiceEnv

Offers = list[dict[str, Any]]


def package(objects: int = 6, size: int = 400_000) -> SipBuilder:
    """Small when received, large once unpacked."""
    sip = SipBuilder()
    for number in range(objects):
        line = b"%07d\n" % number
        sip.unit(f"Pièce {number}").binary(line * (size // len(line)))
    return sip


@pytest.fixture
def workspaces(own_workspaces: Path, tmp_path: Path, settings: Any) -> Iterator[SmallDisk]:
    """The workspaces on a disk of 16 MB."""
    with small_disk(tmp_path / "small", "size=16m") as disk:
        settings.WORKSPACE_DIR = disk.path
        yield disk


@pytest.fixture
def disk_b(tmp_path: Path, settings: Any) -> Iterator[SmallDisk]:
    """Two offers on disks; the second one holds 16 MB."""
    with small_disk(tmp_path / "b", "size=16m") as disk:
        settings.OFFERS = [
            {"id": "disk-a", "kind": "filesystem", "path": str(tmp_path / "a"), "create": True},
            {"id": "disk-b", "label": "Disque B", "kind": "filesystem", "path": str(disk.path)},
        ]
        filesystem.FilesystemOffer("disk-b", "Disque B", disk.path).prepare()
        yield disk


@pytest.fixture
def before_step(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have something happen once, just before a step."""

    def plan(step: str, act: Callable[[], object]) -> None:
        function = STEPS[step]

        def run(context: StepContext) -> StepReport:
            monkeypatch.setitem(STEPS, step, function)
            act()
            return function(context)

        monkeypatch.setitem(STEPS, step, run)

    return plan


def assert_waits_for(made: Deposit, words: str) -> None:
    assert (made.state, made.ended_at) == ("waiting", None), made.outcome
    assert words in made.waiting_reason


# -- 24: full ------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", [0, 30_000, 300_000, 1_500_000, 2_700_000])
def test_a_full_workspace_makes_the_deposit_wait_wherever_it_stands(
    desk: Desk, workspaces: SmallDisk, tmp_path: Path, left: int
) -> None:
    received = receive(desk.coffre, package().zip(tmp_path / "sip.zip"))
    workspaces.fill(but=left)
    serve_all()
    made = desk.look(received.id)
    if made.state != "completed":
        assert_waits_for(made, "plein")
        assert desk.fonds(made)["ArchiveUnit"] == 0
    workspaces.empty()
    wake_waiting()
    desk.assert_whole(desk.look(made.id))


def test_a_workspace_without_inodes_makes_the_deposit_wait(
    desk: Desk, workspaces: SmallDisk, tmp_path: Path
) -> None:
    received = receive(desk.coffre, package(60, 100).zip(tmp_path / "sip.zip"))
    workspaces.change("nr_inodes=40")
    serve_all()
    assert_waits_for(desk.look(received.id), "plein")
    workspaces.change("nr_inodes=0")
    wake_waiting()
    desk.assert_whole(desk.look(received.id))


def test_a_full_platform_refuses_new_packages_early_and_keeps_nothing_of_them(
    desk: Desk, workspaces: SmallDisk
) -> None:
    application = Application(desk.coffre, make_token(desk.coffre))
    answer = application.deposit(package().zip_bytes())
    assert answer.status_code == 507
    assert incoming_files() == []
    assert not (workspaces.path / str(desk.coffre.id)).exists()


def test_a_disk_full_when_the_package_arrives_accepts_nothing(
    desk: Desk, workspaces: SmallDisk, tmp_path: Path
) -> None:
    path = package(1, 3_000_000).zip(tmp_path / "sip.zip", compression=0)
    workspaces.fill(but=1_000_000)
    with pytest.raises(OSError, match="space") as failed:
        receive(desk.coffre, path)
    assert failed.value.errno == errno.ENOSPC
    assert not (workspaces.path / str(desk.coffre.id)).exists()


def test_an_offer_that_fills_up_in_mid_ingest_is_waited_for_and_keeps_no_half_object(
    desk: Desk, disk_b: SmallDisk, before_step: Callable[..., None], tmp_path: Path
) -> None:
    before_step("STP_OBJ_STORING", lambda: disk_b.fill(but=1_000_000))
    made = desk.deposit(package().zip(tmp_path / "sip.zip"))
    assert_waits_for(made, "Disque B")
    assert_waits_for(made, "place")
    assert list((disk_b.path / ".partial").iterdir()) == []
    for key in desk.at_offers(made)["disk-b"]:
        path = disk_b.path / str(desk.coffre.id) / str(made.id) / key
        assert path.stat().st_size == 400_000
    disk_b.empty()
    wake_waiting()
    desk.assert_whole(desk.look(made.id))


def test_an_offer_too_small_for_the_package_is_said_before_anything_is_written(
    desk: Desk, disk_b: SmallDisk, tmp_path: Path
) -> None:
    made = desk.deposit(package(50).zip(tmp_path / "sip.zip"))
    desk.assert_refused(made, code="STORAGE_AVAILABILITY_CHECK.STORAGE_OFFER_SPACE_KO.KO")
    [problem] = desk.problems(made)
    assert problem.arguments["offer"] == "disk-b"


# -- 25: errors ----------------------------------------------------------------------------------


def test_an_offer_that_becomes_read_only_or_is_unmounted_is_waited_for(
    desk: Desk, disk_b: SmallDisk, before_step: Callable[..., None], tmp_path: Path
) -> None:
    before_step("STP_OBJ_STORING", lambda: disk_b.change("ro"))
    made = desk.deposit(package().zip(tmp_path / "sip.zip"))
    assert_waits_for(made, "Disque B")
    disk_b.change("rw")
    marker = disk_b.path / filesystem.MARKER
    marker.rename(disk_b.path / "elsewhere")
    wake_waiting()
    assert_waits_for(desk.look(made.id), "Disque B")
    (disk_b.path / "elsewhere").rename(marker)
    wake_waiting()
    desk.assert_whole(desk.look(made.id))


@pytest.mark.parametrize("failure", [errno.EIO, errno.ESTALE, errno.ETIMEDOUT])
def test_an_offer_whose_medium_fails_is_waited_for(
    desk: Desk,
    disk_b: SmallDisk,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    failure: int,
) -> None:
    write_all, calls = filesystem._write_all, []

    def failing_once(descriptor: int, data: bytes) -> None:
        calls.append(len(data))
        if len(calls) == 5:
            raise OSError(failure, os.strerror(failure))
        write_all(descriptor, data)

    monkeypatch.setattr(filesystem, "_write_all", failing_once)
    made = desk.deposit(package().zip(tmp_path / "sip.zip"))
    assert_waits_for(made, "ne répond pas")
    wake_waiting()
    desk.assert_whole(desk.look(made.id))


def test_a_workspace_that_may_only_be_read_stops_the_deposit_which_is_resumed_once_mended(
    desk: Desk, workspaces: SmallDisk, tmp_path: Path
) -> None:
    received = receive(desk.coffre, package().zip(tmp_path / "sip.zip"))
    workspaces.change("ro")
    serve_all()
    for _retry in range(5):
        wake_waiting()
    desk.assert_stopped(desk.look(received.id), because="Read-only file system")
    workspaces.change("rw")
    desk.assert_whole(desk.resume(received))


def test_a_workspace_lost_in_mid_ingest_stops_the_deposit_and_says_so(
    desk: Desk, before_step: Callable[..., None], tmp_path: Path
) -> None:
    received = receive(desk.coffre, package().zip(tmp_path / "sip.zip"))
    unpacked = Workspace(desk.coffre.id, received.id).unpacked
    before_step("STP_OBJ_STORING", lambda: shutil.rmtree(unpacked))
    serve_all()
    for _retry in range(5):
        wake_waiting()
    made = desk.look(received.id)
    desk.assert_stopped(made, because="No such file")
    assert desk.fonds(made)["ArchiveUnit"] == 0


@pytest.mark.parametrize(
    "limit",
    [
        ("--files", "30"),
        ("--file-size", "100000"),
        pytest.param(("--memory", "700000000"), marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_a_worker_at_the_end_of_its_means_loses_nothing(
    desk: Desk, tmp_path: Path, limit: tuple[str, str]
) -> None:
    """Open files, size of a file, memory: whatever happens, another worker ends the deposit."""
    received = receive(desk.coffre, package().zip(tmp_path / "sip.zip"))
    serve_apart(*limit, may_die=True)
    assert desk.look(received.id).outcome != "KO"
    for orphan in reaper.orphans(run="", alive=[]) or _held():
        reaper.take_back(orphan)
    serve_all()
    wake_waiting()
    made = desk.look(received.id)
    desk.assert_whole(desk.resume(made) if made.state == "paused" else made)


def _held() -> list[reaper.Orphan]:
    """Jobs held by processes that are no more, their lease not over yet."""
    from django.db import connection

    from sae.jobs.queue import ROUTINE
    from sae.tenancy.scope import platform_scope

    with platform_scope(reason=ROUTINE), connection.cursor() as cursor:
        cursor.execute("SELECT id, tenant_id, token, worker FROM jobs_job WHERE state = 'claimed'")
        return [reaper.Orphan(*row) for row in cursor.fetchall()]


# -- 23: power -----------------------------------------------------------------------------------


def test_what_is_acknowledged_is_on_the_medium_before_it_is_acknowledged(
    desk: Desk,
    disk_b: SmallDisk,
    services: ServiceEnv,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Every file and every new folder is flushed, and flushed before the database knows of it."""
    flushed: dict[int, int] = {}
    fsync = os.fsync
    with psycopg.connect(services.admin_url, autocommit=True) as outside:

        def noted(descriptor: int) -> None:
            fsync(descriptor)
            row = outside.execute(
                "SELECT (SELECT count(*) FROM ingest_deposit) + "
                "(SELECT count(*) FROM storage_storedobject)"
            ).fetchone()
            assert row
            flushed.setdefault(os.fstat(descriptor).st_ino, int(row[0]))

        monkeypatch.setattr(os, "fsync", noted)
        received = receive(desk.coffre, package(2).zip(tmp_path / "sip.zip"))
        workspace = Workspace(desk.coffre.id, received.id)
        for path in (workspace.package, workspace.root, *list(workspace.root.parents)[:2]):
            assert flushed.get(path.stat().st_ino) == 0, path
        serve_all()
    made = desk.look(received.id)
    desk.assert_whole(made)
    for root in (tmp_path / "a", disk_b.path):
        for path in (root / str(desk.coffre.id)).rglob("*"):
            assert path.stat().st_ino in flushed, path
        assert (root / str(desk.coffre.id)).stat().st_ino in flushed
