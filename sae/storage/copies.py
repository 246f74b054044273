"""What is learnt about a copy is written down at once, and told to who listens."""

import datetime as dt
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError, connection, connections

from sae.kernel import clock
from sae.storage.models import ObjectCopy
from sae.tenancy.scope import tenant_scope

logger = logging.getLogger(__name__)

_LOCK_TIMEOUT = "5s"
_STALE = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CopyFault:
    """A copy found missing or corrupt. ``detail`` is for the logs."""

    copy: ObjectCopy
    state: ObjectCopy.State
    detail: str


_listeners: list[Callable[[CopyFault], None]] = []


def on_copy_fault(listener: Callable[[CopyFault], None]) -> None:
    """Have a higher room journal it and raise the alarm.

    Called in the tenant's scope, in the same transaction as the change of state.
    """
    _listeners.append(listener)


def record_fault(copy: ObjectCopy, state: ObjectCopy.State, detail: str) -> None:
    """Mark a copy missing or corrupt, unless it is already known to be.

    In a transaction of its own, whatever the caller's becomes: a reading that finds no good copy
    ends in an error, which rolls back, and what was found must stay written.
    """
    fault = CopyFault(copy, state, detail)
    logger.error("copy of %s at %s is %s: %s", copy.stored_object_id, copy.offer, state, detail)
    if not (connection.in_atomic_block and _write_apart(fault)):
        _write(fault)
    copy.state = state


def _write_apart(fault: CopyFault) -> bool:
    """True when written and committed through another connection, which a thread of its own has.

    False when that connection can do nothing: the copy was recorded by the caller's transaction
    (not yet visible) or is locked by it.
    """
    written = []

    def write() -> None:
        try:
            written.append(_write(fault))
        except DatabaseError:
            logger.exception("the fault is written by the caller's transaction instead")
        finally:
            connections.close_all()

    thread = threading.Thread(target=write, name="copy-fault")
    thread.start()
    thread.join()
    return written == [True]


def _write(fault: CopyFault) -> bool:
    copy = fault.copy
    with tenant_scope(copy.tenant_id):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_LOCK_TIMEOUT])
        changed = (
            ObjectCopy.objects.filter(id=copy.id)
            .exclude(state__in=[fault.state, ObjectCopy.State.DELETED])
            .update(state=fault.state, last_verified_at=clock.now())
        )
        if changed:
            for listener in _listeners:
                listener(fault)
    return bool(changed)


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
