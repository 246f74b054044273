"""Format identification by content (PRONOM signatures, through Siegfried). Only importer of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

BATCH = 512
UNKNOWN = "UNKNOWN"


@cache
def _engine() -> Any:
    """Return the engine, loaded at first use.

    It carries a Go runtime, which does not survive a fork: loaded in the parent of the worker
    processes, its first call in a child never returns (measured).
    """
    import pygfried

    return pygfried


class IdentificationError(RuntimeError):
    """The identification tool failed: ours to mend, not the depositor's."""


@dataclass(frozen=True, slots=True)
class Format:
    """First PRONOM match of a file; ``puid`` is empty when there is none."""

    puid: str
    name: str = ""
    mime_type: str = ""


NONE = Format("")


def _match(entry: Mapping[str, Any]) -> Format:
    matches = entry.get("matches")
    for match in matches if isinstance(matches, list) else ():
        puid = str(match.get("id") or "")
        if puid and puid != UNKNOWN:
            version = str(match.get("version") or "")
            name = str(match.get("format") or "")
            mime = str(match.get("mime") or "").partition(",")[0].strip()
            return Format(puid, f"{name} {version}".strip() if version else name, mime)
        return NONE
    return NONE


def identify(paths: Iterable[Path], *, workers: int = 2) -> Iterator[tuple[Path, Format]]:
    """Yield each path with its format, in order, by batches (threads do not help, batches do)."""
    batch: list[Path] = []
    for path in paths:
        batch.append(path)
        if len(batch) >= BATCH:
            yield from _identify_batch(batch, workers)
            batch = []
    yield from _identify_batch(batch, workers)


def _identify_batch(batch: list[Path], workers: int) -> Iterator[tuple[Path, Format]]:
    if not batch:
        return
    engine = _engine()
    try:
        answer = engine.identify_many([str(path) for path in batch], workers=workers)
    except engine.GoError as error:
        raise IdentificationError(str(error)) from error
    found = {entry["filename"]: _match(entry) for entry in answer["files"]}
    for path in batch:
        yield path, found.get(str(path), NONE)


def tool_version() -> str:
    """Return the version of the identification engine."""
    return str(_engine().version())
