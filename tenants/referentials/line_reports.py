"""Faults of a CSV in the shape of the peers' reports: by line, with code and information."""

from collections.abc import Iterable
from typing import Any

from sae.kernel.problems import Problem
from tenants.referentials.sentences import sentence

INFORMATION = "Information additionnelle"


def by_line(problems: Iterable[Problem]) -> dict[str, list[dict[str, Any]]]:
    """Return ``{"line 4": [{"Code", "Message", "Information additionnelle"}]}``.

    The header is line 1. A fault of the whole file stands under line 1.
    """
    lines: dict[str, list[dict[str, Any]]] = {}
    for found in problems:
        entry: dict[str, Any] = {"Code": found.code, "Message": sentence(found)}
        information = found.arguments.get("information") or found.seen or found.place.element
        if information:
            entry[INFORMATION] = information
        lines.setdefault(f"line {found.place.line or 1}", []).append(entry)
    return lines
