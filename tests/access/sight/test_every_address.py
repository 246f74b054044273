"""Every address that takes a unit, an object or an act: out of sight is as good as unknown."""

import re
import uuid
from typing import Any

import pytest
from django.db import connection, reset_queries
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.editing.tree_files import KIND
from sae.holdings.mass import prepare_mass
from sae.kernel.identifiers import new_id
from tenants.permissions import Permission
from tenants.referentials.drafts import keep_draft
from tests.access.sight.conftest import Narrowed
from tests.architecture.matrix import MATRIX, access, editing, updates

pytestmark = pytest.mark.django_db

LINES = {**access.LINES, **updates.LINES, **editing.LINES}
JOURNAL = Permission.JOURNAL_VIEW
SAYING_SECRET = ("ui:glossary", "mfa_activate_totp")
"""Pages of which the word is a word of their own."""


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
    names = addresses_of(kind)
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


def test_no_page_of_the_platform_names_what_is_out_of_sight(narrowed: Narrowed) -> None:
    """Whatever others left there: acts, files of positions, holds. Journals tell identifiers."""
    with narrowed.scope():
        prepare_mass(
            kind="rules", unit_ids=[[narrowed.id("Avis secret")]], query="mots secrets",
            agent_id=narrowed.cast.aline.id,
        )  # fmt: skip
        keep_draft(KIND, content=b"Title\nsecret\n", file_name="secret.csv", notes=[],
                   account_id=narrowed.cast.aline.id)  # fmt: skip
    told, seen = {}, set()
    for name, line in MATRIX.items():
        if line.method != "get" or line.of or line.also or line.permission == JOURNAL:
            continue
        if name in SAYING_SECRET:
            continue
        answer = narrowed.basile.get(reverse(name))
        if answer.status_code == 200:
            seen.add(name)
            if found := narrowed.told(answer):
                told[name] = found
    assert told == {}
    assert {"home", "search", "classification", "holds", "updates", "rules", "deposits"} <= seen
