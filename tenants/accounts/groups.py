"""Groups themselves as a table: their names, levels, profiles; exported, then imported again.

A group is known by its identifier, else by its name; those that the file does not name are left
alone. What a line would do is found by doing it and undoing it: the checks are those of the act.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import tenant_scope
from tenants.accounts.columns import SEPARATOR
from tenants.accounts.planning import Action, Change, LineFault, SheetPlan
from tenants.accounts.sheets import Row, Sheet, folded, protected_rows, read_sheet
from tenants.models import Account
from tenants.models.rights import Group, Profile
from tenants.rights.composing import CompositionError, GroupDraft, create_group, update_group
from tenants.rights.reach import OutOfReachError
from tenants.rights.remaining import NobodyRemainsError
from tenants.services.organisations import proof_of

LABELS = {
    "identifier": gettext_lazy("Identifiant"),
    "name": gettext_lazy("Groupe"),
    "description": gettext_lazy("Description"),
    "level": gettext_lazy("Niveau"),
    "profiles": gettext_lazy("Profils"),
}
COLUMNS = tuple(LABELS)
REQUIRED = ("name", "profiles")
_LONGEST = {"name": 150, "level": 100}


@dataclass(frozen=True, slots=True)
class GroupLine:
    """What one line does to the group that it names."""

    number: int
    action: Action
    name: str
    changes: tuple[Change, ...] = ()
    faults: tuple[LineFault, ...] = ()


@dataclass(frozen=True)
class GroupsPlan(SheetPlan[GroupLine]):
    """What a file of groups does."""

    @property
    def told(self) -> object:
        return [(one.number, one.action.value, one.name, one.changes) for one in self.lines]


def exported_groups(organisation: Organisation) -> Iterator[Sequence[Any]]:
    """Yield the header, then a line for each group."""
    with tenant_scope(proof_of(organisation).id):
        labels = _labels_of_profiles(organisation)
        rows = [list(_cells(group, labels).values()) for group in Group.objects.order_by("name")]
    yield [str(LABELS[key]) for key in COLUMNS]
    yield from protected_rows(rows)


def plan_groups(*, content: bytes, organisation: Organisation, actor: Account | None) -> GroupsPlan:
    """Return what a file would do; raise ``UnreadableError`` when it is no such table."""
    with tenant_scope(proof_of(organisation).id), transaction.atomic():
        plan = write_groups(content=content, organisation=organisation, actor=actor)
        transaction.set_rollback(True)
    return plan


def write_groups(
    *, content: bytes, organisation: Organisation, actor: Account | None
) -> GroupsPlan:
    """Do what the sound lines of a file say, in the caller's transaction; return what was done.

    Runs in the scope of the coffre de preuve.
    """
    names = {folded(str(label)): key for key, label in LABELS.items()} | {"nom": "name"}
    sheet = read_sheet(content, names=names, required=REQUIRED)
    writer = _Writer(sheet, organisation, actor)
    return GroupsPlan(sheet, tuple(writer.line(row) for row in sheet.rows))


def _labels_of_profiles(organisation: Organisation) -> dict[uuid.UUID, str]:
    """Return how a cell names each profile: the number of its coffre, then its own name."""
    numbers = dict(Tenant.objects.filter(organisation=organisation).values_list("id", "number"))
    return {
        one.id: f"{numbers[one.coffre_id]} · {one.name}"
        for one in Profile.objects.all()
        if one.coffre_id in numbers
    }


def _cells(group: Group, labels: Mapping[uuid.UUID, str]) -> dict[str, str]:
    carried = group.carried.values_list("profile_id", flat=True)
    return {
        "identifier": str(group.id),
        "name": group.name,
        "description": group.description,
        "level": group.level,
        "profiles": SEPARATOR.join(sorted(labels[one] for one in carried if one in labels)),
    }


def _plain(label: str) -> str:
    return " ".join(label.casefold().split())


class _Writer:
    """Does lines one after the other, each whole or not at all."""

    def __init__(self, sheet: Sheet, organisation: Organisation, actor: Account | None) -> None:
        self.sheet = sheet
        self.organisation = organisation
        self.actor = actor
        self.labels = _labels_of_profiles(organisation)
        self.profiles = {_plain(label): one for one, label in self.labels.items()}
        groups = list(Group.objects.all())
        self.by_id = {str(one.id): one for one in groups}
        self.by_name = {one.name: one for one in groups}
        self.seen: dict[uuid.UUID | str, int] = {}

    def line(self, row: Row) -> GroupLine:
        """Do one line; return what it did, or why it cannot."""
        group = self.by_name.get(row["name"])
        if row["identifier"]:
            group = self.by_id.get(row["identifier"])
            if group is None:
                return self._faulty(row, "identifier", _("Aucun groupe de cet identifiant."))
        first = self.seen.setdefault(group.id if group else row["name"], row.line)
        if first != row.line:
            return self._faulty(row, "name", _("Déjà à la ligne %d.") % first)
        for column, most in _LONGEST.items():
            if len(row[column]) > most:
                return self._faulty(row, column, _("%d caractères au plus.") % most)
        wanted = [one.strip() for one in row["profiles"].split(SEPARATOR.strip()) if one.strip()]
        if unknown := [one for one in wanted if _plain(one) not in self.profiles]:
            words = _("Profil inconnu : « %s ». Écrivez « numéro du coffre · nom ».") % unknown[0]
            return self._faulty(row, "profiles", words)
        profiles = dict.fromkeys(self.profiles[_plain(one)] for one in wanted)
        return self._write(row, group, tuple(profiles))

    def _write(self, row: Row, group: Group | None, profiles: tuple[uuid.UUID, ...]) -> GroupLine:
        before = _cells(group, self.labels) if group else dict.fromkeys(COLUMNS, "")
        # A column that the file lacks keeps what there is.
        after = {**before, **row.cells, "identifier": before["identifier"]}
        after["profiles"] = SEPARATOR.join(sorted(self.labels[one] for one in profiles))
        changes = tuple(
            Change(str(LABELS[key]), before[key], after[key])
            for key in COLUMNS
            if before[key] != after[key]
        )
        if not changes:
            return GroupLine(row.line, Action.NOTHING, after["name"])
        draft = GroupDraft(after["name"], profiles, after["description"], after["level"])
        try:
            with transaction.atomic():
                if group is None:
                    create_group(organisation=self.organisation, draft=draft, by=self.actor)
                else:
                    update_group(group=group, draft=draft, by=self.actor)
        except CompositionError as error:
            return self._faulty(row, error.field or "name", str(error))
        except (OutOfReachError, NobodyRemainsError) as error:
            return self._faulty(row, "name", str(error))
        action = Action.CHANGE if group else Action.CREATE
        return GroupLine(row.line, action, after["name"], changes)

    def _faulty(self, row: Row, column: str, words: str) -> GroupLine:
        fault = LineFault(row.line, self.sheet.letter(column), str(LABELS[column]), words)
        return GroupLine(row.line, Action.FAULTY, row["name"], faults=(fault,))
