"""A number for each request: shown on error pages, sent in ``X-Request-ID``, written in logs."""

import contextvars
import logging
import secrets
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "X-Request-ID"
# Crockford's alphabet: no I, L, O nor U, so that the number can be read over the telephone.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_current: contextvars.ContextVar[str] = contextvars.ContextVar("correlation", default="-")


def new_correlation_id() -> str:
    """Return eight random characters in two groups, such as ``7QK2-MD41`` (40 bits)."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def correlation_id() -> str:
    """Return the number of the request being served, ``-`` outside a request."""
    return _current.get()


class CorrelationMiddleware:
    """Numbers each request. What a client sends under that name is not trusted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        number = new_correlation_id()
        token = _current.set(number)
        request.correlation_id = number  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            _current.reset(token)
        # The peers' API answers with the identifier of the operation under this very name.
        response.headers.setdefault(HEADER, number)
        return response


class CorrelationFilter(logging.Filter):
    """Gives log records ``correlation``, for the format of a handler."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.correlation = correlation_id()
        return True
