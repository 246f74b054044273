"""The register of personal data, for who answers for them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from sae.ui import exports
from tenants.access import may, organisation_of, requires
from tenants.accounts import register
from tenants.organisations.policy import policy_of
from tenants.permissions import Permission


@requires(Permission.PERSONAL_DATA_VIEW)
@require_GET
def personal_data(request: HttpRequest) -> HttpResponseBase:
    """Which personal data, where, how long; the accounts due for anonymisation."""
    organisation = organisation_of(request)
    entries = register.entries(organisation)
    if request.GET.get("export") in exports.FORMATS:
        return _export(entries, request.GET["export"])
    due, total = register.due(organisation)
    return render(
        request,
        "tenants/accounts/personal_data.html",
        {
            "breadcrumb": [
                (gettext_lazy("Administration"), ""),
                (gettext_lazy("Données personnelles"), ""),
            ],
            "organisation": organisation,
            "entries": entries,
            "due": due,
            "due_total": total,
            "counts": register.counts_by_status(organisation),
            "months": policy_of(organisation).account_retention_months,
            "may_anonymise": bool(may(request, Permission.ACCOUNT_ANONYMISE)),
        },
    )


def _export(entries: list[register.Entry], file_format: str) -> HttpResponse | HttpResponseBase:
    def rows() -> Any:
        yield [
            _("Traitement"),
            _("Données"),
            _("Où"),
            _("Finalité"),
            _("Durée"),
            _("Vues par"),
        ]
        for one in entries:
            texts = (one.title, one.data, one.place, one.purpose, one.kept, one.seen_by)
            yield [str(text) for text in texts]

    return exports.export_response(
        rows(), title=_("Registre des données personnelles"), file_format=file_format
    )
