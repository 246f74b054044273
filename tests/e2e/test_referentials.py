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
    page.get_by_role("button", name="Lire et comparer").click()
    expect(page.get_by_role("alert")).to_contain_text("3 anomalies. 3 lignes peuvent être laissées")
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
        page.get_by_role("link", name="Lignes à corriger").click()
    assert "figure deux fois" in Path(asked.value.path()).read_text(encoding="utf-8-sig")
    page.get_by_role("button", name="Abandonner").click()
    expect(page.locator("body")).to_contain_text("rien n’a changé")

    file.write_text(_RIGHT)
    page.get_by_role("link", name="Importer", exact=True).click()
    page.get_by_label("Fichier", exact=True).set_input_files(file)
    page.get_by_role("button", name="Lire et comparer").click()
    expect(page.get_by_role("status").first).to_contain_text("Tout peut être appliqué.")
    archivist.examine()
    page.get_by_role("button", name="Appliquer", exact=True).click()
    with page.expect_download() as asked:
        page.get_by_role("link", name="Rapport").click()
    assert json.loads(Path(asked.value.path()).read_text())
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


def test_cells_are_typed_compared_applied_and_undone(archivist: Visitor) -> None:
    page = archivist.open("/referentiels/rules/tableau/?q=APP-00007")
    archivist.examine()
    page.get_by_label("Durée, APP-00007").fill("12")
    expect(page.locator("[data-sheet-changes]")).to_have_text("1 cellule changée")
    page.get_by_role("button", name="Comparer").click()
    expect(page.get_by_role("table")).to_contain_text("12")
    archivist.examine()
    page.get_by_role("button", name="Appliquer", exact=True).click()
    page = archivist.open("/referentiels/regles/?q=APP-00007")
    page.get_by_role("link", name="Pièces comptables").click()
    expect(page.get_by_role("main")).to_contain_text("12 ans")
    archivist.examine()
    page.get_by_role("button", name="Revenir à la version 1").click()
    page.get_by_role("button", name="Appliquer", exact=True).click()
    page = archivist.open("/referentiels/rules/versions/")
    archivist.examine()
    page.get_by_role("button", name="Comparer").click()
    archivist.examine()
    page = archivist.open("/referentiels/jeux/")
    archivist.examine()
    page.get_by_role("button", name="Comparer : Durées de conservation").click()
    archivist.examine()
    page = archivist.open("/referentiels/ingestcontracts/ajouter/")
    archivist.examine()
    page = archivist.open("/referentiels/formats/")
    archivist.examine()


def test_contracts_are_typed_in_cells_and_a_file_of_them_is_refused_by_lines(
    archivist: Visitor, tmp_path: Path
) -> None:
    page = archivist.open("/referentiels/contrats-entree/")
    page.get_by_role("link", name="Modifier en tableau").click()
    archivist.examine()
    page.get_by_label("Description, CE-VERSEMENTS").fill("Versements annuels des services")
    page.get_by_role("button", name="Comparer").click()
    expect(page.get_by_role("table")).to_contain_text("Versements annuels des services")
    archivist.examine()
    page.get_by_role("button", name="Appliquer", exact=True).click()
    page.get_by_role("link", name="Voir le référentiel").click()
    page.get_by_role("link", name="Versions", exact=True).click()
    expect(page.get_by_role("button", name="Revenir à l’état").first).to_be_visible()
    archivist.examine()

    file = tmp_path / "contrats.json"
    wrong = {"Identifier": "CE-2", "Name": "Deux", "Status": "PEUT-ÊTRE", "MasterMandatory": 3}
    file.write_text(json.dumps([{"Identifier": "CE-1", "Name": "Un"}, wrong], indent=1))
    page = archivist.open("/referentiels/importer/ingestcontracts/")
    page.get_by_label("Fichier", exact=True).set_input_files(file)
    page.get_by_role("button", name="Lire et comparer").click()
    faults = page.get_by_role("table", name="Anomalies du fichier")
    expect(faults.get_by_role("row").nth(1)).to_contain_text("PEUT-ÊTRE")
    archivist.examine()
    with page.expect_download() as asked:
        page.get_by_role("link", name="Liste des anomalies").click()
    assert "MasterMandatory" in Path(asked.value.path()).read_text(encoding="utf-8-sig")
    page.get_by_role("button", name="Appliquer les seules lignes saines").click()
    expect(page.get_by_role("main")).to_contain_text("CE-1")
    archivist.open("/referentiels/importer/formats/")
    archivist.examine()
