"""Four eyes: which acts need a second person, chosen per organisation and per act.

Rooms name their acts from ``AppConfig.ready()`` with the default of the installation; an
organisation's choice is a row of its coffre de preuve.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from sae.kernel import clock
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import Account
from tenants.models.rights import FourEyes
from tenants.permissions import Permission
from tenants.rights.proof import proof_coffre
from tenants.rights.reach import OutOfReachError
from tenants.rights.telling import tell

LIFTING = "four_eyes.lift"
"""The act of doing without a second person where one was wanted."""


class SecondPersonNeededError(OutOfReachError):
    """One person alone may not do it here: it is to be asked, and approved by another."""


@dataclass(frozen=True, slots=True)
class Action:
    """An act that may need a second person.

    ``default``: what holds where the organisation chose nothing. ``asking``: the permission of who
    begins the act; ``approving``: that of whoever may be the second person.
    """

    key: str
    label: str | Promise
    explanation: str | Promise
    default: Callable[[], bool]
    asking: Permission
    approving: Permission


_actions: dict[str, Action] = {}


def register_action(action: Action) -> None:
    """Add an act; the same key twice keeps the last."""
    _actions[action.key] = action


def actions() -> list[Action]:
    """Return the acts known, by name."""
    return sorted(_actions.values(), key=lambda one: str(one.label))


def second_person_needed(organisation_id: uuid.UUID, action: str) -> bool:
    """Tell whether an act needs a second person in an organisation; ``KeyError`` if unknown."""
    known = _actions[action]
    proof = proof_coffre(organisation_id)
    with tenant_scope(proof.id):
        chosen = FourEyes.objects.filter(action=action).values_list("required", flat=True).first()
    return known.default() if chosen is None else bool(chosen)


def needed_here(tenant_id: uuid.UUID, action: str) -> bool:
    """Tell whether an act needs a second person in the organisation of a coffre."""
    organisation_id = Tenant.objects.values_list("organisation_id", flat=True).get(id=tenant_id)
    return second_person_needed(organisation_id, action)


def choices(organisation: Organisation) -> list[tuple[Action, bool, bool]]:
    """Return each act, whether it needs a second person, and whether the organisation chose."""
    proof = proof_coffre(organisation.id)
    with tenant_scope(proof.id):
        chosen = dict(FourEyes.objects.values_list("action", "required"))
    return [(one, chosen.get(one.key, one.default()), one.key in chosen) for one in actions()]


def choose(
    *,
    organisation: Organisation,
    action: str,
    required: bool,
    by: Account | None,
    approved: bool = False,
) -> bool:
    """Keep an organisation's choice for an act; return whether it changed.

    ``approved``: a second person agreed to it (``tenants.rights.lifting``). Raises ``KeyError``
    for an unknown act, ``SecondPersonNeededError`` for an act that one person alone would do
    without a second one, where the organisation wants two to decide so.
    """
    known = _actions[action]
    proof = proof_coffre(organisation.id)
    alone = by is not None and not approved and not required
    if alone and second_person_needed(organisation.id, LIFTING):
        if not second_person_needed(organisation.id, action):
            return False
        raise SecondPersonNeededError(
            _("Lever le double regard demande ici l’accord d’une seconde personne.")
        )
    with tenant_scope(proof.id):
        row = FourEyes.objects.select_for_update(of=("self",)).filter(action=action).first()
        before = row.required if row else known.default()
        if before == required:
            return False
        FourEyes.objects.update_or_create(
            action=action, defaults={"required": required, "changed_at": clock.now()}
        )
        tell(
            "FOUR_EYES_UPDATE",
            thing={"action": action},
            before={"required": before},
            after={"required": required},
            agent_id=by.id if by else None,
        )
    return True
