"""What belongs to others costs what does not exist: same answer, same questions to the database.

A clock in a test measures the machine; the queries asked are what would make one answer slower
than the other.
"""

import re
import uuid
from typing import Any

import pytest
from django.db import connection, reset_queries
from django.test.utils import CaptureQueriesContext

from sae.kernel.identifiers import new_id
from tests.architecture.test_permission_matrix import MATRIX, STRANGERS, address, ask
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db

HEADERS_OF_THE_REQUEST = {"X-Request-ID", "Set-Cookie", "Content-Length"}
"""They differ between any two answers, by the request's own number or its address."""


def asked(
    cast: Cast, person: str, name: str, things: dict[str, uuid.UUID]
) -> tuple[Any, list[str]]:
    line = MATRIX[name]
    url = address(name, line, things)
    reset_queries()  # Django keeps the last 9 000 alone
    with CaptureQueriesContext(connection) as queries:
        answer = ask(cast, person, line, url)
    shapes = [re.sub(r"'[^']*'|\b\d+\b", "?", one["sql"]) for one in queries.captured_queries]
    return answer, [shape for shape in shapes if "SAVEPOINT" not in shape]


def test_a_stranger_asks_the_database_nothing_more_than_about_nothing(
    cast: Cast, things: dict[str, uuid.UUID]
) -> None:
    unknown = {key: new_id() for key in things}
    wrong = []
    for name, line in MATRIX.items():
        if not line.of:
            continue
        for person in STRANGERS:
            theirs, their_queries = asked(cast, person, name, things)
            nothing, no_queries = asked(cast, person, name, unknown)
            if their_queries != no_queries:
                wrong.append((name, person, len(their_queries), len(no_queries)))
            kept = [
                {key: value for key, value in one.headers.items()
                 if key not in HEADERS_OF_THE_REQUEST}
                for one in (theirs, nothing)
            ]  # fmt: skip
            told = [str(one).replace(str(which[line.of]), "") for one, which in
                    zip(kept, (things, unknown), strict=True)]  # fmt: skip
            if told[0] != told[1]:
                wrong.append((name, person, *told))
    assert not wrong, wrong[:5]
