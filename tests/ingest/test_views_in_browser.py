"""Depositing in a real Chromium: pieces, pause, outcome live, no script, narrow screens, axe."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.builders.deposits import deposit, make_referentials
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder
from tests.chromium import chromium_path
from tests.ingest.served import Server
from tests.services import ServiceEnv
from tests.ui.conftest import CHROMIUM_OPTIONS

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@dataclass
class Site:
    """A running site with a worker, a browser, Aline's session, packages at hand."""

    address: str
    session: str
    browser: Browser
    package: Path
    refused_id: str
    line: int

    def page(
        self, path: str, *, script: bool = True, width: int = 1280, theme: str = "light"
    ) -> Page:
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=script,
            color_scheme=theme,  # type: ignore[arg-type]
            reduced_motion="reduce",
            locale="fr-FR",
        )
        context.add_cookies(
            [{"name": "sessionid", "value": self.session, "url": self.address, "httpOnly": True}]
        )
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto(self.address + path)
        return page


@pytest.fixture
def site(committed_cast: Cast, services: ServiceEnv, tmp_path: Path) -> Iterator[Site]:
    coffre = committed_cast.coffre_a
    make_referentials(coffre)
    builder = SipBuilder().comment("Délibérations de 2024").unit("Conseil", level="File")
    faulty = SipBuilder(message_identifier="MSG-2").unit("Conseil", level="File")
    for rank in range(24):
        faulty = faulty.unit(f"Pièce {rank}", parent="Conseil")
        faulty = faulty.binary(f"{rank}".encode(), name=f"{rank}.txt").break_digest()
    refused = deposit(coffre, faulty.zip(tmp_path / "faux.zip"))
    package = builder.binary(b"0123456789abcdef" * 500_000, name="a.txt")
    package_path = package.zip(tmp_path / "avril.zip", compression=0)
    session = committed_cast.client(committed_cast.aline).cookies["sessionid"].value
    server = Server(services)
    path = chromium_path()
    try:
        server.start()
        server.start_worker()
        # Last: while a browser lives, Django refuses the database to this thread.
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
            yield Site(server.address, session, browser, package_path, str(refused.id), 27)
            browser.close()
    finally:
        server.stop()


def slow_down(page: Page, *, bytes_per_second: int) -> Any:
    """Give the page a slow link; ``{"uploadThroughput": -1, …}`` gives the fast one back."""
    link = page.context.new_cdp_session(page)
    link.send("Network.enable")
    link.send("Network.emulateNetworkConditions", network(bytes_per_second))
    return link


def network(upload: int) -> dict[str, Any]:
    return {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload}


def test_a_package_is_paused_resumed_and_followed_to_its_outcome(site: Site) -> None:
    page = site.page("/deposer/")
    link = slow_down(page, bytes_per_second=1_000_000)
    page.get_by_label("Choisir un ou plusieurs paquets").set_input_files(site.package)
    page.get_by_role("button", name="Déposer", exact=True).click()
    row = page.locator("[data-transfer-list] li")
    expect(row.locator("[data-amount]")).to_contain_text("sur 8")
    page.get_by_role("button", name="Suspendre avril.zip").click()
    expect(row.locator("[data-state]")).to_have_text("En pause")
    expect(page.get_by_role("button", name="Reprendre avril.zip")).to_be_focused()
    link.send("Network.emulateNetworkConditions", network(-1))
    page.get_by_role("button", name="Reprendre avril.zip").click()
    page.wait_for_url("**/versements/*-*/", timeout=60_000)
    expect(page.locator("#deposit-status")).to_contain_text("Succès", timeout=60_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Délibérations de 2024")
    expect(page.get_by_text("Entrées au fonds")).to_be_visible()
    expect(page.locator("[hx-trigger]").filter(has_text="Étapes")).to_have_count(0)
    assert violations(page) == []


def test_an_upload_left_by_a_closed_page_is_resumed_by_choosing_the_file_again(
    site: Site,
) -> None:
    page = site.page("/deposer/")
    slow_down(page, bytes_per_second=1_500_000)
    page.locator("#id_packages").set_input_files(site.package)
    page.get_by_role("button", name="Déposer", exact=True).click()
    expect(page.locator("[data-amount]")).to_contain_text("sur 8")
    page.wait_for_timeout(1500)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(site.address + "/deposer/")
    waiting = page.locator("[data-interrupted]")
    expect(waiting).to_contain_text("avril.zip")
    page.locator("#id_packages").set_input_files(site.package)
    page.get_by_role("button", name="Déposer", exact=True).click()
    expect(waiting).to_have_count(0)
    page.wait_for_url("**/versements/*-*/", timeout=60_000)


def test_it_all_works_without_a_script(site: Site) -> None:
    page = site.page("/deposer/", script=False)
    page.get_by_label("Contrôle à blanc").check()
    page.locator("#id_packages").set_input_files(site.package)
    page.get_by_role("button", name="Déposer", exact=True).click()
    assert "/versements/" in page.url
    for _try in range(60):
        if "Le paquet passe tous les contrôles" in page.content():
            break
        page.wait_for_timeout(1000)
        page.reload()
    page.get_by_role("button", name="Verser ce paquet").click()
    assert "/versements/" in page.url
    expect(page.locator("main")).to_contain_text("Étapes")


def test_no_screen_has_a_violation(site: Site) -> None:
    for path in (
        "/deposer/",
        "/versements/",
        "/versements/?statut=KO&q=faux",
        f"/versements/{site.refused_id}/",
        f"/versements/{site.refused_id}/anomalies/?code=CHECK_DIGEST.KO&motif=digest_invalid",
        f"/versements/{site.refused_id}/manifeste/{site.line}/",
        "/etat/",
        "/",
    ):
        page = site.page(path)
        assert page.locator("h1").count() == 1, path
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 900})
                assert violations(page) == [], (path, theme, width)
        page.set_viewport_size({"width": 320, "height": 900})
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, path
        page.context.close()


def violations(page: Page) -> list[str]:
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [f"{one['impact']} {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]
