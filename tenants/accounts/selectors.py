"""Reading accounts: lists, the page of one, its history. Each opens the coffre de preuve itself."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from sae.journal.labels import label
from sae.journal.models import Event, Operation
from sae.kernel import clock
from sae.tenancy.models import Organisation
from sae.tenancy.scope import tenant_scope
from tenants.accounts.identity import LABELS
from tenants.accounts.links import latest_link
from tenants.accounts.reach import groups_of_accounts
from tenants.accounts.telling import MASK
from tenants.models import Account, AccountImport, AccountLink
from tenants.models.rights import Group, GroupMember
from tenants.organisations.policy import policy_of
from tenants.services.organisations import proof_of

DORMANT_AFTER = dt.timedelta(days=180)
"""Who has not come for so long is asked about."""

MOST_EVENTS = 200
IMPORTED = ("ACCOUNT_CREATE", "ACCOUNT_UPDATE", "ACCOUNT_ENABLE", "ACCOUNT_DISABLE")


def never_used() -> Q:
    """Return the filter of the accounts of people who never entered."""
    return Q(last_login=None, kind=Account.Kind.NOMINATIVE, is_active=True)


def dormant() -> Q:
    """Return the filter of the active accounts that have not entered for ``DORMANT_AFTER``."""
    return Q(last_login__lt=clock.now() - DORMANT_AFTER, is_active=True)


def groups_of(
    organisation: Organisation, account_ids: Iterable[uuid.UUID]
) -> Mapping[uuid.UUID, tuple[str, ...]]:
    """Return the names of the groups in force of accounts."""
    with tenant_scope(proof_of(organisation).id):
        return groups_of_accounts(account_ids)


def group_choices(organisation: Organisation) -> list[tuple[str, str]]:
    """Return the groups of an organisation, as choices."""
    with tenant_scope(proof_of(organisation).id):
        return [(str(group_id), name) for group_id, name in Group.objects.values_list("id", "name")]


def members_of(organisation: Organisation, group_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the accounts in a group now."""
    with tenant_scope(proof_of(organisation).id):
        found = GroupMember.objects.filter(group_id=group_id).exclude(ends_at__lte=clock.now())
        return list(found.values_list("account_id", flat=True))


@dataclass(frozen=True, slots=True)
class Place:
    """An account in a group, and until when."""

    group: str
    group_id: uuid.UUID
    level: str
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    is_over: bool
    is_to_come: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the history of an account: what, when, by whom, from what to what."""

    title: str
    occurred_at: dt.datetime
    by: str
    changes: tuple[tuple[str, str, str], ...]
    operation_id: uuid.UUID


def places_of(account: Account) -> list[Place]:
    """Return the groups of an account, those over included, the present ones first."""
    moment = clock.now()
    with tenant_scope(proof_of(account.organisation).id):
        rows = list(
            GroupMember.objects.filter(account_id=account.id)
            .select_related("group")
            .order_by("-starts_at")
        )
    places = [
        Place(
            row.group.name,
            row.group_id,
            row.group.level,
            row.starts_at,
            row.ends_at,
            is_over=row.ends_at is not None and row.ends_at <= moment,
            is_to_come=row.starts_at > moment,
        )
        for row in rows
    ]
    return sorted(places, key=lambda place: place.is_over)


def link_of(account: Account) -> AccountLink | None:
    """Return the last link made for an account."""
    with tenant_scope(proof_of(account.organisation).id):
        return latest_link(account)


def mail_under_way(account: Account) -> Operation | None:
    """Return the last invitation or reset asked for, whatever became of it."""
    with tenant_scope(proof_of(account.organisation).id):
        found: Operation | None = (
            Operation.objects.filter(
                type__in=("ACCOUNT_INVITE", "ACCOUNT_RESET"), detail__account=str(account.id)
            )
            .order_by("-id")
            .first()
        )
        return found


def sign_ins_of(account: Account, *, most: int = 10) -> list[Operation]:
    """Return the last entries of an account."""
    with tenant_scope(proof_of(account.organisation).id):
        return list(
            Operation.objects.filter(type="ACCOUNT_SIGN_IN", agent_id=account.id).order_by("-id")[
                :most
            ]
        )


def history_of(account: Account) -> list[Fact]:
    """Return what was done to an account, latest first: from the journal, hence without a name."""
    with tenant_scope(proof_of(account.organisation).id):
        operations = list(
            Operation.objects.filter(detail__account=str(account.id))
            .exclude(type__in=("ACCOUNT_SIGN_IN", "ACCOUNT_SIGN_OUT"))
            .order_by("-id")[:MOST_EVENTS]
        )
        events = list(
            Event.objects.filter(code__in=IMPORTED, detail__account=str(account.id)).order_by(
                "-sequence"
            )[:MOST_EVENTS]
        )
        imports = {
            operation.id: operation
            for operation in Operation.objects.filter(
                id__in={event.operation_id for event in events}, type="ACCOUNT_IMPORT"
            )
        }
    names = _names_of(
        account.organisation,
        {one.agent_id for one in (*operations, *imports.values()) if one.agent_id},
    )
    facts = [
        _fact(one.type, one.started_at, one.agent_id, one.detail, one.id, names)
        for one in operations
    ]
    facts += [
        _fact(
            event.code,
            event.occurred_at,
            imports[event.operation_id].agent_id,
            event.detail,
            event.operation_id,
            names,
        )
        for event in events
        if event.operation_id in imports
    ]
    return sorted(facts, key=lambda fact: fact.occurred_at, reverse=True)[:MOST_EVENTS]


def _names_of(organisation: Organisation, ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the names of accounts of one organisation; of others, nothing is told."""
    found = Account.objects.filter(organisation=organisation, id__in=ids)
    return dict(found.values_list("id", "name"))


def _fact(
    code: str,
    occurred_at: dt.datetime,
    agent_id: uuid.UUID | None,
    detail: Mapping[str, Any],
    operation_id: uuid.UUID,
    names: Mapping[uuid.UUID, str],
) -> Fact:
    by = names.get(agent_id, _("la plateforme")) if agent_id else _("la plateforme")
    return Fact(label(code), occurred_at, by, tuple(_changes(detail)), operation_id)


def _changes(detail: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    """Yield what changed, personal values told as changed alone."""
    before, after = detail.get("before") or {}, detail.get("after") or {}
    for key in dict.fromkeys([*before, *after]):
        if key in LABELS:
            yield str(LABELS[key]), _in_words(key, before.get(key)), _in_words(key, after.get(key))


def _in_words(key: str, value: Any) -> str:
    if value in (None, ""):
        return ""
    if value == MASK:
        return _("masqué")
    choices = {"status": Account.Status, "kind": Account.Kind, "language": Account.Language}
    if key in choices and value in choices[key].values:
        return str(choices[key](value).label)
    return str(value)


def due_for_anonymisation(organisation: Organisation) -> QuerySet[Account]:
    """Return the disabled accounts kept longer than the policy of the organisation says."""
    months = policy_of(organisation).account_retention_months
    return Account.objects.filter(
        organisation=organisation,
        status=Account.Status.DISABLED,
        disabled_at__lt=months_before(clock.now(), months),
    ).order_by("disabled_at")


def months_before(moment: dt.datetime, months: int) -> dt.datetime:
    """Return the same day so many months earlier, the last of the month if need be."""
    total = moment.year * 12 + moment.month - 1 - months
    year, month = divmod(total, 12)
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return moment.replace(year=year, month=month + 1, day=min(moment.day, 28))


def months_after(moment: dt.datetime, months: int) -> dt.datetime:
    """Return the same day so many months later, the last of the month if need be."""
    return months_before(moment, -months)


def latest_imports(organisation: Organisation, *, most: int = 5) -> Sequence[AccountImport]:
    """Return the files applied or waiting, latest first."""
    with tenant_scope(proof_of(organisation).id):
        return list(AccountImport.objects.order_by("-created_at").defer("content")[:most])
