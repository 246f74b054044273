"""Schemas and signature files brought by people: nothing else is read, nothing fetched."""

from pathlib import Path

import pytest

from sae.seda.profile import ProfileUnusable, load_schema
from tenants.referentials.formats import read_formats

CANARY = "zqxcanary"
RNG = "http://relaxng.org/ns/structure/1.0"
XSD = "http://www.w3.org/2001/XMLSchema"


def refused_without_the_canary(kind: str, schema: bytes) -> None:
    with pytest.raises(ProfileUnusable) as refusal:
        load_schema(kind, schema)
    assert f"<{CANARY}" not in str(refusal.value)


@pytest.fixture
def other(tmp_path: Path) -> dict[str, str]:
    """Sound files on this disk that a schema might try to read."""
    rng = tmp_path / "other.rng"
    rng.write_text(
        f'<grammar xmlns="{RNG}"><start><element name="{CANARY}">'
        "<text/></element></start></grammar>"
    )
    xsd = tmp_path / "other.xsd"
    xsd.write_text(f'<schema xmlns="{XSD}"><element name="{CANARY}"/></schema>')
    return {"rng": rng.as_uri(), "xsd": xsd.as_uri(), "rng_path": str(rng), "xsd_path": str(xsd)}


@pytest.mark.parametrize("where", ["rng", "rng_path"])
@pytest.mark.parametrize("element", ["externalRef", "include"])
def test_a_relax_ng_schema_reads_no_other(other: dict[str, str], element: str, where: str) -> None:
    inside = f'<{element} href="{other[where]}"/>'
    body = inside if element == "include" else f"<start>{inside}</start>"
    refused_without_the_canary("RNG", f'<grammar xmlns="{RNG}">{body}</grammar>'.encode())


@pytest.mark.parametrize("where", ["xsd", "xsd_path"])
@pytest.mark.parametrize("element", ["include", "redefine", 'import namespace=""'])
def test_an_xml_schema_reads_no_other(other: dict[str, str], element: str, where: str) -> None:
    schema = (
        f'<schema xmlns="{XSD}" targetNamespace="urn:a">'
        f'<{element} schemaLocation="{other[where]}"/>'
        f'<element name="a" type="string"/></schema>'
    )
    refused_without_the_canary("XSD", schema.encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_an_entity_is_never_replaced_by_a_file(tmp_path: Path, encoding: str) -> None:
    canary = tmp_path / "secret.txt"
    canary.write_text(CANARY)
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        f'<!DOCTYPE a [<!ENTITY e SYSTEM "{canary.as_uri()}">]><FFSignatureFile Version="1">&e;'
        "</FFSignatureFile>"
    )
    found, problems = read_formats(text.encode(encoding))
    assert found is None
    assert problems
    assert CANARY not in repr(problems)
