"""Addresses and forms that no page of ours would send: answered, in bounded time, never by 500."""

import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sae.holdings.projection import Sort
from sae.kernel.identifiers import new_id
from tests.architecture.test_permission_matrix import MATRIX, address
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db

LONGEST = 15.0
"""Seconds of processor for one answer: far above the ordinary, far below a way to stop us."""

INJECTIONS = (
    "' OR '1'='1",
    "'; DROP TABLE holdings_archiveunit; --",
    "1); SELECT pg_sleep(20); --",
    '") UNION SELECT password FROM tenants_account --',
    "\\'; COPY (SELECT 1) TO PROGRAM 'id'; --",
    "%' AND 1=CAST((SELECT version()) AS int) --",
    "{{7*7}}${7*7}#{7*7}",
    "$$; SELECT 1; $$",
    "%s %(x)s %%",
)
ABUSES = (
    "9" * 5000,
    "-1",
    "1e309",
    "NaN",
    "٣",
    "0x10",
    "1_0",
    "password",
    "-account__password",
    "tenant_id",
    "a\x00b",
    "\ud7ff\ufffe",
    "(" * 2000,
    '"' * 2001,
    "a:" * 2000,
    "x" * 20_000,
    " ".join("mot" for _one in range(4000)),
    "!&|:*<->" * 500,
    "a" * 3000 + "!",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    str(new_id()),
)
PARAMETERS = (
    "q", "tri", "page", "par_page", "export", "apres", "avant", "debut", "du", "au", "filtre",
    "suite", "voir", "type", "statut", "periode_du", "periode_au", "etat", "service", "code",
    "motif", "vu", "id", "action", "c", "next", "category", "agency", "state", "outcome",
)  # fmt: skip
LISTS = (
    "search", "classification", "deposits", "journal", "rules", "agencies", "ingest_contracts",
    "home",
)  # fmt: skip


def answers_in_time(client: Client, url: str, query: Any = None) -> int:
    begin = time.process_time()
    answer = client.get(url, query)
    if answer.streaming:
        b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert time.process_time() - begin < LONGEST, (url, str(query)[:80])
    return int(answer.status_code)


@pytest.mark.parametrize("name", LISTS)
def test_no_value_of_any_filter_breaks_a_list(
    cast: Cast, things: dict[str, Any], name: str
) -> None:
    client = cast.client(cast.aline)
    client.raise_request_exception = False
    wrong = []
    for value in (*INJECTIONS, *ABUSES):
        # All at once first; one by one only to name what broke.
        query = dict.fromkeys(PARAMETERS, value)
        for left_out in (("export", "voir", "du", "au"), ("q", "filtre", "du", "au", "export")):
            asked = {key: one for key, one in query.items() if key not in left_out}
            if answers_in_time(client, reverse(name), asked) >= 500:
                wrong.append((value[:40], left_out))
    assert wrong == []


def test_other_pages_ignore_what_they_do_not_know(cast: Cast, things: dict[str, Any]) -> None:
    client = cast.client(cast.aline)
    client.raise_request_exception = False
    wrong = []
    for name, line in MATRIX.items():
        if line.method != "get" or name in LISTS:
            continue
        for value in (INJECTIONS[0], "9" * 5000, "a\x00b", "٣"):
            query = dict.fromkeys(PARAMETERS, value)
            if answers_in_time(client, address(name, line, things), query) >= 500:
                wrong.append((name, value[:40]))
    assert wrong == []


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize(
    "key", ["1e300", "1_0", "nan", "2024-W01-1", "20240101", "infinity", "\x00", "", "a~b", "٣"]
)
def test_a_place_in_a_list_is_read_with_distrust(cast: Cast, sort: Sort, key: str) -> None:
    client = cast.client(cast.aline)
    client.raise_request_exception = False
    for name in ("apres", "avant"):
        query = {"q": "texte", "tri": sort.value, name: f"{sort}~{new_id()}~{key}"}
        assert answers_in_time(client, reverse("search"), query) == 200


def test_a_sort_by_what_is_not_shown_is_ignored(cast: Cast, things: dict[str, Any]) -> None:
    client = cast.client(cast.administrator_a)
    for name in ("journal", "rules", "agencies", "deposits"):
        plain = client.get(reverse(name))
        sorted_ = client.get(reverse(name), {"tri": "account__password,tenant__organisation__name"})
        if plain.status_code == 200:
            rows = [
                [row.record.pk for row in one.context["table"].rows] for one in (plain, sorted_)
            ]
            assert rows[0] == rows[1]


@pytest.mark.parametrize(
    "path",
    [
        "/%00", "/%ff%fe", "/%c0%ae%c0%ae/", "/..%2f..%2fetc/passwd", "/versements/%E2%80%AE/",
        "/rechercher/?q=%ff%fe%00", "/rechercher/?%ff=%ff", "/rechercher/?q[]=1&q[$ne]=2",
        "/rechercher/?" + "&".join(f"q={one}" for one in range(900)),
        "/unites/00000000-0000-0000-0000-000000000000/", "/unites/" + "a" * 3000 + "/",
        "/_cadre/coffres.css?c=" + "a" * 9000, "/referentiels/importer/" + "a" * 3000 + "/",
        "/rechercher/?" + "&".join(f"x{one}=1" for one in range(3000)),
    ],
)  # fmt: skip
def test_unreadable_addresses_are_answered(cast: Cast, path: str) -> None:
    client = cast.client(cast.aline)
    client.raise_request_exception = False
    assert answers_in_time(client, path) in (200, 302, 400, 404)


@pytest.mark.parametrize("line", ["0", "9" * 18, "9" * 400])
def test_a_line_that_no_manifest_has(cast: Cast, things: dict[str, Any], line: str) -> None:
    client = cast.client(cast.aline)
    client.raise_request_exception = False
    url = f"{reverse('deposit', args=[things['deposit']])}manifeste/{line}/"
    assert answers_in_time(client, url) in (200, 404)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 300,
     "application/x-www-form-urlencoded; charset=nulle-part", "application/json", ""]
)  # fmt: skip
def test_bodies_that_are_no_form(cast: Cast, things: dict[str, Any], content_type: str) -> None:
    client = cast.client(cast.aline)
    client.raise_request_exception = False
    wrong = []
    for name, line in MATRIX.items():
        url = address(name, line, things)
        for body in (b"\x00\xff" * 50, b"a=" + b"%ff%00" * 50, b"--x\r\n"):
            answer = client.generic("POST", url, body, content_type=content_type)
            if answer.status_code >= 500:
                wrong.append((name, body[:8], answer.status_code))
    assert wrong == []


def test_a_form_of_too_many_fields_is_refused(cast: Cast) -> None:
    client = cast.client(cast.aline)
    fields = {f"champ{one}": "1" for one in range(3000)}
    assert client.post(reverse("ui:preferences"), fields).status_code == 400
    too_big = {"theme": "x" * (11 * 1024 * 1024)}
    assert client.post(reverse("ui:preferences"), too_big).status_code in (302, 400, 413)
