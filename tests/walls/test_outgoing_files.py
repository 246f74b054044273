"""Files that leave: names no header and no disk misreads, cells no spreadsheet runs."""

import csv
import io
import json
import re
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Any

import openpyxl
import pytest
from django.urls import reverse

from ingest.models import Deposit
from sae.holdings.models import DataObject
from sae.journal.models import Operation
from sae.tenancy.scope import tenant_scope
from tests.architecture.test_permission_matrix import MATRIX, address
from tests.builders.people import Cast
from tests.walls.hostile import FORMULAS, MARK, make_hostile_coffre

pytestmark = pytest.mark.django_db

NAMES = (
    "../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/passwd",
    "a\r\nSet-Cookie: vole=1\r\n\r\n<html>",
    'a"; filename="b.exe',
    "facture\u202efdp.exe",
    "x" * 300 + ".pdf",
    "é" * 300,
    "délibération n° 12 ’œ€ 日本 🗂.pdf",
    "; filename*=utf-8''b.exe",
    "%0d%0aSet-Cookie: vole=1",
    "a\x00.pdf",
    "CON",
    "....",
    "\u2028\u2029\u0085.txt",
    "\ud7ff\ufffe\ufeff.txt",
    "=1+1.csv",
    "",
)


def disposition(answer: Any) -> tuple[str, dict[str, str]]:
    message = Message()
    message["Content-Disposition"] = answer["Content-Disposition"]
    found: dict[str, str] = {}
    for name, value in message.get_params(header="Content-Disposition")[1:]:  # type: ignore[union-attr]
        found[name] = collapse_rfc2231_value(value)
    return message.get_content_disposition() or "", found


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_download_is_one_plain_name(
    cast: Cast, things: dict[str, Any], name: str
) -> None:
    with tenant_scope(cast.coffre_a.id):
        DataObject.objects.filter(id=things["object"]).update(filename=name.replace("\x00", ""))
    answer = cast.client(cast.aline).get(
        address("object_download", MATRIX["object_download"], things)
    )
    header = answer["Content-Disposition"]
    assert answer.status_code == 200
    assert not re.search(r"[\x00-\x1f\x7f]", header)
    assert "Set-Cookie" not in answer.headers
    kind, given = disposition(answer)
    assert kind == "attachment"
    assert set(given) <= {"filename", "filename*"}
    kept = given.get("filename") or given.get("filename*") or ""
    assert kept
    assert not re.search(r'[/\\\x00-\x1f\x7f"\u202a-\u202e\u2066-\u2069\u2028\u2029\u0085]', kept)
    assert len(kept.encode()) <= 255
    assert kept not in (".", "..")
    assert len(header) < 2000
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", NAMES)
def test_names_of_packages_reach_no_header(cast: Cast, things: dict[str, Any], name: str) -> None:
    with tenant_scope(cast.coffre_a.id):
        Deposit.objects.filter(id=things["deposit"]).update(
            file_name=name.replace("\x00", ""), message_identifier=name.replace("\x00", "")
        )
    client = cast.client(cast.administrator_a)
    for view in ("deposit_reply", "deposit_manifest", "deposit_journal", "deposit_problems_csv"):
        answer = client.get(address(view, MATRIX[view], things))
        assert answer.status_code == 200, view
        kind, given = disposition(answer)
        assert kind == "attachment"
        assert re.fullmatch(r"[\w.-]+", given["filename"]), (view, given)


@pytest.mark.parametrize(
    "mime", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/html\r\nX: y", "x", ""]
)
def test_archived_pages_are_taken_away_and_never_shown_here(
    cast: Cast, things: dict[str, Any], mime: str
) -> None:
    with tenant_scope(cast.coffre_a.id):
        DataObject.objects.filter(id=things["object"]).update(mime_type=mime, filename="a.html")
    client = cast.client(cast.aline)
    url = address("object_download", MATRIX["object_download"], things)
    for verb in (client.get, client.head):
        answer = verb(url)
        assert answer["Content-Disposition"].startswith("attachment")
        assert "X" not in answer.headers
        assert re.fullmatch(r"[\w.+-]+/[\w.+-]+(; charset=[\w-]+)?", answer["Content-Type"])
        assert "sandbox" in answer["Content-Security-Policy"]
        assert "script-src 'self'" not in answer["Content-Security-Policy"] or (
            "sandbox" in answer["Content-Security-Policy"]
        )


@pytest.mark.parametrize(
    "ranges",
    [
        "bytes=" + ",".join(f"{one}-{one}" for one in range(1000)),
        "bytes=" + ",".join("0-" for _one in range(1000)),
        "bytes=0-0,0-0,0-0",
        "bytes=5-,0-,3-2",
        "bytes=" + "9" * 90 + "-",
        "bytes=0-" + "9" * 90,
        "bytes=-" + "9" * 90,
        "bytes=" + "9" * 10_000 + "-",
        "bytes=--1",
        "octets=0-1",
        "bytes=\u0661-\u0662",
    ],
)
def test_ranges_never_multiply_what_is_sent(
    cast: Cast, things: dict[str, Any], ranges: str
) -> None:
    client = cast.client(cast.aline)
    url = address("object_download", MATRIX["object_download"], things)
    answer = client.get(url, headers={"Range": ranges})
    assert answer.status_code in (200, 206, 416)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert len(body) <= len(b"texte\n") or answer.status_code == 416
    assert not answer.get("Content-Type", "").startswith("multipart")


def test_no_cell_of_any_export_is_a_formula(cast: Cast, tmp_path: Any) -> None:
    hostile = make_hostile_coffre(cast, tmp_path, texts=FORMULAS)
    client, archivist = cast.client(cast.administrator_a), cast.client(cast.aline)
    lists = {
        reverse("deposits"): {},
        reverse("search"): {"q": ""},
        reverse("journal"): {},
        reverse("rules"): {},
        reverse("agencies"): {},
        reverse("ingest_contracts"): {},
    }
    with tenant_scope(cast.coffre_a.id):
        assert Operation.objects.filter(message_identifier__in=FORMULAS).exists()
    files: list[tuple[str, str, bytes]] = []
    for url, query in lists.items():
        for kind in ("csv", "xlsx"):
            asked = {**query, "export": kind}
            answer = client.get(url, asked)
            if answer.status_code == 403:
                answer = archivist.get(url, asked)
            assert answer["Content-Disposition"].startswith("attachment"), url
            files.append((url, kind, b"".join(answer.streaming_content)))
    for view, kind in (
        ("deposit_problems_csv", "csv"), ("deposit_problems_xlsx", "xlsx"),
    ):  # fmt: skip
        answer = client.get(reverse(view, args=[hostile.refused.id]))
        files.append((view, kind, b"".join(answer.streaming_content)))
    answer = client.get(reverse("journal_csv"))
    files.append(("journal_csv", "csv", b"".join(answer.streaming_content)))
    wrong, hostile_cells = [], 0
    for where, kind, content in files:
        cells = list(_csv_cells(content) if kind == "csv" else _xlsx_cells(content))
        mine = [cell for cell in cells if MARK in cell]
        hostile_cells += len(mine)
        wrong += [
            (where, kind, cell)
            for cell in mine
            if kind == "csv" and re.match(r"[\s\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]", cell)
        ]
    assert wrong == []
    assert hostile_cells > 50


def _csv_cells(content: bytes) -> Any:
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"):
        yield from row


def _xlsx_cells(content: bytes) -> Any:
    book = openpyxl.load_workbook(io.BytesIO(content))
    for row in book.active.iter_rows():  # type: ignore[union-attr]
        for cell in row:
            assert cell.data_type != "f", cell.value
            assert cell.hyperlink is None
            yield str(cell.value)


def test_json_exports_stay_json_whatever_was_written(hostile: Any) -> None:
    client = hostile.cast.client(hostile.cast.administrator_a)
    urls = [reverse("journal_json")]
    urls += [reverse("deposit_journal", args=[one]) for one in hostile.ids["deposit"]]
    urls += [reverse("unit_life_cycle", args=[one]) for one in hostile.ids["unit"]]
    urls += [reverse("operation_json", args=[one]) for one in hostile.ids["operation"]]
    for url in urls:
        answer = client.get(url)
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["Content-Type"] == "application/json"
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert json.loads(body)
