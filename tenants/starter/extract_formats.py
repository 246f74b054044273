"""Write ``formats.csv``: the formats that the identifier in use (``pygfried``) can name.

Run it after an upgrade of ``pygfried`` (a test says when):

    python tenants/starter/extract_formats.py

The identifier embeds its signatures, compressed; in them each format is a run of strings, each
preceded by its length on two bytes: PRONOM identifier, name, version, MIME type, class. PRONOM is
published by The National Archives (United Kingdom) under the Open Government Licence 3.0.
"""

import csv
import importlib.util
import re
import struct
import sys
import zlib
from pathlib import Path

MAGIC = b"sf\x00"
PUID = re.compile(r"(?:x-)?fmt/[0-9]+")
COLUMNS = ("PUID", "Name", "Version", "MIMEType")


def embedded_library() -> Path:
    """Return the compiled library of the identifier, found without importing it."""
    spec = importlib.util.find_spec("pygfried")
    if spec is None or spec.origin is None:
        raise SystemExit("pygfried is not installed")
    return Path(spec.origin)


def signatures(library: bytes) -> list[bytes]:
    """Return every signature database found in the library, uncompressed."""
    found = []
    for match in re.finditer(re.escape(MAGIC), library):
        stream = zlib.decompressobj(-15)
        try:
            content = stream.decompress(library[match.start() + 6 : match.start() + 4_000_000])
        except zlib.error:
            continue
        if len(content) > 200_000:
            found.append(content)
    return found


def read_text(content: bytes, offset: int) -> tuple[str, int]:
    """Read one string preceded by its length; return it and the offset after it."""
    (length,) = struct.unpack_from("<H", content, offset)
    if length > 500:
        raise ValueError("not a string")
    end = offset + 2 + length
    return content[offset + 2 : end].decode(), end


def formats(content: bytes) -> dict[str, tuple[str, str, str]]:
    """Return name, version and MIME type by PRONOM identifier."""
    found: dict[str, tuple[str, str, str]] = {}
    for match in re.finditer(rb"(?:x-)?fmt/[0-9]", content):
        offset = match.start() - 2
        try:
            puid, offset = read_text(content, offset)
            name, offset = read_text(content, offset)
            version, offset = read_text(content, offset)
            mime, offset = read_text(content, offset)
        except (ValueError, struct.error):
            continue
        is_entry = PUID.fullmatch(puid) and len(name) > 1 and not PUID.fullmatch(name)
        if is_entry and not PUID.fullmatch(mime):
            found.setdefault(puid, (name, version, mime))
    return found


def natural_order(puid: str) -> tuple[str, int]:
    """Order ``fmt/9`` before ``fmt/10``."""
    registry, number = puid.split("/")
    return registry, int(number)


def main() -> None:
    known: dict[str, tuple[str, str, str]] = {}
    for content in signatures(embedded_library().read_bytes()):
        for puid, described in formats(content).items():
            known.setdefault(puid, described)
    target = Path(__file__).with_name("formats.csv")
    with target.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([puid, *known[puid]] for puid in sorted(known, key=natural_order))
    sys.stdout.write(f"{len(known)} formats\n")


if __name__ == "__main__":
    main()
