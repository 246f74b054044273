"""Client certificates: a proxy that holds the TLS connection says which one was shown.

Off by default. ``SAE_CLIENT_CERT_HEADER`` names the header in which the proxy puts the
certificate (URL-encoded PEM as nginx writes it, PEM with spaces as Apache does, or the SHA-256
fingerprint), and ``SAE_CLIENT_CERT_PROXIES`` the addresses it speaks from. From anywhere else the
header is a forgery: it is ignored, and told.
"""

import base64
import binascii
import hashlib
import ipaddress
import logging
import re
import urllib.parse

from django.conf import settings
from django.http import HttpRequest

logger = logging.getLogger(__name__)
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.S)
_FINGERPRINT = re.compile(r"(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}", re.I)
MOST = 64 * 1024


class CertificateError(ValueError):
    """The text is no certificate."""


def fingerprint_of(text: str) -> str:
    """Return the SHA-256 of a certificate (PEM, encoded or not, or its fingerprint), in hex.

    Raises ``CertificateError``.
    """
    text = text.strip()
    if _FINGERPRINT.fullmatch(text):
        return text.replace(":", "").lower()
    if "%" in text:
        text = urllib.parse.unquote(text)
    found = _PEM.search(text) if len(text) <= MOST else None
    if found is None:
        raise CertificateError("no certificate")
    try:
        der = base64.b64decode("".join(found[1].split()), validate=True)
    except binascii.Error as error:
        raise CertificateError("no certificate") from error
    # A certificate is a DER sequence: anything else is a file of another kind.
    if not der.startswith(b"\x30"):
        raise CertificateError("no certificate")
    return hashlib.sha256(der).hexdigest()


def certificate_shown(request: HttpRequest) -> str:
    """Return the fingerprint of the certificate that the caller showed the proxy, else ``""``."""
    header = settings.CLIENT_CERT_HEADER
    text = request.headers.get(header, "").strip() if header else ""
    if text in ("", "(null)"):
        return ""
    if not _is_trusted(request.META.get("REMOTE_ADDR", "")):
        logger.warning("client certificate told by an unknown proxy: ignored")
        return ""
    try:
        return fingerprint_of(text)
    except CertificateError:
        logger.warning("client certificate unreadable: ignored")
        return ""


def _is_trusted(address: str) -> bool:
    try:
        peer = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(peer in ipaddress.ip_network(one) for one in settings.CLIENT_CERT_PROXIES)
