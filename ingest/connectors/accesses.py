"""Accesses of client software: created, changed, recognised. Acts are journalled in the coffre."""

import hashlib
import re
import uuid
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.core.cache import cache
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from ingest.connectors.models import ConnectorAccess
from sae.journal.labels import Label
from sae.journal.services import close_operation, open_operation
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.deposit_sights import deposit_sight_of_context
from tenants.rights.deposits import DepositGrant, DepositSight, Reach
from tenants.selectors.ingest import get_context

CREATED = "CONNECTOR_ACCESS_CREATE"
CHANGED = "CONNECTOR_ACCESS_UPDATE"
LABELS: dict[str, Label] = {
    CREATED: _("Création d’un accès de connecteur"),
    CHANGED: _("Modification d’un accès de connecteur"),
}
KEPT_VERIFIED = 600
"""Seconds during which a password found right is not hashed slowly again: clients send it at
every call, and a slow hash costs a third of a second."""

_HEX_DIGEST = re.compile(rb"[0-9a-fA-F]{64}")
SETTINGS = ("ingest_contract", "context_id", "originating_agency", "enabled")


class AccessRefused(ValueError):  # noqa: N818 — told to people as is
    """What was asked of an access cannot be."""


def create_access(
    *,
    tenant: Tenant,
    kind: str,
    login: str,
    password: str,
    agent_id: uuid.UUID | None = None,
    **settings: Any,
) -> ConnectorAccess:
    """Open a coffre of archives to a client; ``settings`` are fields of ``ConnectorAccess``."""
    if tenant.kind != Tenant.Kind.ARCHIVES:
        raise AccessRefused("Un coffre de preuve ne reçoit pas de versement.")
    if not login.strip() or ":" in login:
        raise AccessRefused("L’identifiant est vide ou contient « : ».")
    _check_password(password)
    with tenant_scope(tenant.id):
        if ConnectorAccess.objects.filter(kind=kind, login=login).exists():
            raise AccessRefused(f"L’identifiant « {login} » a déjà un accès à ce coffre.")
        access: ConnectorAccess = ConnectorAccess.objects.create(
            kind=kind,
            login=login,
            password_hash=make_password(_digest(password.encode())),
            created_at=clock.now(),
            **settings,
        )
        _journal(CREATED, access, {"kind": kind}, agent_id)
    return access


def deposits_followed_by(access: ConnectorAccess) -> DepositSight:
    """Return the deposits whose replies an access reads: its own, and those of its contract.

    An access that names no contract is held to its context. Runs in the open tenant scope.
    """
    if access.ingest_contract:
        grant = DepositGrant(Reach.CHOSEN, contracts=(access.ingest_contract,))
        return DepositSight(grants=(grant,), owner_id=access.id)
    context = get_context(access.context_id) if access.context_id else None
    coffre = Tenant.objects.get(id=access.tenant_id)
    return deposit_sight_of_context(context, coffre, owner_id=access.id)


def change_access(
    access: ConnectorAccess, *, agent_id: uuid.UUID | None = None, **settings: Any
) -> ConnectorAccess:
    """Change settings, the password (``password``), or one rule (``rule``: category, code, rule).

    A rule given as ``""`` forgets the correspondence. Runs in the open tenant scope.
    """
    password: str | None = settings.pop("password", None)
    rule: tuple[str, str, str] | None = settings.pop("rule", None)
    unknown = settings.keys() - set(SETTINGS)
    if unknown:
        raise AccessRefused(f"Réglage inconnu : {', '.join(sorted(unknown))}.")
    before = {name: getattr(access, name) for name in settings}
    for name, value in settings.items():
        setattr(access, name, value)
    if password is not None:
        _check_password(password)
        access.password_hash = make_password(_digest(password.encode()))
    if rule is not None:
        category, code, identifier = rule
        rules = {name: dict(codes) for name, codes in access.rules.items()}
        place = f"rules.{category}.{code}"
        before[place] = rules.get(category, {}).get(code, "")
        settings[place] = identifier
        if identifier:
            rules.setdefault(category, {})[code] = identifier
        else:
            rules.get(category, {}).pop(code, None)
        access.rules = rules
    access.save()
    changed = {name: value for name, value in settings.items() if before[name] != value}
    detail = {
        "before": {name: before[name] for name in changed},
        "after": changed,
        "password_changed": password is not None,
    }
    _journal(CHANGED, access, detail, agent_id)
    return access


def recognise(*, kind: str, login: str, secret: bytes) -> ConnectorAccess | None:
    """Return the access of the coffre in scope that a login and a password open, else ``None``.

    ``secret`` is the password in clear or its SHA-256 in hexadecimal: clients send either. An
    unknown login takes the time of a wrong password.
    """
    access: ConnectorAccess | None = ConnectorAccess.objects.filter(
        kind=kind, login=login, enabled=True
    ).first()
    digest = secret.decode().lower() if _HEX_DIGEST.fullmatch(secret) else _digest(secret)
    if access is None:
        waste_time(digest)
        return None
    verified = salted_hmac("connector", f"{access.id} {access.password_hash} {digest}").hexdigest()
    if cache.get(verified):
        return access
    if not check_password(digest, access.password_hash):
        return None
    cache.set(verified, True, KEPT_VERIFIED)
    return access


def waste_time(digest: str) -> None:
    """Hash as slowly as for a known login."""
    make_password(digest)


def _digest(password: bytes) -> str:
    return hashlib.sha256(password).hexdigest()


def _check_password(password: str) -> None:
    if len(password) < 12:
        raise AccessRefused("Le mot de passe compte moins de 12 caractères.")
    if _HEX_DIGEST.fullmatch(password.encode()):
        # It could not be told from the digest that some clients send.
        raise AccessRefused("Le mot de passe a la forme d’une empreinte : choisissez-en un autre.")


def _journal(
    code: str, access: ConnectorAccess, detail: dict[str, Any], agent_id: uuid.UUID | None
) -> None:
    operation = open_operation(
        type=code,
        category="MASTERDATA",
        agent_id=agent_id,
        detail={"access": str(access.id), **detail},
    )
    close_operation(operation=operation, outcome=Outcome.OK)
