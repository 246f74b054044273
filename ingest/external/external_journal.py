"""``POST /logbookoperations``: an application records what it did elsewhere, in the journal."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ingest.request_bodies import BodyCutError, BodyTooLargeError, announced_length, copy_body
from ingest.services.external_operations import OtherwiseToldError, record_told_operation
from ingest.told_operations import CODE, read_told_operation
from sae.kernel.problems import Problem
from sae.ui.correlation import correlation_id
from tenants.applications.answers import REQUEST_ID, STATE, STATUS, ApiError, results_response
from tenants.applications.door import Caller, external
from tenants.permissions import Permission
from tenants.referentials.reports import MALFORMED

SERVICE = "admin-external"
LARGEST_BODY = 1024 * 1024

SENTENCES: Mapping[str, str | Promise] = {
    "not_utf8": _("Le corps n’est pas encodé en UTF-8."),
    "not_text": _("Le corps n’est pas du texte."),
    "not_json": _("Le corps n’est pas du JSON valide%(at)s."),
    "duplicate_key": _("Le champ « %(seen)s » figure deux fois au même endroit."),
    "markup": _("« %(element)s » contient du HTML ou un script : « %(seen)s »."),
    "not_object": _("« %(element)s » doit être un objet JSON, entre accolades."),
    "not_list": _("« %(element)s » doit être une liste, entre crochets."),
    "unknown_field": _("Le champ « %(element)s » n’est pas prévu : retirez-le."),
    "missing": _("« %(element)s » est obligatoire."),
    "not_a_text": _("« %(element)s » doit être un texte ; reçu : %(seen)s."),
    "too_long": _("« %(element)s » compte %(seen)s caractères ; %(expected)s au plus."),
    "unreadable": _("« %(element)s » contient un caractère de contrôle : retirez-le."),
    "personal": _(
        "« %(element)s » contient une adresse électronique. Un journal ne s’efface pas : "
        "n’y écrivez aucune donnée personnelle, mais un identifiant technique."
    ),
    "not_external_process": _(
        "« %(seen)s » n’est pas permis pour « %(element)s » : une application n’écrit que des "
        "opérations %(expected)s."
    ),
    "not_external_type": _(
        "« %(seen)s » n’est pas permis pour « %(element)s » : écrivez un code qui commence par "
        "EXT_, en lettres sans accent, chiffres, points, tirets."
    ),
    "not_in_list": _(
        "« %(seen)s » n’est pas permis pour « %(element)s ». Valeurs permises : %(expected)s."
    ),
    "not_moment": _(
        "« %(seen)s » n’est pas une date pour « %(element)s » : écrivez par exemple "
        "2026-03-31T08:00:00Z."
    ),
    "too_many": _("« %(element)s » compte %(seen)s événements ; %(expected)s au plus."),
    "events_within": _("« %(element)s » : un événement n’en contient pas d’autres."),
    "and_others": _("D’autres fautes suivent : les %(seen)s premières sont dites."),
}


@external(Permission.JOURNAL_WRITE, service=SERVICE, methods=("POST",))
def logbook_operations(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Write the operation told in the body (see ``told_operations``): 201, and its identifier.

    400 (412 for broken JSON or markup) with every fault and its place, nothing being written; 409
    when the same application told something else under the same ``eventIdentifier``.
    """
    told, faults = read_told_operation(_body(request))
    if told is None:
        raise _refusal(faults)
    try:
        operation = record_told_operation(
            told, tenant_id=caller.tenant.id, token=caller.token, request_id=correlation_id()
        )
    except OtherwiseToldError as error:
        raise ApiError(
            409,
            f"« {error} » a déjà été écrit au journal avec un autre contenu : un journal ne se "
            "corrige pas. Écrivez une nouvelle opération, sous un nouvel eventIdentifier.",
        ) from error
    response = results_response([], status=201)
    response[REQUEST_ID] = str(operation.id)
    response[STATE] = operation.state
    response[STATUS] = operation.outcome
    return response


def sentence(found: Problem) -> str:
    """Return what a fault says, in French, with its place."""
    at = f" (ligne {found.place.line}, colonne {found.place.column})" if found.place.line else ""
    return str(SENTENCES[found.reason]) % {
        "element": found.place.element or "le corps",
        "seen": found.seen,
        "expected": found.expected,
        "at": at,
    }


def _refusal(faults: Sequence[Problem]) -> ApiError:
    """Return the peers' error envelope, every fault in ``errors``."""
    status = 412 if any(one.reason in MALFORMED for one in faults) else 400
    said = [sentence(one) for one in faults]
    about: dict[str, Any] = {"httpCode": status, "context": SERVICE, "state": "KO"}
    description = " ".join(said[:3])
    errors = [
        {**about, "code": one.code, "message": one.code, "description": words}
        for one, words in zip(faults, said, strict=True)
    ]
    code = f"{CODE}.KO"
    body = {
        **about,
        "code": code,
        "message": code,
        "description": description,
        "errors": errors,
    }
    return ApiError(status, description, body=body)


def _body(request: HttpRequest) -> bytes:
    if (announced_length(request) or 0) > LARGEST_BODY:
        raise _too_large()
    received = io.BytesIO()
    try:
        copy_body(request, received, limit=LARGEST_BODY)
    except BodyTooLargeError as error:
        raise _too_large() from error
    except BodyCutError as error:
        raise ApiError(400, "Le corps n’est pas arrivé entier : envoyez-le de nouveau.") from error
    return received.getvalue()


def _too_large() -> ApiError:
    return ApiError(413, f"Le corps dépasse {LARGEST_BODY // 1024} Kio : dites-en moins.")
