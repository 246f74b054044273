"""How changes of rights are told: an operation each, with what was before and what comes after.

Told in the journal of the organisation concerned: identifiers, names of groups and profiles,
codes of permissions, dates; accounts by their technical identifier alone.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from sae.journal.labels import Label
from sae.journal.models import Operation
from sae.journal.services import close_operation, open_operation
from sae.kernel.outcomes import Outcome
from tenants.models.rights import Group, GroupMember, Profile

CATEGORY = "MASTERDATA"
LABELS: dict[str, Label] = {
    "PROFILE_CREATE": _("Création d’un profil de droits"),
    "PROFILE_UPDATE": _("Modification d’un profil de droits"),
    "PROFILE_DELETE": _("Suppression d’un profil de droits"),
    "GROUP_CREATE": _("Création d’un groupe"),
    "GROUP_UPDATE": _("Modification d’un groupe"),
    "GROUP_DELETE": _("Suppression d’un groupe"),
    "GROUP_MEMBER_ADD": _("Entrée d’un compte dans un groupe"),
    "GROUP_MEMBER_UPDATE": _("Changement de la date de fin d’un membre"),
    "GROUP_MEMBER_REMOVE": _("Sortie d’un compte d’un groupe"),
    "FOUR_EYES_UPDATE": _("Réglage du double regard"),
    "PROPOSAL": _("Demande d’approbation par une seconde personne"),
    "PROPOSAL_APPROVAL": _("Approbation par une seconde personne"),
    "PROPOSAL_REFUSAL": _("Refus de la demande d’approbation"),
    "PROPOSAL_WITHDRAWAL": _("Retrait de la demande d’approbation"),
    "PROPOSAL_EXPIRY": _("Demande d’approbation échue"),
}


def tell(
    code: str,
    *,
    thing: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    agent_id: uuid.UUID | None,
) -> Operation:
    """Write one change in the journal of the scope; call it last in the transaction.

    ``thing`` names what changed (``{"group": …}``); ``before`` and ``after`` hold what differs.
    """
    detail: dict[str, Any] = dict(thing)
    if before is not None:
        detail["before"] = dict(before)
    if after is not None:
        detail["after"] = dict(after)
    operation = open_operation(type=code, category=CATEGORY, agent_id=agent_id, detail=detail)
    close_operation(operation=operation, outcome=Outcome.OK)
    return operation


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the former and new values of what changed alone."""
    changed = [key for key in after if before.get(key) != after[key]]
    return {key: before.get(key) for key in changed}, {key: after[key] for key in changed}


def of_profile(profile: Profile) -> dict[str, Any]:
    """Return what the journal keeps of a profile."""
    return {
        "name": profile.name,
        "description": profile.description,
        "coffre": str(profile.coffre_id),
        "level": profile.level,
        "permissions": sorted(profile.permissions),
        "sees_everything": profile.sees_everything,
        "access_contracts": sorted(profile.access_contracts),
        "deposit_reach": profile.deposit_reach,
        "deposit_contracts": sorted(profile.deposit_contracts),
        "deposit_agencies": sorted(profile.deposit_agencies),
        "ready": profile.ready,
    }


def of_group(group: Group, profiles: list[uuid.UUID]) -> dict[str, Any]:
    """Return what the journal keeps of a group."""
    return {
        "name": group.name,
        "description": group.description,
        "level": group.level,
        "profiles": sorted(map(str, profiles)),
    }


def of_member(member: GroupMember) -> dict[str, Any]:
    """Return what the journal keeps of a membership."""
    return {
        "starts_at": _moment(member.starts_at),
        "ends_at": _moment(member.ends_at),
        "reason": member.reason,
    }


def _moment(value: dt.datetime | None) -> str | None:
    return value.isoformat() if value else None
