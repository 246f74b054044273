"""What became of each unit: the report of the field, as JSON Lines, and its rows."""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import Any

import orjson
from django.db.models import TextField
from django.db.models.functions import Cast

from sae.holdings.mass.kinds import kind_of
from sae.holdings.models import MassOperation
from sae.kernel.outcomes import Outcome

Entry = tuple[str, str, str, str]
"""Unit, status, result key, message."""
Shown = Callable[[Sequence[str]], Collection[str]]
_PART = 1_000
_MOST_ENDS = 1_000


def report_entries(mass: MassOperation, *, dry_run: bool = False) -> Iterator[Entry]:
    """Yield what became of each unit, in the order of the selection; a batch at a time in memory.

    ``dry_run``: what would become of it.
    """
    name = "preview" if dry_run else "entries"
    batches = mass.batches.filter(**{f"{name}__isnull": False}).order_by("number")
    texts = batches.annotate(text=Cast(name, TextField())).values_list("text", flat=True)
    for text in texts.iterator(chunk_size=4):
        yield from map(tuple, orjson.loads(text))


def report_lines(
    mass: MassOperation, *, outcome: Outcome, shown: Shown | None = None
) -> Iterator[bytes]:
    """Yield the report of the field, a JSON object per line, many lines at a time.

    ``shown`` tells which units the reader may see: of the others, no message. Three lines of
    heading (the operation, its figures, what was asked), then one per unit. Source: reference
    system, generic report of distributed operations.
    """
    kind = kind_of(mass)
    code = f"{kind.operation_type}.{outcome.name}"
    yield _line(
        {
            "evId": str(mass.id),
            "evType": kind.operation_type,
            "outcome": outcome.name,
            "outDetail": code,
            "outMsg": code,
            "evDetData": {"cancelled": mass.state == MassOperation.State.CANCELLED},
        }
    )
    yield _line(
        {
            "evStartDateTime": mass.launched_at.isoformat() if mass.launched_at else None,
            "evEndDateTime": mass.ended_at.isoformat() if mass.ended_at else None,
            "reportType": kind.report_type,
            "vitamResults": {
                "OK": mass.ok, "KO": mass.ko, "WARNING": mass.warning, "total": mass.total,
            },
            "extendedInfo": {"results": mass.counts},
        }
    )  # fmt: skip
    yield _line({"query": mass.query, "parameters": mass.parameters})
    entries = report_entries(mass)
    # Most units end alike: what follows the identifier is written once for all of them.
    ends: dict[tuple[str, str, str], bytes] = {}
    head = _line({"processId": str(mass.id)})[:-2] + b',"id":"'
    while part := list(islice(entries, _PART)):
        told = {one[0] for one in part} if shown is None else shown([one[0] for one in part])
        lines = []
        for unit_id, status, key, message in part:
            end = (status, key, message if unit_id in told else "")
            if end not in ends:
                if len(ends) >= _MOST_ENDS:
                    ends.clear()
                ends[end] = _end_of_line(f"{kind.action}.{status}", *end)
            lines.append(head + unit_id.encode() + ends[end])
        yield b"".join(lines)


def _end_of_line(outcome: str, status: str, key: str, message: str) -> bytes:
    told = {
        "detailType": "Unit",
        "resultKey": key,
        "status": status,
        "outcome": outcome,
        "message": message,
    }
    return b'",' + _line(told)[1:]


def _line(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
