"""Somebody must remain who can give rights at the root: without them nothing could be repaired."""

import contextlib
import uuid
from collections.abc import Iterator

from django.db import connection

from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import Account
from tenants.models.rights import GroupMember
from tenants.permissions import Permission
from tenants.rights.effective import in_force
from tenants.rights.levels import ROOT
from tenants.rights.reach import OutOfReachError


class NobodyRemainsError(OutOfReachError):
    """The act would leave the organisation without anyone to manage its rights."""

    def __init__(self) -> None:
        super().__init__(
            "Il ne resterait personne pour gérer les groupes et les profils à la racine :"
            " donnez d’abord ce droit à un autre compte actif."
        )


def root_managers(proof: Tenant) -> set[uuid.UUID]:
    """Return the active accounts that manage rights from the root of an organisation."""
    with tenant_scope(proof.id):
        placed = set(
            GroupMember.objects.filter(
                in_force(clock.now()),
                group__level=ROOT,
                group__carried__profile__coffre_id=proof.id,
                group__carried__profile__permissions__contains=[Permission.RIGHT_MANAGE.value],
            ).values_list("account_id", flat=True)
        )
    active = Account.objects.filter(
        id__in=placed, is_active=True, organisation_id=proof.organisation_id
    )
    return set(active.values_list("id", flat=True))


@contextlib.contextmanager
def somebody_remains(proof: Tenant) -> Iterator[None]:
    """Raise ``NobodyRemainsError`` when what is done inside takes away the last of them.

    Two such acts wait for each other; the transaction of the caller is then rolled back.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"managers {proof.organisation_id}"],
        )
    before = root_managers(proof)
    yield
    if before and not root_managers(proof):
        raise NobodyRemainsError
