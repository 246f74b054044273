"""By which names a reply is asked for: in the path or in the query, encoded by various hands."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

KEYS = (
    "sequence",
    "message",
    "originOrganizationIdentification",
    "originMessageIdentifier",
)
_KEY = re.compile(rf"(?:^|/)({'|'.join(KEYS)}):")


def names_in_path(rest: str) -> dict[str, str]:
    """Return the ``key:value`` parts of a path, in any order; a value may hold slashes.

    >>> names_in_path("message:Acknowledgement/originMessageIdentifier:A/1")
    {'message': 'Acknowledgement', 'originMessageIdentifier': 'A/1'}
    """
    parts = _KEY.split(rest)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def names_in_query(query: Mapping[str, str]) -> dict[str, str]:
    """Return the names given as parameters."""
    return {key: query[key] for key in KEYS if key in query}


def readings(text: str) -> Iterator[str]:
    """Yield what a name may be: as it came, then with the signs that encoders put for others.

    The message's identifier comes form-encoded (``+`` for a space), the agency's not at all, and
    a proxy may have encoded either once more.
    """
    seen = set()
    for candidate in (
        text,
        text.replace("+", " "),
        unquote(text),
        unquote(text.replace("+", " ")),
        unquote(text).replace("+", " "),
    ):
        collapsed = " ".join(candidate.split())
        if collapsed not in seen:
            seen.add(collapsed)
            yield collapsed
