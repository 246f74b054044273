"""Every page of the administration says where one is: its task in the rail, one title."""

import re
import uuid

import pytest
from django.urls import reverse

from tests.architecture.test_permission_matrix import MATRIX, address, things
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db

__all__ = ["things"]


def test_every_page_of_the_administration_has_its_place(
    cast: Cast, things: dict[str, uuid.UUID]
) -> None:
    lost, seen = [], 0
    for person in (cast.administrator_a, cast.operator):
        client = cast.client(person)
        for name, line in MATRIX.items():
            path = address(name, line, things)
            if line.method != "get" or not path.startswith("/administration/"):
                continue
            answer = client.get(path)
            page = answer.content.decode() if "html" in answer.headers["Content-Type"] else ""
            if answer.status_code != 200 or "<nav" not in page:
                continue
            seen += 1
            rail = page.partition('aria-label="Tâches"')[2].partition("</nav>")[0]
            if 'aria-current="page"' not in rail or len(re.findall("<h1", page)) != 1:
                lost.append((name, path))
            own = answer.context.get("breadcrumb") if answer.context else None
            below = path.count("/") > 3 and "?" not in path
            if below and not own and name not in WITHOUT_WAY:
                lost.append((name, "no way back"))
    assert not lost, lost
    assert seen > 40


WITHOUT_WAY = frozenset({"support_requests"})
"""Pages of the first row of the rail, whatever the depth of their address."""


def test_the_rail_leads_to_pages_that_open(cast: Cast) -> None:
    for person in (cast.administrator_a, cast.operator, cast.auditor_a, cast.aline):
        client = cast.client(person)
        page = client.get(reverse("home")).content.decode()
        rail = page.partition('aria-label="Tâches"')[2].partition("</nav>")[0]
        links = re.findall(r'href="(/[^"]*)"', rail)
        assert links
        assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)
