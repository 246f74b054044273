"""Nothing is public but what is named here; the fonds is read by each with their own sight."""

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from sae.holdings.sight import seeing
from tenants.sights import sight_of_request

PUBLIC_VIEWS = {"health", "account_login", "account_logout", "account_inactive", "accessibility"}
# The second factor comes before one is signed in.
PUBLIC_VIEWS |= {"mfa_authenticate", "mfa_login_webauthn"}
PUBLIC_VIEWS |= {"sign_on_start", "sign_on_back", "sign_on_closed"}
# A link and its asking precede the password that it gives.
PUBLIC_VIEWS |= {"password_forgotten", "account_link"}
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


class SightMiddleware:
    """Opens the sight of the signed-in account, inside the scope of the coffre it works in.

    It is made at the first reading of the fonds: other pages pay nothing for it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if getattr(request, "tenant", None) is None:
            return self.get_response(request)
        with seeing(lambda: sight_of_request(request)):
            return self.get_response(request)
