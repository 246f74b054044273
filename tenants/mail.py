"""The one place that sends mail.

A mail is two templates, ``mail/<name>.txt`` and ``mail/<name>.html``; the first line of the text
is its subject. Without ``SAE_EMAIL_URL`` nothing is sent: whoever acts is shown what to hand over.
"""

import smtplib
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.http import HttpRequest
from django.template.loader import render_to_string

SECONDS = 15
"""A server that says nothing for so long is taken for dead."""

_SCHEMES = {
    "smtp": (25, {}),
    "smtp+tls": (587, {"use_tls": True}),
    "smtps": (465, {"use_ssl": True}),
}


class MailError(RuntimeError):
    """The mail did not leave; it may be tried again."""


class UnsafeAddressError(RuntimeError):
    """The site has no sure name to put in a mail: ``SAE_PUBLIC_URL`` must give it."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mails are handed over, read from ``smtp[+tls|s]://user:password@host:port``."""

    host: str
    port: int
    username: str = ""
    password: str = ""
    use_tls: bool = False
    use_ssl: bool = False


def server_of(url: str) -> Server:
    """Return the server of a ``SAE_EMAIL_URL``; raise ``ValueError`` when it makes no sense."""
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ValueError("SAE_EMAIL_URL : smtp://…, smtp+tls://… ou smtps://…")
    port, security = _SCHEMES[parts.scheme]
    return Server(
        parts.hostname,
        parts.port or port,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        **security,
    )


def is_configured() -> bool:
    """Tell whether mails are sent here."""
    return bool(settings.EMAIL_URL)


def send(template: str, *, to: str, **context: Any) -> None:
    """Send a mail to one address; raise ``MailError`` when the server does not take it."""
    subject, _newline, text = render_to_string(f"mail/{template}.txt", context).partition("\n")
    server = server_of(settings.EMAIL_URL)
    connection = get_connection(
        "django.core.mail.backends.smtp.EmailBackend",
        timeout=SECONDS,
        **{name: getattr(server, name) for name in server.__dataclass_fields__},
    )
    mail = EmailMultiAlternatives(
        # One line: a header holds no other.
        " ".join(subject.split()),
        text.strip() + "\n",
        settings.EMAIL_FROM,
        [to],
        connection=connection,
        # So that an absence does not answer to every reset.
        headers={"Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(render_to_string(f"mail/{template}.html", context), "text/html")
    try:
        mail.send()
    except (smtplib.SMTPException, OSError) as error:
        # What a server answers may quote the address: its kind alone is kept.
        raise MailError(type(error).__name__) from error


def site_address(request: HttpRequest) -> str:
    """Return the address of the site for a mail, without a final slash.

    ``SAE_PUBLIC_URL``; else the host of the request, which Django has compared with
    ``SAE_ALLOWED_HOSTS``, provided that it stands there whole: a wildcard would let whoever sends
    the request choose where the link of somebody else leads. Raises ``UnsafeAddressError``.
    """
    if settings.PUBLIC_URL:
        return str(settings.PUBLIC_URL).rstrip("/")
    host = request.get_host()
    name = host if host in settings.ALLOWED_HOSTS else host.rpartition(":")[0] or host
    if name not in settings.ALLOWED_HOSTS:
        raise UnsafeAddressError("SAE_PUBLIC_URL")
    return f"{request.scheme}://{host}"
