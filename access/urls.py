"""Addresses of the way out: home, classification, units, search, objects, journals."""

from django.urls import include, path

from access.views import classification, home, journals, objects, search
from tenants.access import requires
from tenants.permissions import Permission

journal = requires(Permission.JOURNAL_VIEW)(journals.OperationList.as_view())

urlpatterns = [
    path("", home.home, name="home"),
    path("classement/", classification.classification, name="classification"),
    path(
        "classement/<uuid:unit_id>/branches/", classification.branch, name="classification_branch"
    ),
    path("unites/<uuid:unit_id>/", classification.unit, name="unit"),
    path(
        "unites/<uuid:unit_id>/cycle-de-vie.json",
        classification.unit_life_cycle,
        name="unit_life_cycle",
    ),
    path("rechercher/", search.search, name="search"),
    path("objets/<uuid:object_id>/telecharger/", objects.download, name="object_download"),
    path("journaux/", journal, name="journal"),
    path(
        "journaux/operations.json", journals.journal_file, {"file_format": "json"}, "journal_json"
    ),
    path("journaux/operations.csv", journals.journal_file, {"file_format": "csv"}, "journal_csv"),
    path("journaux/verifier/", journals.verify, name="journal_verify"),
    path("journaux/<uuid:operation_id>/", journals.operation, name="operation"),
    path(
        "journaux/<uuid:operation_id>/operation.json",
        journals.operation_json,
        name="operation_json",
    ),
    path("", include("access.updates.urls")),
    path("", include("access.editing.urls")),
    path("", include("access.external.urls", namespace="external-access")),
]
