"""Undoing a deposit in a real Chromium: what goes, what blocks, asked, withdrawn; axe each time."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from sae.holdings.models import ArchiveUnit
from sae.tenancy.scope import tenant_scope
from tests.builders.deposits import deposit, make_referentials
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder
from tests.chromium import chromium_path
from tests.ingest.served import Server
from tests.services import ServiceEnv
from tests.ui.conftest import CHROMIUM_OPTIONS
from tests.ui.test_accessibility import violations

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def addresses(committed_cast: Cast, tmp_path: Path) -> tuple[str, str]:
    """Of a deposit under whose unit another one hangs, and of that other one."""
    coffre = committed_cast.coffre_a
    make_referentials(coffre)
    base = SipBuilder(message_identifier="SOCLE").comment("Plan").unit("Plan", level="Series")
    below = deposit(coffre, base.zip(tmp_path / "socle.zip"))
    with tenant_scope(coffre.id):
        plan = ArchiveUnit.objects.get(title="Plan")
    hanging = (
        SipBuilder(message_identifier="ERREUR")
        .comment("Délibérations de 2024")
        .unit("Conseil", level="File")
        .attach_to(str(plan.id))
        .unit("Séance", parent="Conseil")
        .binary(b"seance\n", name="seance.txt")
    )
    mistake = deposit(coffre, hanging.zip(tmp_path / "erreur.zip"))
    return f"/versements/{below.id}/", f"/versements/{mistake.id}/"


@pytest.fixture
def aline(committed_cast: Cast, services: ServiceEnv, addresses: tuple[str, str]) -> Iterator[Page]:
    """Aline's browser on a running site; what it complains of fails the test."""
    session = committed_cast.client(committed_cast.aline).cookies["sessionid"].value
    server, path = Server(services), chromium_path()
    try:
        server.start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
            context = browser.new_context(
                base_url=server.address, locale="fr-FR", reduced_motion="reduce"
            )
            context.add_cookies([{"name": "sessionid", "value": session, "url": server.address}])
            opened = context.new_page()
            opened.on("pageerror", lambda error: pytest.fail(str(error)))
            yield opened
            browser.close()
    finally:
        server.stop()


def examine(page: Page) -> None:
    """No axe violation, nothing wider than the screen, in both widths and both themes."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert violations(page) == [], (page.url, theme, width)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_cancellation_is_asked_and_withdrawn(aline: Page, addresses: tuple[str, str]) -> None:
    page, (blocked, mistake) = aline, addresses
    page.goto(f"{blocked}annuler/")
    expect(page.get_by_role("main")).to_contain_text("Séance")
    expect(page.get_by_role("button", name="Demander l’annulation du versement")).to_have_count(0)
    examine(page)

    page.goto(mistake)
    page.get_by_role("link", name="Annuler ce versement").click()
    examine(page)
    page.locator("[name=reason]").fill("Mauvais service producteur")
    page.locator("[name=unit_count]").fill("3")
    page.get_by_role("button", name="Demander l’annulation du versement").click()
    expect(page.get_by_role("main")).to_contain_text("pas le nombre d’unités")
    examine(page)
    page.locator("[name=unit_count]").fill("1")
    page.get_by_role("button", name="Demander l’annulation du versement").click()

    expect(page.get_by_role("main")).to_contain_text("Mauvais service producteur")
    assert page.url.endswith(mistake)
    examine(page)
    page.get_by_role("button", name="Retirer la demande").click()
    expect(page.get_by_role("button", name="Retirer la demande")).to_have_count(0)
    expect(page.get_by_role("link", name="Annuler ce versement")).to_be_visible()
    examine(page)
