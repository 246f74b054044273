"""A browser, and the interface served alone beside it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright

from tests.chromium import chromium_path

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def ui_address() -> Iterator[str]:
    """The address of the interface served without a database."""
    if not (ROOT / "static" / "vendor" / "icons.svg").exists():
        pytest.fail("static/vendor is empty: run `npm ci && npm run build` first")
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.ui.serve"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert server.stdout is not None
    port = server.stdout.readline().strip()
    assert port.isdigit(), "the interface did not start"
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for one module: while it lives, Django refuses the database to this thread."""
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


class Visit:
    """Opens pages and keeps what the browser complained about: scripts, policy, resources."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address
        self._contexts: list = []
        self.complaints: list[str] = []

    def __call__(
        self,
        path: str,
        *,
        width: int = 1280,
        height: int = 900,
        theme: str = "light",
        script: bool = True,
        **context_options: object,
    ) -> Page:
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=script,
            locale="fr-FR",
            color_scheme=theme,
            reduced_motion="reduce",
            **context_options,
        )
        self._contexts.append(context)
        page = context.new_page()
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if message.type in ("error", "warning")
                else None
            ),
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(f"{self._address}{path}")
        page.wait_for_load_state("load")
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def visit(chromium: Browser, ui_address: str) -> Iterator[Visit]:
    visit = Visit(chromium, ui_address)
    yield visit
    visit.close()


@pytest.fixture
def interface_alone(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages of the room answered in this process, without account, coffre nor database."""
    from tests.ui import settings_without_database as alone

    settings.ROOT_URLCONF = alone.ROOT_URLCONF
    settings.MIDDLEWARE = alone.MIDDLEWARE
    settings.TEMPLATES = alone.TEMPLATES
    settings.FORM_RENDERER = alone.FORM_RENDERER
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", False)
