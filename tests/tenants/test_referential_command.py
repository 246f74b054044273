"""The command ``referential``."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from sae.tenancy.models import Tenant
from tenants.models import Agency, ArchiveProfile


def run(*arguments: Any) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("referential", *map(str, arguments), stdout=out)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "agents.csv"
    path.write_text("Identifier,Name,Description\nVILLE,Ville,\n")
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "faux.csv"
    path.write_text("Identifier,Name,Description\n,Ville,\n")
    return path


def test_a_good_file_is_imported(coffre: Tenant, good: Path) -> None:
    code, out = run("import", "--tenant", 7, "--kind", "agencies", good)
    assert code == 0
    assert out.startswith("agencies OK ")
    assert Agency.objects.get().identifier == "VILLE"


def test_a_bad_file_exits_with_one_and_every_fault(coffre: Tenant, bad: Path) -> None:
    code, out = run("import", "--tenant", 7, "--kind", "agencies", bad)
    assert code == 1
    assert "ligne 2 : « Identifier » est obligatoire." in out


def test_the_report_comes_in_json(coffre: Tenant, bad: Path) -> None:
    code, out = run("import", "--tenant", 7, "--kind", "agencies", "--json", bad)
    report = json.loads(out)
    assert (code, report["status"]) == (1, "KO")
    assert report["problems"][0]["line"] == 2
    assert report["operation"]


def test_a_check_writes_nothing(coffre: Tenant, good: Path) -> None:
    code, out = run("import", "--tenant", 7, "--kind", "agencies", "--check", "--json", good)
    assert (code, json.loads(out)["inserted"]) == (0, ["VILLE"])
    assert not Agency.objects.exists()


def test_a_profile_takes_its_file(coffre: Tenant, tmp_path: Path) -> None:
    notice, schema = tmp_path / "p.json", tmp_path / "p.rng"
    notice.write_text('[{"Name": "P", "Identifier": "PR", "Format": "RNG"}]')
    schema.write_text(
        '<element name="a" xmlns="http://relaxng.org/ns/structure/1.0"><text/></element>'
    )
    assert run("import", "--tenant", 7, "--kind", "archiveprofiles", notice)[0] == 0
    assert run("attach", "--tenant", 7, "--identifier", "PR", schema)[0] == 0
    assert ArchiveProfile.objects.get().file


def test_an_unknown_coffre_or_file_is_said(coffre: Tenant, good: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Coffre inconnu"):
        run("import", "--tenant", 99, "--kind", "agencies", good)
    with pytest.raises(CommandError, match="Fichier introuvable"):
        run("import", "--tenant", 7, "--kind", "agencies", tmp_path / "rien.csv")
