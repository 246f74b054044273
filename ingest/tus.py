"""The tus 1.0.0 protocol over HTTP: a deposit of any size survives a cut.

Core, creation (with-upload), termination, expiration and checksum (sha1, sha256). Source:
https://tus.io/protocols/resumable-upload. Authentication and CSRF are those of the site: the page
sends its token in ``X-CSRFToken``.
"""

import base64
import binascii
import hashlib
import uuid
from collections.abc import Callable
from email.utils import format_datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from ingest.models import Deposit, Upload
from ingest.request_bodies import BodyTooLargeError, announced_length, new_checksum
from ingest.uploads import (
    ChecksumMismatchError,
    append_body,
    discard_upload,
    finish_upload,
    has_room_for,
    lock_upload,
    max_length,
    received,
    start_upload,
)
from sae.kernel import clock
from sae.tenancy.middleware import tenant_id_of
from tenants.access import account_of, requires
from tenants.organisations.quotas import QuotaReachedError, refusal_for
from tenants.permissions import Permission

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,expiration,checksum"
CHECKSUMS = "sha1,sha256"
BODY_TYPE = "application/offset+octet-stream"
METHODS = "OPTIONS, POST, HEAD, PATCH, DELETE"
MAX_METADATA = 8192


class Refusal(Exception):  # noqa: N818 — an answer of the protocol
    """An error answer: its status and a plain sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


@requires(Permission.DEPOSIT_CREATE)
def collection(request: HttpRequest) -> HttpResponse:
    """``OPTIONS`` tells what the server can do, ``POST`` begins an upload."""
    return _answer(request, {"OPTIONS": _options, "POST": _create})


@requires(Permission.DEPOSIT_CREATE)
def one(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """``HEAD`` tells how much has come, ``PATCH`` adds to it, ``DELETE`` gives it up."""
    return _answer(
        request,
        {
            "OPTIONS": _options,
            "HEAD": lambda request: _head(request, upload_id),
            "PATCH": lambda request: _append(request, upload_id),
            "DELETE": lambda request: _terminate(request, upload_id),
        },
    )


def _answer(
    request: HttpRequest, methods: dict[str, Callable[[HttpRequest], HttpResponse]]
) -> HttpResponse:
    method = request.headers.get("X-HTTP-Method-Override", "").upper() or str(request.method)
    try:
        if method not in methods:
            raise Refusal(405, "Méthode non admise à cette adresse.")
        if method != "OPTIONS" and request.headers.get("Tus-Resumable") != VERSION:
            raise Refusal(412, "Version du protocole tus non prise en charge.")
        response = methods[method](request)
    except QuotaReachedError as full:
        # Before the first byte, or once whole: the coffre may have filled up meanwhile.
        response = HttpResponse(str(full), status=507, content_type="text/plain; charset=utf-8")
    except Refusal as refusal:
        body = "" if method == "HEAD" else refusal.sentence
        response = HttpResponse(body, status=refusal.status, content_type="text/plain")
        if refusal.status == 412:
            response["Tus-Version"] = VERSION
        if refusal.status == 405:
            response["Allow"] = METHODS
    response["Tus-Resumable"] = VERSION
    response["Cache-Control"] = "no-store"
    return response


def _options(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(status=204)
    response["Tus-Version"] = VERSION
    response["Tus-Extension"] = EXTENSIONS
    response["Tus-Max-Size"] = str(max_length())
    response["Tus-Checksum-Algorithm"] = CHECKSUMS
    return response


def _create(request: HttpRequest) -> HttpResponse:
    if "Upload-Defer-Length" in request.headers:
        raise Refusal(400, "La taille du fichier doit être annoncée.")
    length = _number(request, "Upload-Length")
    if length > max_length():
        raise Refusal(413, "Le fichier dépasse la taille admise.")
    metadata = _metadata(request.headers.get("Upload-Metadata", ""))
    action = metadata.pop("action", Deposit.Action.INGEST)
    if action not in Deposit.Action.values:
        raise Refusal(400, "Type de dépôt inconnu.")
    if not has_room_for(length):
        raise Refusal(507, "La plateforme n’a plus la place de recevoir ce fichier.")
    # Without waiting for others: a first piece may come slowly. Counted again once whole.
    if action != Deposit.Action.BLANK_TEST and (
        refusal := refusal_for(tenant_id_of(request), size=length)
    ):
        raise QuotaReachedError(refusal)
    upload = start_upload(
        account_id=account_of(request).id,
        file_name=metadata.pop("filename", "") or metadata.pop("name", ""),
        length=length,
        action=action,
        metadata=metadata,
    )
    response = HttpResponse(status=201)
    response["Location"] = request.build_absolute_uri(reverse("upload", args=[upload.id]))
    _expires(response, upload)
    if request.content_type == BODY_TYPE or length == 0:
        offset = _receive(request, upload, 0) if request.content_type == BODY_TYPE else 0
        response["Upload-Offset"] = str(offset)
        _settle(response, upload, offset)
    return response


def _head(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    upload = _upload(request, upload_id)
    offset = received(upload)
    response = HttpResponse(status=200)
    response["Upload-Offset"] = str(offset)
    response["Upload-Length"] = str(upload.length)
    _expires(response, upload)
    # Whole, but its last answer was lost or its process killed: the deposit is made now.
    if offset == upload.length and lock_upload(upload):
        upload.refresh_from_db()
        _settle(response, upload, offset)
    return response


def _append(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    if request.content_type != BODY_TYPE:
        raise Refusal(415, f"Le corps doit être de type {BODY_TYPE}.")
    claimed = _number(request, "Upload-Offset")
    upload = _upload(request, upload_id)
    if not lock_upload(upload):
        raise Refusal(423, "Ce fichier est en train d’arriver par une autre connexion.")
    upload.refresh_from_db()
    offset = received(upload)
    if claimed != offset:
        raise Refusal(409, f"La suite est attendue à l’octet {offset}.")
    new_offset = _receive(request, upload, offset) if offset < upload.length else offset
    response = HttpResponse(status=204)
    response["Upload-Offset"] = str(new_offset)
    _expires(response, upload)
    _settle(response, upload, new_offset)
    return response


def _terminate(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    upload = _upload(request, upload_id)
    if not lock_upload(upload):
        raise Refusal(423, "Ce fichier est en train d’arriver par une autre connexion.")
    upload.refresh_from_db()
    if upload.deposit_id is not None:
        raise Refusal(403, "Ce fichier est déjà déposé.")
    discard_upload(upload)
    return HttpResponse(status=204)


def _receive(request: HttpRequest, upload: Upload, offset: int) -> int:
    """Write the request's body at ``offset`` and return the new offset."""
    expected = announced_length(request)
    if expected is not None and offset + expected > upload.length:
        raise Refusal(413, "Le corps dépasse la taille annoncée.")
    try:
        return append_body(upload, request, offset=offset, checksum=_checksum(request))
    except ChecksumMismatchError as error:
        raise Refusal(460, "La somme de contrôle du morceau est fausse.") from error
    except BodyTooLargeError as error:
        raise Refusal(413, "Le corps dépasse la taille annoncée.") from error


def _settle(response: HttpResponse, upload: Upload, offset: int) -> None:
    """Hand the file over once whole, and say where its deposit is."""
    if offset == upload.length:
        deposit = finish_upload(upload)
        response["X-Deposit-Location"] = reverse("deposit", args=[deposit.id])


def _upload(request: HttpRequest, upload_id: uuid.UUID) -> Upload:
    """Return one's own upload; those of others are as good as unknown."""
    upload: Upload | None = Upload.objects.filter(
        id=upload_id, account_id=account_of(request).id
    ).first()
    if upload is None:
        raise Http404
    if upload.expires_at <= clock.now():
        raise Refusal(410, "Ce téléversement a expiré.")
    return upload


def _number(request: HttpRequest, header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Refusal(400, f"En-tête {header} absent ou mal formé.")
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """Read ``Upload-Metadata``: comma-separated keys, each with a value in base64."""
    if len(header) > MAX_METADATA:
        raise Refusal(400, "En-tête Upload-Metadata trop long.")
    values: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _space, encoded = pair.partition(" ")
        try:
            value = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise Refusal(400, "En-tête Upload-Metadata mal formé.") from error
        if not key or key in values:
            raise Refusal(400, "En-tête Upload-Metadata mal formé.")
        values[key] = value.replace("\x00", "")
    return values


def _checksum(request: HttpRequest) -> "tuple[hashlib._Hash, bytes] | None":
    header = request.headers.get("Upload-Checksum", "")
    if not header:
        return None
    algorithm, _space, encoded = header.partition(" ")
    try:
        return new_checksum(algorithm.lower()), base64.b64decode(encoded.strip(), validate=True)
    except (KeyError, binascii.Error) as error:
        raise Refusal(400, "Somme de contrôle mal formée ou d’algorithme inconnu.") from error


def _expires(response: HttpResponse, upload: Upload) -> None:
    response["Upload-Expires"] = format_datetime(upload.expires_at, usegmt=True)
