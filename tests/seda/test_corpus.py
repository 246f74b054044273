"""Real packages pass, or are refused, at the container and the grammar as their verdict says."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from sae.seda import reasons
from sae.seda.containers import (
    ContainerFault,
    check_layout,
    check_manifest_name,
    detect_container,
    list_entries,
    read_manifest_bytes,
    unpack,
)
from sae.seda.faults import ManifestRefused
from sae.seda.reader import IgnoringConsumer, explain_manifest, read_manifest
from tests.builders import SipBuilder, large_manifest
from tests.seda.corpus import FOLDER, needs_corpus, official_opinion, packages

# The steps that this room decides, and the code that each gives when the verdict gives none.
OURS = {
    "CHECK_CONTAINER": "CHECK_CONTAINER.KO",
    "MANIFEST_FILE_NAME_CHECK": "MANIFEST_FILE_NAME_CHECK.KO",
    "STP_UPLOAD_SIP": "UPLOAD_SIP.KO",
    "UPLOAD_SIP": "UPLOAD_SIP.KO",
    "CHECK_SEDA": "CHECK_SEDA.NOT_XSD_VALID.KO",
}


def first_code(package: Path, into: Path) -> str | None:
    """The code of the first refusal of this room, None when the package passes."""
    try:
        detect_container(package)
        problems = check_manifest_name(list_entries(package))
        if problems:
            return problems[0].code
        unpacked = unpack(package, into)
    except ContainerFault as fault:
        return fault.problems[0].code
    problems = check_layout(unpacked.listing)
    if problems:
        return problems[0].code
    assert unpacked.manifest is not None
    explained = explain_manifest(unpacked.manifest.path)
    try:
        read_manifest(unpacked.manifest.path, IgnoringConsumer())
    except ManifestRefused as refused:
        return refused.problems[0].code if explained else "refused without explanation"
    return "explained without being refused" if explained else None


@needs_corpus
@pytest.mark.acceptance
@pytest.mark.parametrize("verdict", packages(), ids=lambda v: v["id"])
def test_each_package_gets_its_verdict(verdict: dict[str, Any], tmp_path: Path) -> None:
    assert FOLDER is not None
    step = (verdict["failing_step"] or "").partition(".")[0]
    expected = None
    if step in OURS:
        expected = verdict["failing_outcome"] or OURS[step]
    assert first_code(FOLDER / verdict["file"], tmp_path / "out") == expected
    if expected is None:
        summary = read_manifest(tmp_path / "out/manifest.xml", IgnoringConsumer())
        assert summary.units == verdict["units"]
        assert summary.binary_objects == verdict["binary_objects"]
        assert summary.physical_objects == verdict["physical_objects"]
        assert summary.links == verdict["unit_refs"]


@needs_corpus
@pytest.mark.acceptance
@pytest.mark.parametrize("name", ["SIP-1000-102400.zip", "SIP_10000_100.zip"])
def test_the_performance_packages_pass(name: str, tmp_path: Path) -> None:
    assert FOLDER is not None
    assert first_code(FOLDER / "performance" / name, tmp_path / "out") is None


@needs_corpus
@pytest.mark.parametrize("version", ["2.1", "2.2", "2.3"])
def test_what_our_builders_write_is_valid_for_the_standard(version: str) -> None:
    package = (
        SipBuilder()
        .version(version)
        .unit("Dossier", level="File", Description="d", Keyword=[{"KeywordContent": "eau"}])
        .rule("AppraisalRule", "APP-1", start_date="2000-01-01", FinalAction="Destroy")
        .unit({"fr": "Pièce", "en": "Item"}, parent="Dossier", StartDate="2001-01-01")
        .binary(b"a", name="é.pdf")
        .physical()
        .need_authorization()
        .link(parent="Dossier", child="AU2")
    )
    assert official_opinion(package.manifest(), version) == []
    large = "".join(large_manifest(units=300, objects=50, version=version)).encode()
    assert official_opinion(large, version) == []


WRONG_TEXTS = ["", "abc", "2020-13-45", "-1", "é é", "2020-02-30", "1", "true", "a b"]
# Under these, the standard takes what is of another namespace and we take anything.
OPEN = {"OrganizationDescriptiveMetadata", "Text", "Document", "Image", "OtherMetadata"}
# libxml2 lets any character pass in base 64.
LAX = {"MessageDigest"}


@needs_corpus
@pytest.mark.acceptance
@pytest.mark.parametrize("seed", range(4))
def test_the_standard_and_we_agree_on_damaged_manifests(seed: int, tmp_path: Path) -> None:
    """Cut an element, write a wrong value, add an attribute: the two verdicts are the same.

    Two known differences aside: identifiers declared twice, which the official schemas let pass
    with this validator, and a message without package, which says nothing to archive.
    """
    chance = random.Random(seed)
    sources = [
        verdict
        for verdict in packages()
        if verdict["xsd_valid"]["seda_official"] and not verdict["failing_outcome"]
    ]
    for _ in range(150):
        verdict = chance.choice(sources)
        root = etree.fromstring(manifest_of(verdict))
        element = chance.choice(list(root.iterdescendants(tag=etree.Element)))
        name = etree.QName(element).localname
        parent = element.getparent()
        assert parent is not None
        if name == "DataObjectPackage" or {name, etree.QName(parent).localname} & OPEN:
            continue
        acts = ["cut", "attribute"] if len(element) or name in LAX else ["cut", "attribute", "text"]
        act = chance.choice(acts)
        if act == "cut":
            parent.remove(element)
        elif act == "attribute":
            element.set("unknown", "x")
        else:
            element.text = chance.choice(WRONG_TEXTS)
        damaged = etree.tostring(root)
        (tmp_path / "m.xml").write_bytes(damaged)
        ours = explain_manifest(tmp_path / "m.xml")
        ours = [problem for problem in ours if problem.reason != reasons.IDENTIFIER_DUPLICATED]
        theirs = official_opinion(damaged, verdict["seda_version"])
        assert bool(ours) == bool(theirs), (verdict["id"], act, name, ours[:2], theirs[:2])


def manifest_of(verdict: dict[str, Any]) -> bytes:
    assert FOLDER is not None
    return b"".join(read_manifest_bytes(FOLDER / verdict["file"]))
