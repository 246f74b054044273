"""Handing out an object: verified bytes, journalled, named as the depositor named them.

Source: NF Z42-013 (every access to an archived object leaves a trace); RFC 9110 (ranges), RFC 6266
(name), RFC 9530 (digest).
"""

import base64
import datetime as dt
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from access.history import DOWNLOAD
from sae.holdings.models import DataObject
from sae.holdings.selectors.objects import ObjectInSight
from sae.journal.life_cycle import LifeCycleDraft, write_life_cycle
from sae.journal.selectors import operations
from sae.journal.services import EventDraft, append_events, close_operation, open_operation
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.storage.ranges import RangeRequest
from sae.storage.reader import NoGoodCopyError, open_stored

CATEGORY = "ACCESS"
CONTINUES_WITHIN = dt.timedelta(hours=6)
"""A range that continues a download journalled this recently is the same access."""

_MIME_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}", re.I)
_UNSAFE_IN_NAMES = re.compile(
    r"[\x00-\x1f\x7f-\x9f/\\:*?\"<>|\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)
MOST_NAME = 150
MOST_NAME_BYTES = 240
"""Disks refuse names of more than 255 bytes; « é » is two of them."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An object about to be sent: its bytes (verified as they come) and what to say of them."""

    chunks: Iterator[bytes]
    size: int
    name: str
    content_type: str
    entity_tag: str
    digest: str


def deliver_object(
    seen: ObjectInSight,
    *,
    agent_id: uuid.UUID,
    request_id: str = "",
    only: RangeRequest | None = None,
) -> Delivery:
    """Open an object's bytes and journal the access, in the open tenant scope.

    A range that continues a download is the same access, unless an access contract asks for the
    log of every access: then each range is told.
    The first bytes are verified before anything is written or returned. Raises ``NoGoodCopyError``
    when no copy is good: that is journalled too, by ``journal_failure``.
    """
    found = seen.row
    stored = found.stored_object
    if stored is None:
        raise LookupError(f"{found.id} has no bytes here")
    length = found.length if found.length is not None else stored.size
    chunks = open_stored(
        stored_object=stored,
        offset=found.offset,
        length=length,
        expected_sha512=found.sha512 or None,
        only=only,
    )
    is_logged = any(grant.access_logged for grant in seen.grants)
    if is_logged or not _continues(found, agent_id, only):
        journal_access(seen, agent_id=agent_id, request_id=request_id, only=only)
    return Delivery(chunks, length, *describe(found))


def describe(found: DataObject) -> tuple[str, str, str, str]:
    """Return the name, type, entity tag and digest header of an object."""
    digest = bytes.fromhex(found.sha512) if found.sha512 else b""
    return (
        safe_name(found),
        found.mime_type if _MIME_TYPE.fullmatch(found.mime_type) else "application/octet-stream",
        f'"{found.sha512}"' if found.sha512 else "",
        f"sha-512=:{base64.b64encode(digest).decode()}:" if digest else "",
    )


def safe_name(found: DataObject) -> str:
    """Return a file name no system misreads, close to the depositor's.

    Folders, control and direction-changing characters go (« facture\\u202efdp.exe » would read
    as a PDF); an empty name becomes the object's usage.
    """
    last = re.split(r"[/\\]", found.filename or found.uri)[-1]
    name = _UNSAFE_IN_NAMES.sub("_", last).strip(" .")
    if not name:
        return f"{found.data_object_version}-{found.id}"
    stem, dot, extension = name.rpartition(".")
    end = f".{extension}" if dot and len(extension) <= 12 else ""
    stem = (stem if end else name)[: MOST_NAME - len(end)]
    room = MOST_NAME_BYTES - len(end.encode())
    return stem.encode()[:room].decode(errors="ignore") + end


def journal_access(
    seen: ObjectInSight, *, agent_id: uuid.UUID, request_id: str, only: RangeRequest | None
) -> None:
    """Write that an object was handed out: an operation, and a line in its group's life cycle.

    The access contracts that allowed it are named, where there are some.
    """
    found = seen.row
    contracts = [grant.contract for grant in seen.grants if grant.contract]
    operation = open_operation(
        type=DOWNLOAD,
        category=CATEGORY,
        agent_id=agent_id,
        request_id=request_id,
        detail={
            "object": str(found.id),
            "object_group": str(found.object_group_id),
            "usage": found.data_object_version,
            "size": found.size,
            **({"range": [only.start, only.stop]} if only else {}),
            **({"access_contracts": contracts} if contracts else {}),
        },
    )
    write_life_cycle(
        [LifeCycleDraft("object_group", found.object_group_id, [f"LFC.{DOWNLOAD}"])],
        operation=operation,
    )
    close_operation(operation=operation, outcome=Outcome.OK)


def journal_failure(
    found: DataObject, error: NoGoodCopyError, *, agent_id: uuid.UUID, request_id: str
) -> None:
    """Write that an object could not be handed out, and what each copy answered."""
    operation = open_operation(
        type=DOWNLOAD,
        category=CATEGORY,
        agent_id=agent_id,
        request_id=request_id,
        detail={"object": str(found.id), "object_group": str(found.object_group_id)},
    )
    append_events(
        [
            EventDraft(
                code="READ_VERIFIED_COPY",
                outcome=Outcome.FATAL,
                detail={"failures": [str(failure) for failure in error.failures]},
            )
        ],
        operation=operation,
    )
    close_operation(operation=operation, outcome=Outcome.FATAL)


def _continues(found: DataObject, agent_id: uuid.UUID, only: RangeRequest | None) -> bool:
    """Tell whether a range goes on with a download that this account began lately."""
    if only is None or only.start == 0:
        return False
    begun = operations(
        types=[DOWNLOAD],
        outcomes=[Outcome.OK.name],
        agent_id=agent_id,
        since=clock.now() - CONTINUES_WITHIN,
    )
    return begun.filter(detail__object=str(found.id)).exists()
