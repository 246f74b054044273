"""Keys and certificates of applications: created, renewed, revoked. Each act is journalled.

Journals hold identifiers alone: never a key, nor the digest that would recognise one.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sae.journal.services import close_operation, open_operation
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from tenants.applications.beyond import WARNING
from tenants.models import ApiToken

CATEGORY = "MASTERDATA"
CREATE, BIND = "API_TOKEN_CREATE", "API_CERTIFICATE_BIND"
ROTATE, REVOKE = "API_TOKEN_ROTATE", "API_TOKEN_REVOKE"


class NotValidError(ValueError):
    """The token is revoked or over: nothing can be done with it."""


class AlreadyBoundError(ValueError):
    """That certificate already opens this coffre."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A key just made: its row, and the key itself, which nobody can read again."""

    token: ApiToken
    secret: str


def issue_token(
    *,
    name: str,
    role: str,
    context_id: str = "",
    expires_at: dt.datetime | None = None,
    beyond: Sequence[str] = (),
    agent_id: uuid.UUID | None = None,
    request_id: str = "",
) -> Issued:
    """Make the key of an application to the coffre in scope.

    ``beyond`` names what it may do that its maker cannot: journalled, and kept with the key.
    """
    issued = _issue(
        name=name, role=role, context_id=context_id, expires_at=expires_at, beyond=beyond
    )
    _tell(CREATE, issued.token, agent_id, request_id)
    return issued


def bind_certificate(
    *,
    name: str,
    fingerprint: str,
    role: str,
    context_id: str = "",
    expires_at: dt.datetime | None = None,
    beyond: Sequence[str] = (),
    agent_id: uuid.UUID | None = None,
    request_id: str = "",
) -> ApiToken:
    """Let the holder of a client certificate enter the coffre in scope.

    Raises ``AlreadyBoundError`` for a certificate that already does; one revoked can come back.
    """
    known = ApiToken.objects.select_for_update().filter(token_sha256=fingerprint).first()
    if known is not None and known.is_valid_at(clock.now()):
        raise AlreadyBoundError(fingerprint)
    row = known or ApiToken(token_sha256=fingerprint, kind=ApiToken.Kind.CERTIFICATE)
    row.name, row.prefix, row.role, row.context_id = name, fingerprint[:8], role, context_id
    row.created_at, row.expires_at, row.revoked_at = clock.now(), expires_at, None
    row.last_used_at, row.beyond = None, list(beyond)
    row.save()
    _tell(BIND, row, agent_id, request_id)
    return row


def rotate_token(
    token_id: uuid.UUID,
    *,
    old_until: dt.datetime,
    beyond: Sequence[str] = (),
    agent_id: uuid.UUID | None = None,
    request_id: str = "",
) -> Issued:
    """Make the key that takes the place of another, which stays valid until a moment.

    The new one has the old one's own end, if it had one. Raises ``NotValidError``.
    """
    old = _valid(token_id)
    issued = _issue(
        name=old.name,
        role=old.role,
        context_id=old.context_id,
        expires_at=old.expires_at,
        beyond=beyond,
        replaces=old.id,
    )
    old.expires_at = min(old_until, old.expires_at) if old.expires_at else old_until
    old.save(update_fields=["expires_at"])
    detail = {"replaces": str(old.id), "old_until": old.expires_at.isoformat()}
    _tell(ROTATE, issued.token, agent_id, request_id, **detail)
    return issued


def revoke_token(
    token_id: uuid.UUID, *, agent_id: uuid.UUID | None = None, request_id: str = ""
) -> ApiToken:
    """Close the coffre to a key or a certificate, at once. Raises ``NotValidError``."""
    token = _valid(token_id)
    token.revoked_at = clock.now()
    token.save(update_fields=["revoked_at"])
    _tell(REVOKE, token, agent_id, request_id)
    return token


def _valid(token_id: uuid.UUID) -> ApiToken:
    token: ApiToken = ApiToken.objects.select_for_update().get(id=token_id)
    if not token.is_valid_at(clock.now()):
        raise NotValidError(str(token_id))
    return token


def _issue(
    *,
    name: str,
    role: str,
    context_id: str,
    expires_at: dt.datetime | None,
    beyond: Sequence[str],
    replaces: uuid.UUID | None = None,
) -> Issued:
    secret = ApiToken.new_secret()
    token = ApiToken.objects.create(
        name=name,
        prefix=secret[:8],
        token_sha256=ApiToken.digest(secret),
        role=role,
        context_id=context_id,
        created_at=clock.now(),
        expires_at=expires_at,
        beyond=list(beyond),
        replaces=replaces,
    )
    return Issued(token, secret)


def _tell(
    code: str, token: ApiToken, agent_id: uuid.UUID | None, request_id: str, **more: Any
) -> None:
    operation = open_operation(
        type=code,
        category=CATEGORY,
        agent_id=agent_id,
        request_id=request_id,
        detail={
            "token": str(token.id),
            "role": token.role,
            "context": token.context_id,
            **({"until": token.expires_at.isoformat()} if token.expires_at else {}),
            **({"warning": WARNING, "beyond": list(token.beyond)} if token.beyond else {}),
            **more,
        },
    )
    close_operation(operation=operation, outcome=Outcome.OK)
