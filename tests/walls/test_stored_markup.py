"""What people wrote is shown, never obeyed: markup in every text that a depositor controls."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from sae.tenancy.scope import tenant_scope
from tenants.models import ReferentialImport
from tests.architecture.test_permission_matrix import MATRIX, PARAMETER, Line
from tests.builders.deposits import problems_of
from tests.walls.hostile import MARK, NAUGHTY, Hostile, watched

pytestmark = pytest.mark.django_db

AS_ASKED = {
    "search": [{"q": text} for text in NAUGHTY] + [{"q": MARK}, {"q": f"producteur:{NAUGHTY[0]}"}],
    "classification": [{"filtre": text} for text in (*NAUGHTY, MARK)],
    "deposits": [{"q": text} for text in NAUGHTY],
    "journal": [{"q": text} for text in NAUGHTY],
    "rules": [{"q": text} for text in NAUGHTY],
    "agencies": [{"q": text} for text in NAUGHTY],
    "ingest_contracts": [{"q": text} for text in NAUGHTY],
    "home": [{"voir": text} for text in NAUGHTY],
}
"""What is typed is shown again: beside the bare address, these are asked."""


def addresses(hostile: Hostile, line: Line, name: str) -> Iterator[str]:
    fixed: dict[str, Any] = dict(line.also)
    if not line.of:
        yield reverse(name, kwargs=fixed)
        return
    # Things that hold nothing of a depositor are not among them.
    for identifier in hostile.ids.get(line.of, ()):
        yield reverse(name, kwargs={**fixed, PARAMETER[line.of]: identifier})


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_no_page_obeys_what_a_depositor_wrote(hostile: Hostile) -> None:
    client = hostile.cast.client(hostile.cast.administrator_a)
    archivist = hostile.cast.client(hostile.cast.aline)
    wrong, shown = [], {}
    for name, line in MATRIX.items():
        if line.method != "get" or name.startswith("account_"):
            continue
        for address in addresses(hostile, line, name):
            for query in ({}, *AS_ASKED.get(name, ())):
                answer = client.get(address, query)
                if answer.status_code == 403:
                    answer = archivist.get(address, query)
                assert answer.status_code < 500, (name, query)
                kind = answer.headers.get("Content-Type", "")
                content = body(answer)
                if kind.startswith("application/json"):
                    json.loads(content)
                if not kind.startswith("text/html"):
                    continue
                page = watched(content.decode())
                wrong += [(name, query, found) for found in page.found]
                shown[name] = shown.get(name, 0) + page.seen
    assert wrong == []
    for name in (
        "search", "classification", "unit", "deposits", "deposit", "deposit_manifest_line",
        "rules", "rule", "agencies", "agency", "ingest_contracts", "ingest_contract", "journal",
    ):  # fmt: skip
        assert shown[name], f"{name} shows nothing hostile: it was not tested"


def test_refusals_quote_without_obeying(hostile: Hostile) -> None:
    client = hostile.cast.client(hostile.cast.aline)
    address = reverse("deposit_problems", args=[hostile.refused.id])
    kinds = {(one.code, one.reason) for one in problems_of(hostile.cast.coffre_a, hostile.refused)}
    assert kinds
    shown = 0
    for code, reason in kinds:
        page = watched(client.get(address, {"code": code, "motif": reason}).content.decode())
        assert page.found == []
        shown += page.seen
    assert shown


@pytest.mark.parametrize("slug", ["agencies", "rules"])
def test_a_faulty_import_quotes_without_obeying(hostile: Hostile, slug: str) -> None:
    client = hostile.cast.client(hostile.cast.aline)
    lines = "\n".join(f'"{text}",,"{text}"'.replace('\\"', '""') for text in NAUGHTY)
    for name in NAUGHTY:
        file = SimpleUploadedFile("x.csv", f"Identifier,Name,Description\n{lines}\n".encode())
        file._name = name  # SimpleUploadedFile keeps the last part of a path
        answer = client.post(
            reverse("referential_import", args=[slug]), {"file": file}, follow=True
        )
        assert answer.status_code == 200
        assert watched(answer.content.decode()).found == []
        preview = answer.context["preview"]
        address = reverse("referential_draft_apply", args=[preview.draft.id])
        answer = client.post(address, {"vu": preview.seen}, follow=True)
        assert answer.status_code == 200
        assert watched(answer.content.decode()).found == []
    with tenant_scope(hostile.cast.coffre_a.id):
        kept = list(ReferentialImport.objects.values_list("id", flat=True))
    assert kept
    for import_id in kept[:3]:
        assert client.get(reverse("referential_report", args=[import_id])).json()
        answer = client.get(reverse("referential_faults", args=[import_id]))
        assert answer["Content-Disposition"].startswith("attachment")
        assert "\n" not in answer["Content-Disposition"]
    listed = client.get(reverse("referential_import", args=[slug])).content.decode()
    assert watched(listed).found == []
