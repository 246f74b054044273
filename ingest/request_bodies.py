"""Bodies of requests, read as they come and never held in memory."""

import contextlib
import hashlib
from collections.abc import Iterator
from typing import IO, Any, Protocol

from django.http import HttpRequest, UnreadablePostError

CHUNK = 1 << 20
SILENCE_LIMIT = 60.0
"""Seconds without a byte after which a client is taken for gone."""


class BodyCutError(Exception):
    """The client went away before the end of what it had announced."""


class BodyTooLargeError(Exception):
    """The body goes past what may be received."""


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


def announced_length(request: HttpRequest) -> int | None:
    """Return the length that the request announces, ``None`` for a chunked body."""
    if _is_chunked(request):
        return None
    try:
        return max(0, int(request.META.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return 0


def copy_body(
    request: HttpRequest, into: IO[bytes], *, limit: int, digest: _Hash | None = None
) -> int:
    """Write the request's body to ``into`` and return the number of bytes written.

    What came before a cut is written. Raises ``BodyCutError`` when the client went away, and
    ``BodyTooLargeError`` at the first byte past ``limit``, which is not written.
    """
    expected = announced_length(request)
    written = 0
    with silence_bounded(request):
        for chunk in _chunks(request):
            kept = chunk[: limit - written]
            into.write(kept)
            if digest is not None:
                digest.update(kept)
            written += len(kept)
            if len(kept) < len(chunk):
                raise BodyTooLargeError
    if expected is not None and written < expected:
        raise BodyCutError
    return written


def new_checksum(algorithm: str) -> "hashlib._Hash":
    """Return the hash of a tus checksum algorithm (``sha1`` or ``sha256``), else ``KeyError``."""
    return {"sha1": hashlib.sha1, "sha256": hashlib.sha256}[algorithm](usedforsecurity=False)


def _is_chunked(request: HttpRequest) -> bool:
    """Java clients send chunked bodies, which Django leaves unread for lack of a length."""
    coding = request.META.get("HTTP_TRANSFER_ENCODING", "").strip().lower()
    return coding == "chunked" and bool(request.META.get("wsgi.input_terminated"))


def body_stream(request: HttpRequest) -> Any:
    """Return what the body is read from, with a ``read`` that says a cut in one way."""
    return _Source(request.META["wsgi.input"] if _is_chunked(request) else request)


class _Source:
    def __init__(self, source: Any) -> None:
        self._source = source

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes; raise ``BodyCutError`` when the client went away."""
        try:
            piece: bytes = self._source.read(size)
        except (UnreadablePostError, OSError) as error:
            raise BodyCutError from error
        except Exception as error:
            # The server's own chunked reader has its own class for a cut.
            if type(error).__module__.startswith("gunicorn"):
                raise BodyCutError from error
            raise
        return piece


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    source = body_stream(request)
    while chunk := source.read(CHUNK):
        yield chunk


@contextlib.contextmanager
def silence_bounded(request: HttpRequest) -> Iterator[None]:
    """Bound the wait for each byte, so that a client gone without a word frees its thread."""
    socket: Any = request.META.get("gunicorn.socket")
    if socket is None:
        yield
        return
    before = socket.gettimeout()
    socket.settimeout(SILENCE_LIMIT)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            socket.settimeout(before)
