"""Typst documents from data: PDF/A-2b, tagged, in French.

Data reach the template as JSON and are shown as text, never read as markup. Fonts are those of
the compiler, so that the same data give the same page on every machine.
"""

import re
from pathlib import Path
from typing import Any

import orjson
import typst

from sae.kernel import clock

_TEMPLATES = Path(__file__).parent
# Latin, Greek and Cyrillic letters, punctuation, currency, letter-like signs, arrows, operators.
_OUTSIDE_THE_FONTS = re.compile(
    "[^\u0020-\u007e\u00a0-\u024f\u0370-\u052f\u2010-\u2027\u202f-\u205f\u20a0-\u20bf"
    "\u2190-\u2193\u2260\u2264\u2265\n]"
)
_MISSING = "\u25a1"


def compile_pdf(template: str, values: dict[str, Any]) -> bytes:
    """Return the PDF of a template of this folder (``slip``) filled with ``values``.

    PDF/A refuses a character that its fonts cannot draw: such characters are then replaced by a
    square, since a deposit may hold names in any script.
    """
    text = orjson.dumps(values).decode()
    try:
        return _compile(template, text)
    except typst.TypstError:
        return _compile(template, orjson.dumps(_drawable(values)).decode())


def _compile(template: str, values: str) -> bytes:
    pdf = typst.compile(
        str(_TEMPLATES / f"{template}.typ"),
        root=str(_TEMPLATES),
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=["a-2b"],
        sys_inputs={"values": values},
        timestamp=int(clock.now().timestamp()),
    )
    return bytes(pdf)


def _drawable(value: Any) -> Any:
    if isinstance(value, str):
        return _OUTSIDE_THE_FONTS.sub(_MISSING, value)
    if isinstance(value, dict):
        return {key: _drawable(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_drawable(one) for one in value]
    return value
