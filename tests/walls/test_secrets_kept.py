"""Keys, passwords and links never end in a log, a row or a journal; they are told once.

A real server, its access log asked for and every level of detail, then all that it wrote is read.
"""

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from django.conf import global_settings, settings

from ingest.connectors.accesses import create_access
from sae.config.logs import CUT, LineFormatter, redacted
from sae.tenancy.scope import tenant_scope
from tenants.accounts.invitations import reset_account
from tenants.accounts.telling import Actor
from tenants.applications.services import issue_token
from tenants.models import Account
from tests.builders.pastell_client import basic
from tests.builders.people import Cast
from tests.ingest.served import Server
from tests.services import ServiceEnv

NEW = "une-autre-phrase-bien-longue"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "server.log"


@pytest.fixture
def server(committed_cast: Cast, services: ServiceEnv, log: Path) -> Iterator[Server]:
    running = Server(services, log=log)
    running.start()
    yield running
    running.stop()


def holds(services: ServiceEnv, secret: str) -> list[str]:
    """Return the tables of the whole database where a row holds a text."""
    found = []
    with psycopg.connect(services.admin_url) as admin:
        tables = admin.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname = 'public'"
        ).fetchall()
        for (table,) in tables:
            query = f"SELECT count(*) FROM {table} t WHERE strpos(t::text, %s) > 0"
            if admin.execute(query, [secret]).fetchone() != (0,):  # type: ignore[arg-type]
                found.append(str(table))
    return found


def enters(server: Server, account: Account, password: str) -> bool:
    """Tell whether a password opens the site, through its sign-in page."""
    person = requests.Session()
    page = f"{server.address}/compte/connexion/"
    sent = {
        "login": account.email,
        "password": password,
        "csrfmiddlewaretoken": form_token(person.get(page, timeout=30).text),
    }
    return not person.post(page, data=sent, timeout=30).url.startswith(page)


def form_token(page: str) -> str:
    return re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0]


def test_a_key_of_an_application_is_nowhere_but_with_its_owner(
    committed_cast: Cast, services: ServiceEnv, server: Server, log: Path, settings: Any
) -> None:
    cast = committed_cast
    # The server has the hashers of a production, and does not read those of the tests.
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    with tenant_scope(cast.coffre_a.id):
        secret = issue_token(name="Portail", role="head_archivist").secret
    known = "mot-de-passe-du-connecteur"
    create_access(tenant=cast.coffre_a, kind="asalae", login="pastell", password=known)
    number = str(cast.coffre_a.number)
    api = f"{server.address}/admin-external/v1"

    def ask(path: str, *, key: str = secret, verb: str = "GET", **more: Any) -> int:
        headers = {"X-Tenant-Id": number, "Authorization": f"Bearer {key}", **more.pop("more", {})}
        return requests.request(
            verb, f"{server.address}{path}", headers=headers, timeout=30, **more
        ).status_code

    assert ask("/admin-external/v1/agencies") == 200
    assert ask("/admin-external/v1/agencies", verb="POST", data=b"\xff") == 400
    assert ask("/admin-external/v1/inconnu") == 404
    assert ask("/admin-external/v1/accesscontracts", verb="POST", data=b"[]") == 403
    assert ask("/ingest-external/v1/ingests", verb="DELETE") == 405
    assert ask("/admin-external/v1/agencies", more={"X-Tenant-Id": "x"}) == 412
    assert ask("/admin-external/v1/agencies", key=f"{secret}x") == 401
    # Where a key has no business: an address, a name of file, a page for people, a broken request.
    assert ask(f"/admin-external/v1/agencies?access_token={secret}") == 400
    assert ask(f"/admin-external/v1/agencies/{secret}") == 404
    assert ask("/admin-external/v1/agencies", more={"Referer": f"{api}?t={secret}"}) == 200
    assert ask(f"/{secret}/") in (302, 404)
    assert ask("/", more={"Cookie": f"sessionid={secret}"}) in (200, 302)
    assert ask("/admin-external/v1/agencies", more={"X-Bad": "x" * 10_000, "A": secret}) == 431
    surface = f"/connecteurs/asalae/{number}/restservices/ping"
    assert ask(surface, more={"Authorization": basic("pastell", known)}) == 200
    assert ask(surface, more={"Authorization": basic("pastell", "faux")}) == 401

    said = log.read_text()
    # It did speak, of those very requests.
    assert f"GET /admin-external/v1/agencies?access_token={CUT}" in said
    assert said.count("/admin-external/v1/agencies") > 5
    for forbidden in (secret, secret[4:], known, basic("pastell", known).split()[1]):
        assert forbidden not in said
        assert holds(services, forbidden) == []


def test_a_link_to_choose_a_password_is_not_logged_nor_used_by_looking(
    committed_cast: Cast, services: ServiceEnv, server: Server, log: Path
) -> None:
    """What reads mails before people do (HEAD, GET, GET again) uses nothing up."""
    cast = committed_cast
    address = reset_account(
        account=cast.basile, actor=Actor(cast.administrator_a), site=server.address
    ).address
    secret = address.rstrip("/").split("/")[-1]
    scanner = {"User-Agent": "MailScanner/2.0", "Purpose": "prefetch"}
    for verb in ("HEAD", "GET", "GET", "OPTIONS"):
        answer = requests.request(verb, address, headers=scanner, timeout=30)
        assert answer.status_code == (405 if verb == "OPTIONS" else 200)
    # A form filled without the site's token (a robot that submits what it finds) uses nothing.
    choice = {"password1": NEW, "password2": NEW}
    assert requests.post(address, data=choice, timeout=30).status_code == 403
    assert not enters(server, cast.basile, NEW)

    person = requests.Session()
    page = person.get(address, timeout=30)
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in page.headers["Cache-Control"]
    sent = {**choice, "csrfmiddlewaretoken": form_token(page.text)}
    assert person.post(address, data=sent, timeout=30).url.endswith("/compte/connexion/")
    assert enters(server, cast.basile, NEW)
    # Once used: nothing for anyone, whatever the verb, and the password stays.
    for verb in ("HEAD", "GET"):
        assert requests.request(verb, address, timeout=30).status_code == 410
    again = {**sent, "password1": f"{NEW}!", "password2": f"{NEW}!"}
    assert person.post(address, data=again, timeout=30).status_code in (403, 410)
    assert enters(server, cast.basile, NEW)
    assert not enters(server, cast.basile, f"{NEW}!")

    said = log.read_text()
    assert said.count(f"/compte/lien/{CUT}") >= 6
    assert secret not in said
    assert NEW not in said
    assert holds(services, secret) == []


def test_a_stack_trace_is_redacted_too() -> None:
    """The settings' own formatter, on what an error of ours would write."""
    shown = io.StringIO()
    handler = logging.StreamHandler(shown)
    line = settings.LOGGING["formatters"]["line"]
    assert line["()"] == "sae.config.logs.LineFormatter"
    handler.setFormatter(LineFormatter(line["format"], style=line["style"], defaults={
        "correlation": "-"
    }))  # fmt: skip
    secret = "sae_" + "Ab-9" * 10
    logger = logging.Logger("essai")
    logger.addHandler(handler)
    try:
        raise ValueError(f"https://sae.exemple.fr/compte/lien/U0001/{secret}x/?token={secret}")
    except ValueError:
        logger.exception("Bearer %s", secret)
    assert "ValueError" in shown.getvalue()
    assert "Traceback" in shown.getvalue()
    assert secret not in shown.getvalue()


@pytest.mark.parametrize(
    "text",
    ["GET /referentiels/rules/ 200", "sae_affichage", "table sae_app", "états de service"],
)
def test_what_is_no_secret_is_left_as_it_is(text: str) -> None:
    assert redacted(text) == text
