"""Archive profiles (profils d’archivage): a manifest against the RNG or XSD of its profile.

The schema comes from the referential, never from the manifest, and nothing is fetched: an import
or include that is not inside the schema itself is refused.
"""

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from lxml import etree

from sae.kernel.problems import Place, Problem

CODE = "CHECK_HEADER.CHECK_ARCHIVEPROFILE.KO"
MAX_FAULTS = 1000
_NAMES_SHOWN = 3


_RELAX_NG = "http://relaxng.org/ns/structure/1.0"


class ProfileUnusable(ValueError):  # noqa: N818 — a state of the profile, told to people
    """The profile's own file cannot be read as RNG or XSD."""


class _NoResolver(etree.Resolver):
    def resolve(self, system_url: str, public_id: str, context: object = None) -> None:
        raise ProfileUnusable(f"the schema refers to another file: {system_url}")


def _parser() -> etree.XMLParser:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    parser.resolvers.add(_NoResolver())
    return parser


def load_schema(kind: str, schema: bytes) -> "etree.RelaxNG | etree.XMLSchema":
    """Compile a profile's file; ``kind`` is ``RNG`` or ``XSD``. Raises ``ProfileUnusable``."""
    try:
        tree = etree.fromstring(schema, _parser())
        _refuse_other_files(tree)
        return etree.RelaxNG(tree) if kind == "RNG" else etree.XMLSchema(tree)
    except (etree.XMLSyntaxError, etree.RelaxNGParseError, etree.XMLSchemaParseError) as error:
        raise ProfileUnusable(str(error)) from error


def _refuse_other_files(tree: "etree._Element") -> None:
    """libxml2 reads what RELAX NG refers to by itself, without asking the parser's resolvers."""
    for element in tree.iter(f"{{{_RELAX_NG}}}externalRef", f"{{{_RELAX_NG}}}include"):
        raise ProfileUnusable(f"the schema refers to another file: {element.get('href')}")


def check_profile(manifest: Path, *, kind: str, schema: bytes) -> list[Problem]:
    """Return every fault of a manifest against its profile, with lines.

    The manifest has passed the grammar before: no DOCTYPE, no entity. The whole tree is needed
    (a RELAX NG schema cannot be checked on a stream with lxml).
    """
    compiled = load_schema(kind, schema)
    tree = etree.parse(str(manifest), _parser_of_manifest())
    if compiled.validate(tree):
        return []
    return [
        Problem(
            CODE,
            reason="profile_fault",
            place=Place(line=entry.line, element=_name_at(tree, entry.path or "")),
            seen=entry.message,
        )
        for entry in itertools.islice(cast(Iterable[Any], compiled.error_log), MAX_FAULTS)
    ] or [Problem(CODE, reason="profile_fault")]


def _name_at(tree: "etree._ElementTree", path: str) -> str:
    """Return the names on the way to a node, the last three; libxml2 counts: ``/*/*[3]``."""
    try:
        found = tree.xpath(path)
    except etree.XPathError:
        return path
    if not isinstance(found, list) or not found or not isinstance(found[0], etree._Element):
        return path
    way = [*reversed(list(found[0].iterancestors())), found[0]]
    return "/".join(etree.QName(one).localname for one in way[-_NAMES_SHOWN:])


def _parser_of_manifest() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
    )
