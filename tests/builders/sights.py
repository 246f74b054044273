"""Reading the fonds in a test: as those who see everything, or under access contracts."""

import contextlib
import uuid
from collections.abc import Iterator

from sae.holdings.sight import Grant, Sight, seeing
from sae.tenancy.scope import tenant_scope


@contextlib.contextmanager
def seeing_all(tenant_id: uuid.UUID) -> Iterator[None]:
    """Open a coffre, all of it in sight."""
    with tenant_scope(tenant_id), seeing(Sight.whole()):
        yield


@contextlib.contextmanager
def seeing_by(tenant_id: uuid.UUID, *grants: Grant) -> Iterator[None]:
    """Open a coffre, as contracts that grant this show it."""
    with tenant_scope(tenant_id), seeing(Sight(grants)):
        yield
