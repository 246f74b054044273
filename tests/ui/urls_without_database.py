"""The pages of the interface alone, and its error pages."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def _broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("on purpose")


def _refused(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("Votre rôle ne permet pas de déposer un paquet.")


urlpatterns = [
    path("_panne/", _broken),
    path("_refus/", _refused),
    path("", include("sae.ui.urls")),
]
handler400 = "sae.ui.errors.bad_request"
handler403 = "sae.ui.errors.permission_denied"
handler404 = "sae.ui.errors.page_not_found"
handler500 = "sae.ui.errors.server_error"
