"""The contrast of every pair of colours that the interface puts together, in both themes."""

import re
from pathlib import Path

import pytest

from sae.ui.colours import PALETTE, contrast

SHEET = (Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css").read_text("utf-8")
GROUNDS = ("canvas", "surface", "sunken")
TONES = ("ok", "warning", "ko", "fatal", "running", "paused", "hold")


def block(selector: str) -> dict[str, str]:
    """Return the colours that a rule of the sheet sets."""
    body = SHEET.split(selector, 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", body))


LIGHT = block(":root {")
DARK = {**LIGHT, **block(':root[data-theme="dark"] {')}
THEMES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])


def test_both_ways_of_being_dark_say_the_same() -> None:
    assert block(':root:not([data-theme="light"]) {') == block(':root[data-theme="dark"] {')


@THEMES
@pytest.mark.parametrize("ground", [*GROUNDS, "accent-bg"])
@pytest.mark.parametrize("ink", ["text", "text-2", "muted", "accent"])
def test_text_is_legible_on_every_ground(colours: dict[str, str], ink: str, ground: str) -> None:
    assert contrast(colours[ink], colours[ground]) >= 4.5


@THEMES
@pytest.mark.parametrize("tone", TONES)
def test_states_are_legible_on_their_tint_and_on_panels(colours: dict[str, str], tone: str) -> None:
    for ground in (f"{tone}-bg", *GROUNDS):
        assert contrast(colours[tone], colours[ground]) >= 4.5, ground


@THEMES
def test_buttons_marks_and_field_edges_have_their_contrast(colours: dict[str, str]) -> None:
    assert contrast(colours["on-accent"], colours["accent"]) >= 4.5
    assert contrast(colours["on-accent"], colours["accent-strong"]) >= 4.5
    assert contrast(colours["on-danger"], colours["danger"]) >= 4.5
    assert contrast(colours["text"], colours["mark"]) >= 4.5
    for ground in ("surface", "canvas"):
        assert contrast(colours["control"], colours[ground]) >= 3
        assert contrast(colours["accent"], colours[ground]) >= 3


def test_the_palette_of_coffres_is_the_same_in_both_places_and_carries_white() -> None:
    assert {name: LIGHT[name] for name in PALETTE} == PALETTE
    assert all(
        contrast(colour, "#ffffff") >= 4.5 for colour in [*PALETTE.values(), LIGHT["neutre"]]
    )


def test_no_stylesheet_but_the_tokens_holds_a_literal_colour() -> None:
    for sheet in ("sae.css", "components.css", "forms.css"):
        text = (Path(__file__).resolve().parents[2] / "static" / "css" / sheet).read_text("utf-8")
        text = text.split("@media print")[0]
        assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;\s])", text) == [], sheet
