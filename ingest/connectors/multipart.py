"""Multipart bodies whose files go straight to the workspaces' disk, hashed on the way.

Django's own parser does the parsing. What it takes for a whole part when the client goes away is
not one here: a body shorter than announced is refused and leaves nothing.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from ingest.request_bodies import (
    BodyCutError,
    BodyTooLargeError,
    announced_length,
    body_stream,
    silence_bounded,
)
from ingest.uploads import plain_file_name
from ingest.workspace import incoming_path
from sae.kernel.identifiers import new_id

_CHUNK = 1 << 20


class MalformedBodyError(Exception):
    """The body is not the multipart form that its header announces."""


@dataclass(frozen=True, slots=True)
class ReceivedPart:
    """A file of the body, on disk."""

    path: Path
    file_name: str
    size: int

    def close(self) -> None:
        """Nothing is open any more; the parser closes what it gives up."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields and the files of a body, the last of each name."""

    fields: dict[str, str]
    files: dict[str, ReceivedPart]


@contextlib.contextmanager
def received_form(request: HttpRequest, *, limit: int) -> Iterator[Form]:
    """Give the form of a request; its files are removed afterwards unless they were moved.

    Raises ``BodyTooLargeError`` past ``limit`` bytes, ``BodyCutError``, ``MalformedBodyError``.
    """
    handler = _ToDisk(request)
    try:
        yield _parse(request, handler, limit)
    finally:
        for path in handler.paths:
            path.unlink(missing_ok=True)


def _parse(request: HttpRequest, handler: "_ToDisk", limit: int) -> Form:
    expected = announced_length(request)
    if expected is not None and expected > limit:
        raise BodyTooLargeError
    stream = _Counted(body_stream(request), limit)
    # A chunked body has no length of its own; the parser only asks that there be one.
    meta = {**request.META, "CONTENT_LENGTH": str(limit if expected is None else expected)}
    try:
        with silence_bounded(request):
            source: Any = stream
            parser = MultiPartParser(meta, source, [handler], request.encoding or "utf-8")
            fields, files = parser.parse()
            while stream.read(_CHUNK):
                pass
    except (MultiPartParserError, SuspiciousOperation) as error:
        if expected is not None and stream.count < expected:
            raise BodyCutError from error
        raise MalformedBodyError(str(error)) from error
    if stream.count < expected if expected is not None else not stream.closed_form:
        raise BodyCutError
    kept: dict[str, Any] = dict(files.items())
    return Form({name: str(value) for name, value in fields.items()}, kept)


class _Counted:
    """The body as it is read: how much came, and whether its last boundary was the closing one."""

    def __init__(self, stream: Any, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._tail = b""
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        piece: bytes = self._stream.read(size if size >= 0 else _CHUNK)
        self.count += len(piece)
        if self.count > self._limit:
            raise BodyTooLargeError
        if piece:
            self._tail = (self._tail + piece)[-8:]
        return piece

    @property
    def closed_form(self) -> bool:
        return not self.count or self._tail.rstrip(b"\r\n").endswith(b"--")


class _ToDisk(FileUploadHandler):
    """Writes each part under a name of ours, among incoming files."""

    chunk_size = _CHUNK

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.paths: list[Path] = []
        self._out: IO[bytes] | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a part."""
        super().new_file(*args, **kwargs)
        path = incoming_path(new_id())
        self.paths.append(path)
        self._out = path.open("wb")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write what came."""
        if self._out is not None:
            self._out.write(raw_data)

    def file_complete(self, file_size: int) -> Any:
        """Flush the part, and give it."""
        if self._out is None:
            return None
        self._out.flush()
        os.fsync(self._out.fileno())
        self._out.close()
        self._out = None
        return ReceivedPart(self.paths[-1], plain_file_name(self.file_name or ""), file_size)

    def upload_interrupted(self) -> None:
        """Close what was being written."""
        if self._out is not None:
            self._out.close()
            self._out = None
