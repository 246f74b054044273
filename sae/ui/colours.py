"""Colours of coffres: a palette, any other colour that is legible, and how they reach the page.

A page carries no inline style (content security policy), so a colour chosen by an administrator
arrives through a small stylesheet of its own, cached for good: its content is in its address.
"""

import re
from collections.abc import Iterable

NEUTRAL = "neutre"
PALETTE = {
    "brique": "#8c3d1f",
    "olive": "#55651b",
    "ardoise": "#3d5566",
    "prune": "#6b3a6e",
    "indigo": "#3f4a8a",
    "sapin": "#2c6248",
    "tabac": "#6f5320",
    "petrole": "#1d6170",
}
# WCAG 2.1, 1.4.3: text of ordinary size.
LEAST_CONTRAST = 4.5
_HEX = re.compile(r"#?([0-9a-fA-F]{6})\Z")


def _luminance(colour: str) -> float:
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two ``#rrggbb`` colours, 1 to 21 (WCAG 2.1 definition)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def normalise(colour: str) -> str | None:
    """Return ``#rrggbb`` in small letters for a palette name or a hexadecimal colour, or None."""
    if colour in PALETTE:
        return PALETTE[colour]
    match = _HEX.match(colour or "")
    return f"#{match[1].lower()}" if match else None


def is_legible(colour: str) -> bool:
    """Tell whether white text may stand on the colour."""
    return contrast(colour, "#ffffff") >= LEAST_CONTRAST


def colour_class(colour: str) -> str:
    """Return the CSS class that carries a coffre's colour: ``coffre-brique``, ``coffre-7a1133``.

    An empty, malformed or illegible colour falls back on the neutral one.
    """
    if colour in PALETTE:
        return f"coffre-{colour}"
    value = normalise(colour)
    if value is None or not is_legible(value):
        return f"coffre-{NEUTRAL}"
    named = next((name for name, known in PALETTE.items() if known == value), None)
    return f"coffre-{named or value[1:]}"


def unnamed(colours: Iterable[str]) -> list[str]:
    """Return the hexadecimal digits of the legible colours that the palette does not hold."""
    suffixes = {colour_class(colour).removeprefix("coffre-") for colour in colours}
    return sorted(suffixes - set(PALETTE) - {NEUTRAL})


def stylesheet(digits: Iterable[str]) -> str:
    """Return one rule per colour; raise ``ValueError`` for one that is malformed or illegible."""
    rules = []
    for one in digits:
        value = normalise(f"#{one}")
        if value is None or not is_legible(value):
            raise ValueError(one)
        rules.append(f".coffre-{value[1:]} {{ --coffre: {value}; }}\n")
    return "".join(rules)
