"""What can go wrong with an offer, by what the caller must do about it."""
# Named by what happened, as archivists' operations wait for it by name, not by the word "Error".
# ruff: noqa: N818

from __future__ import annotations


class OfferError(Exception):
    """Something happened at an offer: its id, and what it said (English, for the logs)."""

    #: True when the same call may succeed later without anybody changing the object.
    retryable = False

    def __init__(self, offer: str, detail: str) -> None:
        self.offer = offer
        self.detail = detail
        super().__init__(f"{offer}: {detail}")

    def __reduce__(self) -> tuple[type[OfferError], tuple[str, str]]:
        return type(self), (self.offer, self.detail)


class OfferUnavailable(OfferError):
    """Down, too slow, answering 5xx, not mounted: wait and try again."""

    retryable = True


class OfferFull(OfferUnavailable):
    """No space left: somebody must add some, then the same call succeeds."""


class OfferRefused(OfferUnavailable):
    """Our credentials or rights are not accepted: retryable once an administrator has acted."""


class ObjectMissing(OfferError):
    """The offer answers, and has no such object."""


class ObjectExists(OfferError):
    """The key is taken. Nothing was written: the caller compares, and never overwrites."""


class ObjectConflict(OfferError):
    """Another object, with another digest, is already kept under this key; it stays as it is."""


class CorruptCopy(OfferError):
    """The offer holds, or gives back, other bytes than those confided to it.

    Retryable: at write the bad copy has been withdrawn and may be sent again; at read another
    copy may be good.
    """

    retryable = True
