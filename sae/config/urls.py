"""Every address of the platform."""

from django.urls import include, path

from sae.config.health import health

urlpatterns = [
    path("sante/", health, name="health"),
    path("compte/", include("allauth.urls")),
    path("", include("ingest.urls")),
    path("", include("access.urls")),
    path("", include("tenants.urls")),
    path("", include("sae.ui.urls")),
]

handler400 = "sae.ui.errors.bad_request"
handler403 = "sae.ui.errors.permission_denied"
handler404 = "sae.ui.errors.page_not_found"
handler500 = "sae.ui.errors.server_error"
