"""A PostgreSQL URL as Django's settings want it."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


def database_from_url(url: str) -> dict[str, Any]:
    """Read ``postgresql://user:password@host:port/name?host=/socket/dir``.

    Raises ``SystemExit`` with a French sentence for any other engine: there is only one.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise SystemExit(
            f"SAE_DATABASE_URL doit commencer par « postgresql:// », pas « {parts.scheme}:// »."
        )
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": query.pop("port", None) or str(parts.port or ""),
        "OPTIONS": query,
    }
