"""Takes the pictures of the documentation: ``python -m tests.e2e.screenshots [folder]``.

Starts a platform of its own, fills it as a town hall would, and writes docs/images/*.png. Needs
Pillow beside the development tools (it brings a picture from 150 KB to 50), and the browser's
French (Debian's chromium-l10n).
"""

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

import tests.e2e.django_ready  # noqa: F401 before the steps shared with the tests
from tests.builders.sip import SipBuilder
from tests.chromium import chromium_path
from tests.e2e import packages
from tests.e2e.acts import deposit, send, verify_journal
from tests.e2e.platform import ROOT, DemonstrationPlatform
from tests.e2e.test_new_town import (
    AGENT_ELSEWHERE,
    a_service_has_its_level,
    check_sheet_of_people,
    managing_one_service_is_delegated,
)
from tests.e2e.visiting import NARROW, WIDE, Visitor, visitor
from tests.ui.conftest import CHROMIUM_OPTIONS

_FOLDER = ROOT / "docs" / "images"
_HEIGHT, _PHONE_HEIGHT = 800, 844
_WORKS = "3.1 Marchés de travaux"
_GYM = "réfection de la toiture du gymnase Jean-Moulin"
_DEPOSITS = (
    ("plan-de-classement", packages.filing_plan(), "Plan de classement", "Succès"),
    (
        "marche-2021-07",
        packages.procurement_file(number="2021-07", works=_GYM, under=_WORKS),
        "Versement",
        "Succès",
    ),
    (
        "marche-2022-11",
        packages.procurement_file(
            number="2022-11", works="restructuration de l’école Pasteur", under=_WORKS
        ),
        "Versement",
        "Succès",
    ),
    (
        "permis-2022",
        packages.building_permits(under="4.2 Permis de construire"),
        "Versement",
        "Succès",
    ),
    ("permis-2023", packages.permits_against_the_standard(), "Versement", "Refusé"),
)


def main(folder: Path) -> None:
    """Write every picture, those of a run before being replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    path = chromium_path()
    with DemonstrationPlatform() as platform, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=[*CHROMIUM_OPTIONS, "--lang=fr-FR"],
            # The browser's own words, « Choisir un fichier » among them.
            env={**os.environ, "LANGUAGE": "fr", "LC_ALL": "fr_FR.UTF-8"},
        )
        person = visitor(browser, platform)
        person.page.set_viewport_size({"width": WIDE, "height": _HEIGHT})
        with packages_on_disk() as files:
            take_pictures(person, files, folder)
        administrator = visitor(browser, platform)
        administrator.page.set_viewport_size({"width": WIDE, "height": _HEIGHT})
        take_pictures_of_administration(administrator, folder)
        browser.close()


@contextmanager
def packages_on_disk() -> Iterator[dict[str, Path]]:
    with tempfile.TemporaryDirectory() as place:
        builders: dict[str, SipBuilder] = {name: sip for name, sip, *_ in _DEPOSITS}
        yield {name: sip.zip(Path(place) / f"{name}.zip") for name, sip in builders.items()}


def take_pictures(person: Visitor, files: dict[str, Path], folder: Path) -> None:
    page = person.open("/compte/connexion/")
    keep(page, folder / "connexion.png")
    person.sign_in(person.platform.accounts["archivist"])
    addresses: dict[str, str] = {}
    for name, _sip, action, status in _DEPOSITS:
        addresses[name] = deposit(person, files[name], status=status, action=action).url
    keep(page, folder / "refus.png", address=addresses["permis-2023"])
    keep(page, folder / "versement.png", address=addresses["marche-2022-11"])
    verify_journal(person)
    with person.platform.workers_asleep():
        send(person, files["permis-2022"], action="Contrôle à blanc")
        keep(page, folder / "accueil.png", address=f"{person.platform.url}/")
    for name, path in (
        ("depot", "/deposer/"),
        ("recherche", "/rechercher/?q=deliberation"),
        ("referentiels", "/referentiels/regles/"),
        ("tableau", "/referentiels/rules/tableau/"),
        ("construire", "/classement/construire/"),
        ("journal", "/journaux/"),
        ("etat", "/etat/"),
    ):
        keep(page, folder / f"{name}.png", address=person.platform.url + path)
    person.open("/rechercher/?q=Procès-verbal+réception+date:2022")
    page.locator(".result a").first.click()
    keep(page, folder / "unite.png")
    unit = page.url
    page.set_viewport_size({"width": NARROW, "height": _PHONE_HEIGHT})
    keep(page, folder / "telephone-refus.png", address=addresses["permis-2023"])
    keep(page, folder / "telephone-unite.png", address=unit)


def take_pictures_of_administration(person: Visitor, folder: Path) -> None:
    """A service whose accounts are entrusted to one of its own, as the documentation tells it."""
    person.sign_in(person.platform.accounts["administrator"])
    a_service_has_its_level(person)
    with tempfile.TemporaryDirectory() as place:
        page = check_sheet_of_people(person, Path(place))
        page.set_viewport_size({"width": WIDE, "height": _HEIGHT})
        keep(page, folder / "import-comptes.png")
        page.get_by_role("button", name="Appliquer les seules lignes bonnes").click()
    managing_one_service_is_delegated(person)
    # The steps shared with the tests look at every page in windows of their own.
    person.page.set_viewport_size({"width": WIDE, "height": _HEIGHT})
    keep(person.page, folder / "groupe.png")
    for name, path in (
        ("comptes", "/administration/comptes/"),
        ("droits-effectifs", "/administration/droits-effectifs/"),
        ("organisation", "/administration/organisation/"),
        ("controle-des-droits", "/administration/controle-des-droits/"),
    ):
        keep(person.page, folder / f"{name}.png", address=person.platform.url + path)
    page = person.open("/administration/profils/nouveau/")
    page.locator("a[href*='modele=head_archivist']").first.click()
    keep(page, folder / "profil.png")
    page = person.open(f"/administration/comptes/?q={AGENT_ELSEWHERE.split()[-1]}")
    page.get_by_role("link", name=AGENT_ELSEWHERE).click()
    account = page.url
    page.goto(f"{account}desactiver/")
    page.get_by_role("button", name="Désactiver le compte").click()
    keep(page, folder / "anonymiser.png", address=f"{account}anonymiser/")


def keep(page: Page, path: Path, *, address: str = "") -> None:
    """Write a picture of what stands in the window, in 256 colours."""
    if address:
        page.goto(address)
    page.wait_for_load_state("networkidle")
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        reduced = picture.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=0)
        reduced.save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else _FOLDER)
