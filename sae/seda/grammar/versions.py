"""What one version 2 of the exchange format has and another has not.

Source: the reference system's own schemas, laxer than the standard: holds, persistent identifiers
and SigningInformation are let through in every version.
"""

from __future__ import annotations

from sae.seda.grammar.elements import Place

_SINCE = {
    "DateLitteral": "2.2",
    "OriginatingSystemIdReplyTo": "2.2",
    "TextContent": "2.2",
    "DataObjectProfile": "2.2",
    "DataObjectUse": "2.3",
    "DataObjectNumber": "2.3",
}
_UNTIL = {"Signature": "2.2"}
"""Of a unit: the signature of a transfer's header stays."""


def is_of(namespace: str, name: str) -> bool:
    """Tell whether the version that a namespace names has an element."""
    version = namespace.rpartition(":v")[2]
    return _SINCE.get(name, version) <= version <= _UNTIL.get(name, version)


def of_version(namespace: str, *places: Place) -> list[Place]:
    """Keep the elements that the version has."""
    return [place for place in places if is_of(namespace, place.element.name)]


def absent_from(namespace: str) -> list[str]:
    """Names of other versions: not even a free element bears one of them."""
    return [name for name in (*_SINCE, *_UNTIL) if not is_of(namespace, name)]
