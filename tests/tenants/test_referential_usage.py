"""What archives use can neither leave a referential nor change under them."""

import uuid
from typing import Any

import pytest

from sae.holdings.models import AccessionRegisterDetail, ArchiveUnit
from sae.journal.models import Event
from sae.journal.services import open_operation
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Tenant
from tenants.models import ManagementRule
from tenants.referentials import usage
from tenants.referentials.agencies import import_agencies
from tenants.referentials.imports import Agent
from tenants.referentials.reports import ImportReport
from tenants.referentials.rules import import_rules

HEADER = "RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement\n"
BASE = HEADER + "APP-1,AppraisalRule,Un,,10,Year\nACC-1,AccessRule,Deux,,25,Year\n"


def rules(tenant: Tenant, text: str) -> ImportReport:
    return import_rules(tenant=tenant, content=text.encode(), agent=Agent())


def agencies(tenant: Tenant, *names: str) -> ImportReport:
    lines = "".join(f"{name},{name},\n" for name in names)
    content = f"Identifier,Name,Description\n{lines}".encode()
    return import_agencies(tenant=tenant, content=content, agent=Agent())


@pytest.fixture
def unit(coffre: Tenant) -> ArchiveUnit:
    """A unit of VILLE that declares APP-1."""
    operation = open_operation(type="PROCESS_SIP_UNITARY", category="INGEST")
    moment = clock.now()
    AccessionRegisterDetail.objects.create(
        operation=operation,
        last_operation_id=operation.id,
        originating_agency="VILLE",
        submission_agency="CCAS",
        status="STORED_AND_COMPLETED",
        created_at=moment,
    )
    return ArchiveUnit.objects.create(
        operation=operation,
        title="Dossier",
        level="File",
        management={"AppraisalRule": {"Rules": [{"Rule": "APP-1"}], "FinalAction": "Keep"}},
        created_at=moment,
        updated_at=moment,
    )


def test_a_used_rule_cannot_leave(coffre: Tenant, unit: ArchiveUnit) -> None:
    rules(coffre, BASE)
    report = rules(coffre, HEADER + "ACC-1,AccessRule,Deux,,25,Year\n")
    assert report.outcome == Outcome.KO
    assert report.document["usedFileRulesToDelete"][0].startswith("ruleId=APP-1, ")
    assert ManagementRule.objects.count() == 2
    assert rules(coffre, HEADER + "APP-1,AppraisalRule,Un,,10,Year\n").outcome == Outcome.OK


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("APP-1,AppraisalRule,Autre intitulé,,10,Year", Outcome.OK),
        ("APP-1,AppraisalRule,Un,,12,Year", Outcome.WARNING),
        ("APP-1,AppraisalRule,Un,,unlimited,Year", Outcome.WARNING),
        ("APP-1,AccessRule,Un,,10,Year", Outcome.KO),
    ],
)
def test_a_used_rule_changes_within_bounds(
    coffre: Tenant, unit: ArchiveUnit, line: str, outcome: Outcome
) -> None:
    rules(coffre, BASE)
    assert rules(coffre, HEADER + line + "\nACC-1,AccessRule,Deux,,25,Year\n").outcome == outcome


def test_a_used_hold_keeps_having_no_duration(coffre: Tenant, unit: ArchiveUnit) -> None:
    hold = HEADER + "APP-1,HoldRule,Gel,,,\n"
    unit.management = {"HoldRule": {"Rules": [{"Rule": "APP-1"}]}}
    unit.save()
    rules(coffre, hold)
    report = rules(coffre, HEADER + "APP-1,HoldRule,Gel,,1,Year\n")
    assert report.outcome == Outcome.KO
    assert report.document["usedRulesWithDurationModeUpdate"]


def test_listeners_hear_of_used_rules_whose_length_changed(
    coffre: Tenant, unit: ArchiveUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[Any, uuid.UUID]] = []
    monkeypatch.setattr(usage, "_rule_listeners", [])
    usage.register_rule_listener(lambda names, operation: heard.append((list(names), operation)))
    rules(coffre, BASE)
    report = rules(coffre, BASE.replace(",10,", ",12,").replace(",25,", ",50,"))
    assert heard == [(["APP-1"], report.operation_id)]


def test_an_agency_that_owns_archives_cannot_leave(coffre: Tenant, unit: ArchiveUnit) -> None:
    agencies(coffre, "VILLE", "CCAS")
    report = agencies(coffre, "CCAS")
    assert report.outcome_detail == "IMPORT_AGENCIES.DELETION.KO"
    assert agencies(coffre, "VILLE").outcome == Outcome.OK


def test_a_used_agency_renamed_is_said_in_the_journal(coffre: Tenant, unit: ArchiveUnit) -> None:
    agencies(coffre, "VILLE")
    content = b"Identifier,Name,Description\nVILLE,La ville,\n"
    report = import_agencies(tenant=coffre, content=content, agent=Agent())
    assert report.outcome == Outcome.OK
    events = Event.objects.filter(operation_id=report.operation_id)
    assert events.get(code="IMPORT_AGENCIES.USED_AU").outcome == "WARNING"


def test_a_room_above_may_use_agencies_and_rules(
    coffre: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage, "_agency_users", [])
    monkeypatch.setattr(usage, "_rule_users", [])
    usage.register_agency_user(lambda names: {"PORT"} & set(names))
    usage.register_rule_user(lambda names: {"ACC-1"} & set(names))
    agencies(coffre, "PORT", "VILLE")
    rules(coffre, BASE)
    assert not agencies(coffre, "VILLE").is_accepted
    assert not rules(coffre, HEADER + "APP-1,AppraisalRule,Un,,10,Year\n").is_accepted
