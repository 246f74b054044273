"""Calls to addresses that a person typed: https, public, never redirected, small and quick.

The name is resolved once and the connection goes to that very address, so that a name which
changes its mind between the check and the call (DNS rebinding) gains nothing.
"""

import http.client
import ipaddress
import json
import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

TIMEOUT = 8
MOST_BYTES = 512 * 1024


class OutsideError(Exception):
    """The address may not be called, or did not answer; the message is told to administrators."""


def fetch(
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[str, bytes]:
    """Return content type and body of a 200; raise ``OutsideError`` for anything else."""
    parts = urlsplit(url)
    address = check_address(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = _connection(parts.scheme, parts.hostname or "", address, port)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, body=body, headers=headers or {})
        answer = connection.getresponse()
        found = answer.read(MOST_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        raise OutsideError(
            _("%(host)s n’a pas répondu : %(why)s.") % {"host": parts.hostname, "why": error}
        ) from error
    finally:
        connection.close()
    if answer.status != 200:
        raise OutsideError(
            _("%(host)s a répondu %(status)s.") % {"host": parts.hostname, "status": answer.status}
        )
    if len(found) > MOST_BYTES:
        raise OutsideError(_("%s a répondu trop long.") % parts.hostname)
    return answer.headers.get_content_type(), found


def fetch_json(url: str, **options: Any) -> dict[str, Any]:
    """Return the JSON object at an address."""
    _kind, found = fetch(url, **options)
    try:
        document = json.loads(found)
    except ValueError as error:
        raise OutsideError(_("%s n’a pas répondu du JSON.") % urlsplit(url).hostname) from error
    if not isinstance(document, dict):
        raise OutsideError(_("%s n’a pas répondu un objet JSON.") % urlsplit(url).hostname)
    return document


def check_address(url: str) -> str:
    """Return the IP address to call; raise ``OutsideError`` for one that may not be."""
    parts = urlsplit(url)
    private_is_fine = settings.OIDC_ALLOW_PRIVATE
    if parts.scheme != "https" and not (private_is_fine and parts.scheme == "http"):
        raise OutsideError(_("L’adresse doit commencer par https://."))
    if not parts.hostname or parts.username or parts.password:
        raise OutsideError(_("Cette adresse n’en est pas une."))
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, ValueError) as error:
        raise OutsideError(_("Le nom %s n’existe pas.") % parts.hostname) from error
    addresses = [str(one[4][0]).partition("%")[0] for one in found]
    if not private_is_fine:
        for one in addresses:
            ip = ipaddress.ip_address(one)
            mapped = getattr(ip, "ipv4_mapped", None)
            if not (mapped or ip).is_global or ip.is_multicast:
                raise OutsideError(
                    _("%s désigne une adresse privée, que la plateforme n’appelle pas.")
                    % parts.hostname
                )
    return addresses[0]


def _connection(scheme: str, host: str, address: str, port: int) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(address, port, timeout=TIMEOUT)
    return _PinnedConnection(host, address, port)


class _PinnedConnection(http.client.HTTPSConnection):
    """Speaks to one address while checking the certificate of the name."""

    def __init__(self, host: str, address: str, port: int) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, port, timeout=TIMEOUT, context=self._tls)
        self._address = address

    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._tls.wrap_socket(raw, server_hostname=self.host)
