"""The icons the sprite holds: those of assets/icons.json, and no other."""

import json
from functools import cache
from pathlib import Path

SPRITE = "vendor/icons.svg"


@cache
def icon_names() -> frozenset[str]:
    """Return the names that ``npm run build`` puts in the sprite."""
    listing = Path(__file__).parent / "assets" / "icons.json"
    return frozenset(json.loads(listing.read_text(encoding="utf-8")))


class UnknownIconError(ValueError):
    """The sprite has no such icon: add its name to assets/icons.json and run the build."""


def check_icon(name: str) -> str:
    """Return ``name`` when the sprite has it; raise ``UnknownIconError`` otherwise."""
    if name not in icon_names():
        raise UnknownIconError(name)
    return name
