"""Every address of the platform × every person × the status each must get.

A stranger to the coffre gets the 404 of what does not exist, with the same body; a colleague
without the right gets a 403 with the reason; nobody gets anything by being anonymous. The test
fails when an address is missing from the matrix.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from sae.holdings.models import ArchiveUnit, DataObject
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tenants.models import Agency, IngestContract, ManagementRule
from tenants.rights.ready import READY
from tests.architecture.matrix import MATRIX, THINGS
from tests.architecture.matrix.line import EVERYONE, PUBLIC, Line
from tests.builders.deposits import deposit, make_referentials
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder

pytestmark = pytest.mark.django_db

ROLES = {
    "aline": "head_archivist",
    "basile": "reader",
    "administrator_a": "administrator",
    "auditor_a": "auditor",
}
STRANGERS = ("chloe", "administrator_b", "operator")


FOR_APPLICATIONS = ("external:", "external-access:")


def every_pattern(
    resolver: URLResolver, names: tuple[str, ...] = ()
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = (*names, pattern.namespace) if pattern.namespace else names
            yield from every_pattern(pattern, inner)
        else:
            yield ":".join((*names, pattern.name or "?")), pattern


def names_for_people() -> list[str]:
    return [
        name
        for name, _pattern in every_pattern(get_resolver())
        if not name.startswith(FOR_APPLICATIONS)
    ]


def test_every_address_is_in_the_matrix() -> None:
    assert set(names_for_people()) - set(MATRIX) == set(), "say who may see these addresses"
    assert set(MATRIX) - set(names_for_people()) == set(), "these addresses exist no more"


@pytest.fixture
def things(cast: Cast, tmp_path: Path) -> dict[str, uuid.UUID]:
    """One thing of each sort in coffre A."""
    make_referentials(cast.coffre_a)
    package = (
        SipBuilder().unit("Dossier").binary(b"texte\n", name="texte.txt").zip(tmp_path / "a.zip")
    )
    made = deposit(cast.coffre_a, package)
    assert made.outcome == "OK"
    others = {name: one.make(cast) if one.make else new_id() for name, one in THINGS.items()}
    with tenant_scope(cast.coffre_a.id):
        return others | {
            "deposit": made.id,
            "operation": made.id,
            "unit": ArchiveUnit.objects.get().id,
            "object": DataObject.objects.get().id,
            "agency": Agency.objects.first().id,
            "rule": ManagementRule.objects.first().id,
            "contract": IngestContract.objects.first().id,
            "upload": new_id(),
            "import": new_id(),
        }


PARAMETER = {
    "deposit": "deposit_id",
    "operation": "operation_id",
    "unit": "unit_id",
    "object": "object_id",
    "agency": "row_id",
    "rule": "row_id",
    "contract": "row_id",
    "upload": "upload_id",
    "import": "import_id",
    **{name: one.parameter for name, one in THINGS.items()},
}


def address(name: str, line: Line, things: dict[str, uuid.UUID]) -> str:
    arguments: dict[str, Any] = dict(line.also)
    if line.of:
        arguments[PARAMETER[line.of]] = things[line.of]
    return reverse(name, kwargs=arguments)


def ask(cast: Cast, person: str | None, line: Line, url: str) -> Any:
    client = cast.client(getattr(cast, person) if person else None)
    verb: Callable[..., Any] = getattr(client, line.method)
    return verb(url)


def test_each_person_gets_what_the_matrix_says(cast: Cast, things: dict[str, uuid.UUID]) -> None:
    wrong = []
    for name, line in MATRIX.items():
        url = address(name, line, things)
        for person, role in ROLES.items():
            if line.permission in (EVERYONE, PUBLIC) or line.permission in READY[role].permissions:
                expected = line.granted
            else:
                expected = (403,)
            status = ask(cast, person, line, url).status_code
            if status not in expected:
                wrong.append((name, person, status, expected))
        status = ask(cast, None, line, url).status_code
        expected = line.granted if line.permission == PUBLIC else (302,)
        if status not in expected:
            wrong.append((name, "anonymous", status, expected))
    assert not wrong, "\n".join(map(str, wrong))


def test_strangers_get_the_page_of_what_does_not_exist(
    cast: Cast, things: dict[str, uuid.UUID]
) -> None:
    unknown = {key: new_id() for key in things}
    wrong = []
    for name, line in MATRIX.items():
        if not line.of:
            continue
        for person in STRANGERS:
            answers = [
                ask(cast, person, line, address(name, line, which)) for which in (things, unknown)
            ]
            statuses = [answer.status_code for answer in answers]
            if statuses[0] != statuses[1] or statuses[0] not in (403, 404, 412):
                wrong.append((name, person, statuses))
                continue
            bodies = [
                answer.content.replace(str(which[line.of]).encode(), b"")
                for answer, which in zip(answers, (things, unknown), strict=True)
            ]
            if without_request_number(bodies[0]) != without_request_number(bodies[1]):
                wrong.append((name, person, "the bodies differ"))
    assert wrong == []


def without_request_number(body: bytes) -> bytes:
    """Drop what differs between any two answers: the request's number and the form's token."""
    body = re.sub(rb">[0-9A-Z]{4}-[0-9A-Z]{4}<", b"", body)
    return re.sub(rb"[A-Za-z0-9]{64}", b"", body)


def test_a_view_without_permission_is_found_out() -> None:
    """Every view for people carries its permission, unless the matrix says it is for everyone."""
    bare = [
        name
        for name, pattern in every_pattern(get_resolver())
        if not name.startswith(FOR_APPLICATIONS)
        and getattr(pattern.callback, "required_permission", None) is None
        and MATRIX[name].permission not in (EVERYONE, PUBLIC)
    ]
    assert bare == []


def test_the_matrix_agrees_with_the_views() -> None:
    differing = [
        (name, pattern.callback.required_permission, MATRIX[name].permission)
        for name, pattern in every_pattern(get_resolver())
        if not name.startswith(FOR_APPLICATIONS)
        and getattr(pattern.callback, "required_permission", None) is not None
        and pattern.callback.required_permission != MATRIX[name].permission
    ]
    assert differing == []


APPLICATIONS = {
    "external:ingest_root": (),
    "external:ingest_status": (),
    "external:admin_root": (),
    "external:admin_status": (),
    "external:ingests": (),
    "external:reply": ("operation_id",),
    "external:report": ("operation_id",),
    "external:manifest": ("operation_id",),
    "external:operation": ("operation_id",),
    "external:operations": (),
    "external:ingest_operations": (),
    "external:logbook_operations": (),
    "external:referential": ("resource",),
    "external:referential_element": ("resource", "identifier"),
    "external-access:unit": ("unit_id",),
    "external-access:units_with_inherited_rules": (),
    "external-access:unit_with_inherited_rules": ("unit_id",),
}


def test_applications_without_a_token_get_nothing(cast: Cast) -> None:
    values = {
        "operation_id": new_id(),
        "unit_id": new_id(),
        "resource": "agencies",
        "identifier": "x",
    }
    open_to_all = {"external:ingest_status", "external:admin_status"}
    known = {
        name
        for name, _pattern in every_pattern(get_resolver())
        if name.startswith(FOR_APPLICATIONS)
    }
    assert known - set(APPLICATIONS) - set(CONNECTORS) == set(), "say who may call these"
    for name, parameters in APPLICATIONS.items():
        url = reverse(name, kwargs={key: values[key] for key in parameters})
        for number in (cast.coffre_a.number, 999):
            answer = cast.client(None).get(
                url, headers={"x-tenant-id": str(number), "authorization": "Bearer faux"}
            )
            allowed = (204, 401, 405) if name in open_to_all else (401, 405, 412)
            assert answer.status_code in allowed, (name, number, answer.status_code)


CONNECTORS = {
    "external:asalae:ping": "ping",
    "external:asalae:versions": "versions",
    "external:asalae:messages": "sedaMessages",
    "external:asalae:message": "sedaMessages/sequence:ArchiveTransfer/message:Acknowledgement",
    "external:asalae:pieces": "sedaAttachmentsChunkFiles",
}
"""Calls of connectors, after the address of a coffre's surface."""


def test_connectors_without_their_access_get_nothing(cast: Cast) -> None:
    for name, path in CONNECTORS.items():
        for number in (cast.coffre_a.number, 999):
            url = f"/connecteurs/asalae/{number}/restservices/{path}"
            for headers in ({}, {"authorization": "Basic ZmF1eDpmYXV4"}):
                for verb in ("get", "post"):
                    answer = getattr(cast.client(None), verb)(url, headers=headers)
                    assert answer.status_code in (401, 405), (name, number, answer.status_code)
