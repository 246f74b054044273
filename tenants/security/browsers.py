"""What a browser says of itself, in words: « Firefox 128, Windows »."""

import re

from django.utils.translation import gettext as _

# Order matters: Edge and Opera also call themselves Chrome, Chrome also Safari.
_BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/(\d+)"),
    ("Opera", r"OPR/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:HeadlessChrome|Chrome|CriOS)/(\d+)"),
    ("Safari", r"Version/(\d+)[\d.]* (?:Mobile/\S+ )?Safari"),
)
_SYSTEMS = (
    ("Android", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("Linux", r"Linux|X11"),
)


def browser_words(user_agent: str) -> str:
    """Return browser and system in a few words; a program says its own name, cut at 60."""
    browser = next(
        (f"{name} {found[1]}" for name, rx in _BROWSERS if (found := re.search(rx, user_agent))), ""
    )
    system = next((name for name, rx in _SYSTEMS if re.search(rx, user_agent)), "")
    return ", ".join(filter(None, (browser, system))) or user_agent[:60] or _("Navigateur inconnu")
