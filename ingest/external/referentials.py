"""Referentials through the peers' administration interface: this door, that room's answers."""

import io

from django.http import HttpRequest, HttpResponse

from ingest.request_bodies import BodyCutError, BodyTooLargeError, copy_body
from tenants.applications.answers import REQUEST_ID, ApiError
from tenants.applications.door import Caller, external, method_of
from tenants.contracts_edit.guard import GUARDED
from tenants.permissions import Permission
from tenants.referentials.http import RESOURCES, Call, respond
from tenants.referentials.imports import Agent

SERVICE = "admin-external"
METHODS = ("GET", "POST", "PUT")
LARGEST_BODY = 64 * 1024 * 1024
"""The signature file of formats, the largest, weighs some 3 MB."""


def permissions_of_call(request: HttpRequest) -> tuple[Permission, ...]:
    """Return what the screens ask for the same act: a key opens no more than they do.

    Reading, importing a file and changing one element are three rights; what says who sees what
    (access contracts, contexts, security profiles) is changed by those in charge of it alone.
    """
    method = method_of(request)
    if method == "GET":
        return (Permission.REFERENTIAL_VIEW,)
    match = request.resolver_match
    kind = RESOURCES.get(str(match.kwargs.get("resource", "")), "") if match else ""
    act = Permission.REFERENTIAL_EDIT if method == "PUT" else Permission.REFERENTIAL_IMPORT
    in_charge = GUARDED.get(kind)
    if in_charge is None:
        return (act,)
    # An access contract is changed by a form of its own, which asks for that right alone.
    alone = method == "PUT" and in_charge is Permission.CONTRACT_MANAGE
    return (in_charge,) if alone else (act, in_charge)


@external(permissions_of_call, service=SERVICE, methods=METHODS)
def referential(
    request: HttpRequest, caller: Caller, resource: str, identifier: str = ""
) -> HttpResponse:
    """Import, read, search, update, check or export a referential."""
    answer = respond(
        Call(
            method=method_of(request),
            resource=resource,
            tenant=caller.tenant,
            identifier=identifier,
            body=_body(request),
            content_type=request.content_type or "",
            accept=request.headers.get("Accept", ""),
            file_name=request.headers.get("X-Filename", ""),
            force_update=request.headers.get("Force-Update", "").strip().lower() == "true",
            agent=Agent(account_id=caller.token.id, application_id=caller.token.context_id),
        )
    )
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)
    if answer.operation_id is not None:
        response[REQUEST_ID] = str(answer.operation_id)
    return response


def _body(request: HttpRequest) -> bytes:
    received = io.BytesIO()
    try:
        copy_body(request, received, limit=LARGEST_BODY)
    except BodyTooLargeError as error:
        raise ApiError(413, "Le fichier dépasse la taille admise.") from error
    except BodyCutError as error:
        raise ApiError(
            400, "Le fichier n’est pas arrivé entier : envoyez-le de nouveau."
        ) from error
    return received.getvalue()
