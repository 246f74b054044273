"""The classification of a town is drawn from the template, grown, rearranged; all by the screen."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.visiting import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_a_tree_is_made_grown_and_rearranged(archivist: Visitor, tmp_path: Path) -> None:
    page = archivist.open("/classement/construire/")
    archivist.examine()
    page.get_by_role("button", name="Créer l’arbre type d’une commune").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Archives de la commune")
    page.get_by_role("link", name="Ajouter dessous").click()
    archivist.examine()
    page.get_by_label("Intitulé").fill("Jumelages")
    page.get_by_label("Nature").select_option("FILING_UNIT")
    page.get_by_role("button", name="Créer", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Jumelages")
    archivist.examine()

    page.get_by_role("link", name="Déplacer").click()
    archivist.examine()
    page.get_by_label("Chercher la destination par son intitulé").fill("Culture, sport")
    page.keyboard.press("Enter")
    page.get_by_label("Culture, sport et associations").check()
    page.get_by_role("button", name="Continuer").click()
    archivist.examine()
    page.get_by_role("button", name="Déplacer", exact=True).click()
    expect(page.get_by_role("navigation", name="Fil d’Ariane")).to_contain_text("Culture, sport")

    page.get_by_role("link", name="Supprimer").click()
    archivist.examine()
    page.get_by_label("Tapez 1 pour confirmer").fill("1")
    page.get_by_role("button", name="Supprimer la branche").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Culture, sport et associations")

    file = tmp_path / "plan.csv"
    file.write_text("Identifier;ParentIdentifier;Title\nX;;Plan du CCAS\nX1;X;Aides\nX2;Z;Égaré\n")
    page = archivist.open("/classement/construire/")
    page.get_by_label("Fichier", exact=True).set_input_files(file)
    page.get_by_role("button", name="Lire et comparer").click()
    expect(page.get_by_role("alert")).to_contain_text("1 anomalie")
    expect(page.get_by_role("link", name="Lignes à corriger")).to_be_visible()
    archivist.examine()
    page.get_by_role("button", name="Appliquer les seules lignes saines").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plan du CCAS")
    file.write_text("Identifier;ParentIdentifier;Title\nX;;Plan du CCAS\nX1;X;Aides légales\n")
    page = archivist.open("/classement/construire/")
    page.get_by_label("Fichier", exact=True).set_input_files(file)
    page.get_by_role("button", name="Lire et comparer").click()
    expect(page.get_by_role("table")).to_contain_text("Aides légales")
    archivist.examine()
    page.get_by_role("button", name="Appliquer", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aides légales")
    page.get_by_role("navigation", name="Fil d’Ariane").get_by_role(
        "link", name="Plan du CCAS"
    ).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Plan du CCAS")


def test_a_branch_is_dragged_onto_another(archivist: Visitor) -> None:
    page = archivist.open("/classement/")
    rows = page.locator(".tree-row[data-unit]")
    if rows.count() < 2:
        archivist.open("/classement/construire/")
        page.get_by_role("button", name="Créer l’arbre type d’une commune").click()
        page = archivist.open("/classement/")
    rows.nth(0).drag_to(rows.nth(1))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Déplacer")
    archivist.examine()


def test_a_tree_of_20_000_is_kept_with_the_keyboard_alone(
    archivist: Visitor, tmp_path: Path
) -> None:
    page = archivist.open("/classement/construire/")
    file = tmp_path / "grand.csv"
    lines = ["Identifier;ParentIdentifier;Title", "G;;Zone de vingt mille", "Z;;Zénith"]
    lines += [f"G{n};G;Dossier {n}" for n in range(1, 20_001)]
    file.write_text("\n".join(lines))
    page.get_by_label("Fichier", exact=True).set_input_files(file)
    page.get_by_role("button", name="Lire et comparer").click()
    # The template of a town has a G too: this one is another tree.
    archivist.examine()  # A job compares it, then applies it: the page follows.
    page.get_by_role("button", name="Les ajouter comme nouvelles").click(timeout=60_000)
    page.get_by_role("button", name="Appliquer", exact=True).click(timeout=60_000)
    page.get_by_role("link", name="Voir dans le classement").click(timeout=60_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Zone de vingt mille")
    archivist.examine()
    rows = page.locator(".tree .tree-row[data-unit]")
    drawn = rows.count()
    assert drawn < 150

    focused = page.locator(".tree-row:focus-within > a")
    page.locator(".tree-row.is-current > a").focus()
    page.keyboard.type("zen")
    expect(focused).to_have_text("Zénith")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(focused).to_have_text("Dossier 1")
    page.keyboard.press("End")
    expect(focused).to_have_text("Voir la suite")
    page.keyboard.press("Enter")
    expect(focused).to_have_text("Dossier 41")
    assert rows.count() == drawn + 40

    # Taken, and put under another: the page that follows says what would be done.
    page.keyboard.press("Control+x")
    expect(page.locator(".tree-row.is-taken")).to_have_count(1)
    archivist.examine()
    page.keyboard.press("Escape")
    expect(page.locator(".tree-row.is-taken")).to_have_count(0)
    page.keyboard.press("Control+x")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+v")
    expect(page.get_by_role("heading", level=1)).to_have_text("Déplacer « Dossier 41 »")
    expect(page.get_by_text("Ranger sous « Dossier 42 »")).to_be_visible()
    page.get_by_role("button", name="Déplacer", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Fil d’Ariane")).to_contain_text("Dossier 42")

    current = page.locator(".tree-row.is-current > a")
    for key, heading in (
        ("F2", "Modifier la description"),
        ("Insert", "Ajouter une position"),
        ("Delete", "Supprimer « Dossier 41 »"),
    ):
        current.focus()
        page.keyboard.press(key)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        page.go_back()

    page.get_by_role("navigation", name="Fil d’Ariane").get_by_role(
        "link", name="Zone de vingt mille"
    ).click()
    page.get_by_label("Filtrer les sous-unités par leur intitulé").fill("19999")
    listed = page.locator("#liste-des-sous-unites .item")
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text("Dossier 19999")
    archivist.examine()
