"""What the journal's screens show: operations, the events of one, the last verification."""

import datetime as dt
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access.naming import account_names, category_label, operation_label, operation_url
from sae.journal.labels import label
from sae.journal.models import Operation
from sae.journal.selectors import EventNode, event_tree
from sae.kernel.outcomes import Outcome

VERIFICATION = "JOURNAL_VERIFICATION"


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event of the tree, flattened: its depth, its sentence, what it says beside."""

    depth: int
    name: str
    code: str
    state: str
    started_at: dt.datetime | None
    ended_at: dt.datetime | None
    seconds: float | None
    details: tuple[tuple[str, str], ...]


class OperationPage:
    """The context of an operation's page."""

    def __init__(self, operation: Operation, request: HttpRequest) -> None:
        self.operation = operation
        self.request = request

    @property
    def title(self) -> str:
        return operation_label(self.operation)

    @property
    def status(self) -> str:
        if self.operation.state == Operation.State.PAUSE:
            return "PAUSED"
        return str(self.operation.outcome)

    @property
    def is_live(self) -> bool:
        """Tell whether the page follows the operation: under way, and not paused by somebody."""
        return self.operation.ended_at is None and self.operation.state != Operation.State.PAUSE

    @property
    def category(self) -> str:
        return category_label(self.operation.category)

    @property
    def own_page(self) -> str:
        """The page of the act itself where it has one that the reader may open, else ``""``."""
        url = operation_url(self.operation, self.request)
        return "" if url == reverse("operation", args=[self.operation.id]) else url

    @cached_property
    def account(self) -> str:
        agent_id: uuid.UUID | None = self.operation.agent_id
        if agent_id is None:
            return ""
        return account_names([agent_id]).get(agent_id, str(agent_id))

    @property
    def duration(self) -> dt.timedelta | None:
        if self.operation.ended_at is None:
            return None
        return self.operation.ended_at - self.operation.started_at

    @cached_property
    def lines(self) -> list[EventLine]:
        lines: list[EventLine] = []
        # Depth first, without recursion: a journal says nothing of how deep it goes.
        waiting = [(0, node) for node in reversed(event_tree(self.operation))]
        while waiting:
            depth, node = waiting.pop()
            lines.append(_line(depth, node))
            waiting += [(depth + 1, child) for child in reversed(node.children)]
        return lines

    @property
    def last_hash(self) -> str:
        """The hash of the operation's last event in the chain, in hexadecimal."""
        return bytes(self.operation.last_hash).hex()

    @property
    def details(self) -> tuple[tuple[str, str], ...]:
        return _details(self.operation.detail)


def _line(depth: int, node: EventNode) -> EventLine:
    state = node.outcome.name
    if node.interrupted:
        state = "NOT_RUN"
    return EventLine(
        depth=depth,
        name=label(node.code),
        code=node.outcome_detail,
        state=state,
        started_at=node.started_at,
        ended_at=node.ended_at,
        seconds=node.duration_ms / 1000 if node.duration_ms is not None else None,
        details=_details(node.detail),
    )


_HIDDEN = ("master", "identity", "duration_ms")
_NAMES = {
    "after": gettext_lazy("Après"),
    "before": gettext_lazy("Avant"),
    "counts": gettext_lazy("Décompte"),
    "entries": gettext_lazy("Cycles de vie relus"),
    "events": gettext_lazy("Événements relus"),
    "file_name": gettext_lazy("Fichier"),
    "head_hash": gettext_lazy("Empreinte du dernier maillon"),
    "head_sequence": gettext_lazy("Dernier maillon"),
    "objects": gettext_lazy("Objets"),
    "operations": gettext_lazy("Opérations relues"),
    "reason": gettext_lazy("Motif"),
    "removed": gettext_lazy("Retirés"),
    "size": gettext_lazy("Octets"),
    "source": gettext_lazy("Reçu par"),
    "units": gettext_lazy("Unités"),
    "until": gettext_lazy("Jusqu’au"),
}
"""What the journal writes most; any other name is shown as it is written."""


def _details(detail: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (str(_NAMES.get(str(name), name)), _words(value))
        for name, value in detail.items()
        if name not in _HIDDEN and value not in (None, "", [], {})
    )


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} : {_words(one)}" for name, one in value.items())
    if isinstance(value, list):
        shown = ", ".join(_words(one) for one in value[:20])
        return f"{shown}, …" if len(value) > 20 else shown
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    return str(value)


@dataclass(frozen=True, slots=True)
class LastVerification:
    """The latest verification of the coffre's journal, and what it read."""

    operation: Operation
    is_sound: bool
    is_running: bool
    events: int
    operations: int
    entries: int
    reason: str


def last_verification() -> LastVerification | None:
    """Return the latest verification asked for on screen, ``None`` when there is none."""
    operation = Operation.objects.filter(type=VERIFICATION).order_by("-id").first()
    if operation is None:
        return None
    detail = operation.detail
    return LastVerification(
        operation=operation,
        is_sound=operation.outcome == Outcome.OK.name,
        is_running=operation.state != Operation.State.COMPLETED,
        events=int(detail.get("events", 0)),
        operations=int(detail.get("operations", 0)),
        entries=int(detail.get("entries", 0)),
        reason=str(detail.get("reason", "")),
    )
