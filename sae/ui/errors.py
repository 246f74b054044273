"""Error pages: what happened, what to do, and the number to give; never a stack trace.

They stand outside the frame, which may itself be what fails. The page of an unknown address
carries no number and no token: its body must be the same, byte for byte, for what does not exist
and for what belongs to another coffre. Its number is in the ``X-Request-ID`` header.
"""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _

from sae.ui.correlation import correlation_id

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request itself is malformed."""
    return _page(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: known here, without the right; the reason given by the view is shown."""
    reason = str(exception) if exception and str(exception) else ""
    return _page(request, "403.html", status=403, reason=reason)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was opened too long ago, in another session, or cookies are refused."""
    logger.warning("CSRF failure: %s (%s)", reason, correlation_id())
    return _page(request, "403_csrf.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: unknown, or of another coffre. Both say the same."""
    return HttpResponse(loader.get_template("404.html").render(), status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault. Nothing of the frame is computed, since it may be what failed."""
    page = loader.get_template("500.html").render({"correlation": correlation_id()})
    return HttpResponse(page, status=500)


def refusal(request: HttpRequest, sentence: str, *, status: int = 409) -> HttpResponse:
    """Return a page for an act refused by the state of things, in the words given."""
    return _page(request, "refusal.html", status=status, sentence=sentence, title=_("Refusé"))


def _page(request: HttpRequest, template: str, *, status: int, **context: str) -> HttpResponse:
    return render(request, template, {"correlation": correlation_id(), **context}, status=status)
