"""What a production would be told by Django's own checks of a deployment: nothing."""

import os
import re
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from tests.services import ServiceEnv

SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "sae.config.settings",
    "SAE_ENV": "production",
    "SAE_SECRET_KEY": "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hJ3kL5mN7pQ9rS",
    "SAE_ALLOWED_HOSTS": "archives.exemple.fr",
    "SAE_TSA_URL": "https://horodatage.exemple.fr/tsa",
    "SAE_EMAIL_URL": "smtp+tls://nom:secret@courriel.exemple.fr:587",
    "SAE_EMAIL_FROM": "SAE <sae@exemple.fr>",
}


class _Daemon(socketserver.BaseRequestHandler):
    """Answers as clamd does when it is asked its version."""

    def handle(self) -> None:
        if self.request.recv(64).startswith(b"zVERSION"):
            self.request.sendall(b"ClamAV 1.4.3/27000\0")


@pytest.fixture
def antivirus() -> Iterator[str]:
    with socketserver.TCPServer(("127.0.0.1", 0), _Daemon) as daemon:
        thread = threading.Thread(target=daemon.serve_forever, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{daemon.server_address[1]}"
        daemon.shutdown()


def check(settings: dict[str, str]) -> tuple[int, set[str], str]:
    """Return the verdict of ``check --deploy`` on some settings, and what it names."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("SAE_")}
    result = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env={**inherited, **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    told = result.stdout + result.stderr
    return result.returncode, set(re.findall(r"\((\w+\.[A-Z]\d+)\)", told)), told


def test_a_production_is_clean(services: ServiceEnv, antivirus: str) -> None:
    """Real offers, a real database, the settings of docs/fr/exploitation.md: not one warning."""
    environment = {**services.environment(), **SETTINGS, "SAE_ANTIVIRUS_URL": antivirus}
    code, found, told = check(environment)
    assert (code, found) == (0, set()), told
    assert "System check identified no issues" in told


def test_what_lacks_is_named() -> None:
    """The same on paper, without services: these two are said, and nothing about security."""
    code, found, told = check(SETTINGS)
    assert (code, found) == (1, {"ingest.W001", "storage.W001"}), told


@pytest.mark.parametrize(
    ("setting", "value"),
    [("SAE_SECRET_KEY", "trop-courte"), ("SAE_ALLOWED_HOSTS", "*")],
)
def test_a_weak_setting_is_refused_or_told(setting: str, value: str) -> None:
    code, found, told = check({**SETTINGS, setting: value})
    assert code != 0
    assert found - {"ingest.W001", "storage.W001"} or setting in told, told
