"""In a real Chromium: edit a unit, modify a selection, undo it, put a hold and lift it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.access.updates.conftest import Shelf, make_shelf
from tests.builders.people import Cast
from tests.chromium import chromium_path
from tests.services import ServiceEnv
from tests.ui.conftest import CHROMIUM_OPTIONS
from tests.ui.test_accessibility import violations

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[3]


class Desk:
    """Aline at her browser, before a running site."""

    def __init__(self, page: Page, address: str, shelf: Shelf) -> None:
        self.page, self.address, self.shelf = page, address, shelf

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def examine(self, name: str) -> None:
        """No axe violation and nothing wider than the page, at both widths."""
        found = []
        for width in (1280, 390):
            self.page.set_viewport_size({"width": width, "height": 900})
            found += [f"{name} {width} {line}" for line in violations(self.page)]
            overflow = self.page.evaluate(
                "document.documentElement.scrollWidth - window.innerWidth"
            )
            if overflow > 0:
                found.append(f"{name} {width} scrolls sideways by {overflow}")
        self.page.set_viewport_size({"width": 1280, "height": 900})
        assert found == []


@pytest.fixture
def desk(committed_cast: Cast, services: ServiceEnv) -> Iterator[Desk]:
    shelf = make_shelf(committed_cast)
    session = committed_cast.client(committed_cast.aline).cookies["sessionid"].value
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    server = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload"],
        cwd=ROOT,
        env={**kept, "DJANGO_SETTINGS_MODULE": "sae.config.settings", **services.environment()},
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
            context = browser.new_context(
                viewport={"width": 1280, "height": 900}, locale="fr-FR", reduced_motion="reduce"
            )
            context.add_cookies(
                [{"name": "sessionid", "value": session, "url": address, "httpOnly": True}]
            )
            page = context.new_page()
            page.on("pageerror", lambda error: pytest.fail(str(error)))
            yield Desk(page, address, shelf)
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


def test_an_archivist_modifies_undoes_and_freezes(desk: Desk) -> None:
    edit_one_unit(desk)
    modify_a_selection_and_undo_it(desk)
    ask_for_rules(desk)
    freeze_and_lift(desk)


def edit_one_unit(desk: Desk) -> None:
    page = desk.open(f"/unites/{desk.shelf.folder.id}/")
    page.get_by_role("link", name="Modifier", exact=True).click()
    page.get_by_label("Intitulé", exact=True).fill("Marché de la toiture du gymnase")
    desk.examine("modifier-une-unite")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("h1")).to_have_text("Marché de la toiture du gymnase")
    expect(page.locator(".history").get_by_text("Modification d’une description")).to_be_visible()


def modify_a_selection_and_undo_it(desk: Desk) -> None:
    page = desk.open("/rechercher/?q=Pi%C3%A8ce+&tri=intitule")
    page.get_by_label("Choisir : Pièce 1", exact=True).check()
    page.get_by_label("Choisir : Pièce 2", exact=True).check()
    expect(page.locator("[data-selection-count]").first).to_have_text("2 lignes choisies")
    desk.examine("rechercher-choisir")
    page.get_by_role("button", name="Tous les 10 résultats").click()
    page.get_by_role("button", name="Description…").click()
    expect(page.locator("h1")).to_have_text("Modifier des descriptions")
    page.locator("summary", has_text="Présentation et contenu").click()
    page.get_by_label("Que faire de : État du document").select_option("remplacer")
    page.get_by_label("État du document", exact=True).fill("clos")
    desk.examine("modifier-une-selection")
    page.get_by_role("button", name="Contrôler").click()
    expect(page.get_by_role("heading", name="Ce qui se passera")).to_be_visible()
    desk.examine("ce-qui-se-passera")
    page.get_by_role("button", name="Appliquer à 10 unités").click()
    expect(page.get_by_role("heading", name="Résultats")).to_be_visible()
    desk.examine("resultats-d-une-modification")
    page.get_by_role("button", name="Annuler cette modification").click()
    expect(page.locator("h1")).to_have_text("Annulation d’une modification")
    expect(page.get_by_text("Les valeurs précédentes sont revenues")).to_be_visible()
    desk.open("/modifications/")
    expect(page.get_by_role("link", name="Modifier des descriptions").first).to_be_visible()
    desk.examine("modifications")


def ask_for_rules(desk: Desk) -> None:
    page = desk.open(f"/unites/{desk.shelf.other.id}/")
    page.get_by_role("button", name="Règles…").first.click()
    page.get_by_label("Règle", exact=True).first.select_option("AppraisalRule:APP-00002")
    page.get_by_label("Date de début").first.fill("2020-01-01")
    page.get_by_label("Sort final").first.select_option("Keep")
    page.get_by_role("button", name="Ajouter une règle").click()
    expect(page.get_by_text("Ajouter APP-00002")).to_be_visible()
    desk.examine("regles-demandees")
    page.get_by_role("button", name="Contrôler").click()
    page.get_by_role("button", name="Appliquer à 1 unité").click()
    expect(page.get_by_role("heading", name="Résultats")).to_be_visible()


def freeze_and_lift(desk: Desk) -> None:
    page = desk.open(f"/unites/{desk.shelf.folder.id}/")
    page.get_by_role("button", name="Geler…").first.click()
    page.get_by_label("Règle de gel").select_option("HoldRule:HOL-00001")
    page.get_by_label("Demandé par").fill("Service juridique")
    page.get_by_label("Motif").fill("Contentieux Delaunay")
    page.get_by_label("À réexaminer le").fill("2026-01-15")
    desk.examine("geler")
    page.get_by_role("button", name="Contrôler").click()
    page.get_by_role("button", name="Appliquer à 1 unité").click()
    expect(page.get_by_role("heading", name="Résultats")).to_be_visible()
    page.get_by_role("link", name="Registre des gels").click()
    expect(page.get_by_text("Service juridique")).to_be_visible()
    desk.examine("gels")
    page.get_by_role("link", name="Contentieux Delaunay").click()
    desk.examine("un-gel")
    page.get_by_role("button", name="Lever ce gel…").click()
    page.get_by_role("button", name="Appliquer à 1 unité").click()
    desk.open("/gels/")
    expect(page.get_by_text("Aucun gel")).to_be_visible()
