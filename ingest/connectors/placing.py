"""Names inside a composed package: where each file is put, and whose package it is.

Clients name files as their agents did, spaces and accents included; a package admits letters,
digits and a few signs. Each forbidden byte is written ``@`` and two digits, so that two names stay
two names and anyone can read the original back. The slip's name says which access composed the
package: a package checked again later is read in the same way.
"""

import re
import uuid
from collections.abc import Collection
from urllib.parse import unquote

CONTENT = "content"
_KEPT = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
_ORIGIN = re.compile(r"([a-z]{1,12})-([0-9a-f-]{36})_manifest\.xml")


def placed_name(name: str) -> str:
    """Return the name in the package of a file of the archive received.

    >>> placed_name("Délib n°3.pdf")
    'content/D@C3@A9lib@20n@C2@B03.pdf'
    """
    return "/".join([CONTENT, *map(_placed_part, _tidy(name).split("/"))])


def _tidy(name: str) -> str:
    while name.startswith("./"):
        name = name[2:]
    return name


def _placed_part(part: str) -> str:
    raw = part.encode("utf-8", "surrogateescape")
    written = []
    for rank, byte in enumerate(raw):
        # A dot stands between two other characters: not first, not last, not twice.
        dot = byte == 0x2E and 0 < rank < len(raw) - 1 and raw[rank - 1] != 0x2E
        written.append(chr(byte) if byte in _KEPT or dot else f"@{byte:02X}")
    return "".join(written)


def find_placed(uri: str, files: Collection[str]) -> str | None:
    """Return the file of a composed package that a slip names, ``None`` when there is none."""
    uri = uri.strip()
    for candidate in (uri, unquote(uri)):
        placed = placed_name(candidate)
        for name in (placed, candidate, f"{CONTENT.capitalize()}/{candidate}"):
            if name in files:
                return name
    return None


def slip_name(kind: str, access_id: uuid.UUID) -> str:
    """Return the slip's name in a package composed for an access."""
    return f"{kind}-{access_id}_manifest.xml"


def origin_of_slip(name: str) -> tuple[str, uuid.UUID] | None:
    """Return the kind of connector and the access that a slip's name tells of, if any."""
    found = _ORIGIN.fullmatch(name)
    if found is None:
        return None
    try:
        return found[1], uuid.UUID(found[2])
    except ValueError:
        return None
