"""The embedded PostgreSQL: made, found again, and never confused by what a crash left behind."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from sae.embedded import postgres_binaries
from sae.embedded.errors import AlreadyRunningError, BinariesMissingError, StartFailedError
from sae.embedded.postgres import EmbeddedPostgres
from sae.embedded.postgres_binaries import PostgresBinaries, find_binaries

QUICK = {"fsync": "off", "shared_buffers": "32MB"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder every account may enter; pytest's own are closed to others."""
    made = Path(tempfile.mkdtemp(prefix="sae-test-pg-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchall()


def write_row(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'committed' AS word")


def test_a_first_start_makes_the_three_roles_and_the_database(place: Path) -> None:
    with EmbeddedPostgres(place, settings=QUICK) as server:
        told = rows(
            server.admin_url,
            "SELECT rolname, rolcanlogin, rolinherit, rolsuper, rolcreaterole, rolbypassrls"
            " FROM pg_roles WHERE rolname IN ('sae_owner', 'sae_app', 'sae_platform')"
            " ORDER BY rolname",
        )
        assert told == [
            ("sae_app", True, False, False, False, False),
            ("sae_owner", True, True, False, False, False),
            ("sae_platform", False, True, False, False, False),
        ]
        assert rows(
            server.admin_url,
            "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding)"
            " FROM pg_database WHERE datname = 'sae'",
        ) == [("sae_owner", "UTF8")]


def test_the_application_assumes_the_platform_role_but_never_the_owner(place: Path) -> None:
    with EmbeddedPostgres(place, settings=QUICK) as server:
        with psycopg.connect(server.app_url) as connection:
            connection.execute("SET LOCAL ROLE sae_platform")
            assert connection.execute("SELECT current_user").fetchone() == ("sae_platform",)
        with psycopg.connect(server.app_url) as connection:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SET LOCAL ROLE sae_owner")


def test_the_owner_alone_makes_tables(place: Path) -> None:
    with EmbeddedPostgres(place, settings=QUICK) as server:
        with psycopg.connect(server.owner_url) as connection:
            connection.execute("CREATE TABLE made_by_owner ()")
        with psycopg.connect(server.app_url) as connection:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("CREATE TABLE made_by_app ()")


def test_durability_is_on_and_nothing_listens_to_the_network(place: Path) -> None:
    with EmbeddedPostgres(place) as server:
        for name, expected in (
            ("synchronous_commit", "on"),
            ("fsync", "on"),
            ("full_page_writes", "on"),
            ("listen_addresses", ""),
            ("max_wal_size", "4GB"),
            ("password_encryption", "scram-sha-256"),
            ("data_checksums", "on"),
        ):
            assert rows(server.admin_url, f"SHOW {name}") == [(expected,)], name
        assert server.process is not None
        assert not psutil.Process(server.process.pid).net_connections("inet")


def test_a_wrong_password_is_refused(place: Path) -> None:
    with EmbeddedPostgres(place, settings=QUICK) as server:
        password = json.loads((place / "secrets.json").read_text())["sae_app"]
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.app_url.replace(password, "wrong"))


def test_passwords_are_readable_by_their_owner_alone(place: Path) -> None:
    with EmbeddedPostgres(place, settings=QUICK):
        assert stat.S_IMODE((place / "secrets.json").stat().st_mode) == 0o600


def test_a_second_start_finds_the_same_data_and_passwords(place: Path) -> None:
    with EmbeddedPostgres(place, settings=QUICK, socket_dir=place / "run") as server:
        write_row(server.owner_url)
        first_url = server.app_url
    with EmbeddedPostgres(place, settings=QUICK, socket_dir=place / "run") as server:
        assert server.app_url == first_url
        assert rows(server.owner_url, "SELECT word FROM kept") == [("committed",)]


def test_killed_with_sigkill_it_recovers_what_was_committed_at_the_same_address(
    place: Path,
) -> None:
    with EmbeddedPostgres(place) as server:
        write_row(server.owner_url)
        url = server.app_url
        assert server.process is not None
        server.process.kill()
        server.process.wait()
        server.launch()
        server.wait_ready()
        assert server.app_url == url
        assert rows(server.owner_url, "SELECT word FROM kept") == [("committed",)]


def test_a_stale_pid_file_naming_another_program_does_not_keep_it_from_starting(
    place: Path,
) -> None:
    with EmbeddedPostgres(place, settings=QUICK) as server:
        write_row(server.owner_url)
        assert server.process is not None
        left_behind = (server.cluster / "postmaster.pid").read_text()
    stranger = subprocess.Popen(["sleep", "60"], user=server._account.uid)
    try:
        lines = left_behind.splitlines()
        (server.cluster / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lines[1:]]))
        with EmbeddedPostgres(place, settings=QUICK) as again:
            assert rows(again.owner_url, "SELECT word FROM kept") == [("committed",)]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_second_instance_on_the_same_data_is_told_in_one_line(place: Path) -> None:
    with EmbeddedPostgres(place, settings=QUICK):
        with pytest.raises(AlreadyRunningError) as refusal:
            EmbeddedPostgres(place, settings=QUICK).start()
    assert "\n" not in str(refusal.value)
    assert str(place) in str(refusal.value)
    assert str(os.getpid()) in str(refusal.value)


def test_a_killed_parent_leaves_no_server_and_the_data_starts_again(place: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(
                f"""
                import time
                from pathlib import Path
                from sae.embedded.postgres import EmbeddedPostgres
                server = EmbeddedPostgres(Path({str(place)!r}))
                server.start()
                print(server.process.pid, flush=True)
                time.sleep(60)
                """
            ),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    server = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    assert psutil.wait_procs([server], timeout=10)[1] == []
    with EmbeddedPostgres(place) as again:
        assert again.is_ready()


def test_a_server_that_outlived_its_parent_is_stopped_and_replaced(place: Path) -> None:
    first = EmbeddedPostgres(place, settings=QUICK)
    first.start()
    assert first.process is not None
    orphan = first.process
    assert first._lock is not None
    os.close(first._lock)  # what the death of its parent does
    with EmbeddedPostgres(place, settings=QUICK) as again:
        assert orphan.wait(timeout=1) is not None
        assert again.is_ready()


def test_a_creation_cut_short_is_begun_again(place: Path) -> None:
    (place / "cluster.partial" / "base").mkdir(parents=True)
    with EmbeddedPostgres(place, settings=QUICK) as server:
        assert server.is_ready()


def test_a_data_folder_deeper_than_a_socket_path_may_be_is_served(place: Path) -> None:
    deep = place / ("a" * 60) / ("b" * 60)
    with EmbeddedPostgres(deep, socket_dir=deep / "run", settings=QUICK) as server:
        assert rows(server.app_url, "SELECT 1") == [(1,)]


@as_root
def test_root_runs_it_as_another_account_even_in_a_folder_closed_to_it(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    for _ in range(2):
        with EmbeddedPostgres(closed / "var", settings=QUICK) as server:
            assert server.process is not None
            assert psutil.Process(server.process.pid).uids().effective != 0
            assert rows(server.app_url, "SELECT 1") == [(1,)]
    assert closed.stat().st_mode & 0o077 == 0


@as_root
def test_root_runs_programs_of_a_folder_closed_to_the_server_from_a_readable_copy(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = find_binaries()
    package = found.bin_dir.parent.parent
    if package.name != postgres_binaries.WHEEL:
        pytest.skip("the wheel is not installed")
    closed = place / "closed" / "site-packages"
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, closed / folder.name, symlinks=True)
    (place / "closed").chmod(0o700)
    monkeypatch.setattr(postgres_binaries, "READABLE_COPIES", place / "copies")
    closed_bin = closed / found.bin_dir.relative_to(package.parent)
    for _ in range(2):
        with EmbeddedPostgres(
            place / "data",
            settings=QUICK,
            binaries=PostgresBinaries(bin_dir=closed_bin, major=found.major),
        ) as server:
            assert rows(server.app_url, "SELECT 1") == [(1,)]


def test_debian_postgresql_15_serves_with_the_same_launcher(place: Path) -> None:
    debian = Path("/usr/lib/postgresql/15/bin")
    if not (debian / "initdb").exists():
        pytest.skip("PostgreSQL 15 of Debian is not installed here")
    fifteen = PostgresBinaries(bin_dir=debian, major=15)
    with EmbeddedPostgres(place, settings=QUICK, binaries=fifteen) as server:
        assert server.process is not None
        assert rows(server.app_url, "SHOW server_version")[0][0].startswith("15.")  # type: ignore[attr-defined]
    with EmbeddedPostgres(place, settings=QUICK) as server:  # found by the version of the data
        assert rows(server.app_url, "SHOW server_version")[0][0].startswith("15.")  # type: ignore[attr-defined]


def test_data_of_a_version_not_installed_is_refused_by_name(place: Path) -> None:
    (place / "cluster").mkdir()
    (place / "cluster" / "PG_VERSION").write_text("9\n")
    with pytest.raises(BinariesMissingError, match="PostgreSQL 9, qui n’est pas installé"):
        EmbeddedPostgres(place).start()


def test_without_any_postgresql_the_message_names_the_settings_to_give(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(postgres_binaries, "WHEEL", "no_such_wheel")
    monkeypatch.setattr(postgres_binaries, "DEBIAN_ROOT", tmp_path)
    with pytest.raises(BinariesMissingError, match="SAE_DATABASE_URL"):
        find_binaries()


def test_a_server_that_leaves_at_once_names_its_log_and_leaves_no_process(place: Path) -> None:
    server = EmbeddedPostgres(place, settings={**QUICK, "shared_buffers": "nonsense"})
    with pytest.raises(StartFailedError, match=r"postgres\.log"):
        server.start()
    assert server.process is None
    with EmbeddedPostgres(place, settings=QUICK) as mended:
        assert mended.is_ready()


def test_stopping_cuts_open_sessions_and_is_quick(place: Path) -> None:
    server = EmbeddedPostgres(place, settings=QUICK)
    server.start()
    assert server.process is not None
    process = server.process
    with psycopg.connect(server.app_url) as connection:
        connection.execute("SELECT 1")
        server.ask_to_leave()
        assert process.wait(timeout=5) == 0
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
        connection.close()
    server.stop()
