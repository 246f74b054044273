"""What the screens of rights show: profiles, groups, members, history. Values, no lazy rows.

Each runs in the scope of the coffre de preuve of the organisation.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from sae.journal.labels import label
from sae.journal.models import Operation
from sae.kernel import clock
from sae.tenancy.models import Organisation, Tenant
from sae.ui import french
from tenants.models import Account
from tenants.models.rights import Group, GroupMember, GroupProfile, Profile
from tenants.permissions import LABELS, Permission
from tenants.rights.deposits import ON_DEPOSITS, Reach, grant_of_profile, in_words
from tenants.rights.effective import known_permissions

ROOT_WORD = "racine"
HISTORY_LENGTH = 50


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One profile as lists show it."""

    id: uuid.UUID
    name: str
    description: str
    coffre: str
    coffre_id: uuid.UUID
    level: str
    permission_count: int
    sight: str
    deposits: str
    groups: int
    ready: str

    def get_absolute_url(self) -> str:
        return reverse("profile", args=[self.id])


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group as lists show it. ``members`` counts those in force."""

    id: uuid.UUID
    name: str
    description: str
    level: str
    profiles: tuple[str, ...]
    coffres: tuple[str, ...]
    members: int
    next_end: dt.datetime | None

    def get_absolute_url(self) -> str:
        return reverse("group", args=[self.id])


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One membership. ``state``: ``now``, ``later`` or ``over``."""

    id: uuid.UUID
    account_id: uuid.UUID
    name: str
    identifier: str
    is_active: bool
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    given_by: str
    reason: str
    state: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change told in the journal: what was before, what came after, field by field."""

    operation_id: uuid.UUID
    at: dt.datetime
    label: str
    agent: str
    lines: tuple[tuple[str, str, str], ...]


def coffres_of(organisation: Organisation) -> list[Tenant]:
    """Return the coffres of an organisation, archives first."""
    found = Tenant.objects.filter(organisation_id=organisation.id).select_related("organisation")
    return sorted(found, key=lambda one: (one.kind != Tenant.Kind.ARCHIVES, one.number))


def level_word(level: str) -> str:
    """Return a level as people read it."""
    return level or ROOT_WORD


def sight_word(profile: Profile) -> str:
    """Return what of the coffre a profile lets see."""
    if Permission.HOLDINGS_VIEW.value not in profile.permissions:
        return "sans consultation"
    if profile.sees_everything:
        return "toutes les archives"
    if profile.access_contracts:
        return ", ".join(profile.access_contracts)
    return "aucune archive"


def deposits_word(profile: Profile) -> str:
    """Return which deposits a profile lets follow, and make."""
    if ON_DEPOSITS.isdisjoint(profile.permissions):
        return "sans versement"
    return in_words([grant_of_profile(profile)])


def profile_rows(coffres: Iterable[Tenant]) -> list[ProfileRow]:
    """Return every profile, by name. Two queries."""
    by_id = {one.id: one for one in coffres}
    carriers: dict[uuid.UUID, int] = {}
    for profile_id in GroupProfile.objects.values_list("profile_id", flat=True):
        carriers[profile_id] = carriers.get(profile_id, 0) + 1
    return [
        ProfileRow(
            id=one.id,
            name=one.name,
            description=one.description,
            coffre=by_id[one.coffre_id].name if one.coffre_id in by_id else "",
            coffre_id=one.coffre_id,
            level=level_word(one.level),
            permission_count=(
                len(known_permissions(one.permissions, by_id[one.coffre_id]))
                if one.coffre_id in by_id
                else 0
            ),
            sight=sight_word(one),
            deposits=deposits_word(one),
            groups=carriers.get(one.id, 0),
            ready=one.ready,
        )
        for one in Profile.objects.all()
    ]


def group_rows(coffres: Iterable[Tenant]) -> list[GroupRow]:
    """Return every group, by name. Three queries."""
    names = {one.id: one.name for one in coffres}
    now = clock.now()
    carried: dict[uuid.UUID, list[tuple[str, str]]] = {}
    for group_id, profile, coffre_id in GroupProfile.objects.order_by("profile__name").values_list(
        "group_id", "profile__name", "profile__coffre_id"
    ):
        carried.setdefault(group_id, []).append((profile, names.get(coffre_id, "")))
    placed: dict[uuid.UUID, list[dt.datetime | None]] = {}
    for group_id, ends_at in (
        GroupMember.objects.filter(starts_at__lte=now)
        .exclude(ends_at__lte=now)
        .values_list("group_id", "ends_at")
    ):
        placed.setdefault(group_id, []).append(ends_at)
    return [
        GroupRow(
            id=one.id,
            name=one.name,
            description=one.description,
            level=level_word(one.level),
            profiles=tuple(profile for profile, _coffre in carried.get(one.id, [])),
            coffres=tuple(dict.fromkeys(coffre for _profile, coffre in carried.get(one.id, []))),
            members=len(placed.get(one.id, [])),
            next_end=min((end for end in placed.get(one.id, []) if end), default=None),
        )
        for one in Group.objects.all()
    ]


def member_rows(group: Group) -> list[MemberRow]:
    """Return the members of a group: those in force, those to come, then the past ones."""
    members = list(GroupMember.objects.filter(group=group).order_by("-starts_at", "-id"))
    people = named({one.account_id for one in members} | {one.given_by for one in members})
    now = clock.now()
    rows = []
    for one in members:
        account = people.get(one.account_id)
        giver = people.get(one.given_by) if one.given_by else None
        state = "over" if one.ends_at and one.ends_at <= now else "now"
        if state == "now" and one.starts_at > now:
            state = "later"
        rows.append(
            MemberRow(
                id=one.id,
                account_id=one.account_id,
                name=account.name if account else "compte inconnu",
                identifier=account.identifier if account else "",
                is_active=bool(account and account.is_active),
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                given_by=giver.name if giver else "la plateforme",
                reason=one.reason,
                state=state,
            )
        )
    order = {"now": 0, "later": 1, "over": 2}
    return sorted(rows, key=lambda row: (order[row.state], row.name))


def named(account_ids: Iterable[uuid.UUID | None]) -> Mapping[uuid.UUID, Account]:
    """Return accounts by identifier."""
    wanted = {one for one in account_ids if one}
    return {one.id: one for one in Account.objects.filter(id__in=wanted)}


FIELDS = {
    "name": "Nom",
    "description": "Description",
    "level": "Niveau",
    "permissions": "Permissions",
    "sees_everything": "Voit toutes les archives",
    "access_contracts": "Contrats d’accès",
    "deposit_reach": "Versements suivis",
    "deposit_contracts": "Contrats d’entrée",
    "deposit_agencies": "Services producteurs",
    "profiles": "Profils",
    "ends_at": "Jusqu’au",
    "starts_at": "Depuis le",
    "reason": "Motif",
    "required": "Seconde personne exigée",
}
_UNSAID = {"coffre", "ready"}


def history(prefix: str, thing_id: uuid.UUID) -> list[Change]:
    """Return the changes of a profile (``PROFILE``) or group (``GROUP``), latest first."""
    key = prefix.lower()
    rows = list(
        Operation.objects.filter(
            type__startswith=f"{prefix}_", **{f"detail__{key}": str(thing_id)}
        ).order_by("-started_at")[:HISTORY_LENGTH]
    )
    placed = {uuid.UUID(row.detail["account"]) for row in rows if "account" in row.detail}
    people = named({row.agent_id for row in rows} | placed)
    profiles = dict(Profile.objects.values_list("id", "name"))
    changes = []
    for row in rows:
        agent = people.get(row.agent_id) if row.agent_id else None
        lines = _lines(row.detail, profiles)
        if account := people.get(uuid.UUID(row.detail.get("account", str(uuid.UUID(int=0))))):
            lines.insert(0, ("Compte", "", account.name))
        changes.append(
            Change(
                operation_id=row.id,
                at=row.started_at,
                label=label(row.type),
                agent=agent.name if agent else "la plateforme",
                lines=tuple(lines),
            )
        )
    return changes


def _lines(
    detail: Mapping[str, Any], profiles: Mapping[uuid.UUID, str]
) -> list[tuple[str, str, str]]:
    before, after = detail.get("before") or {}, detail.get("after") or {}
    lines = []
    for key in dict.fromkeys([*before, *after]):
        if key in _UNSAID:
            continue
        former = _words(key, before.get(key), profiles)
        new = _words(key, after.get(key), profiles)
        if former != new:
            lines.append((FIELDS.get(key, key), former, new))
    return lines


def _words(key: str, value: object, profiles: Mapping[uuid.UUID, str]) -> str:
    """Return a journalled value as people read it."""
    if value is None or value in ("", []):
        return level_word("") if key == "level" and value == "" else ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if key == "permissions" and isinstance(value, list):
        known = Permission._value2member_map_
        return ", ".join(
            str(LABELS[Permission(one)]) if one in known else str(one) for one in value
        )
    if key == "profiles" and isinstance(value, list):
        return ", ".join(profiles.get(uuid.UUID(one), "profil supprimé") for one in value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if key == "deposit_reach" and value in Reach.values:
        return str(Reach(value).label)
    if key in ("starts_at", "ends_at"):
        return french.moment(dt.datetime.fromisoformat(str(value)))
    return str(value)
