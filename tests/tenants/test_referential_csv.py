"""Agencies and rules: a CSV replaces the whole referential, or changes nothing."""

import json
from typing import Any

import pytest

from sae.journal.models import Event, Operation
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import AccessContract, Agency, ManagementRule, ReferentialImport
from tenants.referentials.agencies import check_agencies, import_agencies
from tenants.referentials.imports import Agent
from tenants.referentials.rules import check_rules, import_rules
from tenants.referentials.sentences import SENTENCES, sentence
from tests.tenants.coffre import make_coffre

AGENCIES = "Identifier,Name,Description\nVILLE,Ville,\nCCAS,Centre communal,Action sociale\n"
RULES_HEADER = "RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement\n"
RULES = RULES_HEADER + (
    "APP-10,AppraisalRule,Dossiers,,10,Year\n"
    "APP-U,AppraisalRule,Registres,,unlimited,year\n"
    "HOL-1,HoldRule,Gel,,,\n"
)


def agencies(tenant: Tenant, text: str) -> Any:
    return import_agencies(tenant=tenant, content=text.encode(), agent=Agent())


def rules(tenant: Tenant, text: str) -> Any:
    return import_rules(tenant=tenant, content=text.encode(), agent=Agent())


def test_agencies_are_inserted_updated_and_deleted(coffre: Tenant) -> None:
    first = agencies(coffre, AGENCIES)
    assert first.outcome == Outcome.OK
    assert first.inserted == ("VILLE", "CCAS")
    second = agencies(coffre, "Identifier,Name,Description\nVILLE,La ville,\nPORT,Port,\n")
    assert (second.inserted, second.updated, second.deleted) == (("PORT",), ("VILLE",), ("CCAS",))
    assert dict(Agency.objects.values_list("identifier", "version")) == {"VILLE": 1, "PORT": 0}
    third = agencies(coffre, "Identifier,Name,Description\nVILLE,La ville,\nPORT,Port,\n")
    assert (third.inserted, third.updated, third.deleted) == ((), (), ())


def test_a_file_that_completes_removes_nothing(coffre: Tenant) -> None:
    agencies(coffre, AGENCIES)
    rules(coffre, RULES)
    for report in (
        import_agencies(
            tenant=coffre,
            content=b"Identifier,Name,Description\nPORT,Port,\n",
            agent=Agent(),
            replace=False,
        ),
        import_rules(
            tenant=coffre,
            content=(RULES_HEADER + "APP-5,AppraisalRule,Notes,,5,Year\n").encode(),
            agent=Agent(),
            replace=False,
        ),
    ):
        assert (report.outcome, len(report.inserted), report.deleted) == (Outcome.OK, 1, ())
    assert Agency.objects.count() == 3
    assert ManagementRule.objects.count() == 4


def test_a_byte_order_mark_and_crlf_change_nothing(coffre: Tenant) -> None:
    text = "\ufeff" + AGENCIES.replace("\n", "\r\n")
    assert agencies(coffre, text).inserted == ("VILLE", "CCAS")


def test_every_fault_comes_with_its_line_and_column(coffre: Tenant) -> None:
    report = agencies(
        coffre,
        "Identifier,Name,Description\n,Sans nom,\nA,A,\nA,A,\n\nB,B\nC,C,,\n"
        "D,<script>x</script>,\n",
    )
    found = [(one.place.line, one.place.column, one.reason) for one in report.problems]
    assert found == [
        (2, 1, "empty"),
        (4, 1, "duplicate_in_file"),
        (5, None, "empty_line"),
        (6, None, "missing_cell"),
        (7, 4, "extra_cell"),
        (8, 2, "markup"),
    ]
    assert report.outcome_detail == "IMPORT_AGENCIES.KO"
    assert not Agency.objects.exists()
    assert report.document["Errors"]["line 2"][0]["Code"].startswith("STP_IMPORT_AGENCIES_MISSING")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"Identifier;Name;Description\nA;A;\n", "separator"),
        (b"Identifier,Name\nA,A\n", "missing_column"),
        (b"Identifier,Name,Description,Couleur\nA,A,,x\n", "unknown_column"),
        ("Identifier,Name,Description\nA,Été,\n".encode("latin-1"), "not_utf8"),
        (b"%PDF-1.4\x00\x01", "not_text"),
        (b"", "empty_file"),
        (b"Identifier,Name,Description\n", "no_row"),
        (b'Identifier,Name,Description\nA,"A,\n', "quoting"),
    ],
)
def test_a_file_of_another_shape_is_refused(coffre: Tenant, content: bytes, reason: str) -> None:
    report = import_agencies(tenant=coffre, content=content, agent=Agent())
    assert [one.reason for one in report.problems] == [reason]
    assert reason in SENTENCES


def test_an_enriched_agency_keeps_its_record(coffre: Tenant) -> None:
    report = agencies(
        coffre,
        "Identifier,Name,Description,EntityType,Places,FromDate\n"
        "A,A,,corporateBody,Nantes|Rezé,31/01/1950\n",
    )
    assert report.outcome == Outcome.OK
    assert Agency.objects.get().details == {
        "EntityType": "corporateBody",
        "Places": ["Nantes", "Rezé"],
        "FromDate": "1950-01-31",
    }


def test_an_agency_named_by_a_contract_cannot_leave(coffre: Tenant) -> None:
    agencies(coffre, AGENCIES)
    AccessContract.objects.create(
        identifier="AC",
        name="AC",
        originating_agencies=["CCAS"],
        created_at=clock.now(),
        updated_at=clock.now(),
    )
    report = agencies(coffre, "Identifier,Name,Description\nVILLE,Ville,\n")
    assert report.outcome_detail == "IMPORT_AGENCIES.DELETION.KO"
    assert [one.place.identifier for one in report.problems] == ["CCAS"]
    assert Agency.objects.count() == 2


def test_an_import_is_journalled_with_its_file_even_when_refused(coffre: Tenant) -> None:
    report = agencies(coffre, "Identifier,Name,Description\n,,\n")
    operation = Operation.objects.get(id=report.operation_id)
    assert (operation.type, operation.category) == ("IMPORT_AGENCIES", "MASTERDATA")
    assert (operation.state, operation.outcome) == ("COMPLETED", "KO")
    codes = Event.objects.filter(operation=operation).order_by("sequence")
    assert [event.code for event in codes][-1] == "IMPORT_AGENCIES"
    kept = ReferentialImport.objects.get(id=report.operation_id)
    assert bytes(kept.content) == b"Identifier,Name,Description\n,,\n"
    assert json.loads(json.dumps(kept.report)) == kept.report


def test_a_check_writes_nothing(coffre: Tenant) -> None:
    report = check_agencies(tenant=coffre, content=AGENCIES.encode())
    assert report.inserted == ("VILLE", "CCAS")
    assert report.operation_id is None
    assert not Agency.objects.exists()
    assert not Operation.objects.exists()


def test_the_referential_of_another_coffre_is_left_alone(coffre: Tenant) -> None:
    agencies(coffre, AGENCIES)
    other = make_coffre(8)
    agencies(other, "Identifier,Name,Description\nX,X,\n")
    assert Agency.objects.count() == 2
    with tenant_scope(other.id):
        assert Agency.objects.get().identifier == "X"


def test_rules_are_read_with_their_durations(coffre: Tenant) -> None:
    report = rules(coffre, RULES)
    assert report.outcome == Outcome.OK, report.problems
    by_identifier = {row.identifier: row for row in ManagementRule.objects.all()}
    assert (by_identifier["APP-10"].duration, by_identifier["APP-10"].measurement) == (10, "YEAR")
    assert by_identifier["APP-U"].unlimited
    assert by_identifier["HOL-1"].duration is None
    assert [event.code for event in Event.objects.order_by("sequence")][:2] == [
        "STP_IMPORT_RULES",
        "CHECK_RULES",
    ]


@pytest.mark.parametrize(
    ("line", "code", "reason"),
    [
        (",AppraisalRule,x,,1,year", "NOT_CSV_FORMAT", "empty"),
        ("A,,x,,1,year", "NOT_CSV_FORMAT", "empty"),
        ("A,AppraisalRule,,,1,year", "NOT_CSV_FORMAT", "empty"),
        ("A,AppraisalRule,x,,,year", "NOT_CSV_FORMAT", "duration_pair"),
        ("A,AppraisalRule,x,,1,", "NOT_CSV_FORMAT", "duration_pair"),
        ("A,HoldRule,x,,1,", "NOT_CSV_FORMAT", "duration_pair"),
        ("A,HoldRule,x,,,year", "NOT_CSV_FORMAT", "duration_pair"),
        ("A,AppraisalRule,x,,-1,year", "WRONG_RULEDURATION", "duration_not_number"),
        ("A,AppraisalRule,x,,dix,year", "WRONG_RULEDURATION", "duration_not_number"),
        ("A,AppraisalRule,x,,1,siècle", "WRONG_RULEMEASUREMENT", "unknown_measurement"),
        ("A,Anarchie,x,,1,year", "WRONG_RULETYPE_UNKNOW", "unknown_category"),
        ("A,AppraisalRule,x,,1000,year", "WRONG_TOTALDURATION", "duration_too_long"),
        ("A,AppraisalRule,x,,11989,month", "WRONG_TOTALDURATION", "duration_too_long"),
        ("A,AppraisalRule,x,,359641,day", "WRONG_TOTALDURATION", "duration_too_long"),
    ],
)
def test_a_wrong_rule_is_refused(coffre: Tenant, line: str, code: str, reason: str) -> None:
    report = rules(coffre, RULES_HEADER + line + "\n")
    assert [(one.code, one.reason) for one in report.problems] == [
        (f"STP_IMPORT_RULES_{code}.KO", reason)
    ]
    assert "%(" not in sentence(report.problems[0])
    assert Event.objects.get(code="CHECK_RULES").outcome_detail == "CHECK_RULES.INVALID_CSV.KO"


@pytest.mark.parametrize("line", ["A,AppraisalRule,x,,999,year", "A,HoldRule,x,,UNLIMITED,Day"])
def test_the_longest_durations_are_accepted(coffre: Tenant, line: str) -> None:
    assert check_rules(tenant=coffre, content=(RULES_HEADER + line).encode()).is_accepted


def test_an_unknown_column_of_rules_has_the_references_code(coffre: Tenant) -> None:
    report = rules(coffre, RULES_HEADER.strip() + ",Couleur\nA,AppraisalRule,x,,1,year,bleu\n")
    event = Event.objects.get(code="CHECK_RULES")
    assert event.outcome_detail == "CHECK_RULES.INVALID_CSV_ENCODING_NOT_UTF_EIGHT.KO"
    assert report.outcome_detail == "STP_IMPORT_RULES.KO"


def test_a_coffre_may_set_a_shortest_duration(coffre: Tenant, settings: Any) -> None:
    settings.MINIMUM_RULE_DURATIONS = {"7": {"AppraisalRule": "1 year"}}
    text = RULES_HEADER + "A,AppraisalRule,x,,11,month\nB,AccessRule,x,,1,day\n"
    report = rules(coffre, text)
    assert [one.place.identifier for one in report.problems] == ["A"]
    detail = Event.objects.get(code="CHECK_RULES").outcome_detail
    assert detail == "CHECK_RULES.MAX_DURATION_EXCEEDS.KO"
