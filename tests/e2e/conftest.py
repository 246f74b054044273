"""One platform for the whole run, a browser for each module, a person for each test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.chromium import chromium_path
from tests.e2e.platform import DemonstrationPlatform
from tests.e2e.visiting import Visitor, visitor
from tests.ui.conftest import CHROMIUM_OPTIONS

SignIn = Callable[..., Visitor]

# Two cores shared with a database, an object store and two clusters of workers.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def platform() -> Iterator[DemonstrationPlatform]:
    """`manage.py up` itself, from an empty data directory."""
    with DemonstrationPlatform() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(platform: DemonstrationPlatform) -> Iterator[Browser]:
    """For one module: while it lives, Django refuses the database to this thread."""
    path = chromium_path()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield launched
        launched.close()


@pytest.fixture
def sign_in(chromium: Browser, platform: DemonstrationPlatform) -> Iterator[SignIn]:
    """``sign_in("archivist", script=False)`` → that demonstration account in a browser.

    At the end of the test no browser may have complained of anything.
    """
    made: list[Visitor] = []

    def as_role(role: str, **options: Any) -> Visitor:
        person = visitor(chromium, platform, **options)
        made.append(person)
        person.sign_in(platform.accounts[role])
        return person

    yield as_role
    for person in made:
        person.close()
    assert [complaint for person in made for complaint in person.complaints] == []


@pytest.fixture
def archivist(sign_in: SignIn) -> Visitor:
    """The demonstration archivist, signed in."""
    return sign_in("archivist")
