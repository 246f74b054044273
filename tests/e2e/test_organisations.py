"""The operator opens a town; its administrator comes in by the link and sees that town alone."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import SignIn
from tests.e2e.platform import Account, DemonstrationPlatform
from tests.e2e.visiting import Visitor, visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TOWN = "Ville de Démonstration"
OTHER = "Saint-Aubin-la-Rivière"
TEMPLATE = "Modèle des communes"
PASSWORD = "une phrase de passe pour Nadia 2031"


def fill_in(page: Page, *, name: str, email: str) -> None:
    """What a newcomer types: everything else has its default."""
    page.get_by_label("Nom de l’organisation").fill(name)
    page.get_by_label("Nom du coffre").fill("Archives intermédiaires")
    page.get_by_label("Partir de").select_option(label=TEMPLATE)
    page.get_by_label("Prénom").fill("Nadia")
    page.get_by_label("Nom", exact=True).fill("Petit")
    page.get_by_label("Adresse électronique").fill(email)


def found(operator: Visitor, *, name: str, email: str) -> str:
    """Open an organisation through the screen; return the link of its first administrator."""
    page = operator.open("/administration/organisations/nouvelle/")
    fill_in(page, name=name, email=email)
    page.get_by_role("button", name="Voir le récapitulatif").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Créer «")
    page.get_by_role("button", name="Créer l’organisation").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("est créée")
    return page.locator("#lien-invitation").inner_text().strip()


def enter_by_link(person: Visitor, link: str, email: str) -> None:
    """Choose a password by the link, then sign in with it."""
    page = person.page
    page.goto(link)
    for field in ("#id_password1", "#id_password2"):
        page.locator(field).fill(PASSWORD)
    page.get_by_role("button", name="Choisir ce mot de passe").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Choisir un mot de passe")
    person.context.clear_cookies()
    person.sign_in(Account("administrator", email, PASSWORD))


def test_a_town_is_opened_and_its_administrator_sees_it_alone(
    sign_in: SignIn, chromium: Browser, platform: DemonstrationPlatform
) -> None:
    operator = sign_in("operator")
    page = operator.open("/administration/organisations/")
    expect(page.get_by_role("table")).to_contain_text(OTHER)
    operator.examine()
    page.get_by_role("link", name="Créer une organisation").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Créer une organisation")
    operator.examine()
    # Every fault at once, what was typed kept.
    page.get_by_role("button", name="Voir le récapitulatif").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    operator.examine()
    operator.complaints.clear()  # the browser says 400 aloud

    email = "nadia.petit@demonstration.example"
    link = found(operator, name=TOWN, email=email)
    assert re.match(r"https?://\S+/compte/lien/\S+", link)
    operator.examine()
    page.get_by_role("link", name="Voir l’organisation").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TOWN)
    operator.examine()

    nadia = visitor(chromium, platform)
    try:
        enter_by_link(nadia, link, email)
        home = nadia.open("/")
        expect(home.get_by_role("region", name="Volumes et quotas")).to_contain_text(
            "Archives intermédiaires"
        )
        assert OTHER not in home.content()
        nadia.examine()
        settings = nadia.open("/administration/organisation/")
        expect(settings.get_by_role("heading", level=1)).to_have_text(TOWN)
        assert OTHER not in settings.content()
        nadia.examine()
        closed = nadia.open("/administration/organisations/")
        assert OTHER not in closed.content()
        expect(closed.get_by_role("main")).to_contain_text("créer et suspendre")
        nadia.complaints.clear()  # 403 said aloud
        set_the_coffre(nadia)
        assert nadia.complaints == []
    finally:
        nadia.close()


def set_the_coffre(administrator: Visitor) -> None:
    """A colour judged as it is chosen, a quota, then the change undone."""
    page = administrator.open("/administration/organisation/")
    page.get_by_role("link", name="Archives intermédiaires", exact=True).click()
    page.get_by_label("Couleur du bandeau").fill("#ffee00")
    expect(page.locator("#contraste")).to_contain_text("Trop claire")
    page.get_by_label("Couleur du bandeau").fill("#2c6248")
    expect(page.locator("#contraste")).to_contain_text("Lisible")
    page.get_by_label("Quota de volume, en Go").fill("250")
    administrator.examine()
    page.get_by_role("button", name="Enregistrer").click()
    history = page.get_by_role("region", name="Changements")
    expect(history).to_contain_text("quota de volume")
    administrator.examine()
    history.get_by_role("button", name="Annuler").click()
    expect(page.get_by_role("main")).to_contain_text("les valeurs d’avant sont en place")


def test_support_comes_in_on_consent_and_is_stopped(sign_in: SignIn) -> None:
    operator = sign_in("operator")
    page = operator.open("/administration/organisations/")
    page.get_by_role("link", name=OTHER).first.click()
    page.get_by_role("link", name="Demander un accès").click()
    page.get_by_label("Motif").fill("Un versement reste en attente depuis hier.")
    operator.examine()
    page.get_by_role("button", name="Envoyer la demande").click()
    expect(page.get_by_role("main")).to_contain_text("attend la réponse")
    operator.examine()

    administrator = sign_in("administrator")
    home = administrator.open("/")
    expect(home.get_by_role("main")).to_contain_text("Le support demande à entrer")
    administrator.examine()
    home.get_by_role("link", name=re.compile("Répondre")).first.click()
    administrator.examine()
    home.get_by_role("button", name="Accepter, en lecture").click()
    expect(home.get_by_role("main")).to_contain_text("Ce que le support a fait")

    page = operator.open("/administration/support/demandes/")
    page.get_by_role("button", name="Entrer").click()
    banner = page.get_by_role("region", name="Accès du support", exact=True)
    expect(banner).to_contain_text("lecture seule")
    page = operator.open("/classement/")
    expect(banner).to_be_visible()
    operator.examine()

    followed = administrator.page
    followed.reload()
    expect(followed.get_by_role("table")).to_contain_text("Classement")
    administrator.examine()
    followed.get_by_role("button", name="Arrêter").click()
    expect(followed.get_by_role("main")).to_contain_text("Accès du support arrêté")

    refused = operator.open("/classement/")
    expect(refused.get_by_role("main")).to_contain_text("consulter les archives")
    expect(banner).to_have_count(0)
    operator.complaints.clear()  # 403 said aloud
