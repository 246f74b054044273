"""A package of the corpus named by SAE_CORPUS, its referentials imported from the screen."""

import hashlib
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.acceptance.corpus import needs_corpus, path_of
from tests.e2e.acts import deposit
from tests.e2e.test_archivist import declared_digest
from tests.e2e.visiting import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.acceptance, needs_corpus]

_DATA = "files/vitam-itests/data"
_FILE = "SIP_OK/ZIP/OK_ARBO-COMPLEXE.zip"
_DOCUMENT = "IGI1300.pdf"


def test_the_complex_tree_goes_in_and_a_file_comes_out(archivist: Visitor) -> None:
    for kind, name in (
        ("agencies", "agencies/agencies_init.csv"),
        ("ingestcontracts", "contracts/referential_contracts_ok.json"),
    ):
        page = archivist.open(f"/referentiels/importer/{kind}/")
        page.get_by_label("Fichier", exact=True).set_input_files(path_of(f"{_DATA}/{name}"))
        page.get_by_role("button", name="Lire et comparer").click()
        page.get_by_role("button", name="Appliquer", exact=True).click()
        expect(page.get_by_role("status").first).to_contain_text("Le fichier est importé")
    package = path_of(f"{_DATA}/{_FILE}")
    page = deposit(archivist, package, status="Succès")
    archivist.examine()
    expect(page.locator(".figures li").first).to_contain_text("5")
    with zipfile.ZipFile(package) as archive:
        manifest = archive.read("manifest.xml")
    page.locator("#deposit-body").get_by_role("link", name="arborescence complexe").click()
    for title in ("sous fonds 2 nouveau jeu de test", "Fichier 2 nouveau jeu de test"):
        page.get_by_role("region", name="Sous-unités").get_by_role("link", name=title).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
    with page.expect_download() as asked:
        page.get_by_role("link", name=f"Télécharger {_DOCUMENT}").click()
    content = Path(asked.value.path()).read_bytes()
    assert hashlib.sha512(content).hexdigest() == declared_digest(manifest, _DOCUMENT)
    # « Fichier 1 » stands under both branches: its page shows both ways to it.
    archivist.open("/rechercher/?q=fichier+1+nouveau")
    page.get_by_role("link", name="Fichier 1 nouveau jeu de test").click()
    for title in ("sous fonds 1 nouveau jeu de test", "sous fonds 2 nouveau jeu de test"):
        expect(page.get_by_role("region", name="Description")).to_contain_text(title)
    archivist.examine()
