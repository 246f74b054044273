"""Trees and plans as packages of SEDA, to be deposited as such here or in another system.

A tree and the plans under it are two packages, as a deposit takes them: first the tree, then the
plans, which name the positions of the tree they go under by their identifier of origin.
"""

import uuid
import zipfile
from collections.abc import Iterator
from typing import IO, Any, cast

from access.editing.positions import Outline, read_positions
from access.editing.streaming import Outlet, Steps
from sae.holdings.models import ArchiveUnit
from sae.seda.scheme import MANIFEST, SchemeHeader, SchemeUnit, write_scheme

KEY = "OriginatingSystemId"


def write_package(
    positions: Outline, unit_type: str, header: SchemeHeader, target: Outlet
) -> Steps:
    """Write the zip of the positions of a type, stopping after each."""
    with (
        zipfile.ZipFile(cast("IO[bytes]", target), "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(MANIFEST, "w", force_zip64=True) as manifest,
    ):
        yield from write_scheme(header, _units(positions, unit_type), manifest)


def _units(positions: Outline, unit_type: str) -> Iterator[SchemeUnit]:
    children = positions.children()
    own = [one for one in positions.ids if positions.types[one] == unit_type]

    def below(unit_id: uuid.UUID) -> list[str]:
        return [
            _manifest_id(one)
            for one in children.get(unit_id, ())
            if positions.types[one] == unit_type
        ]

    above = [
        one
        for one in positions.ids
        if positions.types[one] != unit_type
        and ArchiveUnit.Type(positions.types[one]).rank > ArchiveUnit.Type(unit_type).rank
        and below(one)
    ]
    for unit in read_positions(above):
        said = {"DescriptionLevel": unit.level or "RecordGrp", "Title": unit.title}
        key = (KEY, _key(positions, unit.id))
        yield SchemeUnit(_manifest_id(unit.id), said, children=below(unit.id), key=key)
    for unit in read_positions(own):
        yield SchemeUnit(
            _manifest_id(unit.id),
            _named(unit.content, _key(positions, unit.id)),
            unit.management,
            unit.archive_unit_profile,
            below(unit.id),
        )


def _key(positions: Outline, unit_id: uuid.UUID) -> str:
    """Return the name by which what goes under a position finds it, and no other."""
    name = positions.names[unit_id]
    return str(unit_id) if name in positions.shared else name


def _named(content: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a description that names its position: what goes under it finds it by that."""
    own = content.get(KEY) or []
    names = own if isinstance(own, list) else [own]
    return content if name in names else {**content, KEY: [*names, name]}


def _manifest_id(unit_id: uuid.UUID) -> str:
    return f"unit-{unit_id}"
