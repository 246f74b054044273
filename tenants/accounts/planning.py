"""What a file of accounts would do: faults by line and column, differences, nothing written.

The same plan is made for the dry run and again when the file is applied, in the transaction that
applies it: what is done is what was shown, or it is shown again.
"""

import enum
import hashlib
import uuid
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from sae.tenancy.models import Organisation
from sae.tenancy.scope import tenant_scope
from tenants.accounts import columns
from tenants.accounts.identity import LABELS, Identity, faults_of
from tenants.accounts.reach import Reach, groups_of_accounts
from tenants.accounts.sheets import Row, Sheet, read_sheet
from tenants.models import Account
from tenants.models.rights import Group
from tenants.organisations.policy import policy_of
from tenants.services.organisations import proof_of

Status = Account.Status


class Action(enum.StrEnum):
    CREATE = "create"
    CHANGE = "change"
    DISABLE = "disable"
    NOTHING = "nothing"
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong in one cell: line and letter as a spreadsheet shows them."""

    line: int
    letter: str
    label: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Change:
    """One value that a line changes, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """What one line of the file does. ``status`` is the one to give, empty for no change."""

    number: int
    action: Action
    identity: Identity
    account: Account | None = None
    status: str = ""
    join: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    faults: tuple[LineFault, ...] = ()


class _Planned(Protocol):
    """What is asked of a line, whatever the file is about."""

    @property
    def number(self) -> int: ...
    @property
    def action(self) -> Action: ...
    @property
    def faults(self) -> tuple[LineFault, ...]: ...


PlannedLine = TypeVar("PlannedLine", bound=_Planned)


@dataclass(frozen=True)
class SheetPlan(ABC, Generic[PlannedLine]):
    """Everything a file does, line by line."""

    sheet: Sheet
    lines: tuple[PlannedLine, ...]

    def of(self, action: Action) -> list[PlannedLine]:
        return [line for line in self.lines if line.action == action]

    @property
    def faults(self) -> list[LineFault]:
        return [fault for line in self.lines for fault in line.faults]

    @property
    def faulty_lines(self) -> list[int]:
        return [line.number for line in self.lines if line.faults]

    @property
    def does_something(self) -> bool:
        return any(line.action not in (Action.NOTHING, Action.FAULTY) for line in self.lines)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many lines do what."""
        found = Counter(line.action.value for line in self.lines)
        return {action.value: found[action.value] for action in Action}

    @property
    @abstractmethod
    def told(self) -> object:
        """Return what is done, written the same whenever it is the same."""

    @property
    def fingerprint(self) -> str:
        """Return a digest of what is done, to tell that it is what was shown."""
        return hashlib.sha256(repr(self.told).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Plan(SheetPlan[Line]):
    """What a file of accounts does."""

    groups: Mapping[str, Group] = field(default_factory=dict)

    @property
    def told(self) -> object:
        return [
            (
                line.number,
                line.action.value,
                str(line.account.id) if line.account else "",
                str(line.identity),
                line.status,
                line.join,
                line.leave,
                line.changes,
            )
            for line in self.lines
        ]


def plan_accounts(*, content: bytes, organisation: Organisation, actor: Account | None) -> Plan:
    """Return what a file would do; raise ``UnreadableError`` when it is no such table."""
    sheet = read_sheet(content, names=columns.names_of_columns(), required=columns.REQUIRED)
    with tenant_scope(proof_of(organisation).id):
        return _Planner(sheet, organisation, actor).plan()


class _Planner:
    """What every line is compared with, read once."""

    def __init__(self, sheet: Sheet, organisation: Organisation, actor: Account | None) -> None:
        self.sheet = sheet
        self.organisation = organisation
        self.domains = policy_of(organisation).mail_domains
        self.reach = Reach(actor, organisation)
        self.groups = self.reach.groups()
        identifiers = {row["identifier"] for row in sheet.rows if row["identifier"]}
        addresses = {row["email"].lower() for row in sheet.rows if row["email"]}
        ours = Account.objects.filter(organisation=organisation).select_related("organisation")
        known = list(ours.filter(identifier__in=identifiers)) + list(
            ours.alias(lower=Lower("email")).filter(lower__in=addresses)
        )
        self.by_identifier = {account.identifier: account for account in known}
        self.by_email = {account.email.lower(): account for account in known}
        # Of others nothing is known but that the address is not free.
        self.taken = {
            email.lower(): account_id
            for email, account_id in Account.objects.alias(lower=Lower("email"))
            .filter(lower__in=addresses)
            .values_list("email", "id")
        }
        self.reach.prepare(known)
        self.memberships = groups_of_accounts([account.id for account in known])
        self.seen_emails = Counter(row["email"].lower() for row in sheet.rows if row["email"])
        self.seen_accounts: dict[uuid.UUID, int] = {}

    def plan(self) -> Plan:
        lines = tuple(self._line(row) for row in self.sheet.rows)
        return Plan(self.sheet, lines, self.groups)

    def _line(self, row: Row) -> Line:
        account = self._account_of(row)
        identity = columns.identity_of(row.cells, self.sheet.columns, account)
        faults = [self._fault(row, key, words) for key, words in self._faults(row, account)]
        status = ""
        join: tuple[str, ...] = ()
        leave: tuple[str, ...] = ()
        if not faults:
            try:
                status = self._status(row, account)
                join, leave = self._groups(row, account, status)
            except _CellError as error:
                faults.append(self._fault(row, error.column, error.sentence))
        changed = Identity.of(account).differences(identity) if account else ()
        acts = account is None or bool(changed or status or join or leave)
        if acts and not faults:
            faults += [
                self._fault(row, key, words)
                for key, words in self._faults_of_act(row, account, identity, changed)
            ]
        if faults:
            return Line(row.line, Action.FAULTY, identity, account, faults=tuple(faults))
        action = _action_of(account, status, acts)
        changes = tuple(self._changes(account, identity, changed, status, join, leave))
        return Line(row.line, action, identity, account, status, join, leave, changes)

    def _account_of(self, row: Row) -> Account | None:
        if row["identifier"]:
            return self.by_identifier.get(row["identifier"])
        return self.by_email.get(row["email"].lower())

    def _faults(self, row: Row, account: Account | None) -> Iterator[tuple[str, str]]:
        """Yield what is wrong before knowing what the line would do."""
        if row["identifier"] and account is None:
            words = _("Aucun compte n’a l’identifiant « %s » : laissez la cellule vide pour créer.")
            yield "identifier", words % row["identifier"]
        if row["email"] and self.seen_emails[row["email"].lower()] > 1:
            yield (
                "email",
                _("L’adresse « %s » figure plusieurs fois dans le fichier.") % row["email"],
            )
        if account is not None:
            first = self.seen_accounts.setdefault(account.id, row.line)
            if first != row.line:
                yield "identifier", _("Ce compte est déjà à la ligne %d.") % first

    def _faults_of_act(
        self, row: Row, account: Account | None, identity: Identity, changed: Iterable[str]
    ) -> Iterator[tuple[str, str]]:
        """Yield what forbids a line that changes something."""
        if account is not None:
            if account.status == Status.ANONYMISED:
                yield "identifier", _("Ce compte est anonymisé : il ne change plus.")
                return
            if reason := self.reach.why_not(account):
                yield "identifier", reason
                return
            if "kind" in changed:
                yield "kind", _("Le type d’un compte ne change pas : créez un autre compte.")
        for fault in faults_of(identity, mail_domains=self.domains):
            yield fault.field, fault.sentence
        holder = self.taken.get(identity.email.lower())
        if holder is not None and (account is None or holder != account.id):
            if identity.email.lower() in self.by_email:
                yield "email", _("Un compte utilise déjà l’adresse « %s ».") % identity.email
            else:
                yield (
                    "email",
                    _("L’adresse « %s » ne peut pas être utilisée ici.") % identity.email,
                )

    def _status(self, row: Row, account: Account | None) -> str:
        """Return the status to give, empty for no change; only these few are a file's to give."""
        asked = columns.status_of(row["status"])
        if asked is None:
            raise _CellError(
                "status",
                _("« %s » n’est pas un statut : actif, invité, désactivé.") % row["status"],
            )
        if account is None:
            if asked in ("", Status.INVITED, Status.ENABLED):
                return ""
            raise _CellError("status", _("Un compte se crée invité : laissez la cellule vide."))
        if asked in ("", account.status):
            return ""
        if asked == Status.DISABLED and account.status != Status.ANONYMISED:
            return Status.DISABLED
        if asked in Account.ENTERING and account.status == Status.DISABLED:
            return asked
        if asked in Account.ENTERING and account.status in Account.ENTERING:
            return ""
        words = _("Le compte est %(now)s : un fichier ne peut pas le rendre %(asked)s.")
        raise _CellError(
            "status",
            words % {"now": account.get_status_display(), "asked": Status(asked).label},
        )

    def _groups(
        self, row: Row, account: Account | None, status: str
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the groups to join and to leave; without the column, none."""
        if "groups" not in self.sheet.columns:
            return (), ()
        asked = set(columns.groups_of(row["groups"]))
        held = set(self.memberships.get(account.id, ())) if account else set()
        join, leave = tuple(sorted(asked - held)), tuple(sorted(held - asked))
        if beyond := [name for name in (*join, *leave) if name not in self.groups]:
            raise _CellError(
                "groups",
                _("Groupe inconnu, ou qui n’est pas sous votre niveau : %s.")
                % columns.words_of(beyond),
            )
        after = status or (account.status if account else Status.INVITED)
        if join and after not in Account.ENTERING:
            raise _CellError(
                "groups", _("Un compte qui n’entre pas ne rejoint aucun groupe : réactivez-le.")
            )
        return join, leave

    def _changes(
        self,
        account: Account | None,
        identity: Identity,
        changed: Iterable[str],
        status: str,
        join: tuple[str, ...],
        leave: tuple[str, ...],
    ) -> Iterator[Change]:
        if account is None:
            if join:
                yield Change(str(LABELS["groups"]), "", columns.words_of(join))
            return
        for key in changed:
            yield Change(str(LABELS[key]), getattr(account, key), getattr(identity, key))
        if status:
            yield Change(
                str(LABELS["status"]), str(account.get_status_display()), str(Status(status).label)
            )
        if leave:
            yield Change(_("Groupes quittés"), columns.words_of(leave), "")
        if join:
            yield Change(_("Groupes rejoints"), "", columns.words_of(join))

    def _fault(self, row: Row, column: str, sentence: str) -> LineFault:
        return LineFault(row.line, self.sheet.letter(column), str(LABELS[column]), sentence)


class _CellError(ValueError):
    """One cell asks for what a file cannot do."""

    def __init__(self, column: str, sentence: str) -> None:
        super().__init__(sentence)
        self.column = column
        self.sentence = sentence


def _action_of(account: Account | None, status: str, acts: bool) -> Action:
    if account is None:
        return Action.CREATE
    if status == Status.DISABLED:
        return Action.DISABLE
    return Action.CHANGE if acts else Action.NOTHING
