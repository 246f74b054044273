"""One read, several offers: each part goes to all of them at the pace of the slowest."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator

from sae.storage.offers.base import Offer, Reported

_AHEAD = 1  # parts waiting for an offer, beside those that it is sending
_POLL_SECONDS = 0.2


class _CancelledError(Exception):
    """The read failed: the offers give up what they have received."""


class _Branch:
    """One offer receiving parts in a thread of its own."""

    def __init__(self, offer: Offer, key: str, part_size: int) -> None:
        self.offer = offer
        self.reported: Reported | None = None
        self.error: Exception | None = None
        self._parts: queue.Queue[bytes | _CancelledError | None] = queue.Queue(_AHEAD)
        self._thread = threading.Thread(
            target=self._send, args=(key, part_size), name=f"send-{offer.id}", daemon=True
        )
        self._thread.start()

    def give(self, part: bytes | _CancelledError | None) -> None:
        """Wait for room. An offer that has failed takes nothing more and holds up nobody."""
        while self._thread.is_alive():
            try:
                return self._parts.put(part, timeout=_POLL_SECONDS)
            except queue.Full:
                continue
        return None

    def join(self) -> None:
        self._thread.join()

    def _send(self, key: str, part_size: int) -> None:
        try:
            self.offer.abandon(key)
            self.reported = self.offer.put_parts(key, self._received(), part_size=part_size)
        except _CancelledError:
            pass
        except Exception as error:
            self.error = error

    def _received(self) -> Iterator[bytes]:
        while (part := self._parts.get()) is not None:
            if isinstance(part, _CancelledError):
                raise part
            yield part


def send_to_all(
    offers: Iterable[Offer],
    key: str,
    parts: Iterator[bytes],
    *,
    part_size: int,
    on_part: Callable[[bytes], None],
    before_last: Callable[[], None],
) -> tuple[dict[str, Reported], dict[str, Exception]]:
    """Send an object to several offers; return what each reported, and each one's failure.

    `on_part` sees every part once (to hash it). `before_last` is called when the read is complete
    and no offer has been told so yet: raising there, as when the digest is wrong, leaves nothing
    at any offer. One offer's failure does not stop the others: a retry then has less to send.
    """
    branches = [_Branch(offer, key, part_size) for offer in offers]
    try:
        for part in parts:
            for branch in branches:
                branch.give(part)
            # Hashed while the offers send it: hashlib releases the interpreter.
            on_part(part)
        before_last()
    except BaseException:
        for branch in branches:
            branch.give(_CancelledError())
        for branch in branches:
            branch.join()
        raise
    for branch in branches:
        branch.give(None)
    for branch in branches:
        branch.join()
    return (
        {branch.offer.id: branch.reported for branch in branches if branch.reported},
        {branch.offer.id: branch.error for branch in branches if branch.error},
    )
