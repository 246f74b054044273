"""The seven calls of the as@lae REST surface."""

import contextlib
from collections.abc import Iterator
from itertools import product
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from ingest.connectors.accesses import deposits_followed_by
from ingest.connectors.asalae.door import KIND, Refusal, asalae
from ingest.connectors.asalae.names import names_in_path, names_in_query, readings
from ingest.connectors.composition import NoRoomError
from ingest.connectors.models import ConnectorAccess, ConnectorTransfer
from ingest.connectors.multipart import Form, MalformedBodyError, ReceivedPart, received_form
from ingest.connectors.pieces import (
    PieceRefused,
    Session,
    add_piece,
    complete,
    start_session,
)
from ingest.connectors.slips import SlipRefused
from ingest.connectors.transfers import TransferConflict, find_transfer, receive_transfer
from ingest.models import Deposit
from ingest.request_bodies import BodyCutError, BodyTooLargeError, announced_length
from ingest.selectors.deposits import find_deposit, kept_files
from ingest.sentences import explain
from ingest.uploads import has_room_for, max_length
from sae.seda.acknowledgement import Acknowledgement, write_acknowledgement
from sae.seda.containers import ContainerFault
from sae.storage.models import StoredObject
from sae.storage.reader import NoGoodCopyError, open_stored
from sae.tenancy.scope import tenant_scope
from tenants.organisations.quotas import QuotaReachedError

PENDING = "Transfert en cours de traitement"
"""Clients compare this very text, with status 500, to know that the reply is not ready."""

XML = "application/xml; charset=utf-8"
_FORM_MARGIN = 1 << 20


@asalae("GET", "HEAD")
def ping(request: HttpRequest, access: ConnectorAccess) -> HttpResponse:
    """Whether the surface answers."""
    return _json("webservices as@lae accessibles")


@asalae("GET", "HEAD")
def versions(request: HttpRequest, access: ConnectorAccess) -> HttpResponse:
    """Which as@lae is spoken; clients make it the test of their settings."""
    return _json({"application": "as@lae", "denomination": access.tenant.name, "version": "V1.6.3"})


@asalae("GET", "HEAD", "POST")
def messages(request: HttpRequest, access: ConnectorAccess) -> HttpResponseBase:
    """``POST``: a transfer, whole or to come by pieces. ``GET``: a message, by parameters."""
    if request.method == "POST":
        return _receive(request, access)
    return _message(access, names_in_query(request.GET.dict()))


@asalae("GET", "HEAD")
def message(request: HttpRequest, access: ConnectorAccess, rest: str) -> HttpResponseBase:
    """An acknowledgement or a reply, by names in the path."""
    return _message(access, names_in_path(rest))


@asalae("POST")
def pieces(request: HttpRequest, access: ConnectorAccess) -> HttpResponse:
    """One piece of an archive announced by its slip; the last one completes the transfer."""
    with _form(request) as form, _told():
        piece = _part(form, "chunk_content")
        session = Session(
            identifier=form.fields.get("session_identifier", ""),
            security=form.fields.get("security_identifier", ""),
        )
        for name in ("number_of_files", "file_index"):
            if form.fields.get(name, "1") != "1":
                raise Refusal(400, f"Une seule archive est reçue par transfert ({name}).")
        upload = add_piece(
            access,
            session,
            index=_number(form, "chunk_index"),
            count=_number(form, "number_of_chunks"),
            piece=piece.path,
            file_name=form.fields.get("file_name", ""),
        )
        transfer = complete(access, upload)
        if transfer is not None:
            return _received(transfer)
        return _json({"chunk_index": upload.received_pieces, "taille": upload.received_bytes})


# -- receiving -----------------------------------------------------------------------------------


def _receive(request: HttpRequest, access: ConnectorAccess) -> HttpResponse:
    # Room is asked once the slip is read: a transfer sent again may be what filled the coffre.
    with _form(request) as form, _told():
        slip = _part(form, "seda_message")
        attachments = form.files.get("attachments")
        if form.fields.get("send_chunked_attachments", "").lower() in ("true", "1"):
            session = start_session(access, slip=slip.path, slip_file_name=slip.file_name)
            return _json(
                {
                    "chunk_session_identifier": session.identifier,
                    "chunk_security_identifier": session.security,
                }
            )
        transfer = receive_transfer(
            access, slip=slip.path, attachments=attachments.path if attachments else None
        )
    return _received(transfer)


def _received(transfer: ConnectorTransfer) -> HttpResponse:
    return _json(
        {
            "date_du_depot": transfer.received_at.isoformat(timespec="seconds"),
            "identifiant": str(transfer.deposit.id),
        }
    )


@contextlib.contextmanager
def _form(request: HttpRequest) -> Iterator[Form]:
    if not has_room_for(announced_length(request) or 0):
        raise Refusal(507, "La plateforme n’a plus la place de recevoir ce transfert.")
    try:
        with received_form(request, limit=max_length() + _FORM_MARGIN) as form:
            yield form
    except BodyTooLargeError as error:
        raise Refusal(413, "Le transfert dépasse la taille admise.") from error
    except BodyCutError as error:
        raise Refusal(
            400, "Le transfert n’est pas arrivé entier : envoyez-le de nouveau."
        ) from error
    except MalformedBodyError as error:
        raise Refusal(400, "Le formulaire reçu est illisible (multipart attendu).") from error


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Put in an answer what may be wrong with a transfer."""
    try:
        yield
    except (SlipRefused, PieceRefused) as refused:
        raise Refusal(400, str(refused)) from refused
    except TransferConflict as conflict:
        raise Refusal(409, str(conflict)) from conflict
    except ContainerFault as fault:
        first = explain(fault.problems[0]).sentence if fault.problems else ""
        raise Refusal(400, f"L’archive jointe ne peut pas être ouverte. {first}".strip()) from fault
    except QuotaReachedError as full:
        raise Refusal(507, str(full)) from full
    except NoRoomError as error:
        raise Refusal(507, "La plateforme n’a plus la place de recevoir ce transfert.") from error


def _part(form: Form, name: str) -> ReceivedPart:
    part = form.files.get(name)
    if part is None:
        raise Refusal(400, f"Le fichier « {name} » manque au formulaire.")
    return part


def _number(form: Form, name: str) -> int:
    given = form.fields.get(name, "")
    if not (given.isascii() and given.isdigit() and int(given[:9]) > 0 and len(given) < 8):
        raise Refusal(400, f"Le champ « {name} » doit être un nombre à partir de 1.")
    return int(given)


# -- answering -----------------------------------------------------------------------------------


def _message(access: ConnectorAccess, names: dict[str, str]) -> HttpResponseBase:
    if names.get("sequence", "ArchiveTransfer") != "ArchiveTransfer":
        raise Refusal(404, "Seule la séquence ArchiveTransfer est connue.")
    agency = names.get("originOrganizationIdentification", "")
    identifier = names.get("originMessageIdentifier", "")
    if not agency or not identifier:
        raise Refusal(400, "Le service versant et l’identifiant du transfert sont attendus.")
    answers = {"Acknowledgement": _acknowledgement, "ArchiveTransferReply": _reply}
    answer = answers.get(names.get("message", ""))
    if answer is None:
        raise Refusal(404, f"Message inconnu ; connus : {', '.join(answers)}.")
    with tenant_scope(access.tenant_id):
        sight = deposits_followed_by(access)
        for one_agency, one_identifier in product(readings(agency), readings(identifier)):
            transfer = find_transfer(
                kind=KIND, agency=one_agency, message_identifier=one_identifier
            )
            if transfer is not None and find_deposit(transfer.deposit_id, sight):
                return answer(transfer)
    raise Refusal(404, f"Aucun transfert « {identifier} » reçu de « {agency} ».")


def _acknowledgement(transfer: ConnectorTransfer) -> HttpResponse:
    deposit = transfer.deposit
    return HttpResponse(
        write_acknowledgement(
            Acknowledgement(
                identifier=f"ACK-{deposit.reference}",
                received_identifier=transfer.message_identifier,
                date=transfer.received_at,
                sender=transfer.archival_agency,
                receiver=transfer.transferring_agency,
                version=transfer.seda_version,
                comment=f"Transfert reçu sous la référence {deposit.reference}.",
            )
        ),
        content_type=XML,
    )


def _reply(transfer: ConnectorTransfer) -> HttpResponseBase:
    deposit = transfer.deposit
    stored = None
    if deposit.state == Deposit.State.COMPLETED:
        stored = kept_files(deposit).get(StoredObject.Kind.REPLY)
    if stored is None:
        raise Refusal(500, PENDING)
    try:
        chunks = open_stored(stored_object=stored)
    except NoGoodCopyError as error:
        raise Refusal(503, "Aucune copie de la réponse n’est lisible.") from error
    response = StreamingHttpResponse(chunks, content_type=XML)
    response["Content-Length"] = str(stored.size)
    return response


def _json(value: Any) -> HttpResponse:
    """Answer JSON that no client takes for false: never empty."""
    return HttpResponse(orjson.dumps(value), content_type="application/json")
