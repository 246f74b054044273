"""A town puts its archives under rules, from an empty classification to a mass edit undone.

One path, in the order in which a new archivist walks it: rules, tree, contract, two packages, a
duration simulated then changed, a rule blocked, dates explained, a file frozen, an edit undone.
"""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.builders.sip import SipBuilder
from tests.e2e.acts import deposit
from tests.e2e.packages import package, with_file
from tests.e2e.visiting import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

TOWN = "Archives de Sainte-Épreuve"
CONTRACT = "CE-SAINTE-EPREUVE"
RULE = "DUA-MP-003"
WORKS = "Marché 2014-08 : toiture de l’école"
ROADS = "Marché 2015-03 : voirie du bourg"
OFFERS = "Offres non retenues"
ENDED = 60_000


def test_a_town_puts_its_archives_under_rules(archivist: Visitor, tmp_path: Path) -> None:
    the_retention_rules_are_loaded(archivist)
    the_tree_of_the_town_is_drawn(archivist)
    a_contract_leads_to_its_place(archivist)
    two_packages_are_deposited(archivist, tmp_path)
    the_date_is_explained(archivist, year=2026)
    a_duration_is_simulated_then_changed(archivist)
    the_date_is_explained(archivist, year=2031)
    a_rule_is_blocked_for_one_folder(archivist)
    a_file_is_frozen(archivist)
    a_mass_edit_is_undone(archivist)


def the_retention_rules_are_loaded(archivist: Visitor) -> None:
    page = archivist.open("/referentiels/jeux/")
    page.get_by_role("button", name="Comparer : Durées de conservation").click()
    page.get_by_role("button", name="Appliquer", exact=True).click()
    expect(page.get_by_role("link", name="Voir le référentiel")).to_be_visible()
    page = archivist.open(f"/referentiels/regles/?q={RULE}")
    expect(page.get_by_role("table")).to_contain_text("10 ans")


def the_tree_of_the_town_is_drawn(archivist: Visitor) -> None:
    page = archivist.open("/classement/construire/")
    page.get_by_role("button", name="Créer l’arbre type d’une commune").click()
    page.get_by_role("link", name="Modifier", exact=True).click()
    page.get_by_label("Intitulé", exact=True).fill(TOWN)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("h1")).to_have_text(TOWN)
    expect(page.locator("#sous-unites")).to_be_visible()


def a_contract_leads_to_its_place(archivist: Visitor) -> None:
    page = archivist.open("/referentiels/ingestcontracts/ajouter/")
    page.get_by_label("Nom", exact=True).fill("Versements de Sainte-Épreuve")
    page.get_by_label(re.compile("^Identifiant")).fill(CONTRACT)
    page.get_by_label(re.compile("^Statut")).select_option("ACTIVE")
    page.locator("input[name=EveryFormatType]").check()
    page.locator("input[name=MasterMandatory]").uncheck()
    place = page.locator("#LinkParentId-choix")
    place.get_by_label("Chercher une position").fill("sainte-épreuve › marchés publics")
    place.get_by_role("radio", name=re.compile("Marchés publics")).check()
    archivist.examine()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("h1")).to_contain_text("Versements de Sainte-Épreuve")


def market(title: str, message: str, *, end: str) -> SipBuilder:
    """A file of public works under a rule just loaded, with a folder of offers set aside."""
    sip = package(message, title).agreement(CONTRACT)
    sip.unit(title, level="File", StartDate=f"{int(end[:4]) - 1}-01-01", EndDate=end)
    sip.rule("AppraisalRule", RULE, start_date=end, FinalAction="Destroy")
    sip.unit(OFFERS, level="RecordGrp", parent=title, identifier=f"{message}-O")
    sip.unit("Offre de l’entreprise Durand", parent=f"{message}-O")
    with_file(sip, f"{message}-offre.txt", title="Offre")
    sip.unit("Procès-verbal de réception", parent=title, identifier=f"{message}-P")
    return with_file(sip, f"{message}-pv.txt", title="Procès-verbal")


def two_packages_are_deposited(archivist: Visitor, tmp_path: Path) -> None:
    for title, message, end in ((WORKS, "EPR-1", "2016-06-30"), (ROADS, "EPR-2", "2016-12-31")):
        made = market(title, message, end=end).zip(tmp_path / f"{message}.zip")
        deposit(archivist, made, status="Succès")
    page = unit(archivist, WORKS)
    expect(page.get_by_role("navigation", name="Fil d’Ariane")).to_contain_text(TOWN)
    expect(page.get_by_role("navigation", name="Fil d’Ariane")).to_contain_text("Marchés publics")


def found(archivist: Visitor, words: str) -> Page:
    """Return on the results of a search of these words as they stand."""
    return archivist.open("/rechercher/?" + urlencode({"q": f'"{words}"'}))


def unit(archivist: Visitor, title: str) -> Page:
    """Return on the page of a unit, found by its title under the tree of the town."""
    page = found(archivist, title)
    page.get_by_role("main").get_by_role("link", name=title).first.click()
    expect(page.locator("h1")).to_have_text(title)
    return page


def the_date_is_explained(archivist: Visitor, *, year: int) -> None:
    """Each date says where it comes from: of its own, then of the folder above."""
    page = unit(archivist, WORKS)
    wait_for_date(page, year)
    page.locator("[id^=pourquoi-AppraisalRule]").first.click()
    expect(page.locator(".why")).to_contain_text("30/06/2016 + ")
    archivist.examine()
    page.locator("#liste-des-sous-unites").get_by_role("link", name=OFFERS).click()
    page.locator("[id^=pourquoi-AppraisalRule]").first.click()
    expect(page.locator(".why")).to_contain_text(f"la règle vient de « {WORKS} »")


def wait_for_date(page: Page, year: int) -> None:
    """The dates follow in an operation of their own; nobody waits for it on this page."""
    wanted = page.locator("#regles-en-vigueur").get_by_text(f"30/06/{year}")
    for _look in range(60):
        if wanted.count():
            return
        page.wait_for_timeout(1_000)
        page.reload()
    raise AssertionError(f"no date in {year}")


def a_duration_is_simulated_then_changed(archivist: Visitor) -> None:
    page = archivist.open(f"/referentiels/rules/chercher/?identifiant={RULE}")
    page.get_by_role("link", name="Simuler une durée").click()
    page.locator("input[name=duration]").fill("15")
    page.get_by_role("button", name="Simuler", exact=True).click()
    table = page.get_by_role("table", name="Unités dont l’échéance changerait")
    expect(table.get_by_role("row").filter(has_text=WORKS)).to_contain_text("30/06/2031")
    archivist.examine()
    with page.expect_download() as asked:
        page.get_by_role("link", name="CSV").click()
    assert ROADS in Path(asked.value.path()).read_text(encoding="utf-8-sig")
    page.get_by_role("button", name="Préparer ce changement").click()
    changes = page.get_by_role("table", name="Différences avec le référentiel d’aujourd’hui")
    expect(changes.get_by_role("link", name="2 unités")).to_be_visible()
    archivist.examine()
    page.get_by_role("button", name="Appliquer", exact=True).click()
    expect(page.get_by_role("link", name="Voir le référentiel")).to_be_visible()


def a_rule_is_blocked_for_one_folder(archivist: Visitor) -> None:
    page = unit(archivist, WORKS)
    page.locator("#liste-des-sous-unites").get_by_role("link", name=OFFERS).click()
    page.get_by_role("button", name="Règles…").first.click()
    form = page.locator("details").filter(has_text="Bloquer l’héritage d’une règle")
    form.locator("summary").click()
    form.locator("select[name=rule]").select_option(f"AppraisalRule:{RULE}")
    # A folder that no rule reaches any more says itself what becomes of it.
    form.locator("select[name=fate]").select_option("Keep")
    form.get_by_role("button", name="Bloquer l’héritage d’une règle").click()
    applied(page)
    page = unit(archivist, WORKS)
    page.locator("#liste-des-sous-unites").get_by_role("link", name=OFFERS).click()
    expect(page.locator("#regles-en-vigueur .is-set-aside").first).to_contain_text(RULE)
    expect(page.locator("#regles-en-vigueur").get_by_text("30/06/2031")).to_have_count(0)
    archivist.examine()


def applied(page: Page) -> None:
    """Check what would come of it, apply, and see the results."""
    page.get_by_role("button", name="Contrôler").click()
    agreed = page.get_by_role("button", name=re.compile(r"Appliquer à \d"))
    expect(agreed).to_be_visible(timeout=ENDED)
    agreed.click()
    expect(page.get_by_role("heading", name="Résultats")).to_be_visible(timeout=ENDED)


def a_file_is_frozen(archivist: Visitor) -> None:
    page = unit(archivist, ROADS)
    page.get_by_role("button", name="Geler…").first.click()
    page.get_by_label("Règle de gel").select_option("HoldRule:HOL-00001")
    page.get_by_label("Demandé par").fill("Service juridique")
    page.get_by_label("Motif").fill("Contentieux de la voirie du bourg")
    applied(page)
    page = archivist.open("/gels/")
    expect(page.get_by_role("link", name="Contentieux de la voirie du bourg")).to_be_visible()
    page = unit(archivist, ROADS)
    page.locator("[id^=pourquoi-HoldRule]").first.click()
    archivist.examine()


def a_mass_edit_is_undone(archivist: Visitor) -> None:
    page = found(archivist, "toiture de l’école")
    page.get_by_label(f"Choisir : {WORKS}", exact=True).check()
    page.get_by_role("button", name="Description…").click()
    page.locator("summary", has_text="Présentation et contenu").click()
    page.get_by_label("Que faire de : État du document").select_option("remplacer")
    page.get_by_label("État du document", exact=True).fill("clos")
    applied(page)
    page.get_by_role("button", name="Annuler cette modification").click()
    expect(page.get_by_text("Les valeurs précédentes sont revenues")).to_be_visible(timeout=ENDED)
    page = unit(archivist, WORKS)
    expect(page.get_by_role("main")).not_to_contain_text("État du document")
