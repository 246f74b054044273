"""One import, from the bytes to the journal: judge, apply, record, in one transaction.

A refused file leaves its operation and its report, and changes nothing else.
"""

import hashlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from django.db import connection

from sae.journal.services import EventDraft, append_events, close_operation, open_operation
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Problem
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import ReferentialImport
from tenants.referentials.dates import write_moment
from tenants.referentials.reports import ImportReport, outcome_of, problem, problem_as_json
from tenants.referentials.versions import documents_of, is_described, keep_versions

CATEGORY = "MASTERDATA"

Results = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Agent:
    """Who acts: an account, or an application known by its context; never a name.

    ``operation_id`` lets an interface choose the operation's identifier beforehand, since the peers
    return it in ``X-Request-Id``.
    """

    account_id: uuid.UUID | None = None
    application_id: str = ""
    request_id: str = ""
    operation_id: uuid.UUID | None = None


@dataclass(slots=True)
class Judgement:
    """What a kind thinks of a file, before anything is written.

    ``after`` holds the elements added and changed as they would be, under the names of the file.
    ``apply(operation_id)`` makes the change and returns the elements written. ``steps`` are the
    events between the opening and the closing of the operation. ``document`` is the peers' report,
    without its ``Operation``. ``outcome_detail`` is the final code, ``<event>.<outcome>`` by
    default.
    """

    problems: list[Problem] = field(default_factory=list)
    inserted: Sequence[str] = ()
    updated: Sequence[str] = ()
    deleted: Sequence[str] = ()
    used: Sequence[str] = ()
    warnings: Sequence[str] = ()
    after: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    steps: Sequence[EventDraft] = ()
    document: Mapping[str, Any] = field(default_factory=dict)
    outcome_detail: str = ""
    apply: Callable[[uuid.UUID], Results] = lambda operation_id: ()

    @property
    def outcome(self) -> Outcome:
        return outcome_of(self.problems)


def carry_out(
    judge: Callable[[], Judgement],
    *,
    kind: str,
    event: str,
    tenant: Tenant,
    agent: Agent,
    content: bytes,
    file_name: str = "",
    check: bool = False,
    busy_code: str = "",
    media: str = "",
) -> ImportReport:
    """Judge a file and, unless ``check``, apply it and journal it; never raises for a bad file.

    A file whose name announces another format than ``media`` (``csv``, ``json``, ``xml``) is
    refused: it was picked by mistake. An error of the platform itself leaves a FATAL operation and
    is raised again.
    """
    if misnamed := _other_format(file_name, media, f"{event}.KO"):
        judge = lambda: Judgement(problems=[misnamed])  # noqa: E731
    if check:
        with tenant_scope(tenant.id):
            return _report(kind, event, judge(), None, ())
    operation_id = agent.operation_id or new_id()
    try:
        with tenant_scope(tenant.id):
            judgement = judge() if _lock(tenant, kind) else _busy(busy_code or f"{event}.KO")
            accepted = judgement.outcome < Outcome.KO
            results = _apply(kind, judgement, operation_id, agent) if accepted else ()
            report = _report(kind, event, judgement, operation_id, results)
            _record(report, operation_id, event, judgement.steps, agent, content, file_name)
            return report
    except Exception:
        with tenant_scope(tenant.id):
            _open_and_close(event, agent, operation_id, (), Outcome.FATAL, {})
        raise


def _apply(kind: str, judgement: Judgement, operation_id: uuid.UUID, agent: Agent) -> Results:
    """Make the change, and keep what the elements were and are."""
    touched = [*judgement.inserted, *judgement.updated, *judgement.deleted]
    before = documents_of(kind, touched) if is_described(kind) else {}
    results = judgement.apply(operation_id)
    # Elements whose identifier is given out are known by it only once written.
    touched += [result["Identifier"] for result in results if "Identifier" in result]
    keep_versions(
        kind,
        before=before,
        touched=touched,
        operation_id=operation_id,
        agent_id=agent.account_id,
    )
    return results


SUFFIXES = {"csv": {"", ".csv", ".txt"}, "json": {"", ".json", ".txt"}, "xml": {"", ".xml"}}


def _other_format(file_name: str, media: str, code: str) -> Problem | None:
    suffix = PurePath(file_name).suffix.lower()
    if not media or suffix in SUFFIXES[media]:
        return None
    return problem(code, "other_format", seen=suffix, expected=media.upper())


def _lock(tenant: Tenant, kind: str) -> bool:
    """Hold the kind for this coffre until the transaction ends; two imports never interleave."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"referential {kind} {tenant.id}"],
        )
        (held,) = cursor.fetchone()
    return bool(held)


def _busy(code: str) -> Judgement:
    return Judgement(problems=[problem(code, "import_running")], outcome_detail=code)


def _report(
    kind: str,
    event: str,
    judgement: Judgement,
    operation_id: uuid.UUID | None,
    results: Results,
) -> ImportReport:
    outcome = judgement.outcome
    detail = judgement.outcome_detail or f"{event}.{outcome.name}"
    operation = {
        "evType": event,
        "evDateTime": write_moment(clock.now()),
        "evId": str(operation_id or ""),
        "outMessg": detail,
    }
    return ImportReport(
        kind=kind,
        outcome=outcome,
        outcome_detail=detail,
        problems=tuple(judgement.problems),
        inserted=tuple(judgement.inserted),
        updated=tuple(judgement.updated),
        deleted=tuple(judgement.deleted),
        used=tuple(judgement.used),
        warnings=tuple(judgement.warnings),
        after=judgement.after,
        operation_id=operation_id,
        document={"Operation": operation, **judgement.document},
        results=results,
    )


def _record(
    report: ImportReport,
    operation_id: uuid.UUID,
    event: str,
    steps: Sequence[EventDraft],
    agent: Agent,
    content: bytes,
    file_name: str,
) -> None:
    """Keep the file and its report, then journal the operation (last: see the journal's rule)."""
    digest = hashlib.sha512(content).hexdigest()
    ReferentialImport.objects.create(
        id=operation_id,
        kind=report.kind,
        file_name=file_name[-200:],
        content=content,
        sha512=digest,
        outcome=report.outcome.name,
        report=report.document,
        problems=[problem_as_json(found) for found in report.problems],
        changes={
            "inserted": report.inserted,
            "updated": report.updated,
            "deleted": report.deleted,
        },
        agent_id=agent.account_id,
        created_at=clock.now(),
    )
    detail = {
        "sha512": digest,
        "size": len(content),
        "inserted": len(report.inserted),
        "updated": len(report.updated),
        "deleted": len(report.deleted),
        "problems": len(report.problems),
        "codes": sorted({found.code for found in report.problems}),
        "outcome_detail": report.outcome_detail,
    }
    _open_and_close(event, agent, operation_id, steps, report.outcome, detail)


def _open_and_close(
    event: str,
    agent: Agent,
    operation_id: uuid.UUID,
    steps: Sequence[EventDraft],
    outcome: Outcome,
    detail: Mapping[str, Any],
) -> None:
    operation = open_operation(
        type=event,
        category=CATEGORY,
        agent_id=agent.account_id,
        application_id=agent.application_id,
        request_id=agent.request_id,
        id=operation_id,
    )
    if steps:
        append_events(steps, operation=operation)
    close_operation(operation=operation, outcome=outcome, detail=detail)
