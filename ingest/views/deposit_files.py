"""What one takes away from a deposit: reply, manifest, journal, problems, documents."""

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ingest.models import Deposit
from ingest.selectors.deposits import is_live, kept_files
from ingest.selectors.manifest import manifest_chunks
from ingest.selectors.problems import every_problem
from ingest.slip.deposit_slip import deposit_slip
from ingest.slip.problem_report import problem_report
from ingest.views.access import deposit_or_404
from sae.journal.export import operation_document
from sae.journal.models import Operation
from sae.journal.selectors import events_of
from sae.storage.models import StoredObject
from sae.storage.reader import NoGoodCopyError, open_stored
from sae.tenancy.middleware import tenant_of
from sae.ui import errors, exports
from tenants.access import account_of, requires
from tenants.permissions import Permission

PROBLEM_COLUMNS = (
    "Code",
    "Gravité",
    "Anomalie",
    "Fichier",
    "Ligne",
    "Élément",
    "Identifiant",
    "Valeur vue",
    "Valeur attendue",
    "Constat",
    "Que faire",
    "Relevée",
)


@requires(Permission.DEPOSIT_VIEW)
@require_GET
def deposit_reply(request: HttpRequest, deposit_id: uuid.UUID) -> HttpResponseBase:
    """The ArchiveTransferReply, verified while it is read."""
    deposit = deposit_or_404(request, deposit_id)
    stored = kept_files(deposit).get(StoredObject.Kind.REPLY)
    if stored is None:
        raise Http404
    try:
        chunks = open_stored(stored_object=stored)
    except NoGoodCopyError:
        return _unreadable(request)
    return _file(chunks, f"{deposit.reference}_ATR.xml", "application/xml", size=stored.size)


@requires(Permission.DEPOSIT_VIEW)
@require_GET
def deposit_manifest(request: HttpRequest, deposit_id: uuid.UUID) -> HttpResponseBase:
    """The manifest as it was received."""
    deposit = deposit_or_404(request, deposit_id)
    chunks = manifest_chunks(deposit)
    if chunks is None:
        raise Http404
    return _file(chunks, f"{deposit.reference}_manifest.xml", "application/xml")


@requires(Permission.DEPOSIT_VIEW)
@require_GET
def deposit_journal(request: HttpRequest, deposit_id: uuid.UUID) -> HttpResponseBase:
    """The operation and its events, in the shape that the field's tools read."""
    deposit = deposit_or_404(request, deposit_id)
    operation = Operation.objects.get(id=deposit.id)
    document = operation_document(
        operation, events_of(operation.id), tenant_number=tenant_of(request).number
    )
    body = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    return _file([body], f"{deposit.reference}_journal.json", "application/json", size=len(body))


@requires(Permission.DEPOSIT_VIEW)
@require_GET
def deposit_problems_file(
    request: HttpRequest, deposit_id: uuid.UUID, file_format: str
) -> HttpResponseBase:
    """Every problem, as CSV or XLSX."""
    deposit = deposit_or_404(request, deposit_id)
    return exports.export_response(
        _problem_rows(deposit),
        title=_("%s anomalies") % deposit.reference,
        file_format=file_format,
    )


@requires(Permission.DEPOSIT_VIEW)
@require_GET
def deposit_problems_pdf(request: HttpRequest, deposit_id: uuid.UUID) -> HttpResponseBase:
    """The problems as a document to send to the depositor."""
    deposit = deposit_or_404(request, deposit_id)
    if not deposit.problem_count:
        raise Http404
    body = problem_report(deposit, tenant=tenant_of(request))
    return _file([body], f"{deposit.reference}_anomalies.pdf", "application/pdf", size=len(body))


@requires(Permission.DEPOSIT_VIEW)
@require_GET
def deposit_slip_pdf(request: HttpRequest, deposit_id: uuid.UUID) -> HttpResponseBase:
    """The slip of a deposit that has ended."""
    deposit = deposit_or_404(request, deposit_id)
    if is_live(deposit):
        raise Http404
    body = deposit_slip(deposit, tenant=tenant_of(request), printed_by=str(account_of(request)))
    name = f"{deposit.reference}_bordereau-de-versement.pdf"
    return _file([body], name, "application/pdf", size=len(body))


def _problem_rows(deposit: Deposit) -> Iterator[tuple[Any, ...]]:
    yield PROBLEM_COLUMNS
    for problem in every_problem(deposit):
        yield (
            problem.code,
            problem.outcome,
            problem.title,
            problem.file,
            problem.line,
            problem.element,
            problem.identifier,
            problem.seen,
            problem.expected,
            problem.sentence,
            problem.advice,
            _("après le refus") if problem.further else _("par le contrôle"),
        )


def _file(
    chunks: Iterable[bytes], name: str, content_type: str, *, size: int | None = None
) -> HttpResponseBase:
    response = StreamingHttpResponse(chunks, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    if size is not None:
        response["Content-Length"] = str(size)
    return response


def _unreadable(request: HttpRequest) -> HttpResponse:
    return errors.refusal(
        request,
        _("Aucune copie de ce fichier n’est lisible pour l’instant. L’exploitant est prévenu."),
        status=503,
    )
