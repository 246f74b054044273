"""« Règles en vigueur » in a real Chromium: in place, by keyboard, without script, narrow."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from tests.access.test_in_browser import ROOT, Site, _environment, _wait
from tests.access.test_rules_in_force import Ruled, build_ruled
from tests.builders.people import Cast
from tests.chromium import chromium_path
from tests.services import ServiceEnv
from tests.ui.conftest import CHROMIUM_OPTIONS

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def town(committed_cast: Cast) -> Ruled:
    return build_ruled(committed_cast)


@pytest.fixture
def site(committed_cast: Cast, town: Ruled, services: ServiceEnv) -> Iterator[Site]:
    session = committed_cast.client(committed_cast.aline).cookies["sessionid"].value
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload"],
        cwd=ROOT,
        env={**_environment(), **services.environment()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    path = chromium_path()
    try:
        _wait(address + "/sante/")
        # Last: while a browser lives, Django refuses the database to this thread.
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
            yield Site(address, session, browser, town.file, town.piece, "")
            browser.close()
    finally:
        server.terminate()
        server.wait(20)


def test_why_opens_in_place(site: Site, town: Ruled) -> None:
    opened_by_keyboard(site, town)
    without_script(site, town)
    sound_at_every_width(site, town)


def opened_by_keyboard(site: Site, town: Ruled) -> None:
    page = site.page(f"/unites/{town.file.id}/")
    page.evaluate("window.stayed = true")
    why = page.locator("#pourquoi-AppraisalRule-0")
    expect(why).to_have_attribute("aria-expanded", "false")
    why.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".why")).to_contain_text("la règle vient de « Marchés de travaux »")
    expect(why).to_have_attribute("aria-expanded", "true")
    expect(why).to_be_focused()
    assert page.evaluate("window.stayed"), "the page was loaded again"
    page.keyboard.press("Enter")
    expect(page.locator(".why")).to_have_count(0)


def without_script(site: Site, town: Ruled) -> None:
    page = site.page(f"/unites/{town.file.id}/", script=False)
    page.click("#pourquoi-AppraisalRule-x0")
    expect(page.locator(".why")).to_contain_text("Sans effet ici")
    page.click("#pourquoi-AppraisalRule-x0")
    expect(page.locator(".why")).to_have_count(0)


def sound_at_every_width(site: Site, town: Ruled) -> None:
    found = {}
    opened = {
        "inherited": (town.file, "AppraisalRule-0"),
        "aside": (town.file, "AppraisalRule-x0"),
        "two-ways": (town.piece, "AppraisalRule-0"),
        "hold": (town.hold, "HoldRule-0"),
        "implicit": (town.other, "AppraisalRule-e"),
    }
    for name, (unit, key) in opened.items():
        for width, theme in ((1280, "light"), (390, "dark"), (390, "light"), (320, "light")):
            page = site.page(f"/unites/{unit.id}/?pourquoi={key}", width=width, theme=theme)
            expect(page.locator(".why")).to_have_count(1)
            for violation in Axe().run(page).response["violations"]:
                nodes = [node["html"][:150] for node in violation["nodes"]][:3]
                found[(name, width, theme, violation["id"])] = nodes
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found[(name, width, theme, "scrolls sideways")] = []
            page.context.close()
    assert found == {}
