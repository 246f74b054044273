"""The steps of a deposit as its page shows them: done, running, to come, not run and why."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from ingest.models import Deposit
from ingest.selectors.deposits import status_key
from ingest.selectors.queue import Progress, progress_of
from ingest.workflow.catalogue import WORKFLOWS
from ingest.workflow.labels import STEP_LABELS
from sae.journal.labels import label
from sae.journal.models import Operation
from sae.journal.selectors import EventNode, event_tree
from sae.kernel.outcomes import Outcome
from sae.ui import french

NOT_RUN = "NOT_RUN"
TO_COME = "TO_COME"


@dataclass(frozen=True, slots=True)
class Line:
    """One step or action. ``state`` is a key of ``sae.ui.statuses``, or ``TO_COME``."""

    code: str
    name: str
    state: str
    seconds: float | None = None
    note: str = ""
    done: int = 0
    total: int = 0
    actions: tuple["Line", ...] = ()

    @property
    def is_settled(self) -> bool:
        return self.state in Outcome.__members__ and self.state != Outcome.STARTED.name

    @property
    def has_progress(self) -> bool:
        return self.state == Outcome.STARTED.name and self.total > 0


@dataclass(frozen=True, slots=True)
class Timeline:
    """Every step of the deposit's workflow, in order, and the whole time taken."""

    lines: tuple[Line, ...]
    seconds: float | None

    @property
    def running(self) -> Line | None:
        started = Outcome.STARTED.name
        return next((line for line in self.lines if line.state == started), None)


def timeline_of(deposit: Deposit) -> Timeline:
    """Read the steps from the journal; what runs now from its job."""
    operation = Operation.objects.filter(id=deposit.id).first()
    nodes = event_tree(operation) if operation else []
    progress = None if deposit.state == Deposit.State.COMPLETED else progress_of(deposit)
    return build_timeline(deposit, nodes, progress)


def build_timeline(
    deposit: Deposit, nodes: Sequence[EventNode], progress: Progress | None
) -> Timeline:
    """Lay the journal's steps over the workflow's (no query)."""
    played = {node.code: node for node in nodes if node.ended_at is not None}
    lines = []
    for position, step in enumerate(WORKFLOWS[deposit.action].steps):
        name = str(STEP_LABELS.get(step.code, step.code))
        node = played.get(step.code)
        is_next = position == deposit.next_step and deposit.state != Deposit.State.COMPLETED
        if node is not None and not (is_next and deposit.state == Deposit.State.RUNNING):
            lines.append(_played(node, name))
        elif is_next:
            lines.append(_current(deposit, Line(step.code, name, TO_COME), progress))
        elif position < deposit.next_step:
            lines.append(Line(step.code, name, NOT_RUN, note=_not_run_because(deposit)))
        else:
            lines.append(Line(step.code, name, TO_COME))
    return Timeline(tuple(lines), _elapsed(deposit))


def _played(node: EventNode, name: str) -> Line:
    return Line(
        code=node.code,
        name=name,
        state=node.outcome.name,
        seconds=None if node.duration_ms is None else node.duration_ms / 1000,
        note=_counts_in_words(node),
        actions=tuple(_played(child, label(child.code)) for child in node.children),
    )


def _current(deposit: Deposit, line: Line, progress: Progress | None) -> Line:
    """Say what the step under way, or next in turn, is doing or waiting for."""
    if deposit.state == Deposit.State.RUNNING:
        is_its = progress is not None and progress.step == line.code
        return replace(
            line,
            state=Outcome.STARTED.name,
            done=progress.done if progress and is_its else 0,
            total=progress.total if progress and is_its else 0,
        )
    if deposit.state == Deposit.State.WAITING:
        return replace(line, state="WAITING", note=deposit.waiting_reason)
    if deposit.state == Deposit.State.PAUSED:
        return replace(line, state=status_key(deposit))
    return replace(line, state="QUEUED")


def _not_run_because(deposit: Deposit) -> str:
    if deposit.outcome in (Outcome.KO.name, Outcome.FATAL.name):
        return _("des anomalies précèdent")
    return ""


_COUNTED = {
    "files": ("fichier", "fichiers"),
    "entries": ("fichier", "fichiers"),
    "units": ("unité", "unités"),
    "objects": ("objet", "objets"),
    "groups": ("groupe d’objets", "groupes d’objets"),
    "object_groups": ("groupe d’objets", "groupes d’objets"),
    "problems": ("anomalie", "anomalies"),
}


def _counts_in_words(node: EventNode) -> str:
    """Return what a step counted, each kind once: « 968 objets, 12 anomalies »."""
    counted: dict[str, int] = {}
    faults = 0
    for part in (node, *node.children):
        counts = part.detail.get("counts")
        for key, value in counts.items() if isinstance(counts, dict) else ():
            if key in _COUNTED and isinstance(value, int):
                counted[key] = max(counted.get(key, 0), value)
            elif key in (Outcome.KO.name, Outcome.WARNING.name, Outcome.FATAL.name):
                faults += value
    words = [french.count(value, *_COUNTED[key]) for key, value in counted.items() if value]
    if faults:
        words.append(french.count(faults, "anomalie"))
    return ", ".join(words)


def _elapsed(deposit: Deposit) -> float | None:
    if deposit.started_at is None or deposit.ended_at is None:
        return None
    return (deposit.ended_at - deposit.started_at) / dt.timedelta(seconds=1)
