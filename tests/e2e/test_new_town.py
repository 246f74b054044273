"""A town from its opening to its first audit: opened, peopled by a file, delegated, audited.

One path, in the order in which a newcomer walks it: each step needs what the one before made.
"""

import csv
import datetime as dt
import io
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from tenants.permissions import LABELS, Permission
from tenants.rights.ready import READY
from tests.architecture.matrix import MATRIX
from tests.architecture.matrix.line import EVERYONE, PUBLIC
from tests.e2e.conftest import SignIn
from tests.e2e.platform import DemonstrationPlatform
from tests.e2e.test_organisations import OTHER, enter_by_link, found
from tests.e2e.visiting import Visitor, visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(900)]

TOWN = "Villeneuve-d’Essai"
COFFRE = "Archives intermédiaires"
ADMINISTRATOR = "nadia.petit@villeneuve.example"
MANAGER, AUDITOR = "Chantal Armand", "Denise Verdier"
AGENT_BELOW, AGENT_ELSEWHERE = "Hugo Bastien", "Irène Lambert"
MANAGING = "Gestion des comptes des finances"
AGENTS = "Agents des finances"
ANOTHER = "Consultation · " + COFFRE
FAULTY = (12, 25)


@dataclass
class Town:
    """Who takes part, each in a browser of their own."""

    administrator: Visitor
    browser: Browser

    def newcomer(self) -> Visitor:
        return visitor(self.browser, self.administrator.platform)


def test_a_town_from_its_opening_to_its_first_audit(
    sign_in: SignIn, chromium: Browser, platform: DemonstrationPlatform, tmp_path: Path
) -> None:
    operator = sign_in("operator")
    link = found(operator, name=TOWN, email=ADMINISTRATOR)
    nadia = visitor(chromium, platform)
    people = [nadia]
    try:
        enter_by_link(nadia, link, ADMINISTRATOR)
        town = Town(nadia, chromium)
        she_sees_no_other_town(nadia)
        a_service_has_its_level(nadia)
        thirty_accounts_are_imported(nadia, tmp_path)
        managing_one_service_is_delegated(nadia)
        manager = enters(town, MANAGER)
        people.append(manager)
        the_manager_manages_that_service_alone(manager)
        an_auditor_has_a_month(nadia)
        effective_rights_explain_both(nadia)
        auditor = enters(town, AUDITOR)
        people.append(auditor)
        the_auditor_downloads_the_journal(auditor)
        the_auditor_can_do_nothing_else(auditor)
        assert [one for person in people for one in person.complaints] == []
    finally:
        for person in people:
            person.close()


def she_sees_no_other_town(nadia: Visitor) -> None:
    for path in ("/", "/administration/comptes/", "/administration/organisation/", "/journaux/"):
        assert OTHER not in nadia.open(path).content()


def a_service_has_its_level(nadia: Visitor) -> None:
    """A manager of accounts at the level FINANCES; the agents of that service just below."""
    page = nadia.open("/administration/profils/nouveau/")
    page.get_by_role("link", name="Gestionnaire des utilisateurs").click()
    page.get_by_label("Nom").fill(MANAGING)
    page.get_by_label("Niveau").fill("finances")
    nadia.examine()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(MANAGING)
    make_group(nadia, MANAGING, "FINANCES", profile=f"{MANAGING} — Coffre de preuve")
    make_group(nadia, AGENTS, "FINANCES.AGENTS", profile=f"Consultation — {COFFRE}")


def make_group(nadia: Visitor, name: str, level: str, *, profile: str) -> None:
    page = nadia.open("/administration/groupes/nouveau/")
    page.get_by_label("Nom").fill(name)
    page.get_by_label("Niveau").fill(level)
    page.get_by_label(profile, exact=True).check()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


PEOPLE = [
    "Chantal Armand",
    "Hugo Bastien",
    "Sylvie Carlier",
    "Marc Delmas",
    "Aïcha Ferrand",
    "Paul Guérin",
    "Nora Hamel",
    "Loïc Imbert",
    "Irène Lambert",
    "Éric Marchal",
    "Fatou Ndiaye",
    "Yves Olivier",
    "Léa Pelletier",
    "Jean Quentin",
    "Sonia Rivière",
    "Luc Sauvage",
    "Anne Tissot",
    "Omar Vallet",
    "Julie Weber",
    "Théo Aubert",
    "Claire Barbier",
    "Rémi Colin",
    "Inès Dupuy",
    "Gilles Évrard",
    "Maud Fabre",
    "Victor Giraud",
    "Zoé Hubert",
    "Karl Jacquet",
    "Emma Kieffer",
    "Denise Verdier",
]


def sheet_of_people() -> str:
    """Thirty sound lines, eight of them of the finances, and two faulty ones."""
    lines = ["Nom;Prénom;Adresse électronique;Service;Groupes"]
    for rank, name in enumerate(PEOPLE, start=1):
        first, last = name.split()
        service, group = ("Finances", AGENTS) if rank <= 8 else ("Voirie", ANOTHER)
        if name == AUDITOR:
            service = "Archives départementales"
        # The one who will manage the others stands in no group below, the auditor in none yet.
        placed = "" if name in (MANAGER, AUDITOR) else group
        email = f"{last}@villeneuve.example".lower().translate(str.maketrans("éèï", "eei"))
        lines.append(f"{last};{first};{email};{service};{placed}")
    lines.insert(FAULTY[0] - 1, ";Sans nom;sans.nom@villeneuve.example;Voirie;")
    lines.insert(FAULTY[1] - 1, "Durand;Anne;anne@villeneuve.example;Voirie;Groupe inconnu")
    return "\r\n".join([*lines, ""])


def check_sheet_of_people(nadia: Visitor, folder: Path) -> Page:
    """Have the file checked; return on what it would do."""
    file = folder / "agents.csv"
    file.write_text(sheet_of_people(), encoding="utf-8")
    page = nadia.open("/administration/comptes/importer/")
    page.get_by_label("Fichier CSV ou XLSX").set_input_files(file)
    page.get_by_role("button", name="Contrôler").click()
    return page


def thirty_accounts_are_imported(nadia: Visitor, folder: Path) -> None:
    page = check_sheet_of_people(nadia, folder)
    expect(page.get_by_role("alert")).to_contain_text("2 lignes sont en défaut : 12, 25.")
    faults = page.get_by_role("region", name="Anomalies").get_by_role("row")
    expect(faults.nth(1)).to_contain_text("A · Nom")
    expect(faults.nth(2)).to_contain_text("E · Groupes")
    expect(faults.nth(2)).to_contain_text("Groupe inconnu")
    nadia.examine()
    # A dry run: nobody was made yet.
    beside = nadia.context.request.get(nadia.platform.url + "/administration/comptes/?q=Voirie")
    assert AGENT_ELSEWHERE not in beside.text()
    page.get_by_role("button", name="Appliquer les seules lignes bonnes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import appliqué")
    nadia.examine()
    page = nadia.open("/administration/comptes/")
    expect(page.get_by_role("heading", level=2).first).to_have_text("31\xa0comptes")


def managing_one_service_is_delegated(nadia: Visitor) -> None:
    page = nadia.open("/administration/groupes/deleguer/")
    group = page.get_by_label("Groupe confié")
    group.select_option(label=f"{MANAGING} (niveau FINANCES)")
    choose_account(page, MANAGER)
    page.get_by_label("Jusqu’au").fill("2099-12-31")
    page.get_by_label("Motif").fill("congé de la responsable")
    nadia.examine()
    page.get_by_role("button", name="Enregistrer").click()
    row = page.get_by_role("row").filter(has_text=MANAGER)
    expect(row).to_contain_text("31/12/2099")


def choose_account(page: Page, name: str) -> None:
    accounts = page.get_by_label("Compte", exact=True)
    value = accounts.locator("option").filter(has_text=name).get_attribute("value")
    accounts.select_option(value)


def enters(town: Town, name: str) -> Visitor:
    """An account is invited by the administrator (no mail leaves here) and comes in."""
    page = town.administrator.open(f"/administration/comptes/?q={name.split()[1]}")
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("button", name="Inviter").click()
    link = page.locator("#lien").inner_text().strip()
    email = page.locator("#page-facts, .page-facts").first.inner_text().split("·")[-1].strip()
    person = town.newcomer()
    enter_by_link(person, link, email)
    return person


def the_manager_manages_that_service_alone(manager: Visitor) -> None:
    page = manager.open("/administration/comptes/?q=Bastien")
    page.get_by_role("link", name=AGENT_BELOW).click()
    manager.examine()
    page.get_by_role("link", name="Modifier").click()
    page.get_by_label("Téléphone").fill("+33 1 23 45 67 89")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(AGENT_BELOW)
    expect(page.get_by_role("main")).to_contain_text("+33 1 23 45 67 89")
    # An agent of another service is shown, and out of reach, by the address too.
    page = manager.open("/administration/comptes/?q=Lambert")
    page.get_by_role("link", name=AGENT_ELSEWHERE).click()
    expect(page.get_by_role("main")).to_contain_text("sans pouvoir le modifier")
    expect(page.get_by_role("link", name="Modifier")).to_have_count(0)
    refused = manager.context.request.get(page.url + "modifier/")
    assert refused.status == 403
    # Neither archives nor settings came with it.
    for path in (
        "/rechercher/",
        "/administration/organisation/",
        "/administration/profils/nouveau/",
    ):
        assert manager.context.request.get(manager.platform.url + path).status == 403, path


def an_auditor_has_a_month(nadia: Visitor) -> None:
    page = nadia.open("/administration/groupes/?q=Auditeur")
    page.get_by_role("link", name=f"Auditeur · {COFFRE}", exact=True).click()
    page.get_by_role("link", name="Ajouter un membre").click()
    choose_account(page, AUDITOR)
    # The ready profile proposes the month itself.
    month = (dt.date.today() + dt.timedelta(days=30)).isoformat()
    expect(page.get_by_label("Jusqu’au")).to_have_value(month)
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("row").filter(has_text=AUDITOR)).to_contain_text(
        f"{dt.date.fromisoformat(month):%d/%m/%Y}"
    )
    nadia.examine()


def effective_rights_explain_both(nadia: Visitor) -> None:
    month = dt.date.today() + dt.timedelta(days=30)
    for name, permission, group, until in (
        (MANAGER, Permission.ACCOUNT_MANAGE, MANAGING, "31 décembre 2099"),
        (AUDITOR, Permission.JOURNAL_VIEW, f"Auditeur · {COFFRE}", f"{month.year}"),
    ):
        page = nadia.open(f"/administration/comptes/?q={name.split()[1]}")
        page.get_by_role("link", name=name, exact=True).click()
        page.get_by_role("main").get_by_role("link", name="Droits effectifs").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)
        label = str(LABELS[permission]).capitalize()
        row = page.get_by_role("row").filter(
            has=page.get_by_role("rowheader", name=label, exact=True)
        )
        row.get_by_role("link").first.click()
        why = page.locator("#panneau-pourquoi")
        expect(why).to_contain_text(group)
        expect(why).to_contain_text("membre jusqu’au")
        expect(why).to_contain_text(until)
        expect(why).to_contain_text(label)
        nadia.examine()


def the_auditor_downloads_the_journal(auditor: Visitor) -> None:
    page = auditor.open("/journaux/")
    with page.expect_download() as asked:
        page.get_by_role("link", name="CSV", exact=True).first.click()
    told = Path(asked.value.path()).read_text(encoding="utf-8-sig")
    assert len(list(csv.reader(io.StringIO(told)))) > 1
    auditor.examine()


def the_auditor_can_do_nothing_else(auditor: Visitor) -> None:
    """Every address of the platform that names nothing: 403 but for what an auditor reads."""
    held = READY["auditor"].permissions
    wrong = []
    for name, line in MATRIX.items():
        if line.of or line.also or line.permission in (EVERYONE, PUBLIC):
            continue
        allowed = line.permission in held
        path = reverse(name)
        status = auditor.context.request.get(auditor.platform.url + path).status
        # What is only posted answers 405 to those who may, 403 to all others, before anything.
        if (status == 403) == allowed:
            wrong.append((name, path, status))
    assert wrong == []
    links = auditor.page.get_by_role("navigation", name="Tâches").locator("> ul > li > a")
    assert [one.strip() for one in links.all_inner_texts()] == [
        "À faire", "Journaux et preuves", "Administration",
    ]  # fmt: skip
