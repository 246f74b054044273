"""Access contracts and applications in a real Chromium: the picker, the live count, axe-core."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.models import Agency
from tests.builders.fonds import FondsBuilder
from tests.builders.people import Cast
from tests.chromium import chromium_path
from tests.services import ServiceEnv
from tests.ui.conftest import CHROMIUM_OPTIONS

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
NEW = "/administration/contrats-acces/nouveau/"


@dataclass
class Site:
    """A running site, a browser, and the session of the administrator of A."""

    address: str
    session: str
    browser: Browser

    def page(self, path: str, *, script: bool = True, width: int = 1280) -> Page:
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=script,
            color_scheme="light",
            reduced_motion="reduce",
            locale="fr-FR",
        )
        context.add_cookies(
            [{"name": "sessionid", "value": self.session, "url": self.address, "httpOnly": True}]
        )
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto(self.address + path)
        return page


@pytest.fixture
def site(committed_cast: Cast, services: ServiceEnv) -> Iterator[Site]:
    cast = committed_cast
    with tenant_scope(cast.coffre_a.id):
        for identifier, name in (("FINANCES", "Direction des finances"), ("VOIRIE", "Voirie")):
            Agency.objects.create(
                identifier=identifier, name=name, created_at=clock.now(), updated_at=clock.now()
            )
        fonds = FondsBuilder(agency="FINANCES")
        plan = fonds.unit("Plan de classement des finances", unit_type="FILING_UNIT")
        for year in range(2010, 2015):
            budget = fonds.unit(f"Budget {year}", under=plan)
            fonds.unit(f"Annexe du budget {year}", under=budget, level="Item")
        fonds.unit("Chantiers", originating_agencies=("VOIRIE",))
        fonds.load()
    session = cast.client(cast.administrator_a).cookies["sessionid"].value
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    server = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload"],
        cwd=ROOT,
        env={
            **kept,
            "DJANGO_SETTINGS_MODULE": "sae.config.settings",
            **services.environment(),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    chromium = chromium_path()
    try:
        _wait(address + "/sante/")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_OPTIONS)
            yield Site(address, session, browser)
            browser.close()
    finally:
        server.terminate()
        server.wait(20)


def _wait(address: str) -> None:
    for _attempt in range(300):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the site did not start")


def examine(page: Page, name: str) -> None:
    """No violation of any impact; pictures where ``TEST_SHOTS`` asks for them."""
    if folder := os.environ.get("TEST_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:160]) for one in found] == [], name


def test_contracts_and_applications_in_a_browser(site: Site) -> None:
    a_contract_with_positions_chosen_as_one_types(site)
    the_same_without_script(site)
    a_key_shown_once(site)
    every_screen_is_sound(site)


def a_contract_with_positions_chosen_as_one_types(site: Site) -> None:
    page = site.page(NEW)
    page.get_by_label("Identifiant").fill("CA-FINANCES")
    page.get_by_label("Nom", exact=True).fill("Archives des finances")
    page.get_by_label("Direction des finances (FINANCES)").check()
    expect(page.get_by_text("Ce contrat ouvre 11 unités sur 12.")).to_be_visible()
    opened = page.locator("#root_units-choix")
    opened.get_by_label("Chercher une position").fill("finances › annexe 2014")
    expect(opened.get_by_text("Annexe du budget 2014")).to_be_visible()
    opened.get_by_label("Chercher une position").fill("budget 2014")
    opened.get_by_label(re.compile("^Budget 2014")).check()
    expect(page.get_by_text("Ce contrat ouvre 2 unités sur 12.")).to_be_visible()
    hidden = page.locator("#excluded_root_units-choix")
    hidden.get_by_role("button", name="Ouvrir Plan de classement des finances").click()
    hidden.get_by_role("button", name="Ouvrir Budget 2014").click()
    hidden.get_by_label(re.compile("^Annexe du budget 2014")).check()
    expect(page.get_by_text("Ce contrat ouvre 1 unité sur 12.")).to_be_visible()
    examine(page, "contrat-formulaire")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Archives des finances")
    expect(page.get_by_text("Ce contrat ouvre 1 unité sur 12.")).to_be_visible()
    examine(page, "contrat")


def the_same_without_script(site: Site) -> None:
    page = site.page(NEW, script=False)
    page.get_by_label("Identifiant").fill("CA-VOIRIE")
    page.get_by_label("Nom", exact=True).fill("Voirie")
    page.get_by_label("Tous les services").check()
    opened = page.locator("#root_units-choix")
    opened.get_by_label("Chercher une position").fill("chantiers")
    opened.get_by_role("button", name="Chercher").click()
    page.locator("#root_units-choix").get_by_label("Chantiers").check()
    # Enter draws the form again with its count: only the button saves.
    page.get_by_label("Nom", exact=True).press("Enter")
    expect(page.get_by_text("Ce contrat ouvre 1 unité sur 12.")).to_be_visible()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Voirie")


def a_key_shown_once(site: Site) -> None:
    page = site.page("/administration/applications/")
    page.get_by_role("link", name="Nouveau jeton").click()
    page.get_by_label("Nom de l’application").fill("Portail")
    examine(page, "application-nouvelle")
    page.get_by_role("button", name="Créer le jeton").click()
    # The administrator reads no archives: whoever makes such a key says that they know it.
    wider = page.get_by_label("Créer ce jeton plus large que mes propres droits")
    examine(page, "application-plus-large")
    wider.check()
    page.get_by_role("button", name="Créer le jeton").click()
    expect(page.get_by_text("montré cette seule fois")).to_be_visible()
    assert page.locator("code").first.inner_text().startswith("sae_")
    examine(page, "application-jeton")
    page.get_by_role("link", name="C’est fait").click()
    expect(page.get_by_role("link", name="Renouveler")).to_be_visible()
    examine(page, "application")


def every_screen_is_sound(site: Site) -> None:
    for width in (1280, 390):
        for path in ("/administration/contrats-acces/", NEW, "/administration/applications/"):
            page = site.page(path, width=width)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (path, width, wide)
            examine(page, f"{path.strip('/').replace('/', '-')}-{width}")
