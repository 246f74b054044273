"""Verify copies against their digests, mend the bad ones, destroy what is eliminated."""

from collections.abc import Iterable

from sae.kernel import clock
from sae.storage import copies as copy_states
from sae.storage.fanout import send_to_all
from sae.storage.models import ObjectCopy, StoredObject
from sae.storage.offers.base import FingerprintBuilder, part_size_for
from sae.storage.offers.confirmation import confirm, sha512_of, withdrawn_if_corrupt
from sae.storage.offers.errors import CorruptCopy, ObjectMissing, OfferError
from sae.storage.reader import open_stored
from sae.storage.strategies import offer as offer_named

State = ObjectCopy.State


def verify_copy(*, copy: ObjectCopy) -> State:
    """Read a whole copy back, compare its SHA-512, and write down its state, which is returned.

    Raises OfferUnavailable or OfferRefused (nothing is then known, nor written), LookupError when
    the settings no longer name the offer.
    """
    stored: StoredObject = copy.stored_object
    offer = offer_named(copy.offer)
    try:
        size = offer.size(stored.key)
        if size != stored.size:
            raise CorruptCopy(offer.id, f"{stored.key}: {size} bytes instead of {stored.size}")
        if sha512_of(offer, stored.key, size=stored.size) != stored.sha512:
            raise CorruptCopy(offer.id, f"{stored.key}: other bytes")
    except ObjectMissing as error:
        copy_states.record_fault(copy, State.MISSING, str(error))
        return State.MISSING
    except CorruptCopy as error:
        copy_states.record_fault(copy, State.CORRUPT, str(error))
        return State.CORRUPT
    copy_states.record_good(copy)
    return State.PRESENT


def repair_copy(*, copy: ObjectCopy) -> State:
    """Replace a missing or corrupt copy by the bytes of a good one, confirmed as at the deposit.

    Nothing is touched before another copy has been read whole and proved right: should the digest
    in the database be the altered one, no copy agrees with it and all stay as they are. Raises
    NoGoodCopyError or the offer's errors.
    """
    stored: StoredObject = copy.stored_object
    for _ in open_stored(stored_object=stored, without=copy):
        pass
    offer = offer_named(copy.offer)
    offer.delete(stored.key)
    part_size = part_size_for(stored.size)
    builder = FingerprintBuilder(part_size)
    good = open_stored(stored_object=stored, without=copy)
    if stored.size <= part_size:
        data = b"".join(good)
        builder.add(data)
        reported = offer.put_bytes(stored.key, data)
    else:
        answers, failures = send_to_all(
            [offer],
            stored.key,
            good,
            part_size=part_size,
            on_part=builder.add,
            before_last=lambda: None,
        )
        for failure in failures.values():
            raise failure
        reported = answers[offer.id]
    with withdrawn_if_corrupt(offer, stored.key):
        reported = confirm(offer, stored.key, reported, builder.finish())
    moment = clock.now()
    ObjectCopy.objects.filter(id=copy.id).update(
        state=State.PRESENT, reported_digest=reported.digest, confirmed_at=moment
    )
    copy.state, copy.reported_digest, copy.confirmed_at = State.PRESENT, reported.digest, moment
    return verify_copy(copy=copy)


def delete_stored(*, stored_objects: Iterable[StoredObject]) -> int:
    """Destroy objects at every offer, copy by copy, and mark their copies; return how many.

    Every copy is tried before the first error is raised, so that one offer down does not keep the
    others' bytes alive; calling again finishes the work. Bytes do not come back with a rollback:
    call it once the decision is committed.
    """
    objects = {stored.id: stored for stored in stored_objects}
    failures: list[OfferError] = []
    kept: set[object] = set()
    left = ObjectCopy.objects.filter(stored_object_id__in=list(objects)).exclude(
        state=State.DELETED
    )
    for copy in left.order_by("stored_object_id", "offer"):
        try:
            offer_named(copy.offer).delete(objects[copy.stored_object_id].key)
        except OfferError as error:
            failures.append(error)
            kept.add(copy.stored_object_id)
        else:
            ObjectCopy.objects.filter(id=copy.id).update(state=State.DELETED)
    if failures:
        raise failures[0]
    return len(objects) - len(kept)
