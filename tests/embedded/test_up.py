"""`manage.py up`, the real command over a small site: real services, web server and workers."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from sae.embedded.platform_env import read_environment
from sae.embedded.processes import free_ports

PROJECT = Path(__file__).parents[2]


class SmallSite:
    """A folder with a manage.py, its data directory, and every `up` started in it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.data_dir = place / "var"
        self.port = free_ports(1)[0]
        self.started: list[subprocess.Popen[str]] = []
        shutil.copy(PROJECT / "manage.py", place)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SAE_")},
            "DJANGO_SETTINGS_MODULE": "tests.embedded.small_site.settings",
            "SMALL_SITE_DIR": str(place),
            "SAE_DATA_DIR": str(self.data_dir),
            "PYTHONPATH": str(PROJECT),
        }

    def up(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(self.port), *arguments],
            cwd=self.place,
            env={**self.environment, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=self.place,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def health(self) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.port}/sante/"
        with urllib.request.urlopen(url, timeout=5) as answer:
            told: dict[str, Any] = json.load(answer)
        return told

    def log(self, name: str) -> list[str]:
        path = self.data_dir / "logs" / f"{name}.log"
        return path.read_text().splitlines() if path.exists() else []

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.terminate()
                process.communicate(timeout=20)


@pytest.fixture
def site() -> Iterator[SmallSite]:
    place = Path(tempfile.mkdtemp(prefix="sae-test-up-"))
    made = SmallSite(place)
    yield made
    made.end()
    shutil.rmtree(place, ignore_errors=True)


def first_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        assert process.stderr is not None
        pytest.fail(process.stderr.read())
    told: dict[str, Any] = json.loads(line)
    return told


def eventually(ready: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def still_running(processes: list[psutil.Process], *, seconds: float) -> list[psutil.Process]:
    psutil.wait_procs(processes, timeout=seconds)
    return [
        each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE
    ]


def named(processes: list[psutil.Process], part: str) -> psutil.Process:
    return next(each for each in processes if part in " ".join(each.cmdline()))


def test_up_serves_tells_json_first_and_leaves_nothing_on_sigterm(site: SmallSite) -> None:
    process = site.up("--json")
    told = first_line(process)
    assert told == {
        "url": f"http://127.0.0.1:{site.port}/",
        "accounts": [{"role": "archivist", "email": "a@demo.example", "password": "é"}],
        "tenants": [{"identifier": 1, "name": "Coffre"}],
    }
    health = site.health()
    assert health["user"] == "sae_app"
    assert health["environment"] == "embedded"
    assert "SAE_DATABASE_OWNER_URL" not in health["variables"]
    eventually(lambda: site.log("worker-short") == ["ready short"])
    eventually(lambda: site.log("worker-long") == ["ready long"])
    offers = json.loads(read_environment(site.data_dir)["SAE_OFFERS"])
    assert [each["bucket"] for each in offers] == ["sae-site-a", "sae-site-b"]

    # Another command reaches it through SAE_DATA_DIR.
    assert json.loads(site.manage("demo").stdout)["tenants"]
    assert site.health()["visits"] == 2

    # A second one is told where the first is, in one line.
    second = site.up("--json")
    _, complaint = second.communicate(timeout=20)
    assert second.returncode == 1
    assert complaint.strip().count("\n") == 0
    assert f"http://127.0.0.1:{site.port}/" in complaint
    assert f"processus {process.pid}" in complaint

    everyone = family(process)
    assert len(everyone) > 5
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert still_running(everyone, seconds=0) == []

    # Stopped, the platform is not found any more, and that is told in one line.
    orphaned = site.manage("demo")
    assert orphaned.returncode == 1
    assert "Démarrez la plate-forme" in orphaned.stderr
    assert orphaned.stderr.strip().count("\n") == 0

    # Ten seconds on a machine at rest; on a busy one, in proportion to the boot of one Django.
    began = time.monotonic()
    site.manage("check")
    one_boot = time.monotonic() - began
    began = time.monotonic()
    assert first_line(site.up("--json"))["accounts"] == told["accounts"]
    assert time.monotonic() - began < max(10, 12 * one_boot)
    assert site.health()["visits"] == 2  # the demonstration was remembered, not made again


def test_whatever_falls_is_started_again_and_the_web_recovers(site: SmallSite) -> None:
    process = site.up("--json")
    first_line(process)
    eventually(lambda: len(site.log("worker-short")) == 1)
    named(family(process), "worker short").kill()
    eventually(lambda: len(site.log("worker-short")) == 2)

    postgres = next(
        each for each in psutil.Process(process.pid).children() if each.name() == "postgres"
    )
    postgres.kill()

    def answers() -> bool:
        try:
            return site.health()["visits"] == 1
        except urllib.error.URLError:
            return False

    eventually(answers, seconds=30)


def test_killed_outright_it_leaves_no_process_and_starts_again(site: SmallSite) -> None:
    process = site.up("--json")
    first_line(process)
    everyone = family(process)
    process.kill()
    process.communicate()
    assert still_running(everyone, seconds=15) == []
    again = site.up("--json")
    assert first_line(again)["accounts"]
    assert site.health()["visits"] == 1


def test_importing_the_application_starts_no_thread_so_that_it_may_be_forked() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, sae.config.wsgi; print(len(os.listdir('/proc/self/task')))",
        ],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "sae.config.settings"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "1"


def test_ctrl_c_while_starting_leaves_nothing(site: SmallSite) -> None:
    process = site.up()
    eventually(lambda: (site.data_dir / "postgres" / "cluster" / "postmaster.pid").exists())
    everyone = family(process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert still_running(everyone, seconds=0) == []


def test_signals_sent_again_and_again_do_not_cut_the_stop_short(site: SmallSite) -> None:
    process = site.up("--json", "--no-demo")
    first_line(process)
    everyone = family(process)
    while process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        time.sleep(0.01)
    _, complaint = process.communicate()
    assert process.returncode == 0, complaint
    assert still_running(everyone, seconds=0) == []


def test_a_port_taken_is_told_in_one_line_before_anything_starts(site: SmallSite) -> None:
    with socket.create_server(("127.0.0.1", site.port)):
        process = site.up()
        out, complaint = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "")
    assert complaint.strip() == (
        f"CommandError: Le port {site.port} est déjà pris : choisissez-en un autre par --port."
    )
    assert not (site.data_dir / "postgres").exists()


def test_without_demonstration_the_commands_to_begin_with_are_told(site: SmallSite) -> None:
    process = site.up("--no-demo")
    assert process.stdout is not None
    lines: list[str] = []
    while not any("Ctrl-C" in line for line in lines):
        lines.append(process.stdout.readline())
    assert f"SAE : http://127.0.0.1:{site.port}/\n" in lines
    assert any("organisation create" in line for line in lines)
    assert site.health()["visits"] == 0


def test_a_command_that_fails_while_starting_names_its_log_and_leaves_nothing(
    site: SmallSite,
) -> None:
    process = site.up(SAE_DATABASE_URL="postgresql://sae_app@/sae?host=/nowhere")
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "migrate" in complaint.splitlines()[-1]
    assert "migrate.log" in complaint.splitlines()[-1]
    assert not (site.data_dir / "postgres").exists()
