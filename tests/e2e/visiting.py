"""People at their browser: signed in through the screen, their pages examined as they go."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.platform import Account, DemonstrationPlatform
from tests.ui.test_accessibility import violations

WIDE, NARROW = 1280, 390
_HEIGHT = 900


@dataclass
class Visitor:
    """One person in a browser of their own; what the browser complained about is kept."""

    platform: DemonstrationPlatform
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to an address of the platform."""
        self.page.goto(self.platform.url + path)
        return self.page

    def sign_in(self, account: Account) -> None:
        """Through the screen, as everybody."""
        page = self.open("/compte/connexion/")
        page.get_by_label("Courriel").fill(account.email)
        page.get_by_label("Mot de passe", exact=True).fill(account.password)
        page.get_by_role("button", name="Se connecter").click()
        expect(page.get_by_role("heading", level=1)).not_to_have_text("Connexion")

    def examine(self) -> None:
        """The page as it is holds no axe violation and nothing wider than itself, at both widths.

        Raises `AssertionError` naming the address, the width and each rule broken.
        """
        found = []
        for width in (WIDE, NARROW):
            self.page.set_viewport_size({"width": width, "height": _HEIGHT})
            found += [f"{self.page.url} {width} {line}" for line in violations(self.page)]
            overflow = self.page.evaluate(
                "document.documentElement.scrollWidth - window.innerWidth"
            )
            if overflow > 0:
                found.append(f"{self.page.url} {width} scrolls sideways by {overflow}")
        self.page.set_viewport_size({"width": WIDE, "height": _HEIGHT})
        assert found == []

    def close(self) -> None:
        self.context.close()


def visitor(
    browser: Browser, platform: DemonstrationPlatform, *, script: bool = True, **options: Any
) -> Visitor:
    """A browser of its own, nobody signed in."""
    context = browser.new_context(
        viewport={"width": WIDE, "height": _HEIGHT},
        java_script_enabled=script,
        locale="fr-FR",
        color_scheme="light",
        reduced_motion="reduce",
        **options,
    )
    made = Visitor(platform, context, context.new_page())
    made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
    made.page.on(
        "console",
        lambda message: (
            made.complaints.append(message.text) if message.type in ("error", "warning") else None
        ),
    )
    return made
