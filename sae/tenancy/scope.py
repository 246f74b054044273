"""The wall between tenants, as the application sees it.

Every access to a tenant's rows happens inside ``tenant_scope``; work across tenants inside
``platform_scope``. A scope is a transaction: PostgreSQL is told of it with ``set_config(…, true)``
and ``SET LOCAL ROLE``, which end with the transaction, so a pooled connection never carries a
tenant from one request to the next.
"""

import contextlib
import uuid
from collections.abc import Callable, Generator, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, transaction

Chunk = TypeVar("Chunk")

APPLICATION_ROLE = "sae_app"
PLATFORM_ROLE = "sae_platform"
TENANT_SETTING = "sae.tenant_id"


class NoScopeError(RuntimeError):
    """Rows of tenants were asked for outside any scope: a bug, never an answer."""


class WrongTenantError(RuntimeError):
    """A row of one tenant was about to be written in the scope of another."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be touched now: one tenant, or every tenant for a stated reason."""

    tenant_id: uuid.UUID | None
    reason: str = ""

    @property
    def is_platform(self) -> bool:
        return self.tenant_id is None


_scope: ContextVar[Scope | None] = ContextVar("tenant_scope", default=None)
_on_platform_scope: list[Callable[[str], None]] = []


def on_platform_scope(callback: Callable[[str], None]) -> None:
    """Have ``callback(reason)`` called each time work across tenants begins."""
    _on_platform_scope.append(callback)


def current_scope() -> Scope:
    """Return the open scope; raise ``NoScopeError`` when there is none."""
    scope = _scope.get()
    if scope is None:
        raise NoScopeError("no tenant scope is open")
    return scope


def current_tenant_id() -> uuid.UUID:
    """Return the tenant of the open scope; raise ``NoScopeError`` outside a tenant's scope."""
    scope = current_scope()
    if scope.tenant_id is None:
        raise NoScopeError("the open scope is the platform's, not a tenant's")
    return scope.tenant_id


def scope_is_open() -> bool:
    """Tell whether any scope is open."""
    return _scope.get() is not None


def _declare(scope: Scope | None, using: str) -> None:
    """Tell PostgreSQL which rows this transaction may touch."""
    tenant = str(scope.tenant_id) if scope and scope.tenant_id else ""
    role = PLATFORM_ROLE if scope and scope.is_platform else "none"
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT set_config(%s, %s, true), set_config('role', %s, true)",
            [TENANT_SETTING, tenant, role],
        )


@contextlib.contextmanager
def _enter(scope: Scope, using: str) -> Iterator[Scope]:
    outer = _scope.get()
    with transaction.atomic(using=using):
        _declare(scope, using)
        token = _scope.set(scope)
        try:
            yield scope
        finally:
            _scope.reset(token)
        # Reached without exception only: a rollback to the savepoint restores both by itself.
        if connections[using].in_atomic_block and len(connections[using].savepoint_ids):
            _declare(outer, using)


def tenant_scope(
    tenant_id: uuid.UUID, *, using: str = DEFAULT_DB_ALIAS
) -> contextlib.AbstractContextManager[Scope]:
    """Open a transaction that sees and writes the rows of one tenant alone."""
    return _enter(Scope(tenant_id), using)


@contextlib.contextmanager
def platform_scope(*, reason: str, using: str = DEFAULT_DB_ALIAS) -> Iterator[Scope]:
    """Open a transaction across tenants, for a stated reason that is recorded."""
    if not reason:
        raise ValueError("work across tenants needs a reason")
    with _enter(Scope(None, reason), using) as scope:
        for callback in _on_platform_scope:
            callback(reason)
        yield scope


def stream_in_tenant(
    tenant_id: uuid.UUID, make: Callable[[], Iterator[Chunk]]
) -> Generator[Chunk, None, None]:
    """Run a generator inside the tenant's scope: a streamed response outlives its request."""
    with tenant_scope(tenant_id):
        yield from make()
