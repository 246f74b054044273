"""The screens of rights in a real Chromium: an administrator's path, axe-core, narrow screens."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.models import Agency
from tenants.models.rights import Group
from tests.builders.fonds import FondsBuilder
from tests.builders.people import Cast, grant
from tests.chromium import chromium_path
from tests.services import ServiceEnv
from tests.tenants.rights.test_proposals import administrators, second_administrator
from tests.ui.conftest import CHROMIUM_OPTIONS

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Site:
    """A running site, a browser, and the session of the administrator of A; another's beside."""

    cast: Cast
    address: str
    session: str
    browser: Browser
    group: str
    unit: str
    ruling: Group
    second: str

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
        fonds = FondsBuilder(bytes_kept="apart")
        unit = fonds.unit("Marché de la toiture", level="File")
        fonds.load()
        Agency.objects.create(
            identifier="MARCHES",
            name="Service des marchés",
            created_at=clock.now(),
            updated_at=clock.now(),
        )
    grant(cast.administrator_a, cast.coffre_a, "reader")
    with tenant_scope(cast.proof_a.id):
        group = Group.objects.get(ready=f"reader:{cast.coffre_a.id}")
    second = cast.client(second_administrator(cast)).cookies["sessionid"].value
    ruling = administrators(cast)
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
    path = chromium_path()
    try:
        _wait(address + "/sante/")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
            yield Site(cast, address, session, browser, str(group.id), str(unit.id), ruling, second)
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


def test_rights_in_a_browser(site: Site) -> None:
    a_profile_from_a_ready_one(site)
    a_delegation_until_a_date(site)
    why_a_right_is_there(site)
    an_administrator_made_by_two(site)
    every_screen_is_sound(site)


def a_profile_from_a_ready_one(site: Site) -> None:
    page = site.page("/administration/profils/", script=False)
    page.get_by_role("link", name="Nouveau profil").click()
    page.get_by_role("link", name="Service versant").first.click()
    page.get_by_label("Nom").fill("Versement des marchés")
    page.get_by_label("Toutes les archives du coffre").check()
    expect(page.get_by_label("Service des marchés (MARCHES)")).to_be_hidden()
    page.get_by_label("Ceux des contrats d’entrée et des services cochés, et les siens").check()
    page.get_by_label("Service des marchés (MARCHES)").check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("ses versements, ceux de MARCHES")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Versement des marchés")
    page.get_by_role("link", name="Modifier").click()
    page.get_by_label("Annuler un versement", exact=True).check()
    page.get_by_label("Approuver l’annulation d’un versement").check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Peut demander et approuver : annuler un versement")).to_be_visible()
    expect(page.get_by_text("Modification d’un profil de droits")).to_be_visible()


def a_delegation_until_a_date(site: Site) -> None:
    page = site.page("/administration/groupes/deleguer/")
    page.get_by_label("Groupe confié").select_option(
        label=f"Consultation · {site.cast.coffre_a.name} (niveau GESTION.SERVICES)"
    )
    page.get_by_label("Compte", exact=True).select_option(
        label="Denise Dumas — auditor.a@exemple.fr"
    )
    page.get_by_role("button", name="Enregistrer").click()
    # A delegation always ends: the browser itself asks for the day.
    expect(page.get_by_role("heading", level=1)).to_contain_text("Déléguer")
    page.get_by_label("Jusqu’au").fill("2099-12-31")
    page.get_by_role("button", name="Enregistrer").click()
    row = page.get_by_role("row").filter(has_text="Denise Dumas")
    expect(row).to_contain_text("31/12/2099")
    row.get_by_role("link", name="Denise Dumas", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Denise Dumas")


def why_a_right_is_there(site: Site) -> None:
    page = site.page(f"/administration/droits-effectifs/{site.cast.basile.id}/")
    page.get_by_role("row").filter(has_text="Consulter les archives").get_by_role("link").click()
    why = page.locator("#panneau-pourquoi")
    expect(why).to_contain_text("Consultation")
    expect(why).to_contain_text("1 unité")
    page.get_by_role("link", name="Voir comme").click()
    expect(page.get_by_text("rien ne peut être fait en son nom")).to_be_visible()


def an_administrator_made_by_two(site: Site) -> None:
    blaise, group = replace(site, session=site.second), site.ruling
    page = site.page("/administration/double-regard/")
    asked = page.get_by_role("region", name="Faire d’un compte un administrateur")
    asked.get_by_label("doit approuver").check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Double regard réglé.")).to_be_visible()
    page.goto(f"{site.address}/administration/groupes/{group.id}/membres/ajouter/")
    page.get_by_label("Compte", exact=True).select_option(
        label="Aline Archambault — aline@exemple.fr"
    )
    page.get_by_label("Motif").fill("Seconde de direction")
    page.get_by_role("button", name="Enregistrer").click()
    title = f"Placer Aline Archambault dans «\u00a0{group.name}\u00a0»"
    expect(page.get_by_role("link", name=title)).to_be_visible()
    page.get_by_role("link", name=title).click()
    expect(page.get_by_role("button", name="Retirer ma demande")).to_be_visible()
    assert page.get_by_role("button", name="Approuver").count() == 0
    is_sound(site, page.url.removeprefix(site.address))
    other = blaise.page("/")
    other.get_by_role("link", name=title, exact=True).click()
    expect(other.get_by_text("Seconde de direction")).to_be_visible()
    is_sound(blaise, other.url.removeprefix(site.address))
    is_sound(blaise, "/administration/approbations/")
    other.get_by_role("button", name="Approuver").click()
    expect(other.get_by_text("C’est approuvé, et fait.")).to_be_visible()
    page.goto(f"{site.address}/administration/groupes/{group.id}/")
    expect(page.get_by_role("row").filter(has_text="Aline Archambault")).to_be_visible()


def every_screen_is_sound(site: Site) -> None:
    account = site.cast.basile.id
    for path in (
        "/administration/profils/",
        "/administration/profils/nouveau/",
        "/administration/profils/nouveau/?coffre=1&modele=archivist",
        "/administration/groupes/",
        f"/administration/groupes/{site.group}/",
        f"/administration/groupes/{site.group}/membres/ajouter/",
        f"/administration/groupes/{site.group}/supprimer/",
        "/administration/groupes/nouveau/",
        "/administration/droits-effectifs/",
        f"/administration/droits-effectifs/{account}/?dans=1&action=holdings.view&tout=1",
        f"/administration/droits-effectifs/unite/?unite={site.unit}",
        f"/administration/voir-comme/{account}/",
        "/administration/controle-des-droits/",
        "/administration/double-regard/",
        "/administration/approbations/",
    ):
        is_sound(site, path)


def is_sound(site: Site, path: str) -> None:
    """Check one screen at two widths: one heading, nothing axe finds, nothing out of the page."""
    for width in (1280, 390):
        page = site.page(path, width=width)
        assert page.locator("h1").count() == 1, path
        found = [
            f"{path} {width} {one['id']} {one['nodes'][0]['html'][:160]}"
            for one in Axe().run(page).response["violations"]
        ]
        assert found == []
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, (path, width, overflow)
        page.context.close()
