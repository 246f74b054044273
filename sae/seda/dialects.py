"""The versions of the exchange format that are read, and what reads each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sae.seda.assembly import Assembly
from sae.seda.grammar import transfer
from sae.seda.grammar.elements import Element
from sae.seda.v1 import grammar as v1
from sae.seda.v1.assembly import TransferV1

SUPPORTED_VERSIONS = ("1.0", *transfer.SUPPORTED_VERSIONS)

_NAMESPACE = re.compile(r"fr:gouv:culture:archivesdefrance:seda:v([0-9]\.[0-9]+)")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a version is read: its grammar, its structural names, and what assembles the transfer."""

    version: str
    root: Element
    structure: frozenset[str]
    assembly: type[Assembly]


def version_of(namespace: str) -> str:
    """Return the version that a namespace names (``2.1``), ``""`` when it is not one of SEDA."""
    found = _NAMESPACE.fullmatch(namespace)
    return found[1] if found else ""


def dialect_of(namespace: str) -> Dialect | None:
    """Return how to read a namespace, ``None`` when its version is not supported."""
    version = version_of(namespace)
    if version not in SUPPORTED_VERSIONS:
        return None
    if version == "1.0":
        return Dialect(version, v1.grammar_for(namespace), v1.structure_of(namespace), TransferV1)
    return Dialect(
        version, transfer.grammar_for(namespace), transfer.structure_of(namespace), Assembly
    )
