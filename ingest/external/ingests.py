"""Deposits of applications: sending a package, then fetching its reply and its manifest."""

import os
import uuid
from pathlib import Path

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_header_parameters

from ingest.models import Deposit
from ingest.request_bodies import (
    BodyCutError,
    BodyTooLargeError,
    announced_length,
    copy_body,
)
from ingest.selectors.deposits import find_deposit, kept_files
from ingest.selectors.manifest import manifest_chunks
from ingest.services.receive import receive_package
from ingest.uploads import has_room_for, max_length, plain_file_name
from ingest.workflow.catalogue import ACTION_OF_CONTEXT, WORKFLOWS
from ingest.workspace import incoming_path
from sae.kernel.identifiers import new_id
from sae.storage.models import StoredObject
from sae.storage.reader import NoGoodCopyError, open_stored
from sae.tenancy.scope import tenant_scope
from tenants.applications.answers import CONTEXT, REQUEST_ID, STATE, STATUS, ApiError
from tenants.applications.door import Caller, external
from tenants.deposit_sights import deposit_sight_of_caller
from tenants.organisations.quotas import QuotaReachedError, check_room
from tenants.permissions import Permission

SERVICE = "ingest-external"
MAX_KEY = 200
OCTETS = "application/octet-stream"


@external(Permission.DEPOSIT_CREATE, service=SERVICE, methods=("POST",))
def ingests(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Receive a package as the body of the request; answer 202 before it is judged.

    ``X-Action``: ``RESUME`` has it judged to its end, ``NEXT`` has it pause after each step. A
    request sent again with the same ``Idempotency-Key`` has one effect.
    """
    action, halts = _action(request)
    key = _idempotency_key(request, caller)
    try:
        if action != Deposit.Action.BLANK_TEST and not _is_known(caller, key):
            # Before the body: a client is not made to send what will be refused.
            check_room(caller.tenant.id, size=announced_length(request) or 0)
        received = _receive_body(request)
    except QuotaReachedError as full:
        raise ApiError(507, str(full)) from full
    try:
        deposit = receive_package(
            tenant_id=caller.tenant.id,
            file=received,
            file_name=_file_name(request),
            action=action,
            source=Deposit.Source.API,
            account_id=caller.token.id,
            context_id=caller.token.context_id,
            manifest_digest=request.headers.get("X-Manifest-Digest-Value", "").strip(),
            manifest_digest_algorithm=request.headers.get("X-Manifest-Digest-Algo", "").strip(),
            idempotency_key=key,
            halts=halts,
        )
    except QuotaReachedError as full:
        raise ApiError(507, str(full)) from full
    finally:
        received.unlink(missing_ok=True)
    response = HttpResponse(status=202)
    response[REQUEST_ID] = str(deposit.id)
    response[CONTEXT] = WORKFLOWS[deposit.action].context
    response[STATE] = "RUNNING"
    response[STATUS] = "UNKNOWN"
    return response


@external(Permission.DEPOSIT_VIEW, service=SERVICE, methods=("GET", "HEAD"))
def reply(request: HttpRequest, caller: Caller, operation_id: uuid.UUID) -> HttpResponseBase:
    """The ArchiveTransferReply (XML); 404 until the deposit has ended."""
    with tenant_scope(caller.tenant.id):
        deposit = find_deposit(operation_id, deposit_sight_of_caller(caller))
        stored = kept_files(deposit).get(StoredObject.Kind.REPLY) if deposit else None
        if stored is None:
            raise ApiError(404, "Aucune réponse pour ce versement.")
        try:
            chunks = open_stored(stored_object=stored)
        except NoGoodCopyError as error:
            raise ApiError(503, "Aucune copie de la réponse n’est lisible.") from error
    response = StreamingHttpResponse(chunks, content_type=OCTETS)
    response["Content-Disposition"] = f'attachment; filename="ATR_{operation_id}.xml"'
    response["Content-Length"] = str(stored.size)
    response[REQUEST_ID] = str(operation_id)
    return response


@external(Permission.DEPOSIT_VIEW, service=SERVICE, methods=("GET", "HEAD"))
def manifest(request: HttpRequest, caller: Caller, operation_id: uuid.UUID) -> HttpResponseBase:
    """The manifest as it was received."""
    with tenant_scope(caller.tenant.id):
        deposit = find_deposit(operation_id, deposit_sight_of_caller(caller))
        chunks = manifest_chunks(deposit) if deposit else None
    if chunks is None:
        raise ApiError(404, "Aucun bordereau pour ce versement.")
    response = StreamingHttpResponse(chunks, content_type=OCTETS)
    response["Content-Disposition"] = f'attachment; filename="manifest_{operation_id}.xml"'
    response[REQUEST_ID] = str(operation_id)
    return response


def _action(request: HttpRequest) -> tuple[str, bool]:
    """Return the action asked, and whether it goes step by step."""
    steering = request.headers.get("X-Action", "RESUME").strip().upper()
    if steering not in ("RESUME", "NEXT"):
        raise ApiError(400, "X-Action doit valoir RESUME ou NEXT.")
    context = request.headers.get(CONTEXT, "DEFAULT_WORKFLOW").strip()
    if context not in ACTION_OF_CONTEXT:
        known = ", ".join(ACTION_OF_CONTEXT)
        raise ApiError(400, f"X-Context-Id doit valoir l’un de : {known}.")
    return str(ACTION_OF_CONTEXT[context]), steering == "NEXT"


def _receive_body(request: HttpRequest) -> Path:
    """Stream the body to the workspaces' disk; nothing of it remains when it is not whole."""
    announced = announced_length(request)
    if announced is not None and announced > max_length():
        raise ApiError(413, "Le paquet dépasse la taille admise.")
    if not has_room_for(announced or 0):
        raise ApiError(507, "La plateforme n’a plus la place de recevoir ce paquet.")
    path = incoming_path(new_id())
    try:
        with path.open("wb") as file:
            copy_body(request, file, limit=max_length())
            file.flush()
            os.fsync(file.fileno())
    except BodyTooLargeError as error:
        path.unlink(missing_ok=True)
        raise ApiError(413, "Le paquet dépasse la taille admise.") from error
    except BodyCutError as error:
        path.unlink(missing_ok=True)
        raise ApiError(400, "Le paquet n’est pas arrivé entier : envoyez-le de nouveau.") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _file_name(request: HttpRequest) -> str:
    _kind, parameters = parse_header_parameters(request.headers.get("Content-Disposition", ""))
    return plain_file_name(parameters.get("filename", "") or "paquet")


def _is_known(caller: Caller, key: str) -> bool:
    """Tell whether a request sent again was received: its deposit may be what filled the coffre."""
    if not key:
        return False
    with tenant_scope(caller.tenant.id):
        return bool(Deposit.objects.filter(idempotency_key=key).exists())


def _idempotency_key(request: HttpRequest, caller: Caller) -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > MAX_KEY:
        raise ApiError(400, f"Idempotency-Key dépasse {MAX_KEY} caractères.")
    return f"api:{caller.token.id}:{key}" if key else ""
