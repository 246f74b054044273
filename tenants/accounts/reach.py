"""On whom an administrator may act: accounts of their organisation, strictly below their level."""

import uuid
from collections.abc import Iterable, Mapping

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from sae.kernel import clock
from sae.tenancy.models import Organisation
from sae.tenancy.scope import tenant_scope
from tenants.models import Account
from tenants.models.rights import Group, GroupMember
from tenants.permissions import Permission
from tenants.rights.effective import in_force, rights_of
from tenants.rights.reach import account_is_in_reach, groups_in_reach, levels_of_accounts
from tenants.services.organisations import proof_of


class RefusedError(ValueError):
    """An act on an account is refused; the message is told to people as is."""


def accounts_of(organisation: Organisation) -> QuerySet[Account]:
    """Return every account of an organisation."""
    return Account.objects.filter(organisation=organisation)


class Reach:
    """How far one administrator goes among the accounts of one organisation.

    Without account (the command line, the platform itself) it is bound by no level. ``out_of``
    asks the database once for all the accounts given beforehand to ``prepare``.
    """

    def __init__(
        self,
        actor: Account | None,
        organisation: Organisation,
        permission: Permission = Permission.ACCOUNT_MANAGE,
    ) -> None:
        self.actor = actor
        self.organisation = organisation
        self._levels_of: dict[uuid.UUID, frozenset[str]] = {}
        self.levels: frozenset[str] = (
            rights_of(actor).levels(organisation.id, permission) if actor else frozenset()
        )

    def prepare(self, accounts: Iterable[Account]) -> None:
        """Read the levels of many accounts at once."""
        with tenant_scope(proof_of(self.organisation).id):
            self._levels_of |= levels_of_accounts([account.id for account in accounts])

    def why_not(self, account: Account) -> str:
        """Return why this account is out of reach, empty when it is not."""
        if account.organisation_id != self.organisation.id:
            return _("Ce compte n’est pas de votre organisation.")
        if self.actor is None:
            return ""
        if account.id == self.actor.id:
            return _("Vous ne pouvez pas agir sur votre propre compte.")
        if account.id not in self._levels_of:
            self.prepare([account])
        if not account_is_in_reach(self.levels, self._levels_of[account.id]):
            return _("Ce compte n’est pas sous votre niveau.")
        return ""

    def groups(self) -> dict[str, Group]:
        """Return the groups in which this administrator places accounts, by name."""
        with tenant_scope(proof_of(self.organisation).id):
            found = groups_in_reach(self.levels) if self.actor else list(Group.objects.all())
        return {group.name: group for group in found}


def check_reach(
    actor: Account | None,
    account: Account,
    permission: Permission = Permission.ACCOUNT_MANAGE,
) -> None:
    """Raise ``RefusedError`` when ``actor`` may not act on ``account``."""
    if actor is not None and actor.organisation_id != account.organisation_id:
        raise RefusedError(_("Ce compte n’est pas de votre organisation."))
    if reason := Reach(actor, account.organisation, permission).why_not(account):
        raise RefusedError(reason)


def groups_of_accounts(account_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, tuple[str, ...]]:
    """Return the names of the groups in force of accounts. Needs the scope of the proof."""
    names: dict[uuid.UUID, set[str]] = {}
    rows = GroupMember.objects.filter(in_force(clock.now()), account_id__in=list(account_ids))
    for account_id, name in rows.values_list("account_id", "group__name"):
        names.setdefault(account_id, set()).add(name)
    return {account_id: tuple(sorted(found)) for account_id, found in names.items()}


def hold_managers(organisation: Organisation) -> None:
    """Make two acts that may take away the last manager wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"managers {organisation.id}"]
        )


def is_last_manager(account: Account) -> bool:
    """Tell whether nobody else of the organisation could manage accounts without this one."""
    return managers_of(account.organisation) == {account.id}


def managers_of(organisation: Organisation) -> set[uuid.UUID]:
    """Return the people who may enter and manage accounts of an organisation."""
    proof = proof_of(organisation)
    with tenant_scope(proof.id):
        placed = set(
            GroupMember.objects.filter(
                in_force(clock.now()),
                group__carried__profile__coffre_id=proof.id,
                group__carried__profile__permissions__contains=[Permission.ACCOUNT_MANAGE.value],
            ).values_list("account_id", flat=True)
        )
    entering = accounts_of(organisation).filter(
        id__in=placed,
        is_active=True,
        status=Account.Status.ENABLED,
        kind=Account.Kind.NOMINATIVE,
    )
    return set(entering.values_list("id", flat=True))
