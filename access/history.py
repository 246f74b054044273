"""What happened to a unit and its objects: life-cycle entries told by operation."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from access.naming import account_names, operation_label, operation_urls
from sae.journal.labels import label
from sae.journal.models import LifeCycleEntry, Operation
from tenants.access import may
from tenants.permissions import Permission

DOWNLOAD = "OBJECT_DOWNLOAD"
MOST_LINES = 50


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One operation on the unit. ``facts``: what did not pass in order, what changed, by whom."""

    moment: dt.datetime
    title: str
    outcome: str
    facts: str
    url: str
    is_access: bool


def history_of(subject_ids: Iterable[uuid.UUID], request: HttpRequest) -> list[HistoryLine]:
    """Return what operations did to these subjects, the latest first. Four queries.

    Those who may read the journals are also told who read the objects.
    """
    with_accesses = bool(may(request, Permission.JOURNAL_VIEW))
    entries = list(
        LifeCycleEntry.objects.filter(subject_id__in=list(subject_ids)).order_by(
            "-operation_id", "sequence"
        )[: 4 * MOST_LINES]
    )
    operations = Operation.objects.filter(id__in={entry.operation_id for entry in entries})
    by_id = {operation.id: operation for operation in operations}
    urls = operation_urls(operations, request) if with_accesses else {}
    names = account_names(one.agent_id for one in by_id.values()) if with_accesses else {}
    lines: list[HistoryLine] = []
    seen: set[uuid.UUID] = set()
    for entry in entries:
        operation = by_id.get(entry.operation_id)
        if operation is None or operation.id in seen:
            continue
        if operation.type == DOWNLOAD and not with_accesses:
            continue
        seen.add(operation.id)
        told = [one for one in entries if one.operation_id == operation.id]
        lines.append(
            HistoryLine(
                moment=entry.occurred_at,
                title=operation_label(operation),
                outcome=max(told, key=lambda one: _severity(one.outcome)).outcome,
                facts=" · ".join(
                    [
                        *_said(told),
                        *([names[operation.agent_id]] if operation.agent_id in names else []),
                    ]
                ),
                url=urls.get(operation.id, ""),
                is_access=operation.type == DOWNLOAD,
            )
        )
    return lines[:MOST_LINES]


def _severity(outcome: str) -> int:
    return ["STARTED", "OK", "WARNING", "KO", "FATAL"].index(outcome)


def _said(entries: list[LifeCycleEntry]) -> list[str]:
    """Return what was not OK, else how many controls passed."""
    troubles = [
        label(f"{code}.{outcome}")
        for entry in entries
        for code, outcome in entry.detail.get("outcomes", {}).items()
    ]
    if troubles:
        return list(dict.fromkeys(troubles))
    passed = sum(len(entry.codes) for entry in entries)
    return [_("%s contrôles passés") % passed] if passed > 1 else []
