"""Nothing is public but what is named here."""

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase

PUBLIC_VIEWS = {"health", "account_login", "account_logout", "account_inactive", "accessibility"}
PUBLIC_APPLICATIONS = {"external"}
"""Application namespace of the addresses for applications: each room that has some, an instance."""


class LoginRequiredMiddleware:
    """Send anonymous visitors to the login page; API rooms authenticate by themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: object
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        public = match is not None and (
            match.url_name in PUBLIC_VIEWS or bool(PUBLIC_APPLICATIONS & set(match.app_names))
        )
        if public or request.user.is_authenticated:
            return None
        return redirect_to_login(request.get_full_path())
