"""What clients of connectors are told of a deposit, in the terms that they know.

They take ``000`` for an acceptance and anything else for a refusal, look for one root unit, and
show the comment to their agent: it says in French what was received, or what to correct.
"""

import dataclasses
from collections.abc import Callable
from functools import partial

from django.db.models import Count

from ingest.connectors.models import ConnectorTransfer
from ingest.control.plan import PackagePlan
from ingest.control.spool import read_ready_units
from ingest.models import Deposit, DepositProblem
from ingest.sentences import explain
from ingest.workspace import Workspace
from sae.kernel.outcomes import Outcome
from sae.seda.reply import Reply, ReplyArchive
from sae.seda.reply_codes import numeric_reply_code
from sae.ui import french

TOLD = 5
"""Problems told in a comment; the others are counted."""


def answer(
    reply: Reply, *, deposit: Deposit, workspace: Workspace, plan: PackagePlan | None
) -> Reply:
    """Return the reply as the deposit's client reads it; unchanged for who knows no other.

    Reads the open tenant scope. A transfer of SEDA 1.0 names its archive whatever its door.
    """
    accepted = Outcome[deposit.settled_outcome] < Outcome.KO and plan is not None
    archive = partial(_archive, deposit, workspace, plan) if accepted and plan else None
    transfer = ConnectorTransfer.objects.filter(deposit=deposit).first()
    if transfer is not None:
        return _for_client(reply, transfer, deposit, archive)
    if reply.version != "1.0":
        return reply
    return dataclasses.replace(
        reply,
        comment=comment_of(deposit) if not accepted else "",
        archive=archive() if archive else None,
    )


def _for_client(
    reply: Reply,
    transfer: ConnectorTransfer,
    deposit: Deposit,
    archive: Callable[[], ReplyArchive] | None,
) -> Reply:
    """Answer with the names of the transfer, even when its slip could not be read further."""
    events = tuple(reply.events)
    code = numeric_reply_code(reply.reply_code, [event.outcome_detail for event in events])
    told = dataclasses.replace(
        reply,
        reply_code=code,
        comment=comment_of(deposit),
        version=transfer.seda_version,
        request_identifier=transfer.message_identifier,
        archival_agency=transfer.archival_agency,
        transferring_agency=transfer.transferring_agency,
        events=events,
    )
    if archive is None:
        return dataclasses.replace(told, groups=(), units=(), archive=None)
    return dataclasses.replace(told, archive=archive())


def comment_of(deposit: Deposit) -> str:
    """Return what an agent must know of a deposit, in a few sentences."""
    if Outcome[deposit.settled_outcome] < Outcome.KO:
        received = " et ".join(
            [french.count(deposit.unit_count, "unité"), french.count(deposit.object_count, "objet")]
        )
        told = f"Versement {deposit.reference} accepté : {received}."
        return " ".join([told, *_sentences(deposit, Outcome.WARNING)])
    told = f"Versement {deposit.reference} refusé."
    return " ".join([told, *_sentences(deposit, Outcome.KO)])


def _sentences(deposit: Deposit, outcome: Outcome) -> list[str]:
    problems = DepositProblem.objects.filter(deposit=deposit, outcome=outcome.name, further=False)
    count = problems.aggregate(count=Count("id"))["count"]
    shown = [explain(problem).sentence for problem in problems.order_by("position")[:TOLD]]
    sentences = list(dict.fromkeys(shown))
    if count > TOLD:
        sentences.append(f"{french.count(count - TOLD, 'autre anomalie', 'autres anomalies')}.")
    return sentences


def _archive(deposit: Deposit, workspace: Workspace, plan: PackagePlan) -> ReplyArchive:
    """Return the deposit's one root, or the deposit itself when it has several."""
    if len(plan.roots) == 1:
        [root] = plan.roots
        identifier = str(plan.identifier(root))
        for unit in read_ready_units(workspace):
            if unit.number == root:
                return ReplyArchive(identifier, unit.columns["title"], unit.id, identifier)
    return ReplyArchive(str(deposit.id), deposit.title)
