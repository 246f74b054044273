"""The two calls by which a client tests its connection: what is offered, and whether it answers."""

from collections.abc import Sequence
from http import HTTPStatus

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from sae.kernel.identifiers import new_id
from tenants.applications.answers import REQUEST_ID, ApiError, error_response, json_response
from tenants.referentials.http import RESOURCES

ENDPOINTS = {
    "ingest-external": (
        ("POST", "/ingests"),
        ("GET", "/ingests/{operationId}/archivetransferreply"),
        ("GET", "/ingests/{operationId}/manifests"),
        ("GET", "/ingests/{operationId}/reports"),
        ("GET", "/operations"),
        ("GET", "/status"),
    ),
    "admin-external": (
        ("GET", "/operations"),
        ("GET", "/operations/{operationId}"),
        ("HEAD", "/operations/{operationId}"),
        ("PUT", "/operations/{operationId}"),
        ("DELETE", "/operations/{operationId}"),
        ("POST", "/logbookoperations"),
        ("GET", "/status"),
        *((verb, f"/{name}") for name in sorted(RESOURCES) for verb in ("GET", "POST")),
    ),
}


def _described(service: str, endpoints: Sequence[tuple[str, str]]) -> list[dict[str, object]]:
    return [
        {
            "endpoint": f"/{service}/v1{path}",
            "verb": verb,
            "permission": None,
            "consumedMediaTypes": [],
            "producedMediaTypes": [],
        }
        for verb, path in endpoints
    ]


@csrf_exempt
def root(request: HttpRequest, service: str) -> HttpResponse:
    """``OPTIONS``: the endpoints of a service; tells nothing of any coffre."""
    if request.method == "OPTIONS":
        response = json_response(_described(service, ENDPOINTS[service]))
    else:
        response = error_response(
            ApiError(HTTPStatus.METHOD_NOT_ALLOWED, "Méthode admise : OPTIONS."), service=service
        )
        response["Allow"] = "OPTIONS"
    response[REQUEST_ID] = str(new_id())
    return response


@csrf_exempt
def status(request: HttpRequest, service: str) -> HttpResponse:
    """``GET``: 204 while the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        response = HttpResponse(status=204)
    except Exception:
        response = error_response(ApiError(503, "Base de données injoignable."), service=service)
    response[REQUEST_ID] = str(new_id())
    return response
