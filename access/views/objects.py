"""Download of an object."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from access.delivery import deliver_object, describe, journal_failure
from access.fetching import object_or_404
from sae.storage.ranges import RangeRequest, UnsatisfiableRangeError, parse_range
from sae.storage.reader import NoGoodCopyError
from sae.ui import errors
from sae.ui.correlation import correlation_id
from sae.ui.security import content_security
from tenants.access import account_of, requires
from tenants.permissions import Permission


@requires(Permission.OBJECT_DOWNLOAD)
@require_safe
def download(request: HttpRequest, object_id: uuid.UUID) -> HttpResponseBase:
    """The bytes of an object, whole or by range, each verified before it leaves."""
    seen = object_or_404(object_id)
    found = seen.row
    if found.stored_object is None:
        raise Http404
    size = found.length if found.length is not None else found.stored_object.size
    name, content_type, entity_tag, digest = describe(found)
    try:
        only = _asked_range(request, size, entity_tag)
    except UnsatisfiableRangeError:
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse(content_type=content_type)
    else:
        account = account_of(request)
        try:
            delivery = deliver_object(
                seen, agent_id=account.id, request_id=correlation_id(), only=only
            )
        except NoGoodCopyError as error:
            journal_failure(found, error, agent_id=account.id, request_id=correlation_id())
            return _unreadable(request, retryable=error.retryable)
        response = StreamingHttpResponse(delivery.chunks, content_type=content_type)
    if only is not None:
        response.status_code = 206
        response["Content-Range"] = only.content_range(size)
    response["Content-Length"] = str(only.length if only else size)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    if entity_tag:
        response["ETag"] = entity_tag
        response["Repr-Digest"] = digest
    # Opened in the page by mistake, what was deposited must still run nothing here.
    return content_security(response, sandboxed=True)


def _asked_range(request: HttpRequest, size: int, entity_tag: str) -> RangeRequest | None:
    header = request.headers.get("Range", "")
    if not header:
        return None
    condition = request.headers.get("If-Range", "")
    if condition and condition != entity_tag:
        return None
    return parse_range(header, size)


def _unreadable(request: HttpRequest, *, retryable: bool) -> HttpResponse:
    """FATAL, ours: no copy can be given; nothing wrong has been sent."""
    sentence = (
        _("Aucune copie de cet objet ne répond pour l’instant. Réessayez dans quelques minutes.")
        if retryable
        else _(
            "Aucune copie de cet objet n’est égale à son empreinte : il n’a pas été envoyé. "
            "L’incident est écrit au journal ; prévenez l’exploitant."
        )
    )
    return errors.refusal(request, sentence, status=503)
