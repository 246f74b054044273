"""Clients that stop reading, or writing, without leaving: their thread is given back.

Bytes are sent by threads, a few per process: eight people who close the lid of their computer in
the middle of a download would keep them all. What counts is silence, not duration: a slow client
that goes on is served to the end, whatever the time.
"""

from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

PIECE = 64 * 1024
"""Bytes handed to the socket at once. Its time-out is that of one piece: the slowest line that is
still served brings a piece within the limit."""


class SlowClientsMiddleware:
    """Bounds the silence of the client while its request is read and its answer sent.

    The server sets the socket back as it was before the next request of the connection.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        socket = request.META.get("gunicorn.socket")
        if socket is not None:
            socket.settimeout(settings.CLIENT_SILENCE_SECONDS)
        response = self.get_response(request)
        # Files are sent by the system, piece by piece already.
        if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
            response.streaming_content = _in_pieces(iter(response.streaming_content))  # type: ignore[arg-type]
        return response


def _in_pieces(chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        for chunk in chunks:
            yield from _pieces(chunk)
    finally:
        # Left half-way, what makes the chunks must close what it holds (a transaction).
        close = getattr(chunks, "close", None)
        if close is not None:
            close()


def _pieces(chunk: bytes) -> Iterable[bytes]:
    if len(chunk) <= PIECE:
        return (chunk,)
    view = memoryview(chunk)
    return (bytes(view[start : start + PIECE]) for start in range(0, len(chunk), PIECE))
