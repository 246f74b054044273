"""Contracts and profiles written in JSON: read, refused with every fault, changed."""

import json
from typing import Any

import pytest

from sae.journal.models import Event, Operation
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import (
    Agency,
    ArchiveProfile,
    ArchiveUnitProfile,
    FileFormat,
    IdentifierSequence,
    IngestContract,
    OntologyTerm,
)
from tenants.referentials.archive_profiles import attach_profile_file
from tenants.referentials.identifiers import set_mode
from tenants.referentials.imports import Agent
from tenants.referentials.ingest_contracts import INGEST_CONTRACTS
from tenants.referentials.kinds import KINDS
from tenants.referentials.reports import ImportReport
from tenants.referentials.sentences import SENTENCES, sentence
from tenants.referentials.starter import load_starter_referentials
from tenants.referentials.updates import UnknownElementError, update_document
from tenants.selectors.ingest import known_formats, ontology_types
from tests.tenants.coffre import make_coffre

Mode = IdentifierSequence.Mode


def bring(slug: str, tenant: Tenant, *elements: Any) -> ImportReport:
    content = json.dumps(list(elements)).encode()
    return KINDS[slug].importer(tenant=tenant, content=content, agent=Agent())


def change(tenant: Tenant, identifier: str, *actions: Any) -> ImportReport:
    return update_document(
        INGEST_CONTRACTS,
        tenant=tenant,
        identifier=identifier,
        content=json.dumps({"$action": list(actions)}).encode(),
        agent=Agent(),
    )


def reasons(report: ImportReport) -> list[str]:
    for found in report.problems:
        assert found.reason in SENTENCES
        assert "%(" not in sentence(found)
    return [found.reason for found in report.problems]


def test_a_contract_with_a_name_alone_has_the_defaults(coffre: Tenant) -> None:
    report = bring("ingestcontracts", coffre, {"Name": "Versements"})
    assert report.outcome == Outcome.OK
    row = IngestContract.objects.get()
    assert (row.identifier, row.status) == ("IC-000001", "INACTIVE")
    assert row.every_format_type
    assert report.results[0]["Identifier"] == "IC-000001"
    assert report.results[0]["#tenant"] == 7


def test_names_may_repeat_and_identifiers_may_not(coffre: Tenant) -> None:
    assert bring("ingestcontracts", coffre, {"Name": "A"}, {"Name": "A"}).is_accepted
    taken = bring("ingestcontracts", coffre, {"Name": "B", "Identifier": "IC-000001"})
    assert taken.outcome_detail == "STP_IMPORT_INGEST_CONTRACT.IDENTIFIER_DUPLICATION.KO"
    twice = bring(
        "ingestcontracts",
        coffre,
        {"Name": "B", "Identifier": "X"},
        {"Name": "C", "Identifier": "X"},
    )
    assert reasons(twice) == ["duplicate_in_file", "duplicate_in_file"]


def test_a_number_already_given_by_a_file_is_passed_over(coffre: Tenant) -> None:
    bring("ingestcontracts", coffre, {"Name": "A", "Identifier": "IC-000001"})
    assert bring("ingestcontracts", coffre, {"Name": "B"}).results[0]["Identifier"] == "IC-000002"


def test_each_coffre_chooses_who_gives_identifiers(coffre: Tenant) -> None:
    set_mode("ingestcontracts", Mode.GIVEN)
    assert reasons(bring("ingestcontracts", coffre, {"Name": "A"})) == ["missing"]
    set_mode("ingestcontracts", Mode.GENERATED)
    report = bring("ingestcontracts", coffre, {"Name": "A", "Identifier": "MIEN"})
    assert report.results[0]["Identifier"] == "IC-000001"


def test_one_fault_refuses_every_element_and_all_are_listed(coffre: Tenant) -> None:
    report = bring(
        "ingestcontracts",
        coffre,
        {"Name": "Bon"},
        {"Identifier": "X", "Couleur": "bleu", "CreationDate": "demain", "Status": "ABSENT"},
        {"Name": "Y", "FormatType": ["fmt/0"], "EveryFormatType": False, "ArchiveProfiles": ["P"]},
    )
    assert sorted(reasons(report)) == [
        "format_unknown",
        "missing",
        "not_date",
        "not_in_list",
        "profile_unknown",
        "unknown_field",
    ]
    assert not IngestContract.objects.exists()


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        ({"Name": "<script>alert(1)</script>"}, "markup"),
        ({"Name": "A", "_id": "x"}, "not_ours"),
        ({"Name": ""}, "empty"),
        ({"Name": "A", "EveryFormatType": True, "FormatType": ["fmt/18"]}, "formats_in_excess"),
        ({"Name": "A", "EveryFormatType": False}, "formats_missing"),
        ({"Name": "A", "LinkParentId": "0197f000-0000-7000-8000-000000000000"}, "unit_unknown"),
        ({"Name": "A", "LinkParentId": "racine"}, "not_identifier"),
        ({"Name": "A", "ManagementContractId": "MC"}, "management_contract_unknown"),
        ({"Name": "A", "DataObjectVersion": ["Original"]}, "not_in_list"),
        ({"Name": "A", "MasterMandatory": "oui"}, "not_boolean"),
        ({"Name": "A", "ArchiveProfiles": "P"}, "not_list"),
        ({"Name": "A", "SignaturePolicy": {}}, "missing"),
        (
            {
                "Name": "A",
                "SignaturePolicy": {"SignedDocument": "FORBIDDEN", "DeclaredSignature": True},
            },
            "signature_policy",
        ),
    ],
)
def test_a_wrong_contract_is_refused(coffre: Tenant, element: Any, reason: str) -> None:
    assert reasons(bring("ingestcontracts", coffre, element)) == [reason]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[{]", "not_json"),
        (b"<a/>", "not_json"),
        (b"1", "not_array"),
        (b"{}", "missing"),
        (b"[]", "empty_file"),
        (b"[1]", "not_object"),
        (b'[{"Name": "A", "Name": "B"}]', "duplicate_key"),
        (b'[{"Name": NaN}]', "not_json"),
        (b"[" * 100_000, "not_json"),
        ("é".encode("latin-1"), "not_utf8"),
    ],
)
def test_what_is_not_a_list_of_documents_is_refused(
    coffre: Tenant, content: bytes, reason: str
) -> None:
    report = KINDS["ingestcontracts"].importer(tenant=coffre, content=content, agent=Agent())
    assert reasons(report) == [reason]


def test_a_file_named_as_another_format_is_refused(coffre: Tenant) -> None:
    report = KINDS["ingestcontracts"].importer(
        tenant=coffre, content=b'[{"Name": "A"}]', agent=Agent(), file_name="contrats.pdf"
    )
    assert reasons(report) == ["other_format"]


def test_an_update_sets_and_unsets_and_is_journalled(coffre: Tenant) -> None:
    bring("ingestcontracts", coffre, {"Name": "A", "Identifier": "IC", "Description": "d"})
    report = change(coffre, "IC", {"$set": {"Status": "ACTIVE"}}, {"$unset": ["Description"]})
    assert report.outcome == Outcome.OK
    assert report.document["updatedDiffs"] == {
        "Description": ["- d", "+ "],
        "Status": ["- INACTIVE", "+ ACTIVE"],
    }
    row = IngestContract.objects.get()
    assert (row.status, row.description, row.version) == ("ACTIVE", "", 1)
    assert Operation.objects.get(id=report.operation_id).type == "STP_UPDATE_INGEST_CONTRACT"
    step = Event.objects.get(operation_id=report.operation_id, code="STP_BACKUP_INGEST_CONTRACT")
    assert "Status" in step.detail["updatedDiffs"]


@pytest.mark.parametrize(
    ("action", "suffix"),
    [
        ({"$unset": ["Identifier"]}, "BAD_REQUEST"),
        ({"$unset": ["Status"]}, "BAD_REQUEST"),
        ({"$unset": ["CreationDate"]}, "BAD_REQUEST"),
        ({"$unset": ["Name"]}, "BAD_REQUEST"),
        ({"$set": {"Identifier": "AUTRE"}}, "BAD_REQUEST"),
        ({"$set": {"Couleur": "bleu"}}, "BAD_REQUEST"),
        ({"$set": {"Status": "PEUT-ÊTRE"}}, "NOT_IN_ENUM"),
        ({"$set": {"ArchiveProfiles": ["P"]}}, "PROFILE_NOT_FOUND"),
        ({"$set": {"EveryFormatType": False, "FormatType": ["x"]}}, "FILEFORMAT_NOT_FOUND"),
        ({"$set": {"ManagementContractId": "MC"}}, "MANAGEMENTCONTRACT_NOT_FOUND"),
        ({"$push": {}}, "BAD_REQUEST"),
    ],
)
def test_a_wrong_update_is_refused_and_changes_nothing(
    coffre: Tenant, action: Any, suffix: str
) -> None:
    bring("ingestcontracts", coffre, {"Name": "A", "Identifier": "IC"})
    report = change(coffre, "IC", action)
    assert report.outcome_detail == f"STP_UPDATE_INGEST_CONTRACT.{suffix}.KO"
    assert reasons(report)
    assert IngestContract.objects.get().version == 0


def test_an_unknown_element_cannot_be_changed(coffre: Tenant) -> None:
    with pytest.raises(UnknownElementError):
        change(coffre, "IC", {"$set": {"Status": "ACTIVE"}})


def test_agencies_of_an_access_contract_are_checked_even_where_all_are_allowed(
    coffre: Tenant,
) -> None:
    moment = clock.now()
    Agency.objects.create(identifier="VILLE", name="V", created_at=moment, updated_at=moment)
    good = {"Identifier": "CA", "Name": "A", "OriginatingAgencies": ["VILLE"]}
    bad = {**good, "EveryOriginatingAgency": True, "OriginatingAgencies": ["PORT"]}
    assert bring("accesscontracts", coffre, bad).outcome_detail.endswith(".AGENCY_NOT_FOUND.KO")
    assert bring("accesscontracts", coffre, good).is_accepted


def test_a_context_names_coffres_of_its_organisation_alone(coffre: Tenant) -> None:
    sister = make_coffre(8, organisation=coffre.organisation)
    make_coffre(9)
    with tenant_scope(sister.id):
        bring("ingestcontracts", sister, {"Name": "A", "Identifier": "IC"})

    def context(tenant: int, contract: str) -> dict[str, Any]:
        return {
            "Identifier": f"CT-{tenant}-{contract}",
            "Name": "c",
            "Status": "ACTIVE",
            "SecurityProfile": "admin-security-profile",
            "Permissions": [{"tenant": tenant, "IngestContracts": [contract]}],
        }

    assert bring("contexts", coffre, context(8, "IC")).is_accepted
    assert reasons(bring("contexts", coffre, context(8, "AUTRE"))) == ["contract_unknown"]
    assert reasons(bring("contexts", coffre, context(9, "IC"))) == ["tenant_unknown"]


def test_full_access_and_a_list_of_permissions_exclude_each_other(coffre: Tenant) -> None:
    both = {"Name": "A", "FullAccess": True, "Permissions": ["units:read"]}
    assert reasons(bring("securityprofiles", coffre, both)) == ["permissions_in_excess"]
    unknown = {"Name": "A", "Permissions": ["units:read", "café:read"]}
    report = bring("securityprofiles", coffre, unknown)
    assert report.outcome_detail == "STP_IMPORT_SECURITY_PROFILE.UNKNOWN_PERMISSION.KO"


RNG = b'<element name="a" xmlns="http://relaxng.org/ns/structure/1.0"><text/></element>'


@pytest.mark.parametrize(
    ("content", "accepted"),
    [
        (RNG, True),
        (b"<a", False),
        (b"<a/>", False),
        (b"<!DOCTYPE a><a/>", False),
        (RNG.replace(b"<text/>", b'<externalRef href="http://example.org/x.rng"/>'), False),
    ],
)
def test_a_profile_takes_a_schema_that_stands_alone(
    coffre: Tenant, content: bytes, accepted: bool
) -> None:
    bring("archiveprofiles", coffre, {"Name": "P", "Identifier": "PR", "Format": "RNG"})
    report = attach_profile_file(tenant=coffre, identifier="PR", content=content, agent=Agent())
    assert report.is_accepted is accepted, report.problems
    assert reasons(report) or accepted
    row = ArchiveProfile.objects.get()
    assert (row.file is not None) is accepted
    assert row.path.startswith("7_profile_PR_") is accepted


def test_a_file_for_an_unknown_profile_is_refused(coffre: Tenant) -> None:
    report = attach_profile_file(tenant=coffre, identifier="PR", content=RNG, agent=Agent())
    assert report.outcome_detail == "STP_IMPORT_PROFILE_FILE.PROFILE_NOT_FOUND.KO"


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "object", "properties": {"Title": {"type": "string"}}}, None),
        ({"properties": {"Inconnu": {"type": "string"}}}, "term_unknown"),
        ({"properties": {"StartDate": {"type": "boolean"}}}, "type_mismatch"),
        ({"properties": {"Title": {"type": "texte"}}}, "not_json_schema"),
        ({"properties": {"Title": {"$ref": "http://example.org/x"}}}, "not_json_schema"),
        ("pas du JSON", "not_json_schema"),
        ("", "empty"),
    ],
)
def test_the_schema_of_a_unit_profile_names_known_vocabularies(
    coffre: Tenant, schema: Any, reason: str | None
) -> None:
    text = schema if isinstance(schema, str) else json.dumps(schema)
    report = bring("archiveunitprofiles", coffre, {"Name": "P", "ControlSchema": text})
    assert reasons(report) == ([reason] if reason else [])
    if reason is None:
        assert ArchiveUnitProfile.objects.get().fields == ["Title"]


def term(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "Identifier": name,
        "Type": kind,
        "Origin": "EXTERNAL",
        "Collections": ["Unit"],
        **more,
    }


def whole_ontology(*more: Any) -> list[Any]:
    """The platform's vocabularies as a file, and some of one's own."""
    from tenants.selectors.built_in import built_in_terms

    shipped = [
        {
            "Identifier": one.identifier,
            "SedaField": one.seda_field or None,
            "ApiField": one.api_field or None,
            "Type": one.type,
            "TypeDetail": one.type_detail,
            "StringSize": one.string_size or None,
            "Origin": "INTERNAL",
            "Collections": list(one.collections),
        }
        for one in built_in_terms().values()
    ]
    return [*shipped, *more]


def test_an_ontology_keeps_the_platforms_vocabularies(coffre: Tenant) -> None:
    alone = bring("ontologies", coffre, term("Parcelle", "KEYWORD"))
    assert set(reasons(alone)) == {"internal_deleted"}
    report = bring("ontologies", coffre, *whole_ontology(term("Parcelle", "KEYWORD")))
    assert report.is_accepted, report.problems[:3]
    assert report.inserted == ("Parcelle",)
    assert report.updated == ()
    assert ontology_types()["Parcelle"] == "KEYWORD"
    row = OntologyTerm.objects.get(identifier="Parcelle")
    assert (row.type_detail, row.string_size) == ("STRING", "MEDIUM")


@pytest.mark.parametrize(
    ("before", "after", "accepted"),
    [
        ("TEXT", "KEYWORD", True),
        ("KEYWORD", "TEXT", True),
        ("DATE", "KEYWORD", True),
        ("DATE", "LONG", False),
        ("LONG", "TEXT", False),
        ("BOOLEAN", "KEYWORD", False),
    ],
)
def test_a_vocabulary_takes_only_a_type_that_bears_its_values(
    coffre: Tenant, before: str, after: str, accepted: bool
) -> None:
    assert bring("ontologies", coffre, *whole_ontology(term("Mien", before))).is_accepted
    report = bring("ontologies", coffre, *whole_ontology(term("Mien", after)))
    assert report.is_accepted is accepted
    assert set(reasons(report)) == (set() if accepted else {"type_change"})


@pytest.mark.parametrize("name", ["_mien", "#mien", "mon champ", "title"])
def test_an_external_vocabulary_has_a_plain_name_of_its_own(coffre: Tenant, name: str) -> None:
    report = bring("ontologies", coffre, *whole_ontology(term(name, "TEXT")))
    assert set(reasons(report)) <= {"blank", "same_field"}
    assert not report.is_accepted


def pronom(version: int, *puids: str) -> bytes:
    formats = "".join(
        f'<FileFormat ID="{number}" Name="Format {puid}" PUID="{puid}"><Extension>x</Extension>'
        "</FileFormat>"
        for number, puid in enumerate(puids)
    )
    return (
        f'<FFSignatureFile DateCreated="2026-01-19T10:53:18" Version="{version}" xmlns='
        f'"http://www.nationalarchives.gov.uk/pronom/SignatureFile"><InternalSignatureCollection/>'
        f"<FileFormatCollection>{formats}</FileFormatCollection></FFSignatureFile>"
    ).encode()


def bring_formats(tenant: Tenant, content: bytes) -> ImportReport:
    return KINDS["formats"].importer(tenant=tenant, content=content, agent=Agent())


def test_formats_are_replaced_and_what_is_lost_is_said(coffre: Tenant) -> None:
    first = bring_formats(coffre, pronom(200, "fmt/1", "fmt/2"))
    assert first.outcome == Outcome.WARNING
    assert reasons(first) == ["formats_removed"]
    assert set(known_formats(["fmt/1", "fmt/18"])) == {"fmt/1"}
    second = bring_formats(coffre, pronom(201, "fmt/1", "fmt/2", "fmt/3"))
    assert set(reasons(second)) == {"same_date"}
    assert second.inserted == ("fmt/3",)
    third = bring_formats(coffre, pronom(200, "fmt/1"))
    assert set(reasons(third)) == {"older_version", "same_date", "formats_removed"}
    assert third.is_accepted
    # The file said each time the same of it.
    assert FileFormat.objects.get().version == 0


@pytest.mark.parametrize(
    "content",
    [b"<a", b"<a/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", pronom(1), b"PUID\nfmt/1\n"],
)
def test_what_is_not_a_pronom_file_is_refused(coffre: Tenant, content: bytes) -> None:
    report = bring_formats(coffre, content)
    assert report.outcome_detail == "STP_REFERENTIAL_FORMAT_IMPORT.KO"
    assert reasons(report)


def test_starter_referentials_are_all_accepted_and_come_once(coffre: Tenant) -> None:
    reports = load_starter_referentials(coffre)
    assert [report.outcome for report in reports] == [Outcome.OK] * 4
    assert len(reports[0].inserted) == 15
    assert len(reports[1].inserted) == 26
    assert load_starter_referentials(coffre) == []
