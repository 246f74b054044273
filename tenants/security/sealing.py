"""Secrets kept in the database, sealed by keys derived from SAE_SECRET_KEY.

One key per purpose (HKDF, RFC 5869), so that what seals one sort of secret opens no other. Former
keys (``SECRET_KEY_FALLBACKS``) still open what they sealed.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class SealBrokenError(ValueError):
    """What was sealed is not of this purpose, was changed, or its key is lost."""


def seal(text: str, *, purpose: str) -> str:
    """Return ``text`` encrypted and authenticated, as ASCII."""
    return _box(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """Return what was sealed for this purpose; raise ``SealBrokenError`` for anything else."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBrokenError(purpose) from error


def _box(purpose: str) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(str(key), purpose)) for key in keys])


def _derived(secret: str, purpose: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=b"sae", info=purpose.encode())
    return base64.urlsafe_b64encode(hkdf.derive(secret.encode()))
