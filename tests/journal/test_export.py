import csv
import io
import json
import tracemalloc

from sae.journal.export import (
    CSV_HEADER,
    life_cycle_document,
    operation_document,
    operations_csv,
    operations_json,
)
from sae.journal.labels import label, register_labels
from sae.journal.life_cycle import LifeCycleDraft, write_life_cycle
from sae.journal.selectors import events_of, life_cycle_of, operations
from sae.journal.services import EventDraft, append_events, close_operation, open_operation
from sae.kernel.identifiers import new_id
from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import tenant_scope


def deposit(message_identifier="MSG-1"):
    operation = open_operation(
        type="PROCESS_SIP_UNITARY",
        category="INGEST",
        agent_id=new_id(),
        application_id="CT-000001",
        request_id="req",
        message_identifier=message_identifier,
        detail={"rights": {"ArchivalAgreement": "IC-1"}},
    )
    step = EventDraft("STP_JOURNAL_TEST", Outcome.STARTED)
    append_events(
        [
            step,
            EventDraft(
                "CHECK_JOURNAL_TEST",
                Outcome.KO,
                "CHECK_JOURNAL_TEST.NOT_THERE.KO",
                step.id,
                detail={"counts": {"KO": 2, "OK": 4, "WARNING": 1}},
            ),
            EventDraft("STP_JOURNAL_TEST", Outcome.KO),
        ],
        operation=operation,
    )
    close_operation(operation=operation, outcome=Outcome.KO)
    return operation, step


def test_the_export_has_the_shape_that_the_field_s_tools_read(tenant):
    register_labels({"CHECK_JOURNAL_TEST": "Contrôle d’essai"})
    with tenant_scope(tenant.id):
        operation, step = deposit()
        document = operation_document(operation, events_of(operation.id), tenant_number=7)
    assert document["evId"] == document["evIdProc"] == str(operation.id)
    assert (document["evType"], document["evTypeProc"]) == ("PROCESS_SIP_UNITARY", "INGEST")
    assert (document["outcome"], document["outDetail"]) == (
        "STARTED",
        "PROCESS_SIP_UNITARY.STARTED",
    )
    assert document["obIdIn"] == "MSG-1"
    assert json.loads(document["rightsStatementIdentifier"]) == {"ArchivalAgreement": "IC-1"}
    start, check, _end, closing = document["events"]
    assert (start["evType"], start["outcome"], start["outDetail"]) == (
        "STP_JOURNAL_TEST.STARTED",
        "OK",
        "STP_JOURNAL_TEST.STARTED.OK",
    )
    assert check["evParentId"] == start["evId"] == str(step.id)
    assert (check["evType"], check["outcome"]) == ("CHECK_JOURNAL_TEST", "KO")
    assert check["outDetail"] == "CHECK_JOURNAL_TEST.NOT_THERE.KO"
    assert check["outMessg"].endswith("Detail= OK:4 WARNING:1 KO:2")
    assert json.loads(check["evDetData"]) == {"counts": {"KO": 2, "OK": 4, "WARNING": 1}}
    assert (closing["evType"], closing["outcome"]) == ("PROCESS_SIP_UNITARY", "KO")
    assert len(closing["evDateTime"]) == len("2026-01-01T00:00:00.000")


def test_operations_stream_as_one_json_array(tenant):
    with tenant_scope(tenant.id):
        expected = [str(deposit()[0].id) for _ in range(3)][::-1]
        pieces = list(operations_json(operations()))
    assert len(pieces) == 5
    documents = json.loads(b"".join(pieces))
    assert [document["_id"] for document in documents] == expected
    assert all(len(document["events"]) == 4 for document in documents)


def test_no_operation_is_an_empty_array(tenant):
    with tenant_scope(tenant.id):
        assert json.loads(b"".join(operations_json(operations()))) == []


def test_the_csv_opens_in_a_french_spreadsheet_without_live_formula(tenant):
    with tenant_scope(tenant.id):
        deposit("=HYPERLINK(1)")
        text = "".join(operations_csv(operations()))
    assert text.startswith("\ufeff")
    header, row = csv.reader(io.StringIO(text[1:]), delimiter=";")
    assert tuple(header) == CSV_HEADER
    told = dict(zip(header, row, strict=True))
    assert (told["Statut"], told["État"]) == ("Échec", "Terminée")
    assert told["Identifiant du message"] == "'=HYPERLINK(1)"


def test_a_life_cycle_is_exported_event_by_event(tenant):
    unit = new_id()
    with tenant_scope(tenant.id):
        operation = open_operation(type="PROCESS_SIP_UNITARY", category="INGEST")
        write_life_cycle(
            [
                LifeCycleDraft(
                    "unit",
                    unit,
                    ["LFC.LFC_CREATION", "LFC.CHECK_UNIT_SCHEMA"],
                    Outcome.WARNING,
                    {"outcomes": {"LFC.CHECK_UNIT_SCHEMA": "WARNING"}, "up": []},
                )
            ],
            operation=operation,
        )
        document = life_cycle_document(unit, life_cycle_of(unit), tenant_number=1)
    assert document["_id"] == str(unit)
    assert document["evType"] == "LFC.LFC_CREATION"
    assert [event["outDetail"] for event in document["events"]] == [
        "LFC.LFC_CREATION.OK",
        "LFC.CHECK_UNIT_SCHEMA.WARNING",
    ]
    assert {event["evTypeProc"] for event in document["events"]} == {"INGEST"}


def test_labels_are_said_by_exact_outcome_then_by_code():
    register_labels({"LABEL_A": "Contrôle A", "LABEL_A.EMPTY.KO": "Rien à contrôler"})
    assert label("LABEL_A") == "Contrôle A"
    assert label("LABEL_A.KO") == "Contrôle A : échec"
    assert label("LABEL_A.STARTED.OK") == "Contrôle A : début"
    assert label("LABEL_A.EMPTY.KO") == "Rien à contrôler"
    assert label("LABEL_A.OTHER.KO") == "Contrôle A : échec"
    assert label("LFC.LABEL_A.OTHER.STARTED.OK") == "Contrôle A : début"
    assert label("LABEL_A.OTHER") == "LABEL_A.OTHER"
    assert label("LFC.LABEL_A.OK") == "Contrôle A : succès"
    assert label("UNKNOWN.KO") == "UNKNOWN.KO"


def test_memory_does_not_grow_with_the_journal(tenant):
    def peak():
        tracemalloc.start()
        try:
            sent = sum(map(len, operations_json(operations())))
            _now, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        return sent, most

    with tenant_scope(tenant.id):
        for _number in range(420):
            deposit()
        short, least = peak()
        for _number in range(630):
            deposit()
        long, most = peak()
    assert long > 2.4 * short
    assert most < 1.2 * least, "two batches at once, whatever the length"
