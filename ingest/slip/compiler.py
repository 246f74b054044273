"""Documents about deposits: the templates of this folder."""

from pathlib import Path
from typing import Any

from sae.ui.documents import compiler

_TEMPLATES = Path(__file__).parent


def compile_pdf(
    template: str, values: dict[str, Any], *, logo: compiler.Picture | None = None
) -> bytes:
    """Return the PDF of a template of this folder (``slip``) filled with ``values``."""
    return compiler.compile_pdf(_TEMPLATES / f"{template}.typ", values, logo=logo)
