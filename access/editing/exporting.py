"""Trees and plans leave as they come in: CSV, EAD 2002, packages of SEDA."""

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from access.editing.forms import PackageForm
from access.editing.positions import Outline, outline
from access.editing.streaming import pieces_of, streamed
from access.editing.tree_csv import write_tree
from access.editing.tree_ead import write_ead
from access.editing.tree_sip import write_package
from access.editing.views import under_of
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.seda.scheme import SchemeHeader
from tenants.access import requires
from tenants.permissions import Permission


@requires(Permission.HOLDINGS_VIEW)
@require_safe
def export(request: HttpRequest, file_format: str) -> HttpResponseBase:
    """The positions of the coffre, or of a branch (``sous``), as CSV or EAD 2002."""
    under = under_of(request)
    title = under.title if under else _("Classement")

    def read() -> Outline:
        return outline(under.id if under else None)

    if file_format == "csv":
        return streamed(
            request,
            lambda: write_tree(read),
            name="classement.csv",
            content_type="text/csv; charset=utf-8",
        )
    return streamed(
        request,
        lambda: pieces_of(lambda out: write_ead(read, out, title=title)),
        name="classement-ead.xml",
        content_type="application/xml",
    )


@requires(Permission.HOLDINGS_VIEW)
@require_safe
def export_package(request: HttpRequest) -> HttpResponseBase:
    """The trees, or the plans, of the coffre or of a branch, as a package to be deposited."""
    under = under_of(request)
    title = under.title if under else _("Classement")
    positions = outline(under.id if under else None)
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
    header = SchemeHeader(
        message_identifier=str(new_id()),
        date=clock.now(),
        archival_agreement=form.cleaned_data["contract"],
        agency=form.cleaned_data["agency"],
        comment=title,
    )
    nature = "arbre" if unit_type == "HOLDING_UNIT" else "plan"
    return streamed(
        request,
        lambda: pieces_of(lambda out: write_package(positions, unit_type, header, out)),
        name=f"{nature}-{slugify(title)[:60]}-{clock.today():%Y-%m-%d}.zip",
        content_type="application/zip",
    )
