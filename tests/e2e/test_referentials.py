"""A referential is imported from the screen: refused with every fault, then taken."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.visiting import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

_HEADER = "Identifier,Name,Description"
_FAULTY = f"""{_HEADER}
CINEMA,Cinéma municipal,Régie directe
CINEMA,Cinéma municipal,Écrit deux fois
PISCINE,,Sans nom
THEATRE,Théâtre
"""
_RIGHT = f"""{_HEADER}
CINEMA,Cinéma municipal,Régie directe
PISCINE,Centre nautique,Bassins et plage
THEATRE,Théâtre municipal,Saison culturelle
"""


def test_agencies_refused_then_imported(archivist: Visitor, tmp_path: Path) -> None:
    file = tmp_path / "services.csv"
    page = archivist.open("/referentiels/")
    page.get_by_role("link", name="Importer : Services agents").click()
    archivist.examine()

    file.write_text(_FAULTY)
    page.get_by_label("Fichier", exact=True).set_input_files(file)
    page.get_by_role("button", name="Importer", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("3 anomalies. Rien n’a changé")
    faults = page.get_by_role("table", name="Anomalies du fichier")
    for line, words in (
        ("3", "« CINEMA » figure deux fois"),
        ("4", "« Name » est obligatoire"),
        ("5", "2 cellules"),
    ):
        row = faults.get_by_role("row").filter(has_text=words)
        expect(row.get_by_role("cell").first).to_have_text(line)
    archivist.examine()
    with page.expect_download() as asked:
        page.get_by_role("link", name="Rapport").click()
    assert json.loads(Path(asked.value.path()).read_text())
    with page.expect_download() as asked:
        page.get_by_role("link", name="Exporter les anomalies").click()
    assert "CINEMA" in Path(asked.value.path()).read_text(encoding="utf-8-sig")

    file.write_text(_RIGHT)
    page.get_by_role("link", name="Importer un autre fichier").click()
    page.get_by_label("Fichier", exact=True).set_input_files(file)
    page.get_by_role("button", name="Contrôler sans importer").click()
    expect(page.get_by_role("status").first).to_contain_text("Le fichier peut être importé.")
    archivist.examine()
    page.get_by_role("link", name="Importer un autre fichier").click()
    page.get_by_label("Fichier", exact=True).set_input_files(file)
    page.get_by_role("button", name="Importer", exact=True).click()
    page.get_by_role("link", name="Voir le référentiel").click()
    page.get_by_role("link", name="Centre nautique").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Centre nautique")
    archivist.examine()
    # What the file does not name stays: archives belong to it.
    archivist.open("/referentiels/services/?q=direction")
    expect(page.get_by_role("link", name="Direction générale des services")).to_be_visible()


def test_rules_and_contracts_are_read_one_by_one(archivist: Visitor) -> None:
    page = archivist.open("/referentiels/regles/")
    page.get_by_role("link", name="Garantie décennale").click()
    expect(page.get_by_role("main")).to_contain_text("1792-4-1")
    archivist.examine()
    page = archivist.open("/referentiels/contrats-entree/")
    page.get_by_role("link", name="Versements des services").click()
    expect(page.get_by_role("main")).to_contain_text("CE-VERSEMENTS")
    archivist.examine()
    page = archivist.open("/referentiels/importer/ingestcontracts/")
    archivist.examine()
