"""A manifest against the RNG or XSD of its profile: each fault in French, on the right element."""

from pathlib import Path

import pytest

from ingest.sentences.profile_faults import in_french
from sae.seda.profile import check_profile

RNG = b"""<element name="a" ns="u:n" xmlns="http://relaxng.org/ns/structure/1.0"
  datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
  <optional><attribute name="k" ns=""><value>x</value></attribute></optional>
  <element name="b"><text/></element><element name="d"><data type="date"/></element>
</element>"""
XSD = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="u:n"
  elementFormDefault="qualified"><xs:element name="a"><xs:complexType><xs:sequence>
  <xs:element name="b" type="xs:date"/>
  <xs:element name="c"><xs:simpleType><xs:restriction base="xs:string">
    <xs:enumeration value="x"/><xs:enumeration value="y"/>
  </xs:restriction></xs:simpleType></xs:element>
  <xs:element name="p" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string">
    <xs:pattern value="[a]+"/><xs:minLength value="2"/>
  </xs:restriction></xs:simpleType></xs:element>
  </xs:sequence><xs:attribute name="k" use="required"/></xs:complexType></xs:element></xs:schema>"""
DAY = "2020-01-01"


@pytest.mark.parametrize(
    ("kind", "inside", "told"),
    [
        ("RNG", "", ("a", "il y manque un élément")),
        ("RNG", "<c/>", ("a/c", "c n’a pas sa place ici")),
        ("RNG", "<b/><d>hier</d>", ("a/d", "« hier » n’est pas du type date")),
        ("RNG", f"<b/><d>{DAY}</d><e/>", ("a/e", "e y est de trop")),
        ("RNG", f"texte<b/><d>{DAY}</d>", ("a", "il contient du texte")),
        ("XSD", "", ("a", "il y manque b")),
        ("XSD", "<c/>", ("a/c", "il n’a pas sa place ici, où b est attendu")),
        ("XSD", "<b>hier</b><c>x</c>", ("a/b", "« hier » n’est pas du type date")),
        (
            "XSD",
            f"<b>{DAY}</b><c>z</c>",
            ("a/c", "« z » n’est pas parmi les valeurs admises : 'x', 'y'"),
        ),
        ("XSD", f"<b>{DAY}</b><c>x</c><p>bb</p>", ("a/p", "« bb » ne suit pas le motif [a]+")),
        (
            "XSD",
            f"<b>{DAY}</b><c>x</c><p>a</p>",
            ("a/p", "sa valeur est trop courte ou trop petite : 2 au moins"),
        ),
        ("XSD", f"texte<b>{DAY}</b><c>x</c>", ("a", "il contient du texte au lieu d’éléments")),
    ],
)
def test_faults_are_told_in_french(
    tmp_path: Path, kind: str, inside: str, told: tuple[str, str]
) -> None:
    found = faults(tmp_path, kind, f'<a xmlns="u:n" k="x">{inside}</a>')
    assert told in found
    for _element, words in found:
        assert "lement '" not in words, "English is left"
        assert "xpect" not in words, "English is left"


@pytest.mark.parametrize(
    ("kind", "attribute", "words"),
    [
        ("RNG", 'k="y"', "son attribut k est refusé"),
        ("XSD", "", "il y manque l’attribut k"),
        ("XSD", 'k="1" j="2"', "l’attribut j est refusé"),
    ],
)
def test_attributes_too(tmp_path: Path, kind: str, attribute: str, words: str) -> None:
    inside = f"<b>{DAY}</b>" + (f"<d>{DAY}</d>" if kind == "RNG" else "<c>x</c>")
    assert ("a", words) in faults(tmp_path, kind, f'<a xmlns="u:n" {attribute}>{inside}</a>')


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Expecting an element b, got nothing", "il y manque b"),
        ("Expecting element b, got c", "b était attendu, et non c"),
    ],
)
def test_names_are_told_when_they_are_known(message: str, words: str) -> None:
    assert in_french(message) == words


def test_an_unknown_sentence_is_given_as_it_came() -> None:
    assert in_french("Internal error") == "Internal error"


def faults(folder: Path, kind: str, manifest: str) -> list[tuple[str, str]]:
    path = folder / "manifest.xml"
    path.write_text(manifest)
    schema = RNG if kind == "RNG" else XSD
    return [
        (one.place.element, in_french(one.seen))
        for one in check_profile(path, kind=kind, schema=schema)
    ]
