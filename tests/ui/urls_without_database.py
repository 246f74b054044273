"""The pages of the interface alone, and its error pages."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def _broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("on purpose")


def _refused(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("Votre rôle ne permet pas de déposer un paquet.")


_ELSEWHERE = ("mfa_login_webauthn", "sign_on_start", "password_forgotten")

urlpatterns = [
    path("_panne/", _broken),
    path("_refus/", _refused),
    path("", include("sae.ui.urls")),
    # What the page of sign-in leads to: other rooms' pages, absent here.
    *(path(f"_ailleurs/{name}/", _refused, name=name) for name in _ELSEWHERE),
]
handler400 = "sae.ui.errors.bad_request"
handler403 = "sae.ui.errors.permission_denied"
handler404 = "sae.ui.errors.page_not_found"
handler500 = "sae.ui.errors.server_error"
