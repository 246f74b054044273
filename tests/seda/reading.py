"""Reads manifests in the tests, keeping all that they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from sae.kernel.problems import Problem
from sae.seda.faults import ManifestRefused
from sae.seda.model import (
    ArchiveUnit,
    DataObject,
    ManifestSummary,
    ObjectGroup,
    TransferHeader,
    UnitLink,
)
from sae.seda.reader import ManifestLimits, explain_manifest, read_manifest
from tests.builders import SipBuilder


class Kept:
    """A consumer that keeps everything, in the order in which it came."""

    def __init__(self) -> None:
        self.headers: list[TransferHeader] = []
        self.objects: list[DataObject] = []
        self.groups: list[ObjectGroup] = []
        self.units: list[ArchiveUnit] = []
        self.links: list[UnitLink] = []
        self.summary: ManifestSummary

    def on_header(self, header: TransferHeader) -> None:
        self.headers.append(header)

    def on_object(self, item: DataObject) -> None:
        self.objects.append(item)

    def on_group(self, group: ObjectGroup) -> None:
        self.groups.append(group)

    def on_unit(self, unit: ArchiveUnit) -> None:
        self.units.append(unit)

    def on_link(self, link: UnitLink) -> None:
        self.links.append(link)

    def unit(self, identifier: str) -> ArchiveUnit:
        return next(unit for unit in self.units if unit.id == identifier)


def read(source: SipBuilder | bytes, tmp_path: Path) -> Kept:
    """Read a valid manifest; what explains must agree that it is."""
    path = tmp_path / "manifest.xml"
    path.write_bytes(source if isinstance(source, bytes) else source.manifest())
    kept = Kept()
    kept.summary = read_manifest(path, kept)
    assert explain_manifest(path) == []
    return kept


def faults(
    source: SipBuilder | bytes, tmp_path: Path, limits: ManifestLimits | None = None
) -> list[Problem]:
    """All the faults of a manifest; the fast reading must have refused it too, on one of them."""
    path = tmp_path / "manifest.xml"
    path.write_bytes(source if isinstance(source, bytes) else source.manifest())
    limits = limits or ManifestLimits()
    problems = explain_manifest(path, limits=limits)
    with pytest.raises(ManifestRefused) as refused:
        read_manifest(path, Kept(), limits=limits)
    assert refused.value.problems[0].reason in {problem.reason for problem in problems}
    return problems


def reasons_of(source: SipBuilder | bytes, tmp_path: Path) -> list[str]:
    """The reasons of all the faults of a manifest, in the order of lines."""
    return [problem.reason for problem in faults(source, tmp_path)]
