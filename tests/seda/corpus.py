"""The corpus of real packages and the official schemas, where SAE_CORPUS names their folder."""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

FOLDER = Path(os.environ["SAE_CORPUS"]) if os.environ.get("SAE_CORPUS") else None

needs_corpus = pytest.mark.skipif(FOLDER is None, reason="SAE_CORPUS is not set")


def packages() -> list[dict[str, Any]]:
    """Every package with its verdict; none without corpus."""
    if FOLDER is None:
        return []
    verdicts: list[dict[str, Any]] = json.loads((FOLDER / "sip-verdicts.json").read_bytes())
    return verdicts


class _LocalSchemas(etree.Resolver):
    """Resolves the two schemas of the W3C that the official ones import."""

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]
        assert FOLDER is not None
        for name, place in (("xml.xsd", "2001/xml.xsd"), ("xlink.xsd", "1999/xlink.xsd")):
            if system_url.endswith(name):
                return self.resolve_filename(str(FOLDER / "seda-xsd/w3c" / place), context)  # type: ignore[attr-defined]
        return None


@functools.cache
def official_schema(version: str) -> etree.XMLSchema:
    """The standard's own schema, a second opinion."""
    assert FOLDER is not None
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_LocalSchemas())
    path = FOLDER / f"seda-xsd/{version}/seda-{version}-main.xsd"
    return etree.XMLSchema(etree.parse(str(path), parser))


def official_opinion(document: bytes, version: str) -> list[str]:
    """What the standard's schema reproaches a document with."""
    schema = official_schema(version)
    tree = etree.fromstring(document, etree.XMLParser(collect_ids=False)).getroottree()
    if schema.validate(tree):
        return []
    return str(schema.error_log).splitlines()
