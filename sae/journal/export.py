"""The journal as files: JSON in the shape that the field's tools read, CSV for spreadsheets.

Generators: memory stays flat. In the peers' shape a start is told ``evType = X.STARTED``,
``outcome = OK``, ``outDetail = X.STARTED.OK``; ``evDetData`` is JSON within a string. Consume them
inside the tenant's scope (``stream_in_tenant`` for a streamed response).
"""

import csv
import datetime as dt
import io
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson
from django.db.models import QuerySet
from django.utils import timezone

from sae.journal.canonical import canonical
from sae.journal.labels import label
from sae.journal.models import Event, LifeCycleEntry, Operation
from sae.kernel.outcomes import Outcome
from sae.kernel.spreadsheets import neutralise
from sae.tenancy.models import Tenant
from sae.tenancy.scope import current_tenant_id

_BATCH = 200
_AGENT = {"Name": "sae", "Role": "sae"}
_OWN_KEYS = ("master", "identity")


def operation_document(
    operation: Operation, events: Iterable[Event], *, tenant_number: int
) -> dict[str, Any]:
    """Return one operation with its events (the opening one is the master itself)."""
    following = [event_document(event, operation) for event in events][1:]
    started = f"{operation.type}.STARTED"
    return {
        "_id": str(operation.id),
        "evId": str(operation.id),
        "evParentId": str(operation.parent_id) if operation.parent_id else None,
        "evType": operation.type,
        "evDateTime": _moment(operation.started_at),
        "evDetData": _json_text(operation.detail),
        "evIdProc": str(operation.id),
        "evTypeProc": operation.category,
        "outcome": Outcome.STARTED.name,
        "outDetail": started,
        "outMessg": label(started),
        "agId": _json_text(_AGENT),
        "agIdApp": operation.application_id or None,
        "agIdPers": str(operation.agent_id) if operation.agent_id else None,
        "evIdAppSession": operation.application_id or None,
        "evIdReq": operation.request_id or None,
        "agIdExt": _json_text(operation.detail.get("agencies")),
        "rightsStatementIdentifier": _json_text(operation.detail.get("rights")),
        "obId": str(operation.id),
        "obIdReq": None,
        "obIdIn": operation.message_identifier or None,
        "events": following,
        "_tenant": tenant_number,
        "_v": operation.event_count,
        "_lastPersistedDate": following[-1]["evDateTime"]
        if following
        else _moment(operation.started_at),
    }


def event_document(event: Event, operation: Operation) -> dict[str, Any]:
    """Return one event of an operation."""
    is_start = event.outcome == Outcome.STARTED.name
    detail = {key: value for key, value in event.detail.items() if key not in _OWN_KEYS}
    return {
        "evId": str(event.id),
        "evParentId": str(event.parent_id) if event.parent_id else None,
        "evType": f"{event.code}.STARTED" if is_start else event.code,
        "evDateTime": _moment(event.occurred_at),
        "evDetData": _json_text(detail),
        "evIdProc": str(operation.id),
        "evTypeProc": operation.category,
        "outcome": Outcome.OK.name if is_start else event.outcome,
        "outDetail": event.outcome_detail,
        "outMessg": _message(event.outcome_detail, detail),
        "agId": _json_text(_AGENT),
        "agIdPers": str(operation.agent_id) if operation.agent_id else None,
        "evIdReq": operation.request_id or None,
        "obId": str(operation.id),
    }


def life_cycle_document(
    subject_id: uuid.UUID, entries: Iterable[LifeCycleEntry], *, tenant_number: int
) -> dict[str, Any]:
    """Return the life-cycle journal of one unit or object group.

    Several events were written as one entry, so an event's ``evId`` is the entry's identifier with
    its rank.
    """
    events: list[dict[str, Any]] = []
    known = list(entries)
    categories = dict(
        Operation.objects.filter(id__in={entry.operation_id for entry in known}).values_list(
            "id", "category"
        )
    )
    for entry in known:
        outcomes = entry.detail.get("outcomes", {})
        detail = {key: value for key, value in entry.detail.items() if key != "outcomes"}
        for rank, code in enumerate(entry.codes):
            outcome = outcomes.get(code, Outcome.OK.name)
            is_last = rank == len(entry.codes) - 1
            events.append(
                {
                    "evId": f"{entry.id}#{rank}",
                    "evParentId": None,
                    "evType": code,
                    "evDateTime": _moment(entry.occurred_at),
                    "evIdProc": str(entry.operation_id),
                    "evTypeProc": categories.get(entry.operation_id),
                    "outcome": outcome,
                    "outDetail": f"{code}.{outcome}",
                    "outMessg": label(f"{code}.{outcome}"),
                    "agId": _json_text(_AGENT),
                    "obId": str(subject_id),
                    "evDetData": _json_text(detail if is_last else {}),
                }
            )
    first: dict[str, Any] = events[0] if events else {}
    return {
        **first,
        "_id": str(subject_id),
        "evId": str(subject_id),
        "events": events,
        "_tenant": tenant_number,
        "_v": len(known),
        "_lastPersistedDate": events[-1]["evDateTime"] if events else None,
    }


def operations_json(found: QuerySet[Operation]) -> Iterator[bytes]:
    """Yield a JSON array of operations with their events, piece by piece."""
    number = Tenant.objects.values_list("number", flat=True).get(id=current_tenant_id())
    yield b"["
    separator = b""
    for batch in _batches(found):
        events = _events_by_operation(batch)
        for operation in batch:
            document = operation_document(operation, events[operation.id], tenant_number=number)
            yield separator + orjson.dumps(document)
            separator = b",\n"
    yield b"]\n"


CSV_HEADER = (
    "Identifiant",
    "Type",
    "Libellé",
    "Catégorie",
    "État",
    "Statut",
    "Début",
    "Fin",
    "Durée (s)",
    "Compte",
    "Application",
    "Identifiant du message",
)


def operation_rows(found: QuerySet[Operation]) -> Iterator[tuple[str, ...]]:
    """Yield one row per operation, in the order of ``CSV_HEADER``."""
    for operation in found.iterator(chunk_size=1000):
        ended = operation.ended_at
        seconds = (ended - operation.started_at).total_seconds() if ended else None
        yield (
            str(operation.id),
            operation.type,
            label(operation.type),
            operation.category,
            str(operation.get_state_display()),
            str(operation.get_outcome_display()),
            _local(operation.started_at),
            _local(ended) if ended else "",
            f"{seconds:.1f}".replace(".", ",") if seconds is not None else "",
            str(operation.agent_id or ""),
            operation.application_id,
            operation.message_identifier,
        )


def operations_csv(found: QuerySet[Operation]) -> Iterator[str]:
    """Yield CSV text that French spreadsheets open as it is: BOM, semicolons, no live formula."""
    yield "\ufeff" + _csv_line(CSV_HEADER)
    for row in operation_rows(found):
        yield _csv_line(row)


def _csv_line(row: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";").writerow([neutralise(cell) for cell in row])
    return buffer.getvalue()


def _batches(found: QuerySet[Operation]) -> Iterator[list[Operation]]:
    batch: list[Operation] = []
    for operation in found.iterator(chunk_size=_BATCH):
        batch.append(operation)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _events_by_operation(batch: Iterable[Operation]) -> dict[uuid.UUID, list[Event]]:
    grouped: dict[uuid.UUID, list[Event]] = defaultdict(list)
    identifiers = [operation.id for operation in batch]
    for event in Event.objects.filter(operation_id__in=identifiers).order_by("sequence"):
        grouped[event.operation_id].append(event)
    return grouped


def _message(outcome_detail: str, detail: dict[str, Any]) -> str:
    counts = detail.get("counts")
    if not isinstance(counts, dict) or not counts:
        return label(outcome_detail)
    # In order of severity: jsonb keeps no order of its own.
    known = [outcome.name for outcome in Outcome if outcome.name in counts]
    listed = " ".join(f"{outcome}:{counts[outcome]}" for outcome in known)
    return f"{label(outcome_detail)} Detail= {listed}"


def _json_text(value: Any) -> str | None:
    return canonical(value).decode() if value else None


def _moment(moment: dt.datetime) -> str:
    """Write a date as the peers do: UTC, three digits of milliseconds, no offset."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]


def _local(moment: dt.datetime) -> str:
    return timezone.localtime(moment).strftime("%d/%m/%Y %H:%M:%S")
