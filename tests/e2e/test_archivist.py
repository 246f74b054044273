"""An archivist deposits a package, follows it, finds it again and takes a file out of it."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from lxml import etree
from playwright.sync_api import Page, expect

from tests.e2e.acts import wait_for
from tests.e2e.conftest import SignIn
from tests.e2e.packages import procurement_file
from tests.e2e.platform import DemonstrationPlatform
from tests.e2e.visiting import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

_TITLE = "Marché 2021-07 : réfection de la toiture du gymnase Jean-Moulin"
_PIECE = "Procès-verbal de réception sans réserve"
_FILE = "pv-reception.pdf"


def test_from_the_deposit_to_the_file_downloaded(
    archivist: Visitor, platform: DemonstrationPlatform, tmp_path: Path
) -> None:
    archivist.examine()
    page = drop_the_package(archivist, procurement_file().zip(tmp_path / "marche.zip"), platform)
    manifest = its_files_can_be_downloaded(page)
    archivist.examine()
    its_cancellation_says_what_would_go(archivist)
    its_tree_opens(archivist)
    a_word_of_a_title_is_found(archivist)
    archivist.examine()
    content = the_file_comes_out(page)
    page.get_by_role("link", name="Pourquoi ?").first.click()
    expect(page.get_by_role("link", name="Pourquoi ?", expanded=True)).to_be_visible()
    archivist.examine()
    assert hashlib.sha512(content).hexdigest() == declared_digest(manifest, _FILE)
    a_part_of_the_file_comes_out(archivist, content)
    the_download_is_in_the_journals(archivist)


def drop_the_package(archivist: Visitor, package: Path, platform: DemonstrationPlatform) -> Page:
    page = archivist.open("/deposer/")
    archivist.examine()
    dragged = page.evaluate_handle(
        """([name, content]) => {
            const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
            const dragged = new DataTransfer();
            dragged.items.add(new File([bytes], name));
            return dragged;
        }""",
        [package.name, base64.b64encode(package.read_bytes()).decode()],
    )
    zone = page.locator("[data-drop]")
    zone.dispatch_event("dragover", {"dataTransfer": dragged})
    expect(zone).to_have_class(re.compile("is-over"))
    zone.dispatch_event("drop", {"dataTransfer": dragged})
    with platform.workers_asleep():
        page.get_by_role("button", name="Déposer", exact=True).click()
        page.wait_for_url("**/versements/*-*/")
        expect(page.locator("#deposit-status")).to_have_text("En file")
        archivist.examine()
        page.evaluate("window.neverReloaded = true")
    wait_for(page, "Succès")
    assert page.evaluate("window.neverReloaded")
    expect(page.get_by_role("heading", level=1)).to_contain_text(_TITLE)
    expect(page.locator(".timeline > li")).to_have_count(13)
    expect(page.locator(".timeline > li.is-ok")).to_have_count(13)
    expect(page.locator(".figures")).to_contain_text("14")
    return page


def its_files_can_be_downloaded(page: Page) -> bytes:
    taken = {
        words: download(page, words)
        for words in (
            "Télécharger l’ATR",
            "manifest.xml",
            "Journal (JSON)",
            "Bordereau de versement (PDF)",
        )
    }
    reply = etree.fromstring(taken["Télécharger l’ATR"])
    assert reply.findtext("{*}ReplyCode") == "OK"
    assert taken["Bordereau de versement (PDF)"].startswith(b"%PDF-")
    assert b"STP_INGEST_FINALISATION" in taken["Journal (JSON)"]
    return taken["manifest.xml"]


def download(page: Page, words: str) -> bytes:
    with page.expect_download() as asked:
        page.get_by_role("link", name=words).first.click()
    return Path(asked.value.path()).read_bytes()


def its_cancellation_says_what_would_go(archivist: Visitor) -> None:
    page = archivist.page
    page.get_by_role("link", name="Annuler ce versement").click()
    expect(page.get_by_role("main")).to_contain_text("14")
    archivist.examine()


def its_tree_opens(archivist: Visitor) -> None:
    page = archivist.open("/classement/")
    for title in (_TITLE, "Réception et garanties"):
        page.get_by_role("button", name=f"Contenu de {title}").click()
    page.get_by_role("navigation", name="Plan de classement").get_by_role(
        "link", name=_PIECE
    ).wait_for()
    archivist.examine()


def a_word_of_a_title_is_found(archivist: Visitor) -> None:
    page = archivist.page
    page.keyboard.press("/")
    page.keyboard.type("proces reception")
    page.keyboard.press("Enter")
    result = page.locator(".result", has_text=_PIECE)
    expect(result.locator("mark")).to_have_text(["Procès", "réception"])


def the_file_comes_out(page: Page) -> bytes:
    page.get_by_role("link", name=_PIECE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(_PIECE)
    objects = page.get_by_role("table", name="Objets de cette unité")
    for fact in ("fmt/477", "Site A", "Site B", "BinaryMaster"):
        expect(objects).to_contain_text(fact)
    with page.expect_download() as asked:
        page.get_by_role("link", name=f"Télécharger {_FILE}").click()
    assert asked.value.suggested_filename == _FILE
    return Path(asked.value.path()).read_bytes()


def declared_digest(manifest: bytes, file_name: str) -> str:
    """The SHA-512 that the manifest announces for a file of this name."""
    for item in etree.fromstring(manifest).iter("{*}BinaryDataObject"):
        if item.findtext("{*}FileInfo/{*}Filename") == file_name:
            digest = item.find("{*}MessageDigest")
            assert digest is not None
            assert digest.get("algorithm") == "SHA-512"
            return digest.text or ""
    raise AssertionError(f"the manifest has no {file_name}")


def a_part_of_the_file_comes_out(archivist: Visitor, content: bytes) -> None:
    href = archivist.page.get_by_role("link", name=f"Télécharger {_FILE}").get_attribute("href")
    assert href is not None
    address = archivist.platform.url + href
    part = archivist.context.request.get(address, headers={"Range": "bytes=100-299"})
    assert part.status == 206
    assert part.headers["content-range"] == f"bytes 100-299/{len(content)}"
    assert part.body() == content[100:300]
    beyond = archivist.context.request.get(address, headers={"Range": f"bytes={len(content)}-"})
    assert beyond.status == 416


def the_download_is_in_the_journals(archivist: Visitor) -> None:
    page = archivist.page
    page.reload()
    expect(page.locator(".history")).to_contain_text("Téléchargement d’un objet")
    page = archivist.open("/journaux/")
    expect(page.get_by_role("table").first).to_contain_text("Téléchargement d’un objet")
    archivist.examine()


def test_every_other_screen_of_the_archivist(archivist: Visitor) -> None:
    for path in (
        "/versements/",
        "/versements/?statut=REFUSED",
        "/classement/?filtre=conseil",
        "/rechercher/",
        "/rechercher/?q=introuvable",
        "/referentiels/",
        "/referentiels/regles/",
        "/referentiels/services/",
        "/referentiels/contrats-entree/",
        "/etat/",
        "/compte/mot-de-passe/",
        "/compte/deconnexion/",
    ):
        archivist.open(path)
        archivist.examine()


def test_without_script_the_whole_way(sign_in: SignIn, tmp_path: Path) -> None:
    person = sign_in("archivist", script=False)
    page = deposit_without_script(
        person, procurement_file(number="2019-02").zip(tmp_path / "m.zip")
    )
    page.get_by_role("link", name="Marché 2019-02").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Marché 2019-02")
    page.get_by_role("main").get_by_role("link", name="Exécution des travaux").last.click()
    page.get_by_role("main").get_by_role("link", name="Comptes rendus de chantier").last.click()
    with page.expect_download() as asked:
        page.get_by_role("link", name="Télécharger comptes-rendus.txt").click()
    assert Path(asked.value.path()).read_text().startswith("Comptes rendus de chantier")
    page.get_by_label("Rechercher dans le coffre").fill("compte rendu chantier")
    page.get_by_label("Rechercher dans le coffre").press("Enter")
    expect(page.locator("mark").first).to_be_visible()


def deposit_without_script(person: Visitor, package: Path) -> Page:
    page = person.open("/deposer/")
    page.get_by_label("Choisir un ou plusieurs paquets").set_input_files(package)
    page.get_by_role("button", name="Déposer", exact=True).click()
    page.wait_for_url("**/versements/*-*/")
    for _look in range(60):
        if "Succès" in page.locator("#deposit-status").inner_text():
            return page
        page.wait_for_timeout(1000)
        page.reload()
    raise AssertionError("the deposit never ended")


def test_a_mistaken_password_is_said_and_the_way_out_works(
    archivist: Visitor, platform: DemonstrationPlatform
) -> None:
    page = archivist.page
    page.get_by_label("Compte de").click()
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/compte/connexion/")
    page.get_by_label("Courriel").fill(platform.accounts["archivist"].email)
    page.get_by_label("Mot de passe", exact=True).fill("pas le bon")
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_role("alert")).to_be_visible()
    archivist.examine()
    page.goto(f"{platform.url}/versements/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")
