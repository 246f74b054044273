"""What is put into the image and how its containers start."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psycopg
import pytest

from sae.embedded.postgres import EmbeddedPostgres
from sae.embedded.postgres_binaries import find_binaries
from sae.embedded.postgres_roles import provision

PROJECT = Path(__file__).parents[2]
DOCKER = PROJECT / "docker"
INSTRUCTIONS = [
    line.strip()
    for line in (DOCKER / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    if line.strip() and not line.lstrip().startswith("#")
]


def last_stage() -> list[str]:
    begin = max(at for at, line in enumerate(INSTRUCTIONS) if line.startswith("FROM "))
    return INSTRUCTIONS[begin:]


def test_the_base_is_an_argument() -> None:
    assert INSTRUCTIONS[0].startswith("ARG BASE=")
    assert "FROM ${BASE} AS python" in INSTRUCTIONS


def test_the_container_is_not_root_and_tells_its_health() -> None:
    users = [line for line in last_stage() if line.startswith("USER ")]
    assert users == ["USER sae"]
    assert any(line.startswith("HEALTHCHECK ") for line in last_stage())


def test_building_tools_stay_out_of_the_last_stage() -> None:
    assert not any("apt-get" in line or "pip " in line or "npm" in line for line in last_stage())


def test_static_files_are_collected_at_build() -> None:
    assert any("collectstatic" in line for line in INSTRUCTIONS)


def test_everything_copied_from_the_project_exists() -> None:
    for line in INSTRUCTIONS:
        if line.startswith("COPY ") and "--from=" not in line:
            *sources, _ = [part for part in line.split()[1:] if not part.startswith("--")]
            for source in sources:
                assert (PROJECT / source).exists(), source


def test_data_secrets_and_what_the_build_makes_stay_out_of_its_context() -> None:
    ignored = (PROJECT / ".dockerignore").read_text().split()
    assert {".git", ".venv", "var", ".env", "docker/.env", "node_modules"} <= set(ignored)


@pytest.fixture
def stand_ins(tmp_path: Path) -> Path:
    """A folder with programs that tell how they were called."""
    for name in ("python", "gunicorn"):
        program = tmp_path / name
        program.write_text(
            f'#!/bin/sh\necho "{name}" "$@"\n'
            'echo "owner: ${SAE_DATABASE_OWNER_URL-none}"\necho "pid: $$"\n'
        )
        program.chmod(0o755)
    return tmp_path


def enter(stand_ins: Path, *arguments: str, **more: str) -> tuple[int, list[str], str, int]:
    process = subprocess.Popen(
        [DOCKER / "entrypoint.sh", *arguments],
        env={
            "PATH": f"{stand_ins}:{os.defpath}",
            "SAE_DATABASE_OWNER_URL": "postgresql://sae_owner@/sae",
            **more,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    out, error = process.communicate(timeout=10)
    return process.returncode, out.splitlines(), error, process.pid


def test_the_web_is_served_without_the_password_of_the_owner(stand_ins: Path) -> None:
    code, lines, _, pid = enter(stand_ins, "web", SAE_PORT="8123", SAE_WEB_WORKERS="3")
    assert code == 0
    assert lines[0].startswith("gunicorn sae.config.wsgi:application --bind 0.0.0.0:8123 ")
    assert "--workers 3 --threads 8 " in lines[0]
    assert lines[1:] == ["owner: none", f"pid: {pid}"]  # exec: it receives SIGTERM itself


def test_the_web_is_what_a_container_does_unless_told(stand_ins: Path) -> None:
    assert enter(stand_ins)[1][0].startswith("gunicorn ")


@pytest.mark.parametrize("cluster", ["short", "long"])
def test_a_worker_serves_its_cluster(stand_ins: Path, cluster: str) -> None:
    code, lines, _, pid = enter(stand_ins, "worker", cluster)
    assert (code, lines) == (
        0,
        [f"python manage.py worker {cluster}", "owner: none", f"pid: {pid}"],
    )


@pytest.mark.parametrize("arguments", [("worker",), ("worker", "medium")])
def test_a_worker_of_no_cluster_is_refused_in_one_line(
    stand_ins: Path, arguments: tuple[str, ...]
) -> None:
    code, lines, error, _ = enter(stand_ins, *arguments)
    assert (code, lines) == (64, [])
    assert error.count("\n") == 1


def test_preparing_migrates_as_the_owner_then_makes_the_buckets(stand_ins: Path) -> None:
    code, lines, _, _ = enter(stand_ins, "prepare")
    assert code == 0
    assert lines[0] == "python manage.py migrate --database owner --noinput"
    assert lines[1] == "owner: postgresql://sae_owner@/sae"
    assert "offer.prepare()" in lines[3]


def test_preparing_stops_where_the_migrations_fail(stand_ins: Path) -> None:
    (stand_ins / "python").write_text('#!/bin/sh\necho "$@"\nexit 3\n')
    code, lines, _, _ = enter(stand_ins, "prepare")
    assert (code, len(lines)) == (3, 1)


def test_a_management_command_keeps_the_owner(stand_ins: Path) -> None:
    _, lines, _, _ = enter(stand_ins, "manage", "journal", "verify")
    assert lines[:2] == [
        "python manage.py journal verify",
        "owner: postgresql://sae_owner@/sae",
    ]


def test_anything_else_is_run_as_it_is(stand_ins: Path) -> None:
    assert enter(stand_ins, "echo", "hello")[1] == ["hello"]


class Health(BaseHTTPRequestHandler):
    status = 200
    asked: dict[str, str | None] = {}

    def do_GET(self) -> None:
        type(self).asked = {
            "path": self.path,
            "host": self.headers["Host"],
            "proto": self.headers["X-Forwarded-Proto"],
        }
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Health)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def check_health(port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, DOCKER / "healthcheck.py"],
        env={"SAE_PORT": str(port), "SAE_ALLOWED_HOSTS": "archives.example.org, other"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_healthy_web_is_asked_as_its_proxy_asks(web: HTTPServer) -> None:
    Health.status = 200
    assert check_health(web.server_port).returncode == 0
    assert Health.asked == {
        "path": "/sante/",
        "host": "archives.example.org",
        "proto": "https",
    }


def test_a_sick_web_says_why(web: HTTPServer) -> None:
    Health.status = 503
    done = check_health(web.server_port)
    assert (done.returncode, done.stderr.strip()) == (1, "HTTP 503")
    web.shutdown()
    web.server_close()
    assert check_health(web.server_port).returncode == 1


def test_the_roles_of_the_compose_file_are_those_of_the_embedded_server(tmp_path: Path) -> None:
    query = (
        "SELECT rolname, rolcanlogin, rolinherit, rolsuper, rolcreatedb, rolcreaterole,"
        " rolbypassrls, pg_has_role('sae_app', 'sae_platform', 'MEMBER') FROM pg_roles"
        " WHERE rolname LIKE 'sae\\_%' AND rolname <> 'sae_admin' ORDER BY rolname"
    )
    told = []
    for name, by_script in (("embedded", False), ("script", True)):
        server = EmbeddedPostgres(tmp_path / name, settings={"fsync": "off"})
        server.launch()
        try:
            server.wait_ready()
            if by_script:
                _run_roles_script(server)
            else:
                provision(server.admin_url, server._secrets)
            with psycopg.connect(server.admin_url) as connection:
                told.append(connection.execute(query).fetchall())
            if by_script:
                owner_url = server.owner_url.replace(server._secrets["sae_owner"], "owner'word")
                with psycopg.connect(owner_url) as connection:
                    connection.execute("CREATE TABLE owned ()")
        finally:
            server.stop()
    assert told[0] == told[1]


def _run_roles_script(server: EmbeddedPostgres) -> None:
    socket_dir = re.search(r"host=([^&]+)", server.admin_url)
    assert socket_dir is not None
    subprocess.run(
        [DOCKER / "postgres" / "10-roles.sh"],
        env={
            "PATH": f"{find_binaries().bin_dir}:{os.defpath}",
            "PGHOST": socket_dir[1].replace("%2F", "/"),
            "PGPASSWORD": server._secrets["sae_admin"],
            "POSTGRES_USER": "sae_admin",
            "SAE_OWNER_PASSWORD": "owner'word",
            "SAE_APP_PASSWORD": "app",
        },
        check=True,
        capture_output=True,
    )
