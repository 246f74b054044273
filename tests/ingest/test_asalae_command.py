"""``manage.py connector``: an administrator opens and sets accesses."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ingest.connectors.models import ConnectorAccess
from sae.tenancy.scope import tenant_scope
from tests.builders.pastell_client import Pastell
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db


def run(*words: Any) -> list[str]:
    out = io.StringIO()
    call_command("connector", *map(str, words), stdout=out)
    return out.getvalue().splitlines()


def test_an_access_is_created_with_its_address_and_a_password(cast: Cast) -> None:
    number = cast.coffre_a.number
    base, password = run(
        "create", "--tenant", number, "--login", "pastell", "--contract", "IC-1", "--agency", "S"
    )
    assert base == f"/connecteurs/asalae/{number}/restservices"
    assert (
        Pastell(cast.coffre_a, login="pastell", password=password).get("/ping").status_code == 200
    )
    with tenant_scope(cast.coffre_a.id):
        access = ConnectorAccess.objects.get()
    assert (access.ingest_contract, access.originating_agency) == ("IC-1", "S")
    assert run("list", "--tenant", number) == ["asalae pastell actif IC-1"]


def test_a_password_given_is_not_shown(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("une-phrase-choisie\n"))
    told = run("create", "--tenant", 1, "--login", "p", "--password", "-")
    assert told == [f"/connecteurs/asalae/{cast.coffre_a.number}/restservices"]
    pastell = Pastell(cast.coffre_a, login="p", password="une-phrase-choisie")
    assert pastell.get("/ping").status_code == 200


def test_an_access_is_set_and_closed(cast: Cast) -> None:
    run("create", "--tenant", 1, "--login", "p", "--password", "une-phrase-choisie")
    at = ("--tenant", 1, "--login", "p")
    run("change", *at, "--context", "CT-1")
    run("rule", *at, "--category", "AppraisalRule", "--code", "P10Y", "--rule", "APP-1")
    run("rule", *at, "--category", "AccessRule", "--code", "AR048", "--rule", "ACC-1")
    run("rule", *at, "--category", "AppraisalRule", "--code", "P10Y", "--rule", "")
    run("change", *at, "--disable")
    with tenant_scope(cast.coffre_a.id):
        access = ConnectorAccess.objects.get()
    assert (access.context_id, access.enabled) == ("CT-1", False)
    assert access.rules == {"AppraisalRule": {}, "AccessRule": {"AR048": "ACC-1"}}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", "--tenant", 999, "--login", "p"), "Coffre inconnu"),
        (("create", "--tenant", 1, "--login", "p", "--password", "court"), "12 caractères"),
        (("change", "--tenant", 1, "--login", "inconnu", "--context", "x"), "Aucun accès"),
        (("change", "--tenant", 1, "--login", "p"), "Rien à changer"),
        (
            ("rule", "--tenant", 1, "--login", "p", "--category", "AccessRule", "--code", "AR999",
             "--rule", "x"),
            "Code d’accès inconnu",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told(cast: Cast, words: tuple[Any, ...], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(*words)
