"""Headers that browsers obey: no inline code, no framing, nothing kept of private pages."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

# No 'unsafe-inline' anywhere: scripts and styles are files of this site. data: images serve the
# arrows that browsers draw in form controls and nothing else.
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "media-src": "'self'",
    "manifest-src": "'self'",
    "frame-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_ATTRIBUTE = "_content_security_policy"


def content_security(
    response: HttpResponseBase, *, sandboxed: bool = False, **directives: str
) -> HttpResponseBase:
    """Change the policy of one response: ``content_security(response, frame_ancestors="'self'")``.

    Directive names take underscores. ``sandboxed`` adds ``sandbox`` without any permission: for a
    document of the fonds shown in the page, whose scripts must never run here.
    """
    changes = {name.replace("_", "-"): value for name, value in directives.items()}
    if sandboxed:
        changes["sandbox"] = ""
    setattr(response, _ATTRIBUTE, changes)
    if "frame-ancestors" in changes:
        # The older header knows nobody by name: it is left out where the policy names a site.
        older = {"'self'": "SAMEORIGIN", "'none'": "DENY"}.get(changes["frame-ancestors"], "")
        response.headers["X-Frame-Options"] = older
    return response


class SecurityHeadersMiddleware:
    """Sets the policy and the headers, on errors and static files too.

    Nothing is stored unless whoever answers says so, as static files do.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        policy = POLICY | getattr(response, _ATTRIBUTE, {})
        response.headers["Content-Security-Policy"] = "; ".join(
            f"{name} {value}".strip() for name, value in policy.items()
        )
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not response.headers["X-Frame-Options"]:
            del response.headers["X-Frame-Options"]
        response.headers.setdefault("Cache-Control", "no-store")
        return response
