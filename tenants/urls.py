"""Addresses of accounts, coffres and referentials."""

from django.urls import include, path

from tenants.access import requires
from tenants.permissions import Permission
from tenants.views import coffres, referential_imports, referentials

_list = requires(Permission.REFERENTIAL_VIEW)

urlpatterns = [
    path("administration/", include("tenants.rights.urls")),
    path("administration/", include("tenants.accounts.urls")),
    path("administration/", include("tenants.organisations.urls")),
    path("", include("tenants.security.urls")),
    path("coffre/", coffres.switch, name="coffre_switch"),
    path("referentiels/", referentials.referentials, name="referentials"),
    path("referentiels/regles/", _list(referentials.RuleList.as_view()), name="rules"),
    path("referentiels/regles/<uuid:row_id>/", referentials.rule, name="rule"),
    path("referentiels/services/", _list(referentials.AgencyList.as_view()), name="agencies"),
    path("referentiels/services/<uuid:row_id>/", referentials.agency, name="agency"),
    path(
        "referentiels/contrats-entree/",
        _list(referentials.IngestContractList.as_view()),
        name="ingest_contracts",
    ),
    path(
        "referentiels/contrats-entree/<uuid:row_id>/",
        referentials.ingest_contract,
        name="ingest_contract",
    ),
    path(
        "referentiels/importer/<slug:slug>/",
        referential_imports.referential_import,
        name="referential_import",
    ),
    path(
        "referentiels/imports/<uuid:import_id>/",
        referential_imports.referential_outcome,
        name="referential_outcome",
    ),
    path(
        "referentiels/imports/<uuid:import_id>/rapport.json",
        referential_imports.referential_report,
        name="referential_report",
    ),
    path(
        "referentiels/imports/<uuid:import_id>/anomalies.csv",
        referential_imports.referential_faults,
        name="referential_faults",
    ),
]
