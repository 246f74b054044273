"""An administrator at the browser: thirty accounts by a file of which two lines are faulty."""

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

from tenants.accounts import services
from tenants.accounts.identity import Identity
from tenants.accounts.invitations import invite_account
from tenants.accounts.telling import Actor
from tests.builders.people import Cast
from tests.chromium import chromium_path
from tests.services import ServiceEnv
from tests.ui.conftest import CHROMIUM_OPTIONS

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]
ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Site:
    """A running site, a browser, the administrator's session, accounts and a link to look at."""

    address: str
    session: str
    browser: Browser
    reader: str
    invited: str
    disabled: str
    link: str

    def page(
        self, path: str, *, width: int = 1280, theme: str = "light", known: bool = True
    ) -> Page:
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,  # type: ignore[arg-type]
            reduced_motion="reduce",
            locale="fr-FR",
        )
        if known:
            context.add_cookies(
                [
                    {
                        "name": "sessionid",
                        "value": self.session,
                        "url": self.address,
                        "httpOnly": True,
                    }
                ]
            )
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto(self.address + path)
        return page


@pytest.fixture
def site(committed_cast: Cast, services: ServiceEnv) -> Iterator[Site]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    reader, invited, disabled, link = _accounts(committed_cast, address)
    administrator = committed_cast.client(committed_cast.administrator_a)
    session = administrator.cookies["sessionid"].value
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    server = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload"],
        cwd=ROOT,
        env={**kept, "DJANGO_SETTINGS_MODULE": "sae.config.settings", **services.environment()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    path = chromium_path()
    try:
        _wait(address + "/sante/")
        # Last: while a browser lives, Django refuses the database to this thread.
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
            yield Site(address, session, browser, reader, invited, disabled, link)
            browser.close()
    finally:
        server.terminate()
        server.wait(20)


def _accounts(cast: Cast, address: str) -> tuple[str, str, str, str]:
    """A reader, an invited account with its link, and one that was disabled."""
    actor = Actor(cast.administrator_a)
    organisation = cast.coffre_a.organisation
    guest = services.create_account(
        organisation=organisation,
        identity=Identity("odile@exemple.fr", "Oudin", "Odile", service="Finances"),
        actor=actor,
    )
    handed = invite_account(account=guest, actor=actor, site=address)
    gone = services.create_account(
        organisation=organisation,
        identity=Identity("ancien@exemple.fr", "Ancien", "Paul", service="Voirie"),
        actor=actor,
    )
    services.disable_account(account=gone, actor=actor)
    link = handed.address.removeprefix(address)
    return str(cast.basile.id), str(guest.id), str(gone.id), link


def _wait(address: str) -> None:
    for _attempt in range(150):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the site did not start")


def people(*, number: int) -> str:
    """A file of so many sound lines, and two faulty ones at the lines 12 and 25."""
    lines = ["Nom;Prénom;Adresse électronique;Service"]
    lines += [
        f"Nom{n:02d};Prénom;personne{n:02d}@exemple.fr;Service {n % 4}" for n in range(number)
    ]
    lines.insert(11, ";Sans nom;sans.nom@exemple.fr;Finances")
    lines.insert(24, "Durand;Anne;anne chez exemple;Finances")
    return "\r\n".join([*lines, ""])


def test_an_administrator_imports_thirty_accounts(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "comptes.csv"
    file.write_text(people(number=30), encoding="utf-8")
    faulty = dry_run_names_the_two_lines(site, file)
    the_rest_is_applied(site, faulty, tmp_path)
    acts_on_several(site)
    who_is_invited_chooses_a_password(site)
    no_axe_violation(site)


def dry_run_names_the_two_lines(site: Site, file: Path) -> Page:
    page = site.page("/administration/comptes/")
    expect(page.get_by_role("heading", level=2).first).to_have_text("6\xa0comptes")
    page.get_by_role("link", name="Importer").click()
    page.get_by_label("Fichier CSV ou XLSX").set_input_files(file)
    page.get_by_role("button", name="Contrôler").click()
    expect(page.get_by_role("alert")).to_contain_text("2 lignes sont en défaut : 12, 25.")
    rows = page.get_by_role("region", name="Anomalies").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("A · Nom")
    expect(rows.nth(2)).to_contain_text("C · Adresse électronique")
    expect(page.get_by_role("region", name="Comptes créés")).to_contain_text("30")
    return page


def the_rest_is_applied(site: Site, page: Page, folder: Path) -> None:
    with page.expect_download() as asked:
        page.get_by_role("link", name="Lignes à corriger").click()
    corrected = folder / "corrigées.csv"
    told = Path(asked.value.path()).read_text(encoding="utf-8-sig")
    assert told.splitlines()[0].endswith(";Anomalies")
    corrected.write_text(
        told.replace(";Sans nom", "Leblanc;Sans nom").replace(
            "anne chez exemple", "anne@exemple.fr"
        ),
        encoding="utf-8",
    )
    page.get_by_role("button", name="Appliquer les seules lignes bonnes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import appliqué")
    page.get_by_role("link", name="Voir les comptes").click()
    expect(page.get_by_role("heading", level=2).first).to_have_text("36\xa0comptes")
    page.goto(site.address + "/administration/comptes/importer/")
    page.get_by_label("Fichier CSV ou XLSX").set_input_files(corrected)
    page.get_by_role("button", name="Contrôler").click()
    expect(page.get_by_text("Toutes les lignes sont bonnes.")).to_be_visible()
    page.get_by_role("button", name="Appliquer le fichier").click()
    page.get_by_role("link", name="Voir les comptes").click()
    expect(page.get_by_role("heading", level=2).first).to_have_text("38\xa0comptes")


def acts_on_several(site: Site) -> None:
    page = site.page("/administration/comptes/?q=Service+1")
    page.get_by_label("Choisir : Prénom Nom01").check()
    page.get_by_label("Choisir : Prénom Nom05").check()
    page.get_by_role("button", name="Désactiver…").click()
    expect(page.get_by_role("region", name="Ce qui sera fait")).to_contain_text("Prénom Nom05")
    page.get_by_role("button", name="Désactiver 2\xa0comptes").click()
    expect(page.get_by_role("status").first).to_contain_text("2 comptes modifiés.")
    page.goto(site.address + "/administration/comptes/?statut=disabled")
    expect(page.get_by_role("heading", level=2).first).to_have_text("3\xa0comptes")


def who_is_invited_chooses_a_password(site: Site) -> None:
    page = site.page(site.link, known=False)
    page.get_by_label("Nouveau mot de passe").fill("une-phrase-bien-longue")
    page.get_by_label("Le même, encore une fois").fill("une-phrase-bien-longue")
    page.get_by_role("button", name="Choisir ce mot de passe").click()
    page.get_by_label("Courriel").fill("odile@exemple.fr")
    page.get_by_label("Mot de passe", exact=True).fill("une-phrase-bien-longue")
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Connexion")
    page = site.page(site.link, known=False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce lien ne sert plus")


def screens(site: Site) -> list[tuple[str, bool]]:
    one = "/administration/comptes"
    return [
        (f"{one}/", True),
        (f"{one}/?q=introuvable", True),
        (f"{one}/nouveau/", True),
        (f"{one}/importer/", True),
        ("/administration/groupes/importer/", True),
        ("/administration/groupes/membres/importer/", True),
        (f"{one}/{site.reader}/", True),
        (f"{one}/{site.reader}/modifier/", True),
        (f"{one}/{site.reader}/deplacer/", True),
        (f"{one}/{site.reader}/desactiver/", True),
        (f"{one}/{site.disabled}/", True),
        (f"{one}/{site.disabled}/anonymiser/", True),
        ("/administration/donnees-personnelles/", True),
        ("/compte/mot-de-passe-oublie/", False),
        (site.link, False),
    ]


def no_axe_violation(site: Site) -> None:
    found = {}
    for known in (True, False):
        page = site.page("/sante/", known=known)
        for path in [path for path, wanted in screens(site) if wanted == known]:
            page.goto(site.address + path)
            for width, theme in ((1280, "light"), (390, "dark")):
                page.set_viewport_size({"width": width, "height": 900})
                page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                for violation in Axe().run(page).response["violations"]:
                    nodes = [node["html"][:150] for node in violation["nodes"]][:3]
                    found[(path, width, theme, violation["id"])] = nodes
                if page.evaluate("document.documentElement.scrollWidth - window.innerWidth") > 0:
                    found[(path, width, theme, "scrolls sideways")] = []
    assert found == {}
