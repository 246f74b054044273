"""axe-core on every page of the room: no violation of any impact, wide and narrow, both themes."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

pytestmark = pytest.mark.e2e

PAGES = [
    "/_styleguide/",
    "/_styleguide/liste/?par_page=5",
    "/_styleguide/liste/?vide=1",
    "/_styleguide/a-faire/",
    "/_styleguide/versement/",
    "/_styleguide/recherche/",
    "/_styleguide/unite/",
    "/_styleguide/elimination/",
    "/_styleguide/droits/",
    "/_styleguide/connexion/",
    "/_styleguide/connexion/?refus=1",
    "/accessibilite/",
    "/glossaire/",
    "/raccourcis/",
    "/_refus/",
    "/_panne/",
    "/nulle-part/",
]


def violations(page: Page) -> list[str]:
    """Return what axe-core finds, one line per rule with its first place."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [f"{one['impact']} {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


@pytest.mark.parametrize("path", PAGES)
def test_page_has_no_violation(visit: Any, path: str) -> None:
    page = visit(path)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert violations(page) == [], (theme, width)
    page.set_viewport_size({"width": 320, "height": 900})
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "fr"
    expected = [line for line in visit.complaints if "Failed to load resource" not in line]
    assert expected == []


@pytest.mark.parametrize("path", ["/_styleguide/", "/_styleguide/unite/"])
def test_page_reflows_when_text_is_twice_as_large(visit: Any, path: str) -> None:
    page = visit(path, width=640)
    page.evaluate(
        "new Promise(done => { const s = new CSSStyleSheet();"
        " s.replaceSync('html{font-size:200% !important}');"
        " document.adoptedStyleSheets=[s]; requestAnimationFrame(done); })"
    )
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0


@pytest.mark.parametrize("path", ["/_styleguide/", "/_styleguide/elimination/"])
def test_page_has_no_violation_in_forced_colours(visit: Any, path: str) -> None:
    page = visit(path, forced_colors="active")
    assert violations(page) == []


def test_open_menus_drawer_and_key_list_have_no_violation(visit: Any) -> None:
    page = visit("/_styleguide/a-faire/", width=390)
    page.get_by_role("button", name="Ouvrir le menu").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    for menu in page.locator("details[data-menu]").all():
        menu.locator("summary").click()
        assert violations(page) == []
        page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.locator("dialog[open]").wait_for()
    assert violations(page) == []


@pytest.mark.parametrize("path", ["/_styleguide/", "/_styleguide/a-faire/"])
def test_targets_are_24_pixels_or_more_under_768_pixels(visit: Any, path: str) -> None:
    page = visit(path, width=390)
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, summary, .btn, .tool, .menu-link, select')]
            .filter(e => e.offsetParent && !e.closest('[hidden]'))
            .map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
            .filter(([, box]) => box.height < 23.5 || box.width < 23.5)
            .map(([html, box]) => `${html} ${box.width}×${box.height}`)"""
    )
    assert [one for one in small if "link-button" not in one] == []
