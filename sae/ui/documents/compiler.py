"""Typst documents from data: PDF/A-2b, tagged, in French.

Data reach the template as JSON and are shown as text, never read as markup. Fonts are those of
the compiler, so that the same data give the same page on every machine.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import typst

from sae.kernel import clock

_LETTERHEAD = Path(__file__).parent / "letterhead.typ"
# Latin, Greek and Cyrillic letters, punctuation, currency, letter-like signs, arrows, operators.
_OUTSIDE_THE_FONTS = re.compile(
    "[^\u0020-\u007e\u00a0-\u024f\u0370-\u052f\u2010-\u2027\u202f-\u205f\u20a0-\u20bf"
    "\u200b\u2190-\u2193\u2260\u2264\u2265\n]"
)
_MISSING = "\u25a1"
# Digests (128 characters of hexadecimal) are cut by the template itself.
_LONG_WORD = re.compile(r"[0-9a-f]{128}|\S{28}(?=\S{4})")
_DIGEST_LENGTH = 128
_BREAK = "\u200b"


@dataclass(frozen=True, slots=True)
class Picture:
    """The logo of a letterhead: a PNG or an SVG, and what is said to those who do not see it."""

    content: bytes
    media_type: str
    alternative: str


def compile_pdf(template: Path, values: dict[str, Any], *, logo: Picture | None = None) -> bytes:
    """Return the PDF of a Typst template filled with ``values``; it may import the letterhead.

    PDF/A refuses a character that its fonts cannot draw: such characters are then replaced by a
    square, since a deposit may hold names in any script. A logo that cannot be drawn is left out:
    the document is worth more than its ornament.
    """
    breakable = _each_text(values, _break_long_words)
    drawable = _each_text(breakable, _only_drawable)
    refused: typst.TypstError | None = None
    for ornament in (logo, None) if logo else (None,):
        for told in (breakable, drawable):
            try:
                return _compile(template, told, ornament)
            except typst.TypstError as error:
                refused = error
    raise refused or AssertionError


def _compile(template: Path, values: Any, logo: Picture | None) -> bytes:
    # A dictionary of files is accepted, though the stubs of the library do not say so.
    files: Any = {"main.typ": template.read_bytes(), _LETTERHEAD.name: _LETTERHEAD.read_bytes()}
    if logo is not None:
        # As numbers: the compiler takes no file that is not text.
        drawing = {
            "octets": list(logo.content),
            "format": "svg" if logo.media_type == "image/svg+xml" else "png",
            "alternative": logo.alternative,
        }
        values = {**values, "logo": drawing}
    pdf = typst.compile(
        files,
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=["a-2b"],
        sys_inputs={"values": orjson.dumps(values).decode()},
        timestamp=int(clock.now().timestamp()),
    )
    return bytes(pdf)


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _each_text(one, change) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_each_text(one, change) for one in value]
    return value


def _only_drawable(text: str) -> str:
    return _OUTSIDE_THE_FONTS.sub(_MISSING, text)


def _break_long_words(text: str) -> str:
    """Let a word without end (a name, a path, a value) go on to the next line."""
    return _LONG_WORD.sub(
        lambda word: word[0] if len(word[0]) == _DIGEST_LENGTH else f"{word[0]}{_BREAK}", text
    )
