"""What the peers' administration interface answers about referentials."""

import json
import uuid
from typing import Any

import pytest

from sae.tenancy.models import Tenant
from tenants.models import ReferentialImport
from tenants.referentials.http import JSON, OCTETS, Answer, Call, respond
from tenants.referentials.imports import Agent

AGENCIES = b"Identifier,Name,Description\r\nVILLE,Ville,\r\nCCAS,CCAS,Action\r\n"


def call(
    tenant: Tenant, method: str, resource: str, identifier: str = "", body: Any = b"", **more: Any
) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    more.setdefault("content_type", JSON)
    return respond(Call(method, resource, tenant, identifier, content, **more))


def read(answer: Answer) -> Any:
    return json.loads(answer.body)


def test_an_import_answers_201_and_names_its_operation(coffre: Tenant) -> None:
    operation = uuid.uuid4()
    answer = call(coffre, "POST", "agencies", body=AGENCIES, agent=Agent(operation_id=operation))
    assert (answer.status, answer.operation_id) == (201, operation)
    assert read(answer)["httpCode"] == 201
    assert ReferentialImport.objects.get().id == operation
    report = call(coffre, "GET", "agenciesreport", str(operation))
    assert read(report)["InsertedAgencies"] == ["VILLE", "CCAS"]


def test_a_check_answers_with_the_report(coffre: Tenant) -> None:
    good = call(coffre, "POST", "agenciesfile", body=AGENCIES)
    bad = call(coffre, "POST", "agenciesfile", body=AGENCIES + b"\r\n")
    assert (good.status, bad.status) == (200, 400)
    assert "line 4" in read(bad)["Errors"]


def test_what_is_exported_imports_again_without_change(coffre: Tenant) -> None:
    call(coffre, "POST", "agencies", body=AGENCIES)
    exported = call(coffre, "GET", "agenciesreferential", "x")
    assert exported.content_type == OCTETS
    assert call(coffre, "POST", "agencies", body=exported.body).status == 201
    latest = ReferentialImport.objects.order_by("-created_at").first()
    assert latest is not None
    assert latest.report["UpdatedAgencies"] == latest.report["DeletedAgencies"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([{"Name": "A"}], 201),
        ([{"Name": "<script>"}], 412),
        (b"[{", 412),
        ([{"Name": "A", "Couleur": 1}], 400),
        (b"%PDF-1.4\xff", 400),
    ],
)
def test_a_contract_refused_says_how(coffre: Tenant, body: Any, status: int) -> None:
    answer = call(coffre, "POST", "ingestcontracts", body=body)
    assert answer.status == status
    envelope = read(answer)
    if status == 201:
        assert envelope["$results"][0]["Identifier"] == "IC-000001"
    else:
        assert envelope["state"] == "KO"
        assert envelope["code"].startswith("STP_IMPORT_INGEST_CONTRACT.")
        assert all(one["description"] for one in envelope["errors"])


def test_an_element_is_read_changed_and_found(coffre: Tenant) -> None:
    call(coffre, "POST", "ingestcontracts", body=[{"Name": "A"}, {"Name": "B"}])
    change = {"$action": [{"$set": {"Status": "ACTIVE"}}]}
    changed = call(coffre, "PUT", "ingestcontracts", "IC-000002", change)
    assert changed.status == 200
    one = read(call(coffre, "GET", "ingestcontracts", "IC-000002"))["$results"][0]
    assert (one["Status"], one["#version"]) == ("ACTIVE", 1)
    found = read(
        call(
            coffre,
            "GET",
            "ingestcontracts",
            body={
                "$query": {"$and": [{"$eq": {"Status": "ACTIVE"}}, {"$exists": "Name"}]},
                "$projection": {"$fields": {"Name": 1}},
            },
        )
    )
    assert found["$results"] == [{"Name": "B"}]
    assert found["$hits"]["total"] == 1


@pytest.mark.parametrize(
    ("method", "resource", "identifier", "status"),
    [
        ("GET", "ingestcontracts", "X", 404),
        ("PUT", "ingestcontracts", "X", 404),
        ("PUT", "agencies", "X", 405),
        ("DELETE", "ingestcontracts", "X", 405),
        ("GET", "inconnu", "", 404),
        ("GET", "rulesreport", "x", 404),
    ],
)
def test_what_does_not_exist_is_said(
    coffre: Tenant, method: str, resource: str, identifier: str, status: int
) -> None:
    answer = call(coffre, method, resource, identifier, {"$action": [{"$set": {}}]})
    assert answer.status == status
    assert read(answer)["httpCode"] == status


def test_an_operator_that_is_not_known_is_refused(coffre: Tenant) -> None:
    assert call(coffre, "GET", "rules", body={"$query": {"$near": {"a": 1}}}).status == 400


def test_a_profile_takes_its_file_and_gives_it_back(coffre: Tenant) -> None:
    schema = b'<element name="a" xmlns="http://relaxng.org/ns/structure/1.0"><text/></element>'
    notice = [{"Name": "P", "Identifier": "PR", "Format": "RNG"}]
    assert call(coffre, "POST", "profiles", body=notice).status == 201
    put = call(coffre, "PUT", "profiles", "PR", schema, content_type=OCTETS)
    assert put.status == 201
    assert call(coffre, "GET", "profiles", "PR", accept=OCTETS).body == schema
    assert call(coffre, "PUT", "profiles", "AUTRE", schema, content_type=OCTETS).status == 404


def test_what_the_platform_ships_is_read_like_the_rest(coffre: Tenant) -> None:
    fmt = read(call(coffre, "GET", "formats", "fmt/18"))["$results"][0]
    assert fmt["MIMEType"] == "application/pdf"
    profile = read(call(coffre, "GET", "securityprofiles", "admin-security-profile"))
    assert profile["$results"][0]["FullAccess"] is True
    term = read(call(coffre, "GET", "ontologies", "StartDate"))["$results"][0]
    assert term["Type"] == "DATE"


def test_an_update_on_ontologies_may_force(coffre: Tenant) -> None:
    alone = [{"Identifier": "A", "Type": "TEXT", "Origin": "EXTERNAL", "Collections": ["Unit"]}]
    assert call(coffre, "POST", "ontologies", body=alone).status == 400
    assert call(coffre, "POST", "ontologies", body=alone, force_update=True).status == 200
