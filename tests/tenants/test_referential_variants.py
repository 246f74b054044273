"""Siblings of the known referential files: each breaks, or just keeps, one rule of its kind."""

import json
from typing import Any

import pytest
from django.db import transaction

from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Tenant
from tenants.referentials.imports import Agent
from tenants.referentials.kinds import KINDS
from tenants.referentials.sentences import SENTENCES, sentence

OK = "OK"
RULES_HEADER = "RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement\n"
AGENCIES_HEADER = "Identifier,Name,Description\n"

NOT_CSV = "STP_IMPORT_RULES_NOT_CSV_FORMAT.KO"
ENCODING = "CHECK_RULES.INVALID_CSV_ENCODING_NOT_UTF_EIGHT.KO"


def rules(*lines: str, header: str = RULES_HEADER, end: str = "\n") -> bytes:
    return (header + "".join(line + end for line in lines)).encode()


def agencies(*lines: str, header: str = AGENCIES_HEADER) -> bytes:
    return (header + "".join(line + "\n" for line in lines)).encode()


GOOD = "ACC-1,AccessRule,Valeur,Description,1,year"

RULE_FILES: list[tuple[str, bytes, str]] = [
    ("good", rules(GOOD), OK),
    ("measures in capitals", rules(GOOD.replace("year", "YEAR")), OK),
    ("measures mixed", rules(GOOD.replace("year", "Month")), OK),
    ("seconds", rules(GOOD.replace("year", "second")), OK),
    ("unlimited in capitals", rules("A,AccessRule,V,D,Unlimited,Year"), OK),
    ("length zero", rules(GOOD.replace(",1,", ",0,")), OK),
    ("no description", rules(GOOD.replace("Description", "")), OK),
    ("quoted commas", rules('ACC-1,AccessRule,"V, et W","D ""dite""",1,year'), OK),
    (
        "columns in another order",
        rules(
            "AccessRule,ACC-1,V,D,1,year",
            header="RuleType,RuleId,RuleValue,RuleDescription,RuleDuration,RuleMeasurement\n",
        ),
        OK,
    ),
    ("hold without length", rules("HOL-1,HoldRule,V,D,,"), OK),
    ("hold with a length", rules("HOL-1,HoldRule,V,D,3,month"), OK),
    ("hold with a length alone", rules("HOL-1,HoldRule,V,D,3,"), NOT_CSV),
    ("hold with a measure alone", rules("HOL-1,HoldRule,V,D,,month"), NOT_CSV),
    ("no length", rules("A,AccessRule,V,D,,year"), NOT_CSV),
    ("no measure", rules("A,AccessRule,V,D,1,"), NOT_CSV),
    ("neither", rules("A,AccessRule,V,D,,"), NOT_CSV),
    ("no identifier", rules(",AccessRule,V,D,1,year"), NOT_CSV),
    ("no value", rules("A,AccessRule,,D,1,year"), NOT_CSV),
    ("no type", rules("A,,V,D,1,year"), NOT_CSV),
    (
        "type in small letters",
        rules("A,accessrule,V,D,1,year"),
        "STP_IMPORT_RULES_WRONG_RULETYPE_UNKNOW.KO",
    ),
    (
        "length with a comma",
        rules('A,AccessRule,V,D,"1,5",year'),
        "STP_IMPORT_RULES_WRONG_RULEDURATION.KO",
    ),
    (
        "length in letters",
        rules("A,AccessRule,V,D,un,year"),
        "STP_IMPORT_RULES_WRONG_RULEDURATION.KO",
    ),
    (
        "length below zero",
        rules("A,AccessRule,V,D,-1,year"),
        "STP_IMPORT_RULES_WRONG_RULEDURATION.KO",
    ),
    (
        "measure unknown",
        rules("A,AccessRule,V,D,1,century"),
        "STP_IMPORT_RULES_WRONG_RULEMEASUREMENT.KO",
    ),
    ("1000 years", rules("A,AccessRule,V,D,1000,year"), "STP_IMPORT_RULES_WRONG_TOTALDURATION.KO"),
    ("999 years", rules("A,AccessRule,V,D,999,year"), OK),
    (
        "12000 months",
        rules("A,AccessRule,V,D,12000,month"),
        "STP_IMPORT_RULES_WRONG_TOTALDURATION.KO",
    ),
    (
        "360000 days",
        rules("A,AccessRule,V,D,360000,day"),
        "STP_IMPORT_RULES_WRONG_TOTALDURATION.KO",
    ),
    (
        "a length that no number holds",
        rules("A,AccessRule,V,D,99999999999999999999,year"),
        "STP_IMPORT_RULES_WRONG_",
    ),
    ("twice", rules(GOOD, GOOD), "STP_IMPORT_RULES_RULEID_DUPLICATION.KO"),
    ("semicolons", rules(GOOD).replace(b",", b";"), NOT_CSV),
    ("tabs", rules(GOOD).replace(b",", b"\t"), ""),
    ("empty line between", rules(GOOD, "", "ACC-2,AccessRule,V,D,1,year"), NOT_CSV),
    ("line of commas", rules(GOOD, ",,,,,"), NOT_CSV),
    ("cell too many", rules(GOOD + ",plus"), NOT_CSV),
    ("cell too few", rules("A,AccessRule,V,D,1"), NOT_CSV),
    ("column more", rules(GOOD + ",plus", header=RULES_HEADER.strip() + ",Plus\n"), ENCODING),
    (
        "column missing",
        rules(
            "A,AccessRule,V,D,1", header="RuleId,RuleType,RuleValue,RuleDescription,RuleDuration\n"
        ),
        NOT_CSV,
    ),
    ("column renamed", rules(GOOD, header=RULES_HEADER.replace("RuleValue", "Value")), ""),
    ("Latin 1", rules(GOOD.replace("Valeur", "Durée")).decode().encode("latin-1"), ENCODING),
    ("UTF-16", rules(GOOD).decode().encode("utf-16"), ENCODING),
    ("mark of order", b"\xef\xbb\xbf" + rules(GOOD), OK),
    ("html", rules(GOOD.replace("Valeur", "<script>a</script>")), NOT_CSV),
    ("empty", b"", NOT_CSV),
    ("a PDF", b"%PDF-1.4\n\xe2\xe3\xcf\xd3\n", ""),
    ("json", b'[{"RuleId": "A"}]', ""),
]

ID_TWICE = "STP_IMPORT_AGENCIES_ID_DUPLICATION.KO"
AGENCY_FILES: list[tuple[str, bytes, str]] = [
    ("good", agencies("A,Nom,"), OK),
    ("good with a description", agencies("A,Nom,Un service"), OK),
    ("no identifier", agencies(",Nom,"), "STP_IMPORT_AGENCIES_MISSING_INFORMATIONS.KO"),
    ("no name", agencies("A,,D"), "STP_IMPORT_AGENCIES_MISSING_INFORMATIONS.KO"),
    ("twice", agencies("A,Nom,", "A,Autre,"), ID_TWICE),
    ("cell too few", agencies("A,Nom"), "STP_IMPORT_AGENCIES_NOT_CSV_FORMAT.KO"),
    ("cell too many", agencies("A,Nom,D,"), "STP_IMPORT_AGENCIES_NOT_CSV_FORMAT.KO"),
    ("empty line", agencies("A,Nom,D", "", "B,Nom,D"), "STP_IMPORT_AGENCIES_NOT_CSV_FORMAT.KO"),
    (
        "semicolons",
        agencies("A,Nom,D").replace(b",", b";"),
        "STP_IMPORT_AGENCIES_NOT_CSV_FORMAT.KO",
    ),
    ("no description column", b"Identifier,Name\nA,Nom\n", "STP_IMPORT_AGENCIES_NOT_CSV_FORMAT.KO"),
    (
        "unknown column",
        b"Identifier,Name,Description,Entity-Type\nA,Nom,D,E\n",
        "STP_IMPORT_AGENCIES_NOT_CSV_FORMAT.KO",
    ),
    (
        "known column",
        b"Identifier,Name,Description,EntityType,FromDate\nA,Nom,D,E,01/02/2003\n",
        OK,
    ),
    (
        "date that is none",
        b"Identifier,Name,Description,FromDate\nA,Nom,D,32/02/2003\n",
        "STP_IMPORT_AGENCIES_NOT_CSV_FORMAT.KO",
    ),
    ("html", agencies("A,<a href=x>Nom</a>,"), "STP_IMPORT_AGENCIES_NOT_CSV_FORMAT.KO"),
    ("html in an identifier", agencies("<script>,Nom,"), "STP_IMPORT_AGENCIES_NOT_CSV_FORMAT.KO"),
    ("a PDF", b"%PDF-1.4\n\xe2\xe3\xcf\xd3\n", "STP_IMPORT_AGENCIES_NOT_CSV_FORMAT.KO"),
]

INGEST = "STP_IMPORT_INGEST_CONTRACT."
ACCESS = "STP_IMPORT_ACCESS_CONTRACT."
MANAGEMENT = "STP_IMPORT_MANAGEMENT_CONTRACT."
CONTEXT = "STP_IMPORT_CONTEXT."
SECURITY = "STP_IMPORT_SECURITY_PROFILE."
NOTICE = "STP_IMPORT_PROFILE_JSON."
UNIT = "IMPORT_ARCHIVEUNITPROFILE."
UNKNOWN_UNIT = "aeaqaaaaaaecntv2ab7dsaldwwlhwsyaaaaq"


def element(**fields: Any) -> dict[str, Any]:
    return {"Identifier": "X-1", "Name": "Essai", **fields}


def schema(**properties: Any) -> str:
    return json.dumps({"type": "object", "properties": properties})


DOCUMENTS: list[tuple[str, str, Any, str]] = [
    ("ingestcontracts", "minimal", [element()], OK),
    ("ingestcontracts", "two of one name", [element(), element(Identifier="X-2")], OK),
    (
        "ingestcontracts",
        "two of one identifier",
        [element(), element()],
        f"{INGEST}IDENTIFIER_DUPLICATION.KO",
    ),
    ("ingestcontracts", "no name", [{"Identifier": "X"}], f"{INGEST}EMPTY_REQUIRED_FIELD.KO"),
    ("ingestcontracts", "empty name", [element(Name="")], f"{INGEST}EMPTY_REQUIRED_FIELD.KO"),
    ("ingestcontracts", "null name", [element(Name=None)], f"{INGEST}EMPTY_REQUIRED_FIELD.KO"),
    ("ingestcontracts", "status unknown", [element(Status="ACTIF")], INGEST),
    ("ingestcontracts", "status in small letters", [element(Status="active")], INGEST),
    ("ingestcontracts", "unknown field", [element(Plus=1)], f"{INGEST}UNKNOWN_VALUE.KO"),
    ("ingestcontracts", "identifier of the platform", [element(_id="a")], INGEST),
    (
        "ingestcontracts",
        "french date",
        [element(CreationDate="10/12/2016", LastUpdate="10/12/2016")],
        OK,
    ),
    (
        "ingestcontracts",
        "iso date",
        [element(CreationDate="2016-12-10", ActivationDate="2016-12-10T00:00:00.000")],
        OK,
    ),
    (
        "ingestcontracts",
        "no date",
        [element(CreationDate="tuesday")],
        f"{INGEST}EMPTY_REQUIRED_FIELD.KO",
    ),
    (
        "ingestcontracts",
        "impossible date",
        [element(ActivationDate="32/13/2016")],
        f"{INGEST}EMPTY_REQUIRED_FIELD.KO",
    ),
    (
        "ingestcontracts",
        "profile unknown",
        [element(ArchiveProfiles=["X"])],
        f"{INGEST}PROFILE_NOT_FOUND.KO",
    ),
    ("ingestcontracts", "no profile", [element(ArchiveProfiles=[])], OK),
    (
        "ingestcontracts",
        "every format and a list",
        [element(EveryFormatType=True, FormatType=["fmt/18"])],
        f"{INGEST}FORMAT_MUST_BE_EMPTY.KO",
    ),
    (
        "ingestcontracts",
        "every format and an empty list",
        [element(EveryFormatType=True, FormatType=[])],
        f"{INGEST}FORMAT_MUST_BE_EMPTY.KO",
    ),
    ("ingestcontracts", "every format", [element(EveryFormatType=True)], OK),
    (
        "ingestcontracts",
        "some formats",
        [element(EveryFormatType=False, FormatType=["fmt/18", "x-fmt/111"])],
        OK,
    ),
    (
        "ingestcontracts",
        "some formats, none",
        [element(EveryFormatType=False, FormatType=[])],
        f"{INGEST}FORMAT_MUST_NOT_BE_EMPTY.KO",
    ),
    (
        "ingestcontracts",
        "some formats, no list",
        [element(EveryFormatType=False)],
        f"{INGEST}FORMAT_MUST_NOT_BE_EMPTY.KO",
    ),
    (
        "ingestcontracts",
        "format unknown",
        [element(EveryFormatType=False, FormatType=["fmt/999999"])],
        f"{INGEST}FORMAT_NOT_FOUND.KO",
    ),
    ("ingestcontracts", "every format as a word", [element(EveryFormatType="peut-être")], INGEST),
    (
        "ingestcontracts",
        "management contract unknown",
        [element(ManagementContractId="X")],
        f"{INGEST}MANAGEMENTCONTRACT_NOT_FOUND.KO",
    ),
    ("ingestcontracts", "link parent unknown", [element(LinkParentId=UNKNOWN_UNIT)], INGEST),
    ("ingestcontracts", "check parent unknown", [element(CheckParentId=[UNKNOWN_UNIT])], INGEST),
    (
        "ingestcontracts",
        "parents listed and forbidden",
        [
            element(
                CheckParentLink="UNAUTHORIZED",
                CheckParentId=["00000000-0000-0000-0000-000000000001"],
            )
        ],
        INGEST,
    ),
    ("ingestcontracts", "parent link unknown", [element(CheckParentLink="MAYBE")], INGEST),
    ("ingestcontracts", "usage unknown", [element(DataObjectVersion=["Master"])], INGEST),
    ("ingestcontracts", "usages", [element(DataObjectVersion=["BinaryMaster", "Thumbnail"])], OK),
    (
        "ingestcontracts",
        "signature policy",
        [element(SignaturePolicy={"SignedDocument": "MANDATORY", "DeclaredSignature": True})],
        OK,
    ),
    (
        "ingestcontracts",
        "signature policy without its word",
        [element(SignaturePolicy={"DeclaredSignature": True})],
        INGEST,
    ),
    (
        "ingestcontracts",
        "signature forbidden and declared",
        [element(SignaturePolicy={"SignedDocument": "FORBIDDEN", "DeclaredTimestamp": True})],
        INGEST,
    ),
    ("ingestcontracts", "html", [element(Description="<a href='x'>a</a>")], INGEST),
    ("ingestcontracts", "script", [element(Name="<script>alert(1)</script>")], INGEST),
    ("ingestcontracts", "empty list", [], INGEST),
    ("ingestcontracts", "a text", "texte", INGEST),
    ("ingestcontracts", "list of texts", ["a"], INGEST),
    ("accesscontracts", "minimal", [element()], OK),
    ("accesscontracts", "no identifier", [{"Name": "a"}], f"{ACCESS}EMPTY_REQUIRED_FIELD.KO"),
    (
        "accesscontracts",
        "agency unknown",
        [element(OriginatingAgencies=["X"])],
        f"{ACCESS}AGENCY_NOT_FOUND.KO",
    ),
    (
        "accesscontracts",
        "every agency and one unknown",
        [element(EveryOriginatingAgency=True, OriginatingAgencies=["X"])],
        f"{ACCESS}AGENCY_NOT_FOUND.KO",
    ),
    ("accesscontracts", "every agency", [element(EveryOriginatingAgency=True)], OK),
    ("accesscontracts", "usage unknown", [element(DataObjectVersion=["Maître"])], ACCESS),
    (
        "accesscontracts",
        "root unknown",
        [element(RootUnits=["00000000-0000-0000-0000-000000000001"])],
        f"{ACCESS}VALIDATION_ERROR.KO",
    ),
    (
        "accesscontracts",
        "root of the peers unknown",
        [element(ExcludedRootUnits=[UNKNOWN_UNIT])],
        f"{ACCESS}VALIDATION_ERROR.KO",
    ),
    ("accesscontracts", "log unknown", [element(AccessLog="YES")], ACCESS),
    ("accesscontracts", "category unknown", [element(RuleCategoryToFilter=["Rule"])], ACCESS),
    (
        "accesscontracts",
        "categories",
        [element(RuleCategoryToFilter=["AccessRule", "HoldRule"])],
        OK,
    ),
    ("accesscontracts", "writing as a word", [element(WritingPermission="oui")], ACCESS),
    ("managementcontracts", "minimal", [element()], OK),
    (
        "managementcontracts",
        "strategy unknown",
        [element(Storage={"ObjectStrategy": "froid"})],
        f"{MANAGEMENT}STRATEGY_VALIDATION_ERROR.KO",
    ),
    (
        "managementcontracts",
        "strategy",
        [
            element(
                Storage={
                    "ObjectStrategy": "default",
                    "UnitStrategy": "default",
                    "ObjectGroupStrategy": "default",
                }
            )
        ],
        OK,
    ),
    (
        "managementcontracts",
        "first version left",
        [element(VersionRetentionPolicy={"InitialVersion": False, "IntermediaryVersion": "LAST"})],
        f"{MANAGEMENT}VERSION_RETENTION_POLICY_ERROR.KO",
    ),
    (
        "managementcontracts",
        "no version between",
        [element(VersionRetentionPolicy={"InitialVersion": True, "IntermediaryVersion": "NONE"})],
        MANAGEMENT,
    ),
    (
        "managementcontracts",
        "master left",
        [
            element(
                VersionRetentionPolicy={
                    "InitialVersion": True,
                    "IntermediaryVersion": "ALL",
                    "Usages": [
                        {
                            "UsageName": "BinaryMaster",
                            "InitialVersion": True,
                            "IntermediaryVersion": "NONE",
                        }
                    ],
                }
            )
        ],
        f"{MANAGEMENT}VERSION_RETENTION_POLICY_ERROR.KO",
    ),
    (
        "managementcontracts",
        "copies left",
        [
            element(
                VersionRetentionPolicy={
                    "InitialVersion": True,
                    "IntermediaryVersion": "ALL",
                    "Usages": [
                        {
                            "UsageName": "Thumbnail",
                            "InitialVersion": False,
                            "IntermediaryVersion": "NONE",
                        }
                    ],
                }
            )
        ],
        OK,
    ),
    (
        "managementcontracts",
        "usage unknown",
        [element(VersionRetentionPolicy={"Usages": [{"UsageName": "X"}]})],
        MANAGEMENT,
    ),
    (
        "managementcontracts",
        "ark",
        [
            element(
                PersistentIdentifierPolicy=[
                    {
                        "PersistentIdentifierPolicyType": "ARK",
                        "PersistentIdentifierUnit": True,
                        "PersistentIdentifierAuthority": "12345",
                    }
                ]
            )
        ],
        OK,
    ),
    (
        "managementcontracts",
        "another identifier",
        [element(PersistentIdentifierPolicy=[{"PersistentIdentifierPolicyType": "DOI"}])],
        MANAGEMENT,
    ),
    (
        "contexts",
        "minimal",
        [element(Status="ACTIVE", SecurityProfile="admin-security-profile")],
        OK,
    ),
    (
        "contexts",
        "no status",
        [element(SecurityProfile="admin-security-profile")],
        f"{CONTEXT}EMPTY_REQUIRED_FIELD.KO",
    ),
    ("contexts", "no profile", [element(Status="ACTIVE")], f"{CONTEXT}EMPTY_REQUIRED_FIELD.KO"),
    (
        "contexts",
        "profile unknown",
        [element(Status="ACTIVE", SecurityProfile="X")],
        f"{CONTEXT}SECURITY_PROFILE_NOT_FOUND.KO",
    ),
    ("securityprofiles", "full", [element(FullAccess=True)], OK),
    (
        "securityprofiles",
        "full and a list",
        [element(FullAccess=True, Permissions=["units:read"])],
        SECURITY,
    ),
    (
        "securityprofiles",
        "list",
        [element(FullAccess=False, Permissions=["units:read", "ingests:create"])],
        OK,
    ),
    (
        "securityprofiles",
        "unknown permission",
        [element(FullAccess=False, Permissions=["cafe:read"])],
        f"{SECURITY}UNKNOWN_PERMISSION.KO",
    ),
    ("securityprofiles", "twice", [element(), element()], f"{SECURITY}IDENTIFIER_DUPLICATION.KO"),
    ("archiveprofiles", "minimal", [element(Format="RNG")], OK),
    ("archiveprofiles", "xsd", [element(Format="XSD", Status="ACTIVE")], OK),
    ("archiveprofiles", "no format", [element()], f"{NOTICE}EMPTY_REQUIRED_FIELD.KO"),
    ("archiveprofiles", "format unknown", [element(Format="PDF")], NOTICE),
    ("archiveprofiles", "path set", [element(Format="RNG", Path="a.rng")], NOTICE),
    (
        "archiveprofiles",
        "twice",
        [element(Format="RNG"), element(Format="RNG")],
        f"{NOTICE}IDENTIFIER_DUPLICATION.KO",
    ),
    (
        "archiveunitprofiles",
        "minimal",
        [element(ControlSchema=schema(Title={"type": "string"}))],
        OK,
    ),
    (
        "archiveunitprofiles",
        "computed fields given",
        [element(ControlSchema=schema(Title={"type": "string"}), Fields=["Title"])],
        OK,
    ),
    ("archiveunitprofiles", "no schema", [element()], f"{UNIT}EMPTY_REQUIRED_FIELD.KO"),
    (
        "archiveunitprofiles",
        "schema that is no json",
        [element(ControlSchema="{")],
        f"{UNIT}INVALID_JSON_SCHEMA.KO",
    ),
    (
        "archiveunitprofiles",
        "type unknown",
        [element(ControlSchema=schema(Title={"type": "chaine"}))],
        f"{UNIT}INVALID_JSON_SCHEMA.KO",
    ),
    (
        "archiveunitprofiles",
        "vocabulary unknown",
        [element(ControlSchema=schema(Inconnu={"type": "string"}))],
        f"{UNIT}INVALID_JSON_SCHEMA.KO",
    ),
    (
        "archiveunitprofiles",
        "type of another",
        [element(ControlSchema=schema(StartDate={"type": "boolean"}))],
        f"{UNIT}INVALID_JSON_SCHEMA.KO",
    ),
    (
        "archiveunitprofiles",
        "management",
        [
            element(
                ControlSchema=schema(
                    **{
                        "#management": {
                            "type": "object",
                            "properties": {
                                "AccessRule": {
                                    "type": "object",
                                    "properties": {
                                        "Rules": {
                                            "type": "array",
                                            "items": {
                                                "type": "object",
                                                "properties": {"Rule": {"type": "string"}},
                                            },
                                        }
                                    },
                                }
                            },
                        }
                    }
                )
            )
        ],
        OK,
    ),
    (
        "archiveunitprofiles",
        "keywords",
        [
            element(
                ControlSchema=schema(
                    Title={"type": "string", "pattern": "^A", "minLength": 1, "enum": ["A"]},
                    Tag={
                        "type": "array",
                        "items": {"type": "string"},
                        "maxItems": 2,
                        "uniqueItems": True,
                    },
                )
            )
        ],
        OK,
    ),
    (
        "archiveunitprofiles",
        "date in letters",
        [element(ControlSchema=schema(), CreationDate="hier")],
        f"{UNIT}EMPTY_REQUIRED_FIELD.KO",
    ),
]


FILES = [
    *(("rules", name, content, code) for name, content, code in RULE_FILES),
    *(("agencies", name, content, code) for name, content, code in AGENCY_FILES),
    *(
        (slug, name, json.dumps(elements).encode(), code)
        for slug, name, elements, code in DOCUMENTS
    ),
]


@pytest.mark.parametrize("slug", sorted({slug for slug, *_rest in FILES}))
def test_verdicts(coffre: Tenant, slug: str) -> None:
    wrong = {}
    for _slug, name, content, code in (one for one in FILES if one[0] == slug):
        with transaction.atomic():
            report = KINDS[slug].importer(tenant=coffre, content=content, agent=Agent())
            transaction.set_rollback(True)
        for found in report.problems:
            assert found.reason in SENTENCES
            assert "%(" not in sentence(found)
        codes = [found.code for found in report.problems if found.outcome >= Outcome.KO]
        if report.is_accepted:
            is_right = code == OK
        else:
            is_right = code != OK and any(one.startswith(code) for one in codes)
        if not is_right:
            wrong[name] = codes or "accepted"
    assert wrong == {}
