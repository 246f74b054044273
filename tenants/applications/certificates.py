"""Client certificates: a proxy that holds the TLS connection says which one was shown.

Off by default. ``SAE_CLIENT_CERT_HEADER`` names the header in which the proxy puts the
certificate (URL-encoded PEM as nginx writes it, PEM with spaces as Apache does, or the SHA-256
fingerprint), and ``SAE_CLIENT_CERT_PROXIES`` the addresses it speaks from. From anywhere else the
header is a forgery: it is ignored, and told.
"""

import base64
import binascii
import datetime as dt
import hashlib
import ipaddress
import logging
import re
import urllib.parse
from dataclasses import dataclass

from cryptography import x509
from django.conf import settings
from django.http import HttpRequest

from sae.kernel import clock

logger = logging.getLogger(__name__)
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.S)
_FINGERPRINT = re.compile(r"(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}", re.I)
MOST = 64 * 1024


class CertificateError(ValueError):
    """The text is no certificate."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is known of a certificate: its SHA-256 in hex, and its life unless only that is known.

    Both ends of its life are in force themselves (RFC 5280, 4.1.2.5).
    """

    fingerprint: str
    begins_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None

    def is_valid_at(self, moment: dt.datetime) -> bool:
        """Tell whether it may be shown at a moment; a bare fingerprint says nothing against it."""
        if self.begins_at is None or self.ends_at is None:
            return True
        return self.begins_at <= moment <= self.ends_at


def read_certificate(text: str) -> Certificate:
    """Read a certificate (PEM, encoded or not, or its fingerprint). Raises ``CertificateError``."""
    text = text.strip()
    if _FINGERPRINT.fullmatch(text):
        return Certificate(text.replace(":", "").lower())
    if "%" in text:
        text = urllib.parse.unquote(text)
    found = _PEM.search(text) if len(text) <= MOST else None
    if found is None:
        raise CertificateError("no certificate")
    try:
        der = base64.b64decode("".join(found[1].split()), validate=True)
        read = x509.load_der_x509_certificate(der)
        begins_at, ends_at = read.not_valid_before_utc, read.not_valid_after_utc
    except (binascii.Error, ValueError) as error:
        raise CertificateError("no certificate") from error
    return Certificate(hashlib.sha256(der).hexdigest(), begins_at, ends_at)


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
        shown = read_certificate(text)
    except CertificateError:
        logger.warning("client certificate unreadable: ignored")
        return ""
    # The proxy may be set to let any certificate through, for us to recognise.
    if not shown.is_valid_at(clock.now()):
        logger.warning("client certificate out of its time: ignored")
        return ""
    return shown.fingerprint


def _is_trusted(address: str) -> bool:
    try:
        peer = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(peer in ipaddress.ip_network(one) for one in settings.CLIENT_CERT_PROXIES)
