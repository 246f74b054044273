"""Files sent while they are written: memory stays flat, and the first bytes leave at once.

What writes them is a generator that stops after each position (``Steps``); what it wrote since is
sent whenever there is enough of it.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse

from sae.holdings.sight import current_sight, seeing
from sae.tenancy.middleware import tenant_of
from sae.tenancy.scope import stream_in_tenant

PIECE = 64 * 1024

Steps = Iterator[None]


class Outlet:
    """A file that one only writes to, and whose content is taken away as it comes.

    Neither told nor sought: a zip written to it describes each entry after its bytes.
    """

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self.size = 0

    def write(self, data: Any) -> int:
        """Keep bytes until they are taken."""
        kept = bytes(data)
        self._waiting.append(kept)
        self.size += len(kept)
        return len(kept)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken = b"".join(self._waiting)
        self._waiting.clear()
        self.size = 0
        return taken


def pieces_of(write: Callable[[Outlet], Steps]) -> Iterator[bytes]:
    """Yield what steps write, the first bytes as soon as there are any."""
    outlet, least = Outlet(), 1
    for _step in write(outlet):
        if outlet.size >= least:
            yield outlet.take()
            least = PIECE
    if outlet.size:
        yield outlet.take()


def streamed(
    request: HttpRequest, make: Callable[[], Iterator[bytes]], *, name: str, content_type: str
) -> StreamingHttpResponse:
    """Return a file that ``make`` writes in the coffre's scope, as the reader sees it."""
    sight = current_sight()

    def chunks() -> Iterator[bytes]:
        with seeing(sight):
            yield from make()

    return StreamingHttpResponse(
        stream_in_tenant(tenant_of(request).id, chunks),
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
