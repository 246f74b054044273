"""Each referential has a screen, an import, an export, an interface, a journal and a history.

One line per kind: what makes it, what changes it. What only other tools write (griffins, scenarios,
the schema of units) is read and imported alone.
"""

import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from sae.journal.models import Operation
from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import ApiToken, ArchiveProfile, ReferentialVersion
from tenants.referentials.kinds import KINDS
from tenants.referentials.starter import load_starter_referentials
from tenants.referentials.versions import documents_of
from tests.builders.people import Cast, grant, make_cast
from tests.tenants.test_referential_documents import pronom


@dataclass(frozen=True)
class Promise:
    """A kind: its address for applications, an element, and how a person renames it.

    ``typed`` are the fields of the form; ``name`` the field that ``renamed`` changes.
    """

    resource: str
    identifier: str
    file: bytes
    typed: dict[str, Any] = field(default_factory=dict)
    name: str = "Name"


def documents(*elements: dict[str, Any]) -> bytes:
    return json.dumps(elements).encode()


SCHEMA = json.dumps({"type": "object", "properties": {"Title": {"type": "string"}}})
PROMISES = {
    "agencies": Promise(
        "agencies",
        "PISCINE",
        b"Identifier,Name,Description\nPISCINE,Piscine,\n",
        {"Identifier": "PISCINE", "Name": "Piscine"},
    ),
    "rules": Promise(
        "rules",
        "APP-99",
        b"RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement\n"
        b"APP-99,AppraisalRule,Essai,,3,Year\n",
        {
            "RuleId": "APP-99",
            "RuleType": "AppraisalRule",
            "RuleValue": "Essai",
            "RuleDuration": "3",
            "RuleMeasurement": "YEAR",
        },
        "RuleValue",
    ),
    "ingestcontracts": Promise(
        "ingestcontracts",
        "CE-99",
        documents({"Identifier": "CE-99", "Name": "Essai", "Status": "ACTIVE"}),
        {
            "Identifier": "CE-99",
            "Name": "Essai",
            "Status": "ACTIVE",
            "CheckParentLink": "AUTHORIZED",
            "EveryFormatType": "on",
        },
    ),
    "accesscontracts": Promise(
        "accesscontracts",
        "CA-99",
        documents({"Identifier": "CA-99", "Name": "Essai", "EveryOriginatingAgency": True}),
    ),
    "managementcontracts": Promise(
        "managementcontracts",
        "CG-99",
        documents({"Identifier": "CG-99", "Name": "Essai", "Status": "ACTIVE"}),
        {"Identifier": "CG-99", "Name": "Essai", "Status": "ACTIVE"},
    ),
    "contexts": Promise(
        "contexts",
        "CT-99",
        documents(
            {
                "Identifier": "CT-99",
                "Name": "Essai",
                "Status": "ACTIVE",
                "SecurityProfile": "admin-security-profile",
            }
        ),
        {
            "Identifier": "CT-99",
            "Name": "Essai",
            "Status": "ACTIVE",
            "SecurityProfile": "admin-security-profile",
        },
    ),
    "securityprofiles": Promise(
        "securityprofiles",
        "PS-99",
        documents({"Identifier": "PS-99", "Name": "Essai", "FullAccess": True}),
        {"Identifier": "PS-99", "Name": "Essai", "FullAccess": "on"},
    ),
    "archiveprofiles": Promise(
        "profiles",
        "PR-99",
        documents({"Identifier": "PR-99", "Name": "Essai", "Format": "XSD", "Status": "ACTIVE"}),
        {"Identifier": "PR-99", "Name": "Essai", "Format": "XSD", "Status": "ACTIVE"},
    ),
    "archiveunitprofiles": Promise(
        "archiveunitprofiles",
        "PUA-99",
        documents({"Identifier": "PUA-99", "Name": "Essai", "ControlSchema": SCHEMA}),
        {"Identifier": "PUA-99", "Name": "Essai", "Status": "ACTIVE", "ControlSchema": SCHEMA},
    ),
    "ontologies": Promise(
        "ontologies",
        "CoteAncienne",
        b"",
        {
            "Identifier": "CoteAncienne",
            "ShortName": "Essai",
            "Type": "TEXT",
            "Collections": ["Unit"],
        },
        "ShortName",
    ),
    "formats": Promise(
        "formats",
        "EXTERNAL_X",
        pronom(900, "fmt/18", "EXTERNAL_X"),
        {"PUID": "EXTERNAL_X", "Name": "Essai"},
    ),
}
PEOPLE_WRITE = {slug: one for slug, one in PROMISES.items() if one.typed}


@pytest.fixture
def people(db: None) -> Cast:
    cast = make_cast()
    load_starter_referentials(cast.coffre_a)
    grant(cast.aline, cast.coffre_a, "administrator")
    return cast


@pytest.fixture
def client(people: Cast) -> Client:
    return people.client(people.aline)


def test_every_kind_people_keep_has_its_promise() -> None:
    assert set(KINDS) - set(PROMISES) == {"griffins", "scenarios", "unitschema"}


def file_of(slug: str, coffre: Tenant) -> bytes:
    if slug != "ontologies":
        return PROMISES[slug].file
    with tenant_scope(coffre.id):
        from tenants.referentials.exports import export_kind

        terms = json.loads(export_kind("ontologies").content)
    new = {"Identifier": "CoteAncienne", "Type": "TEXT", "Origin": "EXTERNAL"}
    return documents(*terms, {**new, "Collections": ["Unit"], "ShortName": "Essai"})


def operations(people: Cast) -> int:
    with tenant_scope(people.coffre_a.id):
        return Operation.objects.filter(category="MASTERDATA").count()


@pytest.mark.parametrize("slug", PROMISES)
def test_a_file_is_imported_seen_journalled_and_exported(
    people: Cast, client: Client, slug: str
) -> None:
    promise, before = PROMISES[slug], operations(people)
    content = file_of(slug, people.coffre_a)
    name = f"fichier.{KINDS[slug].media}"
    posted = client.post(
        reverse("referential_import", args=[slug]), {"file": SimpleUploadedFile(name, content)}
    )
    draft = client.get(posted["Location"])
    assert draft.context["preview"].report.is_accepted, draft.context["faults"]
    client.post(f"{posted['Location']}appliquer/", {"vu": draft.context["preview"].seen})
    assert operations(people) == before + 1
    exported = client.get(reverse("referential_export", args=[slug]))
    content = exported.content
    if KINDS[slug].bundles:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = archive.read("profils.json")
    assert promise.identifier in content.decode()
    found = client.get(
        reverse("referential_find", args=[slug]), {"identifiant": promise.identifier}, follow=True
    )
    assert promise.identifier in found.content.decode()
    history = client.get(reverse("referential_history", args=[slug]))
    assert len(history.context["changes"]) >= 1


@pytest.mark.parametrize("slug", PROMISES)
def test_an_application_imports_reads_and_searches(people: Cast, slug: str) -> None:
    promise = PROMISES[slug]
    secret = ApiToken.new_secret()
    with tenant_scope(people.coffre_a.id):
        ApiToken.objects.create(
            name="Essai",
            prefix=secret[:8],
            token_sha256=ApiToken.digest(secret),
            role="administrator",
            created_at=clock.now(),
        )

    def call(method: str, path: str, body: bytes = b"") -> Any:
        return Client(enforce_csrf_checks=True).generic(
            method,
            f"/admin-external/v1/{promise.resource}{path}",
            body,
            content_type="application/json",
            headers={
                "X-Tenant-Id": str(people.coffre_a.number),
                "Authorization": f"Bearer {secret}",
            },
        )

    if slug in ("agencies", "rules"):
        # The interface of the peers replaces the whole: what contracts name would leave.
        content = client_export(people, slug) + promise.file.split(b"\n", 1)[1]
    else:
        content = file_of(slug, people.coffre_a)
    answer = call("POST", "", content)
    assert answer.status_code in (200, 201), answer.content
    one = call("GET", f"/{promise.identifier}")
    assert one.status_code == 200, one.content
    assert promise.identifier in one.content.decode()
    assert promise.identifier in call("GET", "").content.decode()


def client_export(people: Cast, slug: str) -> bytes:
    content: bytes = (
        people.client(people.aline).get(reverse("referential_export", args=[slug])).content
    )
    return content.replace(b"\r\n", b"\n")


@pytest.mark.parametrize("slug", PEOPLE_WRITE)
def test_a_person_adds_renames_compares_and_returns(
    people: Cast, client: Client, slug: str
) -> None:
    promise = PROMISES[slug]
    made = client.post(
        reverse("referential_create", args=[slug]), {**promise.typed, "enregistrer": "1"}
    )
    assert made.status_code == 302, made.context["form"].errors
    model = KINDS[slug].model

    def row() -> Any:
        with tenant_scope(people.coffre_a.id):
            return model.objects.get(identifier=promise.identifier)

    def said() -> Any:
        with tenant_scope(people.coffre_a.id):
            return documents_of(slug, [promise.identifier])[promise.identifier]

    changed = client.post(
        reverse("referential_edit", args=[slug, row().id]),
        {
            **promise.typed,
            promise.name: "Renommé",
            "seen_version": row().version,
            "enregistrer": "1",
        },
    )
    assert changed.status_code == 302, changed.context["form"].errors
    assert said()[promise.name] == "Renommé"
    with tenant_scope(people.coffre_a.id):
        versions = list(ReferentialVersion.objects.filter(identifier=promise.identifier))
    assert len(versions) == 2

    history = client.get(reverse("referential_history", args=[slug]))
    first = history.context["changes"][-1][0].operation_id
    compared = client.get(
        reverse("referential_compare", args=[slug]), {"de": str(first), "a": "aujourdhui"}
    )
    assert [one[0] for one in compared.context["rows"]] == [promise.identifier]

    back = client.post(reverse("referential_element_return", args=[slug, row().id, 1]))
    if "preparations" in back["Location"]:
        draft = client.get(back["Location"])
        client.post(f"{back['Location']}appliquer/", {"vu": draft.context["preview"].seen})
    assert said()[promise.name] == promise.typed[promise.name]
    stale = client.post(
        reverse("referential_edit", args=[slug, row().id]),
        {**promise.typed, "seen_version": 0, "enregistrer": "1"},
    )
    assert "a changé depuis" in stale.content.decode()


def test_a_schema_is_joined_to_its_profile_and_given_back(people: Cast, client: Client) -> None:
    client.post(
        reverse("referential_create", args=["archiveprofiles"]),
        {**PROMISES["archiveprofiles"].typed, "enregistrer": "1"},
    )
    with tenant_scope(people.coffre_a.id):
        row = ArchiveProfile.objects.get(identifier="PR-99")
    address = reverse("profile_file", args=[row.id])
    assert client.get(reverse("profile_file_download", args=[row.id])).status_code == 404
    wrong = client.post(address, {"file": SimpleUploadedFile("p.xsd", b"<a/>")})
    assert "n’est pas un schéma XSD valide" in wrong.content.decode()
    schema = (
        b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="a"/></xs:schema>'
    )
    chosen = client.post(address, {"file": SimpleUploadedFile("p.xsd", schema)})
    assert client.get(reverse("profile_file_download", args=[row.id])).status_code == 404
    client.post(chosen["Location"], {"vu": row.version})
    assert client.get(reverse("profile_file_download", args=[row.id])).content == schema
    stranger = people.client(people.chloe)
    assert stranger.get(address).status_code == 404


def test_faulty_elements_come_back_with_their_faults_and_go_in_corrected(
    people: Cast, client: Client
) -> None:
    content = documents(
        {"Identifier": "CE-1", "Name": "Bon", "Status": "ACTIVE"},
        {"Identifier": "CE-2", "Name": "Mauvais", "Status": "PEUT-ETRE"},
    )
    posted = client.post(
        reverse("referential_import", args=["ingestcontracts"]),
        {"file": SimpleUploadedFile("c.json", content)},
    )
    page = client.get(posted["Location"])
    assert "Éléments à corriger" in page.content.decode()
    faulty = client.get(f"{posted['Location']}elements-a-corriger.json").content
    (one,) = json.loads(faulty)
    assert one["Identifier"] == "CE-2"
    assert "PEUT-ETRE" in one["Anomalies"]
    corrected = io.BytesIO(faulty.replace(b'PEUT-ETRE",', b'ACTIVE",'))
    posted = client.post(
        reverse("referential_import", args=["ingestcontracts"]),
        {"file": SimpleUploadedFile("c.json", corrected.read())},
    )
    assert client.get(posted["Location"]).context["preview"].report.is_accepted


def test_what_may_not_leave_is_refused_with_links_to_its_users(
    people: Cast, client: Client
) -> None:
    with tenant_scope(people.coffre_a.id):
        contract = KINDS["accesscontracts"].model.objects.first()
        assert contract is not None
        named = type(contract).objects.filter(id=contract.id)
        named.update(originating_agencies=["CCAS"], every_originating_agency=False)
    posted = client.post(
        reverse("referential_import", args=["agencies"]),
        {
            "file": SimpleUploadedFile("a.csv", b"Identifier,Name,Description\nVILLE,Ville,\n"),
            "replace": "on",
        },
    )
    page = client.get(posted["Location"]).content.decode()
    link = f"{reverse('referential_find', args=['accesscontracts'])}?identifiant="
    assert f"{link}{contract.identifier}" in page
