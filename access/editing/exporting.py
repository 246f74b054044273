"""Trees and plans leave as they come in: CSV, EAD 2002, packages of SEDA."""

import tempfile
from typing import IO

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from access.editing.forms import PackageForm
from access.editing.positions import Outline, outline
from access.editing.tree_csv import write_tree
from access.editing.tree_ead import write_ead
from access.editing.tree_sip import write_package
from access.editing.views import under_of
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.seda.scheme import SchemeHeader
from tenants.access import requires
from tenants.permissions import Permission

_IN_MEMORY = 4 * 1024 * 1024


@requires(Permission.HOLDINGS_VIEW)
@require_safe
def export(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """The positions of the coffre, or of a branch (``sous``), as CSV or EAD 2002."""
    title, positions = _asked(request)
    if file_format == "csv":
        content = write_tree(positions)
        return HttpResponse(
            content,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="classement.csv"'},
        )
    target = _spool()
    write_ead(positions, target, title=title)
    return _file(target, "classement-ead.xml", "application/xml")


@requires(Permission.HOLDINGS_VIEW)
@require_safe
def export_package(request: HttpRequest) -> HttpResponseBase:
    """The trees, or the plans, of the coffre or of a branch, as a package to be deposited."""
    title, positions = _asked(request)
    form = PackageForm(request.GET)
    if not form.is_valid():
        messages.error(
            request, _("Choisissez le contrat d’entrée et le service que le paquet nommera.")
        )
        return redirect("classification")
    unit_type = form.cleaned_data["unit_type"]
    if unit_type not in positions.types.values():
        messages.info(request, _("Il n’y a ici aucune position de cette nature."))
        return redirect("classification")
    target = _spool()
    header = SchemeHeader(
        message_identifier=str(new_id()),
        date=clock.now(),
        archival_agreement=form.cleaned_data["contract"],
        agency=form.cleaned_data["agency"],
        comment=title,
    )
    write_package(positions, unit_type, header, target)
    nature = "arbre" if unit_type == "HOLDING_UNIT" else "plan"
    name = f"{nature}-{slugify(title)[:60]}-{timezone.localdate():%Y-%m-%d}.zip"
    return _file(target, name, "application/zip")


def _asked(request: HttpRequest) -> tuple[str, Outline]:
    under = under_of(request)
    return (under.title if under else _("Classement")), outline(under.id if under else None)


def _spool() -> IO[bytes]:
    # Written before the response starts: streamed after it, it would be outside the coffre.
    return tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)


def _file(target: IO[bytes], name: str, content_type: str) -> FileResponse:
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=name, content_type=content_type)
