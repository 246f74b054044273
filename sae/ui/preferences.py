"""How one reader likes the pages: theme, density, single-key shortcuts, lines per page.

Kept in a cookie of the browser (no personal data, readable before signing in), so that a choice
made on a shared machine never follows the account elsewhere.
"""

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from django.http import HttpRequest, HttpResponse

COOKIE = "sae_affichage"
A_YEAR = 365 * 24 * 3600
CHOICES = {
    "theme": ("auto", "light", "dark"),
    "density": ("normal", "compact", "large"),
    "keys": ("on", "off"),
    "per_page": (0, 25, 50, 100),
}


@dataclass(frozen=True, slots=True)
class Preferences:
    """``per_page`` 0 leaves each list its own size. ``keys`` off: WCAG 2.1, 2.1.4."""

    theme: str = "auto"
    density: str = "normal"
    keys: str = "on"
    per_page: int = 0

    def with_choices(self, choices: dict[str, Any]) -> "Preferences":
        """Return the preferences with the valid ones among ``choices``; the rest is ignored."""
        valid: dict[str, Any] = {}
        for name, allowed in CHOICES.items():
            by_text = {str(value): value for value in allowed}
            if str(choices.get(name)) in by_text:
                valid[name] = by_text[str(choices[name])]
        return replace(self, **valid)


def read(request: HttpRequest) -> Preferences:
    """Return the preferences of the browser; whatever is malformed in its cookie is ignored."""
    try:
        kept = json.loads(request.COOKIES.get(COOKIE, "{}"))
    except ValueError:
        kept = {}
    return Preferences().with_choices(kept if isinstance(kept, dict) else {})


def write(response: HttpResponse, preferences: Preferences, *, secure: bool) -> None:
    """Keep the preferences that differ from the default in the browser for a year."""
    default = Preferences()
    kept = {
        field.name: asdict(preferences)[field.name]
        for field in fields(Preferences)
        if getattr(preferences, field.name) != getattr(default, field.name)
    }
    response.set_cookie(
        COOKIE, json.dumps(kept), max_age=A_YEAR, httponly=True, samesite="Lax", secure=secure
    )
