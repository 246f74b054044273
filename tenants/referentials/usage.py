"""Who uses an element of a referential: what may not be removed, and what changes touch.

The fonds is read directly, since it lies below; rooms above add their own users, and listen to
rules that change, by registering here when the application starts.
"""

import uuid
from collections.abc import Callable, Collection

from django.db import connection

from sae.holdings.models import AccessionRegisterDetail, ArchiveUnit
from sae.tenancy.scope import current_tenant_id
from tenants.models import AccessContract

UsageReader = Callable[[Collection[str]], set[str]]
RuleListener = Callable[[Collection[str], uuid.UUID], None]

_agency_users: list[UsageReader] = []
_rule_users: list[UsageReader] = []
_rule_listeners: list[RuleListener] = []


def register_agency_user(reader: UsageReader) -> None:
    """Have ``reader(identifiers)`` name the agencies that a room above uses."""
    _agency_users.append(reader)


def register_rule_user(reader: UsageReader) -> None:
    """Have ``reader(identifiers)`` name the rules that a room above uses."""
    _rule_users.append(reader)


def register_rule_listener(listener: RuleListener) -> None:
    """Have ``listener(identifiers, operation_id)`` called, in the transaction of the import, with
    the used rules whose length changed: end dates of units follow from them."""
    _rule_listeners.append(listener)


def tell_rule_listeners(identifiers: Collection[str], operation_id: uuid.UUID) -> None:
    """Announce used rules whose length changed."""
    for listener in _rule_listeners:
        listener(identifiers, operation_id)


def agencies_in_contracts(identifiers: Collection[str]) -> set[str]:
    """Return those of the agencies that an access contract names."""
    wanted = set(identifiers)
    rows = AccessContract.objects.values_list("originating_agencies", flat=True)
    return {name for named in rows for name in named} & wanted


def agencies_in_holdings(identifiers: Collection[str]) -> set[str]:
    """Return those of the agencies that own archives, or that a room above uses.

    An agency that only transferred archives of others is not protected, as in the peers.
    """
    if not identifiers:
        return set()
    rows = AccessionRegisterDetail.objects.filter(originating_agency__in=set(identifiers))
    used = set(rows.values_list("originating_agency", flat=True).distinct())
    return used.union(*(reader(identifiers) for reader in _agency_users))


def rules_in_holdings(identifiers: Collection[str]) -> set[str]:
    """Return those of the rules that a unit declares, or that a room above uses.

    One pass over the units of the coffre (about 1 s per million), and only when an import removes
    or changes rules: row-level security takes jsonb indexes away (measured), so none is kept.
    """
    if not identifiers:
        return set()
    wanted = set(identifiers)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT used.rule #>> '{{}}' FROM {ArchiveUnit._meta.db_table} unit, "  # noqa: S608
            "LATERAL jsonb_path_query(unit.management, 'lax $.*.Rules[*].Rule') AS used(rule) "
            "WHERE unit.tenant_id = %s AND unit.management <> '{}' "
            "AND used.rule #>> '{}' = ANY(%s)",
            [current_tenant_id(), sorted(wanted)],
        )
        used = {row[0] for row in cursor.fetchall()}
    return used.union(*(reader(identifiers) for reader in _rule_users))


def known_units(identifiers: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of the units that the coffre holds."""
    if not identifiers:
        return set()
    return set(ArchiveUnit.objects.filter(id__in=set(identifiers)).values_list("id", flat=True))
