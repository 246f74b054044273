"""Receiving a file of accounts, then applying it: whole, or its sound lines alone.

Everything is one transaction, told as one operation with an event for each account.
"""

import datetime as dt
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from sae.journal.models import Operation
from sae.journal.services import EventDraft, append_events, close_operation
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Organisation
from sae.tenancy.scope import tenant_scope
from tenants import mail
from tenants.accounts.groups import write_groups
from tenants.accounts.identity import Identity
from tenants.accounts.invitations import invite_account
from tenants.accounts.members import MemberLine, plan_members
from tenants.accounts.planning import Action, Line, Plan, SheetPlan, plan_accounts
from tenants.accounts.reach import RefusedError, hold_managers, managers_of
from tenants.accounts.services import (
    apply_identity,
    apply_status,
    insert_account,
    lock_account,
)
from tenants.accounts.telling import Actor, masked, open_told, subject_of
from tenants.models import Account, AccountImport
from tenants.rights.reach import OutOfReachError
from tenants.rights.remaining import NobodyRemainsError
from tenants.rights.services import MembershipError, add_member, change_end, remove_member
from tenants.services.organisations import proof_of

KEPT_FOR = dt.timedelta(days=1)
"""How long a file that nobody applies is kept: it holds personal data."""


class ChangedError(RefusedError):
    """The accounts have changed since the file was shown: look again before applying."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a file did: the operation that tells it, lines by action."""

    operation_id: uuid.UUID
    counts: dict[str, int] = field(default_factory=dict)
    invited: int = 0


def receive_file(
    *,
    organisation: Organisation,
    content: bytes,
    file_name: str,
    actor: Actor,
    subject: str = AccountImport.Subject.ACCOUNTS,
) -> AccountImport:
    """Keep a file for a day, until it is applied; files kept too long go."""
    if actor.account is None:
        raise RefusedError(_("Un fichier est reçu de quelqu’un."))
    with tenant_scope(proof_of(organisation).id):
        AccountImport.objects.filter(created_at__lt=clock.now() - KEPT_FOR).exclude(
            applied_at__isnull=False
        ).delete()
        received: AccountImport = AccountImport.objects.create(
            subject=subject,
            file_name=file_name[:255],
            content=content,
            created_at=clock.now(),
            created_by=actor.account.id,
        )
    return received


def find_import(organisation: Organisation, import_id: uuid.UUID) -> AccountImport | None:
    """Return a file received by an organisation."""
    with tenant_scope(proof_of(organisation).id):
        found: AccountImport | None = AccountImport.objects.filter(id=import_id).first()
        return found


def apply_file(
    *,
    organisation: Organisation,
    content: bytes,
    actor: Actor,
    sound_lines_only: bool = False,
    invite: bool = False,
    site: str = "",
    seen: str = "",
    received: AccountImport | None = None,
) -> Applied:
    """Do what a file says.

    ``seen`` is the fingerprint of the plan that was shown. Raises ``ChangedError`` when the plan
    is no longer that one, ``RefusedError`` when a line is faulty and ``sound_lines_only`` is not
    asked, or when nobody could manage accounts any more; nothing is changed then.
    """
    with tenant_scope(proof_of(organisation).id):
        hold_managers(organisation)
        received = _to_apply(received)
        plan = plan_accounts(content=content, organisation=organisation, actor=actor.account)
        _check_shown(plan, seen, sound_lines_only)
        could_manage = bool(managers_of(organisation))
        told: list[EventDraft] = []
        created: list[Account] = []
        for line in plan.lines:
            if line.action in (Action.FAULTY, Action.NOTHING):
                continue
            account, drafts = _apply(line, plan, organisation, actor)
            told += drafts
            if line.action is Action.CREATE:
                created.append(account)
        _check_managed(organisation, could_manage)
        invited = _invite(created, actor, site) if invite and mail.is_configured() else 0
        operation = open_told("ACCOUNT_IMPORT", actor, {"counts": plan.counts})
        append_events(told, operation=operation)
        _close(operation, plan)
        _note_applied(received, operation, {**plan.counts, "invited": invited})
    return Applied(operation.id, plan.counts, invited)


def apply_members(
    *,
    organisation: Organisation,
    content: bytes,
    actor: Actor,
    sound_lines_only: bool = False,
    seen: str = "",
    received: AccountImport | None = None,
) -> Applied:
    """Do what a file of members of groups says; the same rules as ``apply_file``.

    Each membership is told by its own operation, in the same transaction.
    """
    with tenant_scope(proof_of(organisation).id):
        hold_managers(organisation)
        received = _to_apply(received)
        plan = plan_members(content=content, organisation=organisation, actor=actor.account)
        _check_shown(plan, seen, sound_lines_only)
        could_manage = bool(managers_of(organisation))
        try:
            for leaving in plan.leaving:
                remove_member(
                    group=leaving.group, account=leaving.account, removed_by=actor.account
                )
            for line in plan.lines:
                _place(line, actor)
        except (MembershipError, OutOfReachError, NobodyRemainsError) as error:
            raise RefusedError(str(error)) from error
        _check_managed(organisation, could_manage)
        operation = open_told("GROUP_MEMBERS_IMPORT", actor, {"counts": plan.counts})
        _close(operation, plan)
        _note_applied(received, operation, plan.counts)
    return Applied(operation.id, plan.counts)


def apply_groups(
    *,
    organisation: Organisation,
    content: bytes,
    actor: Actor,
    sound_lines_only: bool = False,
    seen: str = "",
    received: AccountImport | None = None,
) -> Applied:
    """Do what a file of groups says; the same rules as ``apply_file``.

    Each group is told by its own operation, in the same transaction.
    """
    with tenant_scope(proof_of(organisation).id):
        received = _to_apply(received)
        plan = write_groups(content=content, organisation=organisation, actor=actor.account)
        _check_shown(plan, seen, sound_lines_only)
        operation = open_told("GROUPS_IMPORT", actor, {"counts": plan.counts})
        _close(operation, plan)
        _note_applied(received, operation, plan.counts)
    return Applied(operation.id, plan.counts)


def _place(line: MemberLine, actor: Actor) -> None:
    """Do what one line of a file of members says."""
    if line.group is None or line.account is None:
        return
    if line.action is Action.CREATE:
        add_member(group=line.group, account=line.account, until=line.until, given_by=actor.account)
    elif line.action is Action.CHANGE and line.member is not None:
        change_end(member=line.member, until=line.until, changed_by=actor.account)


def _to_apply(received: AccountImport | None) -> AccountImport | None:
    """Lock the file received; refuse it when it was applied meanwhile."""
    if received is None:
        return None
    held: AccountImport = AccountImport.objects.select_for_update(of=("self",)).get(id=received.id)
    if held.applied_at is not None:
        raise RefusedError(_("Ce fichier est déjà appliqué."))
    return held


def _check_shown(plan: SheetPlan[Any], seen: str, sound_lines_only: bool) -> None:
    if seen and plan.fingerprint != seen:
        raise ChangedError(
            _("Des comptes ou des groupes ont changé : relisez ce que le fichier fera.")
        )
    if plan.faulty_lines and not sound_lines_only:
        raise RefusedError(
            _("Des lignes sont en défaut : corrigez-les, ou n’appliquez que les autres.")
        )


def _check_managed(organisation: Organisation, could_manage: bool) -> None:
    if could_manage and not managers_of(organisation):
        raise RefusedError(_("Plus personne ne pourrait gérer les comptes de l’organisation."))


def _close(operation: Operation, plan: SheetPlan[Any]) -> None:
    outcome = Outcome.WARNING if plan.faulty_lines else Outcome.OK
    close_operation(operation=operation, outcome=outcome)


def _note_applied(
    received: AccountImport | None, operation: Operation, counts: dict[str, int]
) -> None:
    """Note that a file is applied, and empty it."""
    if received is not None:
        received.applied_at = clock.now()
        received.operation_id = operation.id
        received.counts = counts
        received.content = b""
        received.save()


def _apply(
    line: Line, plan: Plan, organisation: Organisation, actor: Actor
) -> tuple[Account, list[EventDraft]]:
    """Do what one line says; return the account and what to tell of it."""
    told: list[EventDraft] = []
    try:
        if line.account is None:
            account = insert_account(organisation, line.identity)
            after = {key: value for key, value in asdict(line.identity).items() if value}
            after["status"] = account.status
            told.append(_draft("ACCOUNT_CREATE", account, {}, after))
        else:
            account = lock_account(line.account)
            told += _apply_identity(account, line.identity)
        if line.status in Account.ENTERING:
            told.append(_apply_status("ACCOUNT_ENABLE", account, line.status))
        for name in line.leave:
            remove_member(group=plan.groups[name], account=account, removed_by=actor.account)
        for name in line.join:
            add_member(group=plan.groups[name], account=account, given_by=actor.account)
        if line.status == Account.Status.DISABLED:
            told.append(_apply_status("ACCOUNT_DISABLE", account, line.status))
    except (RefusedError, MembershipError, OutOfReachError, NobodyRemainsError) as error:
        raise RefusedError(
            _("Ligne %(line)d : %(words)s") % {"line": line.number, "words": error}
        ) from error
    return account, told


def _apply_identity(account: Account, identity: Identity) -> list[EventDraft]:
    before = asdict(Identity.of(account))
    changed = apply_identity(account, identity)
    if not changed:
        return []
    return [
        _draft(
            "ACCOUNT_UPDATE",
            account,
            {key: before[key] for key in changed},
            {key: getattr(identity, key) for key in changed},
        )
    ]


def _apply_status(code: str, account: Account, status: str) -> EventDraft:
    allowed = {one.value for one in Account.Status} - {status, Account.Status.ANONYMISED.value}
    former = apply_status(account, status, allowed)
    return _draft(code, account, {"status": former}, {"status": account.status})


def _draft(
    code: str, account: Account, before: dict[str, Any], after: dict[str, Any]
) -> EventDraft:
    detail = {**subject_of(account), "before": masked(before), "after": masked(after)}
    return EventDraft(code, Outcome.OK, detail=detail)


def _invite(created: list[Account], actor: Actor, site: str) -> int:
    people = [account for account in created if account.status == Account.Status.INVITED]
    for account in people:
        invite_account(account=account, actor=actor, site=site)
    return len(people)
