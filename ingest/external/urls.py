"""Addresses of the peers' external API for ingest and administration."""

from django.urls import include, path

from ingest.external import (
    external_journal,
    ingests,
    operation_list,
    operations,
    presence,
    referentials,
)

app_name = "external"

INGEST = "ingest-external/v1"
ADMIN = "admin-external/v1"

urlpatterns = [
    path("", include("ingest.connectors.asalae.urls")),
    path(f"{INGEST}/", presence.root, {"service": "ingest-external"}, name="ingest_root"),
    path(f"{INGEST}/status", presence.status, {"service": "ingest-external"}, name="ingest_status"),
    path(f"{INGEST}/ingests", ingests.ingests, name="ingests"),
    path(f"{INGEST}/ingests/<uuid:operation_id>/archivetransferreply", ingests.reply, name="reply"),
    path(f"{INGEST}/ingests/<uuid:operation_id>/reports", ingests.reply, name="report"),
    path(f"{INGEST}/ingests/<uuid:operation_id>/manifests", ingests.manifest, name="manifest"),
    path(f"{ADMIN}/", presence.root, {"service": "admin-external"}, name="admin_root"),
    path(f"{ADMIN}/status", presence.status, {"service": "admin-external"}, name="admin_status"),
    path(
        f"{INGEST}/operations",
        operation_list.listing("ingest-external"),
        name="ingest_operations",
    ),
    path(f"{ADMIN}/operations", operation_list.listing("admin-external"), name="operations"),
    path(f"{ADMIN}/operations/<uuid:operation_id>", operations.operation, name="operation"),
    path(
        f"{ADMIN}/logbookoperations",
        external_journal.logbook_operations,
        name="logbook_operations",
    ),
    path(f"{ADMIN}/<str:resource>", referentials.referential, name="referential"),
    path(
        f"{ADMIN}/<str:resource>/<path:identifier>",
        referentials.referential,
        name="referential_element",
    ),
]
