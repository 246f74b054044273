"""Acts that last, done from the screen and waited for: deposits, verification of the journal."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.visiting import Visitor

ENDED = 90_000
"""Milliseconds that a small deposit may take on a busy machine."""


def send(person: Visitor, package: Path, *, action: str = "Versement") -> Page:
    """Pick a package on the deposit screen; return on the deposit's page."""
    page = person.open("/deposer/")
    page.get_by_role("radio", name=action).check()
    page.get_by_label("Choisir un ou plusieurs paquets").set_input_files(package)
    page.get_by_role("button", name="Déposer", exact=True).click()
    page.wait_for_url("**/versements/*-*/")
    return page


def wait_for(page: Page, status: str) -> None:
    """The page itself comes to this status, nobody reloading it."""
    expect(page.locator("#deposit-status")).to_have_text(status, timeout=ENDED)
    # Facts, actions and files of the end come in the same answer.
    expect(page.locator("#deposit-body[hx-trigger]")).to_have_count(0)


def deposit(person: Visitor, package: Path, *, status: str, action: str = "Versement") -> Page:
    """Send a package and wait for its end."""
    page = send(person, package, action=action)
    wait_for(page, status)
    return page


def verify_journal(person: Visitor) -> None:
    """Have the journal verified; return on its page once it is said sound."""
    page = person.open("/journaux/")
    page.get_by_role("button", name="Vérifier maintenant").click()
    page.wait_for_url("**/journaux/*-*/")
    for _look in range(120):
        page = person.open("/journaux/")
        if page.get_by_text("Journal intact.").count():
            return
        page.wait_for_timeout(500)
    raise AssertionError("the journal was not said sound")
