"""Reading of documents as another program does: pages, tags, text."""

import io
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader


def text_of(pdf: bytes) -> str:
    """Return the text of a document, blanks as one."""
    pages = (page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(" ".join(pages).split())


def figures_of(pdf: bytes) -> list[str]:
    """Return what each tagged figure says to those who do not see it, in reading order."""
    root: Any = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    return [
        str(node.get("/Alt", "")) for node in _nodes(root["/StructTreeRoot"]) if _is_figure(node)
    ]


def claims_pdf_a(pdf: bytes) -> bool:
    """Tell whether a document says that it is PDF/A-2b, tagged and in French."""
    return all(
        words in pdf
        for words in (
            b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>",
            b"/Marked true",
            b"/Lang(fr-FR)",
        )
    )


def _is_figure(node: Any) -> bool:
    return bool(node.get("/S") == "/Figure")


def _nodes(node: Any) -> Iterator[Any]:
    found = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(found, list):
        for one in found:
            yield from _nodes(one)
    elif isinstance(found, dict):
        yield found
        if "/K" in found:
            yield from _nodes(found["/K"])
