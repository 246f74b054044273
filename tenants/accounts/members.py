"""Members of groups as a table: exported, then imported again with what changed.

A group that the file names has exactly the members that the file gives it: those it lacks leave.
A group that it does not name is left alone. Groups themselves are made on their own screen.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.kernel import clock
from sae.tenancy.models import Organisation
from sae.tenancy.scope import tenant_scope
from tenants.accounts.planning import Action, LineFault, SheetPlan
from tenants.accounts.reach import Reach, accounts_of
from tenants.accounts.sheets import Row, Sheet, folded, protected_rows, read_sheet
from tenants.models import Account
from tenants.models.rights import Group, GroupMember
from tenants.services.organisations import proof_of

LABELS = {
    "group": gettext_lazy("Groupe"),
    "identifier": gettext_lazy("Identifiant"),
    "email": gettext_lazy("Adresse électronique"),
    "name": gettext_lazy("Nom"),
    "starts_at": gettext_lazy("Depuis le"),
    "ends_at": gettext_lazy("Jusqu’au"),
}
COLUMNS = tuple(LABELS)
REQUIRED = ("group",)


@dataclass(frozen=True, slots=True)
class MemberLine:
    """What one line does: places an account, changes its end, or nothing."""

    number: int
    action: Action
    group: Group | None = None
    account: Account | None = None
    until: dt.datetime | None = None
    member: GroupMember | None = None
    faults: tuple[LineFault, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaving:
    """A member whom the file no longer gives to its group."""

    group: Group
    account: Account


@dataclass(frozen=True)
class MembersPlan(SheetPlan[MemberLine]):
    """What a file of members does. Those who leave are in none of its lines."""

    leaving: tuple[Leaving, ...] = ()

    @property
    def does_something(self) -> bool:
        return bool(self.leaving) or super().does_something

    @property
    def counts(self) -> dict[str, int]:
        """Return how many members come, change, leave, stay, are faulty."""
        return super().counts | {Action.DISABLE.value: len(self.leaving)}

    @property
    def told(self) -> object:
        told = [
            (one.number, one.action.value, _id(one.group), _id(one.account), str(one.until))
            for one in self.lines
        ]
        return told, [(_id(one.group), _id(one.account)) for one in self.leaving]


def _id(row: Any) -> str:
    return str(row.id) if row is not None else ""


def exported_members(organisation: Organisation) -> Iterator[Sequence[Any]]:
    """Yield the header, then a line for each member of each group; an empty group has one too."""
    with tenant_scope(proof_of(organisation).id):
        groups = list(Group.objects.order_by("name"))
        present = _present()
    accounts = {one.id: one for one in accounts_of(organisation)}
    yield [str(LABELS[key]) for key in COLUMNS]
    yield from protected_rows(_lines(groups, present, accounts))


def _lines(
    groups: list[Group], present: Mapping[Any, list[GroupMember]], accounts: Mapping[Any, Account]
) -> Iterator[list[str]]:
    for group in groups:
        members = [one for one in present.get(group.id, []) if one.account_id in accounts]
        if not members:
            yield [group.name, "", "", "", "", ""]
        for member in sorted(members, key=lambda one: accounts[one.account_id].name):
            account = accounts[member.account_id]
            yield [
                group.name,
                account.identifier,
                account.email,
                account.name,
                _written(member.starts_at),
                _written(member.ends_at),
            ]


def _written(moment: dt.datetime | None) -> str:
    """Return ``31/12/2026 18:00`` in local time, to the minute; nothing for no end."""
    return f"{timezone.localtime(moment):%d/%m/%Y %H:%M}" if moment else ""


def _present() -> dict[Any, list[GroupMember]]:
    """Return the memberships that are not over, by group. Needs the scope of the proof."""
    by_group: dict[Any, list[GroupMember]] = {}
    for member in GroupMember.objects.exclude(ends_at__lte=clock.now()).order_by("starts_at"):
        by_group.setdefault(member.group_id, []).append(member)
    return by_group


def plan_members(
    *, content: bytes, organisation: Organisation, actor: Account | None
) -> MembersPlan:
    """Return what a file would do; raise ``UnreadableError`` when it is no such table."""
    names = {folded(str(label)): key for key, label in LABELS.items()} | {"courriel": "email"}
    sheet = read_sheet(content, names=names, required=REQUIRED)
    return _Planner(sheet, organisation, actor).plan()


class _Planner:
    """What every line is compared with, read once."""

    def __init__(self, sheet: Sheet, organisation: Organisation, actor: Account | None) -> None:
        self.sheet = sheet
        self.reach = Reach(actor, organisation)
        self.groups = self.reach.groups()
        accounts = list(accounts_of(organisation).select_related("organisation"))
        self.reach.prepare(accounts)
        self.by_identifier = {one.identifier: one for one in accounts}
        self.by_email = {one.email.lower(): one for one in accounts}
        self.by_id = {one.id: one for one in accounts}
        with tenant_scope(proof_of(organisation).id):
            self.present = _present()
        self.seen: dict[tuple[Any, Any], int] = {}

    def plan(self) -> MembersPlan:
        lines = tuple(self._line(row) for row in self.sheet.rows)
        leaving, refused = self._leaving(lines)
        lines = tuple(refused.get(line.number, line) for line in lines)
        broken = {line.group.id for line in lines if line.faults and line.group}
        # A faulty line may well be the member that its group seems to lack.
        kept = tuple(one for one in leaving if one.group.id not in broken)
        return MembersPlan(self.sheet, lines, kept)

    def _line(self, row: Row) -> MemberLine:
        group = self.groups.get(row["group"])
        if group is None:
            words = _("Groupe inconnu, ou qui n’est pas sous votre niveau : « %s ».") % row["group"]
            return self._faulty(row, "group", words, None)
        if not row["identifier"] and not row["email"]:
            return MemberLine(row.line, Action.NOTHING, group)
        column = "identifier" if row["identifier"] else "email"
        account = (
            self.by_identifier.get(row["identifier"])
            if row["identifier"]
            else self.by_email.get(row["email"].lower())
        )
        if account is None:
            return self._faulty(row, column, _("Aucun compte : « %s ».") % row[column], group)
        first = self.seen.setdefault((group.id, account.id), row.line)
        if first != row.line:
            return self._faulty(row, column, _("Déjà à la ligne %d.") % first, group)
        try:
            until = _read(row["ends_at"])
        except ValueError:
            words = _("« %s » n’est pas une date : écrivez par exemple 31/12/2026.")
            return self._faulty(row, "ends_at", words % row["ends_at"], group)
        member = next(
            (one for one in self.present.get(group.id, []) if one.account_id == account.id), None
        )
        if member is not None and _written(member.ends_at) == _written(until):
            return MemberLine(row.line, Action.NOTHING, group, account, until, member)
        if member is not None and "ends_at" not in self.sheet.columns:
            return MemberLine(row.line, Action.NOTHING, group, account, until, member)
        if reason := self._refusal(account, until, member):
            return self._faulty(row, "ends_at" if until else column, reason, group)
        action = Action.CHANGE if member else Action.CREATE
        return MemberLine(row.line, action, group, account, until, member)

    def _refusal(
        self, account: Account, until: dt.datetime | None, member: GroupMember | None
    ) -> str:
        if until is not None and until <= clock.now():
            return _("La date de fin est déjà passée.")
        if member is None and not account.is_active:
            return _("Le compte est %s : réactivez-le d’abord.") % account.get_status_display()
        return self.reach.why_not(account)

    def _leaving(
        self, lines: tuple[MemberLine, ...]
    ) -> tuple[list[Leaving], dict[int, MemberLine]]:
        """Return who leaves, and the first line of each group whose member may not be taken out."""
        leaving: list[Leaving] = []
        refused: dict[int, MemberLine] = {}
        first_lines: dict[Any, tuple[Group, MemberLine]] = {}
        for line in lines:
            if line.group is not None:
                first_lines.setdefault(line.group.id, (line.group, line))
        for group, line in first_lines.values():
            for member in self.present.get(group.id, []):
                if (group.id, member.account_id) in self.seen:
                    continue
                account = self.by_id.get(member.account_id)
                if account is None:
                    continue
                if reason := self.reach.why_not(account):
                    words = _("%(name)s ne peut pas en sortir : %(reason)s") % {
                        "name": account.name,
                        "reason": reason,
                    }
                    fault = self._fault(line.number, "group", words)
                    refused[line.number] = MemberLine(
                        line.number, Action.FAULTY, group, faults=(*line.faults, fault)
                    )
                else:
                    leaving.append(Leaving(group, account))
        return leaving, refused

    def _faulty(self, row: Row, column: str, words: str, group: Group | None) -> MemberLine:
        fault = self._fault(row.line, column, words)
        return MemberLine(row.line, Action.FAULTY, group, faults=(fault,))

    def _fault(self, line: int, column: str, words: str) -> LineFault:
        return LineFault(line, self.sheet.letter(column), str(LABELS[column]), words)


def _read(text: str) -> dt.datetime | None:
    """Return the moment a cell gives: a day lasts until its end. Raises ``ValueError``."""
    if not text:
        return None
    for pattern in ("%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"):
        try:
            return timezone.make_aware(dt.datetime.strptime(text, pattern))  # noqa: DTZ007
        except ValueError:
            continue
    for pattern in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            day = dt.datetime.strptime(text, pattern)  # noqa: DTZ007
        except ValueError:
            continue
        return timezone.make_aware(day.replace(hour=23, minute=59))
    raise ValueError(text)
