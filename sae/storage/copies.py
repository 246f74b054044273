"""What is learnt about a copy is written down at once, and told to who listens."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sae.kernel import clock
from sae.storage.models import ObjectCopy
from sae.tenancy.scope import tenant_scope

_STALE = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CopyFault:
    """A copy found missing or corrupt. ``detail`` is for the logs."""

    copy: ObjectCopy
    state: ObjectCopy.State
    detail: str


_listeners: list[Callable[[CopyFault], None]] = []


def on_copy_fault(listener: Callable[[CopyFault], None]) -> None:
    """Have a higher room journal and raise the alarm; called in the tenant's scope, in the same
    transaction as the change of state."""
    _listeners.append(listener)


def record_fault(copy: ObjectCopy, state: ObjectCopy.State, detail: str) -> None:
    """Mark a copy missing or corrupt, unless it is already known to be."""
    with tenant_scope(copy.tenant_id):
        changed = (
            ObjectCopy.objects.filter(id=copy.id)
            .exclude(state__in=[state, ObjectCopy.State.DELETED])
            .update(state=state, last_verified_at=clock.now())
        )
        copy.state = state
        if changed:
            for listener in _listeners:
                listener(CopyFault(copy, state, detail))


def record_good(copy: ObjectCopy) -> None:
    """Every byte of the copy was just read back and is right."""
    moment = clock.now()
    fresh = copy.last_verified_at and moment - copy.last_verified_at < _STALE
    if fresh and copy.state == ObjectCopy.State.PRESENT:
        return  # a document opened a hundred times is not written a hundred times
    with tenant_scope(copy.tenant_id):
        ObjectCopy.objects.filter(id=copy.id).exclude(state=ObjectCopy.State.DELETED).update(
            state=ObjectCopy.State.PRESENT, last_verified_at=moment
        )
    copy.state = ObjectCopy.State.PRESENT
    copy.last_verified_at = moment
