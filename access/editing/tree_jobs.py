"""Large files of positions: a job compares them, then applies them, while the page tells.

A comparison is of its moment. What is applied is compared again first, and must be what was shown.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.editing import services
from access.editing.tree_files import ANEW, KIND, NATURE, UNDER, TreeDraft
from access.editing.tree_telling import Told, tell
from access.editing.words import MISPLACED, REFUSALS
from sae.holdings.moving import MoveRefusedError
from sae.holdings.planting import WrongPlaceError
from sae.holdings.selectors.units import units_by_ids
from sae.holdings.sight import current_sight, seeing
from sae.jobs.claim import Claim
from sae.jobs.models import Cluster, JobState
from sae.jobs.queue import enqueue
from sae.jobs.registry import DONE, Advance, Quarantine
from sae.jobs.selectors import job_of, queue_position
from sae.journal.models import Operation
from sae.journal.services import close_operation
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Tenant
from sae.tenancy.scope import current_tenant_id, tenant_scope
from sae.ui import french
from tenants.models import Account, ReferentialDraft
from tenants.permissions import Permission
from tenants.rights.effective import rights_of
from tenants.sights import sight_of

JOB_KIND = "tree_file"
LARGE = 400_000
"""Bytes from which a file (some 5 000 positions) takes more than a page may wait for."""
State = ReferentialDraft.State
LIVE = (State.COMPARING, State.APPLYING)
CHANGED = MISPLACED["changed"]


def is_large(draft: ReferentialDraft) -> bool:
    """Tell whether a file is left to a job."""
    return len(draft.content) > LARGE or draft.state != State.KEPT


def told_of(tree: TreeDraft, *, reader: uuid.UUID) -> Told | None:
    """Return what a file would do; ``None`` when a job has yet to tell it to the ``reader``.

    What was compared for somebody else tells what that one sees.
    """
    if not is_large(tree.draft):
        return tell(tree)
    told = tree.draft.told
    if tree.draft.state != State.COMPARED or told.get("place") != tree.place:
        return None
    if told.get("by") != str(reader) and not current_sight().is_whole:
        return None
    return Told.from_json(told["changes"])


def warnings_of(draft: ReferentialDraft) -> list[str]:
    """Return why what was asked last was not done."""
    return list(draft.told.get("warnings", ()))


def ask_comparison(tree: TreeDraft, *, actor: services.Actor) -> None:
    """Have a job compare a file with the classification. Nothing happens while one is at it."""
    with transaction.atomic():
        if (draft := _free(tree.draft.id)) is not None:
            _go(draft, State.COMPARING, tree, actor)


def ask_application(tree: TreeDraft, told: Told, *, actor: services.Actor) -> None:
    """Have a job apply what was ``told``. The operation is open from here on."""
    with transaction.atomic():
        if (draft := _free(tree.draft.id)) is not None:
            operation = services.open_import(
                sha512=tree.sha512,
                added=told.added,
                redescribed=told.redescribed,
                moved=told.moved,
                actor=actor,
            )
            _go(draft, State.APPLYING, tree, actor, seen=told.seen, operation=str(operation.id))


def _free(draft_id: uuid.UUID) -> ReferentialDraft | None:
    """Lock a file; ``None`` when a job has it in hand, or when it is applied."""
    draft = _locked(draft_id)
    is_taken = draft is None or draft.state in LIVE or draft.state == State.APPLIED
    return None if is_taken else draft


def _go(
    draft: ReferentialDraft, state: str, tree: TreeDraft, actor: services.Actor, **more: str
) -> None:
    draft.state = state
    draft.asked = {
        "place": tree.place,
        "account": str(actor.account_id),
        "request": actor.request_id,
        **more,
    }
    draft.save(update_fields=["state", "asked"])
    enqueue(tenant_id=current_tenant_id(), kind=JOB_KIND, subject_id=draft.id, cluster=Cluster.LONG)


@dataclass(frozen=True, slots=True)
class Step:
    """What the job does now, in words; ``state`` is the key of its tone."""

    state: str
    words: str


def step_of(draft: ReferentialDraft) -> Step:
    """Return where the job of a file is: its place in the queue, then what it does.

    A job in hand says what it does at its next heartbeat only: until then, what it was asked.
    """
    job = job_of(JOB_KIND, draft.id)
    if job is None or job.state == JobState.QUEUED:
        ahead = queue_position(job).ahead if job else 0
        template = ngettext(
            "En attente de son tour : %(n)s travail passe avant",
            "En attente de son tour : %(n)s travaux passent avant",
            ahead,
        )
        words = template % {"n": french.number(ahead)} if ahead else _("En attente de son tour")
        return Step("WAITING", words)
    if job.state == JobState.WAITING:
        return Step("WAITING", job.reason or _("Interrompu : il reprend de lui-même"))
    at_work = {
        State.COMPARING.value: _("Comparaison commencée"),
        State.APPLYING.value: _("Application commencée"),
    }
    return Step("STARTED", job.progress_label or at_work.get(draft.state, _("Travail terminé")))


def advance_tree(claim: Claim) -> Advance:
    """Compare or apply; see ``sae.jobs.registry.register_handler``."""
    with tenant_scope(claim.tenant_id):
        draft = ReferentialDraft.objects.filter(id=claim.subject_id, kind=KIND).first()
        if draft is None or draft.state not in LIVE:
            return DONE
        account = Account.objects.get(id=draft.asked["account"])
        tenant = Tenant.objects.get(id=claim.tenant_id)
        rights = rights_of(account).within(tenant)
        permissions = rights.permissions if rights else frozenset()
        with seeing(lambda: sight_of(account, tenant)):
            draft.state, draft.told = _advance(claim, draft, permissions)
        if draft.state == State.APPLIED:
            draft.content = b""
        claim.checkpoint()
        # Given up while it was compared, there is nothing to tell of it.
        ReferentialDraft.objects.filter(id=draft.id).update(
            state=draft.state, told=draft.told, content=draft.content
        )
    return DONE


def _advance(
    claim: Claim, draft: ReferentialDraft, permissions: frozenset[Permission]
) -> tuple[str, dict[str, Any]]:
    """Return the state that follows, and what is told then."""
    place = draft.asked["place"]
    found = units_by_ids([uuid.UUID(place[UNDER])]) if place[UNDER] else []
    reason = ""
    if place[UNDER] and not found:
        reason = _("La position qui devait recevoir le fichier n’est plus.")
    elif Permission.CLASSIFICATION_EDIT not in permissions:
        reason = _("Le droit de construire le classement a été retiré.")
    if reason:
        _close_refused(draft, Outcome.KO)
        return State.STOPPED, {"reason": reason}
    under = next(iter(found), None)
    tree = TreeDraft(draft, under=under, unit_type=place[NATURE], anew=place[ANEW])
    claim.report(None, None, _("Lecture du fichier"))
    read = tree.file
    size = french.count(len(read.positions), "position")
    claim.report(None, None, _("Comparaison de %s avec le classement") % size)
    told = tell(tree)
    warnings: list[str] = []
    if draft.state == State.APPLYING:
        claim.report(None, None, _("Écriture de %s") % french.count(told.total, "changement"))
        applied, warnings = _applied(tree, told, permissions)
        if applied is not None:
            return State.APPLIED, {"total": told.total, "unit": str(applied)}
        _close_refused(draft, Outcome.KO)
    return State.COMPARED, {
        "place": place,
        "by": draft.asked["account"],
        "changes": told.as_json(),
        "warnings": warnings,
    }


def _applied(
    tree: TreeDraft, told: Told, permissions: frozenset[Permission]
) -> tuple[uuid.UUID | None, list[str]]:
    """Apply a file whole; return the first position made or changed, or why it could not be."""
    asked = tree.draft.asked
    if asked["seen"] != told.seen or not told.total:
        return None, [str(CHANGED)]
    if reason := told.refused(permissions.__contains__):
        return None, [reason]
    try:
        made = services.apply_tree(
            tree.changes,
            sha512=tree.sha512,
            actor=services.Actor(uuid.UUID(asked["account"]), asked["request"]),
            operation=Operation.objects.get(id=asked["operation"]),
        )
    except WrongPlaceError as wrong:
        return None, [str(MISPLACED[wrong.reason])]
    except MoveRefusedError as refused:
        return None, [str(REFUSALS[one.reason]) for one in refused.refusals]
    return next(iter(made.values()), None) or tree.changes.touched[0], []


def _close_refused(draft: ReferentialDraft, outcome: Outcome) -> None:
    """Close the operation of a file that was not applied: nothing of it was written."""
    if operation_id := draft.asked.get("operation"):
        close_operation(operation=Operation.objects.get(id=operation_id), outcome=outcome)


def give_tree_up(quarantine: Quarantine) -> None:
    """The job was given up: nothing was written, and the file may be compared again."""
    draft = _locked(quarantine.subject_id)
    if draft is not None and draft.state in LIVE:
        _close_refused(draft, Outcome.FATAL)
        draft.state, draft.told = State.STOPPED, {"reason": quarantine.reason}
        draft.save(update_fields=["state", "told"])


def _locked(draft_id: uuid.UUID) -> ReferentialDraft | None:
    draft: ReferentialDraft | None = (
        ReferentialDraft.objects.select_for_update(of=("self",))
        .filter(id=draft_id, kind=KIND)
        .first()
    )
    return draft
