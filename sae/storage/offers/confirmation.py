"""Is what the offer holds what we sent? Decided on what the offer itself reports."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Iterator, Mapping

from sae.storage.offers.base import Fingerprint, Offer, Reported, read_blocks
from sae.storage.offers.errors import CorruptCopy, ObjectMissing, OfferError

logger = logging.getLogger(__name__)

_FEW = 16
"""Up to this many objects, asking for each is quicker than a listing."""


def confirm(offer: Offer, key: str, reported: Reported, sent: Fingerprint) -> Reported:
    """Return what the offer reports if it proves that it holds these bytes.

    Where it reports a size but no digest we know (an encrypted bucket, parts of another size),
    the whole object is read back and its SHA-512 computed. Raises CorruptCopy.
    """
    if reported.size != sent.size:
        raise CorruptCopy(offer.id, f"{key}: {reported.size} bytes instead of {sent.size}")
    if reported.digest in sent.reportable:
        return reported
    if not reported.digest.startswith("sha512:"):
        logger.info("offer %s reports no comparable digest for %s: read back", offer.id, key)
        found = sha512_of(offer, key, size=sent.size)
        if found == sent.sha512:
            return Reported(reported.size, f"sha512:{found}", reported.version)
    raise CorruptCopy(offer.id, f"{key}: reported {reported.digest[:60]}, not what was sent")


def sha512_of(offer: Offer, key: str, *, size: int) -> str:
    """SHA-512 (hex) of `size` bytes read back from the offer, in flat memory."""
    digest = hashlib.sha512()
    for block in read_blocks(offer, key, length=size):
        digest.update(block)
    return digest.hexdigest()


def confirm_many(offer: Offer, prefix: str, sent: Mapping[str, Fingerprint]) -> dict[str, Reported]:
    """Confirm objects just written under a prefix, by the offer's own listing of what it now holds.

    One request for a thousand objects, and it catches the server that answered 200 and kept
    nothing. What the listing lacks (it may be late) or leaves in doubt is asked for by its key.
    Raises CorruptCopy, the object then being withdrawn.
    """
    confirmed: dict[str, Reported] = {}
    if len(sent) > _FEW:
        first, last = min(sent), max(sent)
        # A listing starts after the key it is given: give a beginning of the first one.
        after = first[:-1].rstrip("/")
        for seen, listed in enumerate(offer.list(prefix, after=after)):
            fingerprint = sent.get(listed.key)
            if fingerprint and _agree(listed.reported, fingerprint):
                confirmed[listed.key] = listed.reported
            # A batch lost among many other objects: asking for each is cheaper from here.
            if listed.key >= last or seen > 2 * len(sent) + 1_000:
                break
    for key in sent.keys() - confirmed.keys():
        with withdrawn_if_corrupt(offer, key):
            try:
                confirmed[key] = confirm(offer, key, offer.head(key), sent[key])
            except ObjectMissing as error:
                raise CorruptCopy(offer.id, f"{key}: accepted, and not there") from error
    return confirmed


@contextlib.contextmanager
def withdrawn_if_corrupt(offer: Offer, key: str) -> Iterator[None]:
    """An object that we have just written and that came out wrong must not block its retry."""
    try:
        yield
    except CorruptCopy:
        with contextlib.suppress(OfferError):
            offer.delete(key)
        raise


def _agree(reported: Reported, sent: Fingerprint) -> bool:
    return reported.size == sent.size and reported.digest in sent.reportable
