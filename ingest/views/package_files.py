"""Files of a form, written straight to the disk of the workspaces as they come."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from ingest.uploads import max_length, plain_file_name
from ingest.workspace import incoming_path
from sae.kernel.identifiers import new_id

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class PackageFile(UploadedFile):
    """A file received whole, kept at ``path`` until it is taken over."""

    def __init__(self, path: Path, name: str, size: int, content_type: str | None) -> None:
        super().__init__(None, name, content_type, size)
        self.path = path


class PackageUploadHandler(FileUploadHandler):
    """Writes each file of a form under an incoming name; refuses what is beyond the limit.

    ``received`` and ``refused`` are for the view: paths to clean up, names to tell.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.received: list[Path] = []
        self.refused: list[str] = []
        self._file: Any = None
        self._written = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        path = incoming_path(new_id())
        self.received.append(path)
        self._file = path.open("wb")
        self._written = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._written + len(raw_data) > max_length():
            self._file.close()
            self.refused.append(plain_file_name(self.file_name or ""))
            raise SkipFile
        self._file.write(raw_data)
        self._written += len(raw_data)

    def file_complete(self, file_size: int) -> PackageFile | None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        name = plain_file_name(self.file_name or "")
        return PackageFile(self.received[-1], name, file_size, self.content_type)

    def upload_interrupted(self) -> None:
        if self._file is not None:
            self._file.close()


def refused_files(request: HttpRequest) -> list[str]:
    """Return the names of the files of the form that were beyond the limit."""
    return [
        name
        for handler in request.upload_handlers
        if isinstance(handler, PackageUploadHandler)
        for name in handler.refused
    ]


def receives_packages(view: View[P]) -> View[P]:
    """Have the files of the view's form written to the workspaces' disk.

    The handler must stand before anything reads the form, CSRF check included; hence the exempt
    outside and the check inside (Django's own documented way). Files that the view has not taken
    over are removed.
    """
    protected = csrf_protect(view)

    @csrf_exempt
    @functools.wraps(view)
    def receiving(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        handler = PackageUploadHandler(request)
        request.upload_handlers = [handler]
        try:
            return protected(request, *args, **kwargs)
        finally:
            for path in handler.received:
                path.unlink(missing_ok=True)

    return receiving
