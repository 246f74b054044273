"""The screens in a real Chromium: keyboard, fragments, no script, narrow screens, axe-core."""

import os
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

from sae.tenancy.scope import tenant_scope
from tests.builders.fonds import Built, FondsBuilder
from tests.builders.people import Cast
from tests.chromium import chromium_path
from tests.services import ServiceEnv
from tests.ui.conftest import CHROMIUM_OPTIONS

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Site:
    """A running site, a browser, and Aline’s session in it."""

    address: str
    session: str
    browser: Browser
    folder: Built
    piece: Built
    operation_id: str

    def page(
        self, path: str, *, script: bool = True, width: int = 1280, theme: str = "light"
    ) -> Page:
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=script,
            color_scheme=theme,  # type: ignore[arg-type]
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
    with tenant_scope(committed_cast.coffre_a.id):
        fonds = FondsBuilder(bytes_kept="apart")
        plan = fonds.unit("Commune", level="Fonds", unit_type="FILING_UNIT")
        folder = fonds.unit(
            "Marché de la toiture", under=plan, level="File", description="Gymnase municipal",
            management=b'{"AppraisalRule": {"Rules": [{"Rule": "APP-00012"}]}}',
        )  # fmt: skip
        piece = fonds.unit("PV de réception", under=folder, level="Item", file=b"contenu")
        for number in range(60):
            fonds.unit(f"Délibération {number + 1}", under=plan, level="Item")
        fonds.load()
    session = committed_cast.client(committed_cast.aline).cookies["sessionid"].value
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload"],
        cwd=ROOT,
        env={**_environment(), **services.environment()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    path = chromium_path()
    try:
        _wait(address + "/sante/")
        # Last: while a browser lives, Django refuses the database to this thread.
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
            yield Site(address, session, browser, folder, piece, str(fonds.operation.id))
            browser.close()
    finally:
        server.terminate()
        server.wait(20)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return {**kept, "DJANGO_SETTINGS_MODULE": "sae.config.settings"}


def _wait(address: str) -> None:
    for _attempt in range(150):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the site did not start")


def test_the_way_out_in_a_browser(site: Site) -> None:
    tree_with_the_keyboard(site)
    tree_filter(site)
    search_by_fragments(site)
    download(site)
    without_script(site)
    no_axe_violation(site)
    nothing_scrolls_sideways(site)


def tree_with_the_keyboard(site: Site) -> None:
    page = site.page("/classement/")
    page.locator(".tree-row a").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tree-toggle").first).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_text("Délibération 1", exact=True)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("Délibération 1", exact=True)).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Délibération 1", exact=True)).to_be_visible()
    expect(page.get_by_text("Délibération 60")).to_have_count(0)
    page.get_by_text("Voir la suite").click()
    expect(page.get_by_text("Délibération 60")).to_be_visible()
    page.locator(".tree-row a", has_text="Marché de la toiture").press("Enter")
    expect(page.locator("h1")).to_have_text("Marché de la toiture")
    expect(page.locator(".tree [aria-current=page]")).to_have_text("Marché de la toiture")


def tree_filter(site: Site) -> None:
    page = site.page("/classement/")
    page.fill("#filtre-arbre", "toiture")
    expect(page.locator("#arbre")).to_contain_text("1 unité trouvée")
    expect(page.locator("#arbre")).to_contain_text("Commune")


def search_by_fragments(site: Site) -> None:
    page = site.page("/rechercher/?q=deliberation")
    expect(page.locator("mark").first).to_have_text("Délibération")
    page.locator(".facet-choice", has_text="Pièce").click()
    expect(page.locator("#requete")).to_have_value("deliberation niveau:pièce ")
    assert "niveau%3Api%C3%A8ce" in page.url
    page.get_by_role("link", name="Suivante").click()
    expect(page.locator(".pager")).to_contain_text("21 à 40 sur 60")
    page.go_back()
    expect(page.locator(".pager")).to_contain_text("1 à 20 sur 60")
    page.locator(".filter-remove").first.click()
    expect(page.locator(".filter-chip")).to_have_count(0)


def download(site: Site) -> None:
    page = site.page(f"/unites/{site.piece.id}/")
    with page.expect_download() as asked:
        page.get_by_role("link", name="Télécharger PV de réception.txt").click()
    assert asked.value.suggested_filename == "PV de réception.txt"
    assert Path(asked.value.path()).read_bytes() == b"contenu"
    page.reload()
    expect(page.locator(".history")).to_contain_text("Téléchargement d’un objet")


def without_script(site: Site) -> None:
    page = site.page("/classement/", script=False)
    page.click("text=Commune")
    page.locator(".with-tree-main").get_by_text("Voir la suite").click()
    expect(page.locator(".with-tree-main")).to_contain_text("Délibération 60")
    page.fill("#filtre-arbre", "réception")
    page.press("#filtre-arbre", "Enter")
    page.click("#arbre >> text=PV de réception")
    expect(page.locator("h1")).to_have_text("PV de réception")
    page = site.page("/rechercher/", script=False)
    page.fill("#requete", "toiture")
    page.press("#requete", "Enter")
    expect(page.locator("h2#resultats")).to_have_text("1\xa0résultat")


def screens(site: Site) -> list[str]:
    return [
        "/",
        "/classement/",
        "/classement/?filtre=toiture",
        f"/unites/{site.folder.id}/",
        f"/unites/{site.piece.id}/",
        "/rechercher/",
        "/rechercher/?q=deliberation+niveau:pièce+date:demain",
        "/rechercher/?q=introuvable+niveau:fonds",
        "/journaux/",
        f"/journaux/{site.operation_id}/",
    ]


def no_axe_violation(site: Site) -> None:
    found = {}
    for path in screens(site):
        for width, theme in ((1280, "light"), (390, "dark")):
            page = site.page(path, width=width, theme=theme)
            for violation in Axe().run(page).response["violations"]:
                nodes = [node["html"][:150] for node in violation["nodes"]][:3]
                found[(path, width, theme, violation["id"])] = nodes
            page.context.close()
    assert found == {}


def nothing_scrolls_sideways(site: Site) -> None:
    for path in screens(site):
        page = site.page(path, width=320)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        page.context.close()
