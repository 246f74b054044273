"""Digest algorithms by their SEDA names and the XML-DSig URIs that producers write."""

import hashlib
from typing import Protocol


class Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...
    def digest(self) -> bytes: ...


ALGORITHMS = {
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
}

_SYNONYMS = {
    "http://www.w3.org/2001/04/xmldsig-more#md5": "MD5",
    "http://www.w3.org/2000/09/xmldsig#sha1": "SHA-1",
    "http://www.w3.org/2001/04/xmlenc#sha256": "SHA-256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "SHA-384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "SHA-512",
}


def normalise_algorithm(name: str) -> str | None:
    """Return the SEDA name of an algorithm written as a name or a URI; ``None`` if not allowed."""
    name = name.strip()
    if name in ALGORITHMS:
        return name
    return _SYNONYMS.get(name)


def new_hash(algorithm: str) -> Hash:
    """Return a fresh hash for a SEDA algorithm name; ``KeyError`` for another."""
    return hashlib.new(ALGORITHMS[algorithm], usedforsecurity=False)
