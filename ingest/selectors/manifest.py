"""The manifest of a deposit: from the package kept in its workspace, else from the offers."""

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ingest.models import Deposit
from ingest.selectors.deposits import kept_files
from ingest.workspace import Workspace
from sae.seda.containers import ContainerFault, read_manifest_bytes
from sae.storage.models import StoredObject
from sae.storage.reader import NoGoodCopyError, open_stored

LONGEST_LINE = 2000
"""Characters of a line that are shown; a manifest may be written on one line."""


@dataclass(frozen=True, slots=True)
class NumberedLine:
    """A line of the manifest, cut when it is too long to be read."""

    number: int
    text: str
    is_cut: bool = False
    is_target: bool = False


def manifest_chunks(deposit: Deposit) -> Iterator[bytes] | None:
    """Return the bytes of the manifest, ``None`` when it cannot be found or opened.

    Needs the tenant's scope to open, not to iterate.
    """
    stored = kept_files(deposit).get(StoredObject.Kind.MANIFEST)
    if stored is not None:
        try:
            return open_stored(stored_object=stored)
        except NoGoodCopyError:
            return None
    package = Workspace(deposit.tenant_id, deposit.id).package
    if not package.exists():
        return None
    try:
        chunks = iter(read_manifest_bytes(package))
        first = next(chunks, b"")
    except (ContainerFault, OSError):
        return None
    return _joined(first, chunks)


def lines_around(
    chunks: Iterable[bytes], line: int, *, before: int = 12, after: int = 12
) -> list[NumberedLine]:
    """Return the lines around ``line`` (counted from 1), reading no further than needed.

    Memory holds one chunk and the lines kept, whatever the length of the manifest or of a line.
    """
    first, last = max(1, line - before), line + after
    kept: dict[int, str] = {}
    number = 1
    try:
        for text in _decoded(chunks):
            parts = text.split("\n")
            for index, part in enumerate(parts):
                if index:
                    number += 1
                if first <= number <= last:
                    so_far = kept.get(number, "")
                    kept[number] = so_far + part[: max(0, LONGEST_LINE + 1 - len(so_far))]
            if number > last:
                break
    except (ContainerFault, NoGoodCopyError, OSError):
        # What could be read before the fault is still worth showing.
        pass
    return [
        NumberedLine(
            number=number,
            text=text[:LONGEST_LINE].rstrip("\r"),
            is_cut=len(text) > LONGEST_LINE,
            is_target=number == line,
        )
        for number, text in sorted(kept.items())
    ]


def _decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    decoder = None
    for chunk in chunks:
        if decoder is None:
            wide = chunk[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
            encoding = "utf-16" if wide else "utf-8-sig"
            decoder = codecs.getincrementaldecoder(encoding)("replace")
        yield decoder.decode(chunk)
    if decoder is not None:
        yield decoder.decode(b"", final=True)


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
