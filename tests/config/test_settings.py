"""Settings come from the environment alone, and a wrong one refuses to start."""

import os
import subprocess
import sys

import pytest
from django.core.checks import run_checks

from sae.config.database import database_from_url

SECRET = "x" * 60


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("SAE_")}
    return subprocess.run(
        [sys.executable, "-c", "import sae.config.settings as s; print(s.ENVIRONMENT)"],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"SAE_ENV": "production"}, "SAE_SECRET_KEY"),
        ({"SAE_ENV": "production", "SAE_SECRET_KEY": "court"}, "SAE_SECRET_KEY"),
        (
            {"SAE_ENV": "production", "SAE_SECRET_KEY": SECRET, "SAE_DEBUG": "true"},
            "SAE_DEBUG",
        ),
        ({"SAE_ENV": "ailleurs"}, "SAE_ENV"),
        ({"SAE_DEBUG": "peut-être"}, "SAE_DEBUG"),
        ({"SAE_OFFERS": "[{"}, "SAE_OFFERS"),
        ({"SAE_DATABASE_URL": "mysql://x@y/z"}, "SAE_DATABASE_URL"),
        ({"SAE_WORKERS": "deux"}, "SAE_WORKERS"),
    ],
)
def test_a_wrong_setting_refuses_to_start_and_is_named(
    environment: dict[str, str], told: str
) -> None:
    result = start(**environment)
    assert result.returncode != 0
    assert told in result.stderr


def test_production_starts_with_what_it_needs() -> None:
    result = start(SAE_ENV="production", SAE_SECRET_KEY=SECRET)
    assert (result.returncode, result.stdout.strip()) == (0, "production"), result.stderr


def test_a_database_url_may_name_a_socket() -> None:
    found = database_from_url("postgresql://sae_app:p%40ss@/sae?host=/run/pg&port=5433")
    assert (found["HOST"], found["PORT"], found["PASSWORD"]) == ("/run/pg", "5433", "p@ss")


def test_what_a_deployment_lacks_is_told() -> None:
    told = {message.id for message in run_checks(include_deployment_checks=True)}
    assert {"ingest.W001", "config.W001"} <= told
