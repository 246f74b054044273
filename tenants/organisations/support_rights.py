"""What an accepted access of the support gives: a source of rights beside the groups."""

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import Tenant
from tenants.models import Account, SupportAccess
from tenants.organisations.support import open_accesses_of
from tenants.permissions import Permission
from tenants.rights.deposits import EVERY_DEPOSIT
from tenants.rights.effective import Chain, Grant
from tenants.rights.ready import READY

READING = frozenset(
    {
        Permission.DEPOSIT_VIEW,
        Permission.HOLDINGS_VIEW,
        Permission.REFERENTIAL_VIEW,
        Permission.JOURNAL_VIEW,
    }
)
"""Enough to understand what does not work; files are not opened, accounts are not seen."""

FULL = READY["head_archivist"].permissions - {Permission.DEPOSIT_CANCEL_APPROVE}
"""What an archivist in charge does, never a second approval, an account, a right or a setting."""


def support_grants(account: Account, at: dt.datetime) -> Iterable[Grant]:
    """Return the rights of an account of the operator in the coffres opened to it."""
    if not account.organisation.is_platform:
        return []
    accesses = open_accesses_of(account, at)
    coffres = {
        one.id: one
        for one in Tenant.objects.filter(
            id__in=[access.coffre_id for access in accesses], organisation__suspended_at=None
        ).select_related("organisation")
    }
    return [
        _grant(access, coffres[access.coffre_id])
        for access in accesses
        if access.coffre_id in coffres
    ]


def _grant(access: SupportAccess, coffre: Tenant) -> Grant:
    return Grant(
        coffre=coffre,
        chain=Chain(
            group_id=access.id,
            group=str(_("Accès du support")),
            level="",
            profile_id=access.id,
            profile=str(_("support, accès complet") if access.is_full else _("support, lecture")),
            until=access.ends_at,
        ),
        permissions=FULL if access.is_full else READING,
        sees_everything=True,
        deposits=EVERY_DEPOSIT,
    )
