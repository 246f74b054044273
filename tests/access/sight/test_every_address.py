"""Every address that takes a unit, an object or an act: out of sight is as good as unknown."""

import re
import uuid
from typing import Any

import pytest
from django.db import connection, reset_queries
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sae.holdings.mass import prepare_mass
from sae.kernel.identifiers import new_id
from tests.access.sight.conftest import Narrowed
from tests.architecture.matrix import access, editing, updates

pytestmark = pytest.mark.django_db

LINES = {**access.LINES, **updates.LINES, **editing.LINES}
OF_UNITS = {"unit": "unit_id", "object": "object_id"}
ASKED_BESIDE = ("sous", "vers")
"""Members of an address, or of a form, that name a unit."""


def addresses_of(kind: str) -> list[str]:
    return [name for name, line in LINES.items() if line.of == kind]


def ask(
    narrowed: Narrowed, name: str, argument: uuid.UUID, parameter: str
) -> tuple[Any, list[str]]:
    client = narrowed.basile
    url = reverse(name, kwargs={**dict(LINES[name].also), parameter: argument})
    reset_queries()
    with CaptureQueriesContext(connection) as queries:
        answer = getattr(client, LINES[name].method)(url)
    shapes = [re.sub(r"'[^']*'|\b\d+\b", "?", one["sql"]) for one in queries.captured_queries]
    return answer, [one for one in shapes if "SAVEPOINT" not in one]


def as_unknown(narrowed: Narrowed, name: str, hidden: uuid.UUID, parameter: str) -> list[Any]:
    """Return how the answer differs from that of what does not exist."""
    nothing = new_id()
    told, asked = ask(narrowed, name, hidden, parameter)
    unknown, asked_for_nothing = ask(narrowed, name, nothing, parameter)
    wrong: list[Any] = []
    if (told.status_code, unknown.status_code) != (404, 404):
        wrong.append((name, told.status_code, unknown.status_code))
    elif told.content.replace(str(hidden).encode(), b"") != unknown.content.replace(
        str(nothing).encode(), b""
    ):
        wrong.append((name, "says something else"))
    if asked != asked_for_nothing:
        wrong.append((name, "asks more of the database", len(asked), len(asked_for_nothing)))
    return wrong


@pytest.mark.parametrize("name", addresses_of("unit"))
def test_a_unit_out_of_sight_is_unknown(narrowed: Narrowed, name: str) -> None:
    wrong = [
        fault for one in narrowed.hidden for fault in as_unknown(narrowed, name, one.id, "unit_id")
    ]
    assert wrong == []


def test_an_object_out_of_sight_is_unknown(narrowed: Narrowed) -> None:
    assert addresses_of("object") == ["object_download"]
    hidden = narrowed.units["Avis secret"].object_id
    assert as_unknown(narrowed, "object_download", hidden, "object_id") == []
    url = reverse("object_download", args=[hidden])
    for headers in ({"range": "bytes=0-9"}, {"range": "bytes=9999-"}, {"if-none-match": "*"}):
        answers = [narrowed.basile.get(url, headers=headers),
                   narrowed.basile.head(url, headers=headers)]  # fmt: skip
        for answer in answers:
            assert answer.status_code == 404
            assert not {"ETag", "Repr-Digest", "Content-Range"} & set(answer.headers)


@pytest.mark.parametrize(("name", "asked"), [
    ("classification_build", "sous"), ("position_create", "sous"), ("classification_csv", "sous"),
    ("classification_ead", "sous"), ("classification_sip", "sous"),
])  # fmt: skip
def test_a_unit_named_beside_an_address_is_unknown_too(
    narrowed: Narrowed, name: str, asked: str
) -> None:
    for one in narrowed.hidden:
        assert narrowed.basile.get(reverse(name), {asked: str(one.id)}).status_code == 404


@pytest.mark.parametrize("name", ["unit_move", "position_merge"])
def test_a_destination_out_of_sight_is_unknown(narrowed: Narrowed, name: str) -> None:
    url = reverse(name, args=[narrowed.id("Recettes")])
    for one in narrowed.hidden:
        for verb in (narrowed.basile.get, narrowed.basile.post):
            assert verb(url, {"vers": str(one.id)}).status_code == 404


@pytest.mark.parametrize("kind", ["act", "moves"])
def test_an_act_of_somebody_who_sees_more_is_unknown(narrowed: Narrowed, kind: str) -> None:
    names = [
        name for name, line in LINES.items()
        if dict(line.also).get("mass_id") is None and line.of == kind
    ]  # fmt: skip
    assert names
    with narrowed.scope():
        mass = prepare_mass(
            kind="moves" if kind == "moves" else "descriptions",
            unit_ids=[[narrowed.id("Budget"), narrowed.id("Avis secret")]],
            agent_id=narrowed.cast.aline.id,
            query="secret",
        )
    wrong = [
        fault for name in names for fault in as_unknown(narrowed, name, mass.id, "mass_id")
    ]  # fmt: skip
    assert wrong == []
