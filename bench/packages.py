"""The packages that are measured: those of the corpus when it is there, else their like."""

import hashlib
import os
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.builders.large_sip import large_manifest, write_large_sip

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Package:
    """``aim`` is the most that the ratio to the floor should be."""

    name: str
    title: str
    aim: float
    write: Callable[[Path], Path]
    long: bool = False


def packages(*, scale: float) -> list[Package]:
    """Return every package; ``scale`` multiplies the numbers of units and the large object."""

    def scaled(number: int) -> int:
        return max(10, round(number * scale))

    hundred_kb = scaled(1_000)
    tiny = scaled(10_000)
    return [
        Package(
            "1000x100KB",
            f"{hundred_kb} × 100 KB",
            1.5,
            lambda path: (
                _of_corpus("SIP-1000-102400.zip", scale)
                or _with_objects(path, hundred_kb, 102_400, distinct=False)
            ),
        ),
        Package(
            "10000x100B",
            f"{tiny} × 100 B",
            2.0,
            lambda path: (
                _of_corpus("SIP_10000_100.zip", scale)
                or _with_objects(path, tiny, 100, distinct=False)
            ),
        ),
        Package(
            "10000x100B-distinct",
            f"{tiny} × 100 B, distinct",
            2.0,
            lambda path: _with_objects(path, tiny, 100, distinct=True),
        ),
        Package(
            "1x1GiB",
            f"1 × {max(1, round(1024 * scale))} MiB",
            1.3,
            lambda path: _with_large_object(path, max(1, round(1024 * scale))),
        ),
        Package(
            "100000-units",
            f"{scaled(100_000)} units",
            1.7,
            lambda path: write_large_sip(path, units=scaled(100_000)),
        ),
        Package(
            "1000000-units",
            f"{scaled(1_000_000)} units",
            1.7,
            lambda path: write_large_sip(path, units=scaled(1_000_000)),
            long=True,
        ),
    ]


def _of_corpus(name: str, scale: float) -> Path | None:
    folder = os.environ.get("SAE_CORPUS")
    path = Path(folder) / "performance" / name if folder else None
    return path if path and scale == 1 and path.exists() else None


def _with_objects(path: Path, count: int, size: int, *, distinct: bool) -> Path:
    units = count + count // 100 + 3  # a root, and a folder for each hundred pieces
    return write_large_sip(path, units=units, objects=count, object_size=size, distinct=distinct)


def _with_large_object(path: Path, mebibytes: int) -> Path:
    """One piece of so many MiB, half of which compresses; two folders above it."""
    digest = hashlib.sha512()
    for block in _blocks(mebibytes):
        digest.update(block)
    small = large_manifest(units=3, objects=1, object_size=0)
    empty = hashlib.sha512(b"").hexdigest()
    manifest = "".join(small).replace(empty, digest.hexdigest())
    manifest = manifest.replace("<Size>0</Size>", f"<Size>{mebibytes * MIB}</Size>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("manifest.xml", manifest)
        with archive.open("Content/BDO1.txt", "w", force_zip64=True) as entry:
            for block in _blocks(mebibytes):
                entry.write(block)
    return path


def _blocks(mebibytes: int) -> Iterator[bytes]:
    source = random.Random(20_240_328)
    line = b"Le conseil municipal, apres en avoir delibere, approuve.\n"
    text = (line * (MIB // 2 // len(line) + 1))[: MIB // 2]
    for _ in range(mebibytes):
        yield source.randbytes(MIB // 2) + text
