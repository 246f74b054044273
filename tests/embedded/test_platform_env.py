"""How commands join the platform that runs on this machine."""

import json
import shlex
import stat
import subprocess
from pathlib import Path

import pytest

from sae.embedded.platform_env import prepare_environment, read_environment, write_environment

RUNNING = {
    "SAE_DATABASE_URL": "postgresql://sae_app:secret@/sae?host=%2Ftmp%2Fx&port=5432",
    "SAE_OFFERS": json.dumps([{"label": "Site d’« A » $HOME"}]),
}


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write_environment(tmp_path, RUNNING)
    assert read_environment(tmp_path) == RUNNING


def test_a_shell_reads_it_too(tmp_path: Path) -> None:
    path = write_environment(tmp_path, RUNNING)
    told = subprocess.run(
        ["sh", "-c", f'. {shlex.quote(str(path))}; printf %s "$SAE_OFFERS"'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == RUNNING["SAE_OFFERS"]


def test_it_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    assert stat.S_IMODE(write_environment(tmp_path, RUNNING).stat().st_mode) == 0o600


def test_a_command_joins_the_platform_of_the_data_directory(tmp_path: Path) -> None:
    write_environment(tmp_path, RUNNING)
    environment = {"SAE_DATA_DIR": str(tmp_path)}
    prepare_environment(environment, ["manage.py", "ingest"], project_dir=Path("/nowhere"))
    assert environment == {"SAE_DATA_DIR": str(tmp_path), **RUNNING}


def test_var_beside_manage_py_is_the_default_data_directory(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    write_environment(tmp_path / "var", RUNNING)
    environment: dict[str, str] = {}
    prepare_environment(environment, ["manage.py", "ingest"], project_dir=tmp_path)
    assert environment == RUNNING


def test_a_database_named_by_the_environment_wins_over_the_platform_here(tmp_path: Path) -> None:
    write_environment(tmp_path, RUNNING)
    environment = {"SAE_DATA_DIR": str(tmp_path), "SAE_DATABASE_URL": "postgresql://elsewhere/sae"}
    before = dict(environment)
    prepare_environment(environment, ["manage.py", "ingest"], project_dir=tmp_path)
    assert environment == before


@pytest.mark.parametrize("arguments", [["manage.py", "up"], ["manage.py", "up", "--json"]])
def test_up_makes_its_own_services(tmp_path: Path, arguments: list[str]) -> None:
    write_environment(tmp_path, RUNNING)
    environment = {"SAE_DATA_DIR": str(tmp_path)}
    prepare_environment(environment, arguments, project_dir=tmp_path)
    assert environment == {"SAE_DATA_DIR": str(tmp_path), "SAE_ENV": "embedded"}
