"""Addresses of the applications' keys."""

from django.urls import path

from tenants.access import requires
from tenants.applications import views
from tenants.permissions import Permission

_list = requires(Permission.APPLICATION_MANAGE)

urlpatterns = [
    path("applications/", _list(views.ApplicationList.as_view()), name="applications"),
    path("applications/nouvelle/", views.application_new, name="application_new"),
    path("applications/certificat/", views.application_certificate, name="application_certificate"),
    path("applications/<uuid:token_id>/", views.application, name="application"),
    path(
        "applications/<uuid:token_id>/renouveler/",
        views.application_rotate,
        name="application_rotate",
    ),
    path(
        "applications/<uuid:token_id>/revoquer/",
        views.application_revoke,
        name="application_revoke",
    ),
]
