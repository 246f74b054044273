"""Passkeys in a real Chromium, with a virtual authenticator; the screens of signing in examined."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.builders.people import Cast
from tests.chromium import chromium_path
from tests.services import ServiceEnv
from tests.ui.conftest import CHROMIUM_OPTIONS
from tests.ui.test_accessibility import violations

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def site(committed_cast: Cast, services: ServiceEnv) -> Iterator[tuple[Browser, str, str]]:
    """A browser, the address of a running site, and the session of the administrator of A."""
    path = chromium_path()
    session = committed_cast.client(committed_cast.administrator_a).cookies["sessionid"].value
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    kept |= {"DJANGO_SETTINGS_MODULE": "sae.config.settings", **services.environment()}
    server = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload"],
        cwd=ROOT, env=kept, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait(f"http://127.0.0.1:{port}/sante/")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
            # A passkey belongs to a name, never to an address.
            yield browser, f"http://localhost:{port}", session
            browser.close()
    finally:
        server.terminate()
        server.wait(20)


def wait(address: str) -> None:
    for _attempt in range(300):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the site did not start")


def opened(browser: Browser, site: str, session: str) -> Page:
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="fr-FR", reduced_motion="reduce"
    )
    context.add_cookies([{"name": "sessionid", "value": session, "url": site, "httpOnly": True}])
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.on("console", lambda one: pytest.fail(one.text) if one.type == "error" else None)
    return page


def examine(page: Page) -> None:
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], (page.url, width)
        sideways = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert sideways <= 0, (page.url, width)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_passkey_is_added_confirms_and_enters_alone(site: tuple[Browser, str, str]) -> None:
    browser, address, session = site
    page = opened(browser, address, session)
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    cdp.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
                     "hasUserVerification": True, "isUserVerified": True,
                     "automaticPresenceSimulation": True}},
    )  # fmt: skip

    page.goto(address + "/compte/securite/")
    examine(page)
    page.get_by_role("link", name="Ajouter une clef").click()
    examine(page)
    page.get_by_label("Nom de la clef").fill("Poste de la mairie")
    page.get_by_role("button", name="Ajouter la clef").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Codes de secours")
    expect(page.get_by_role("list", name="Codes de secours").get_by_role("listitem")).to_have_count(
        10
    )
    examine(page)
    page.get_by_role("link", name="Je les ai notés").click()
    expect(page.get_by_text("Poste de la mairie", exact=True)).to_be_visible()
    examine(page)
    page.goto(address + "/compte/second-facteur/telephone/")
    examine(page)

    page.goto(address + "/compte/confirmer/clef/?next=/glossaire/")
    examine(page)
    page.get_by_role("button", name="Utiliser une clef d’accès").click()
    page.wait_for_url(address + "/glossaire/")  # The page before ends so too: « ?next=… »

    page.goto(address + "/compte/deconnexion/")
    page.get_by_role("main").get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/compte/connexion/")
    examine(page)
    page.get_by_role("button", name="Entrer avec une clef d’accès").click()
    page.wait_for_url(address + "/")
    expect(page.get_by_role("heading", level=1)).to_have_text("À faire")

    page.goto(address + "/administration/connexion/")
    examine(page)
    page.goto(address + "/compte/securite/")
    page.get_by_role("link", name="Retirer Poste de la mairie").click()
    page.get_by_role("button", name="Retirer la clef").click()
    expect(page.get_by_text("Clef retirée.")).to_be_visible()

    page.goto(address + "/compte/deconnexion/")
    page.get_by_role("main").get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/compte/connexion/")
    page.get_by_role("button", name="Entrer avec une clef d’accès").click()
    # The browser still holds the key; the site no longer knows it.
    expect(page.get_by_text("n’ouvre rien ici")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")
