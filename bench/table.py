"""Results as text: one column per package, one line per measure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MEGABYTE = 1e6
_GAP = "  "


def render(results: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of the deposits measured (see ``bench.__main__`` for their members)."""
    if not results:
        return ""
    lines: list[list[str]] = [["", *(str(one["title"]) for one in results)]]
    for code in _keys(one["steps"] for one in results):
        lines.append([code, *(_seconds(one["steps"].get(code)) for one in results)])
    lines += [
        ["total (s)", *(_seconds(one["seconds"]) for one in results)],
        ["CPU of the worker (s)", *(_seconds(one["cpu"]) for one in results)],
        ["MB/s", *(f"{one['bytes'] / MEGABYTE / one['seconds']:.1f}" for one in results)],
        ["units/s", *(f"{one['units'] / one['seconds']:.0f}" for one in results)],
        ["peak memory (MB)", *(f"{one['memory'] / MEGABYTE:.0f}" for one in results)],
    ]
    for part in _keys(one["floor"] for one in results):
        lines.append([f"floor: {part}", *(_seconds(one["floor"].get(part)) for one in results)])
    lines += [
        ["floor (s)", *(_seconds(sum(one["floor"].values())) for one in results)],
        ["ratio", *(f"{ratio(one):.2f}" for one in results)],
        ["ratio of processor time", *(f"{cpu_ratio(one):.2f}" for one in results)],
        ["aim", *(f"{one['aim']:.2f}" for one in results)],
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        _GAP.join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def ratio(result: Mapping[str, Any]) -> float:
    """Return the product's time over the floor's."""
    floor: float = sum(result["floor"].values())
    seconds: float = result["seconds"]
    return seconds / floor if floor else float("nan")


def cpu_ratio(result: Mapping[str, Any]) -> float:
    """Return the same of what worker, database and object store used of the processors."""
    floor: float = result["floor_cpu_of_all"]
    used: float = result["cpu_of_all"]
    return used / floor if floor else float("nan")


def _keys(mappings: Iterable[Mapping[str, float]]) -> list[str]:
    """Return the keys of all, in the order in which they first appear."""
    return list(dict.fromkeys(key for one in mappings for key in one))


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
