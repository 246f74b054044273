"""Envelopes of the peers' API: results, and errors that say what to do."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpResponse

REQUEST_ID = "X-Request-Id"
STATE = "X-Global-Execution-State"
STATUS = "X-Global-Execution-Status"
CONTEXT = "X-Context-Id"


class ApiError(Exception):
    """A refusal: its HTTP status and what to say."""

    def __init__(self, status: int, description: str, *, body: dict[str, Any] | None = None):
        super().__init__(description)
        self.status = status
        self.description = description
        self.body = body


def json_response(value: Any, *, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(value), status=status, content_type="application/json")


def error_response(error: ApiError, *, service: str) -> HttpResponse:
    """Return the error envelope (``VitamError``) of a refusal."""
    if error.body is not None:
        return json_response(error.body, status=error.status)
    phrase = HTTPStatus(error.status)
    return json_response(
        {
            "httpCode": error.status,
            "code": phrase.name,
            "context": service,
            "state": "KO",
            "message": phrase.phrase,
            "description": error.description,
            "errors": [],
        },
        status=error.status,
    )


def results_response(results: Sequence[Any], *, status: int = 200) -> HttpResponse:
    """Return the envelope of a list of results."""
    count = len(results)
    return json_response(
        {
            "httpCode": status,
            "$hits": {"total": count, "offset": 0, "limit": count, "size": count},
            "$results": list(results),
            "$facetResults": [],
            "$context": {},
        },
        status=status,
    )
