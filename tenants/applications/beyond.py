"""What a key lets an application do that its maker cannot: known, agreed to, told.

Whoever keeps the applications of a coffre is often not who reads its archives: a key that reads
them must be possible, or no connector could be opened. But its maker holds it, were it for a
moment: the difference is shown before, agreed to, journalled, and kept in sight by the check-up.
"""

from collections.abc import Collection

from django.utils.translation import gettext_lazy

from sae.tenancy.models import Tenant
from tenants.permissions import LABELS, Permission
from tenants.rights.deposits import EVERY_DEPOSIT, DepositGrant, Reach
from tenants.rights.effective import CoffreRights
from tenants.rights.reach import covered
from tenants.rights.ready import READY, applies_in
from tenants.selectors.ingest import get_context

WARNING = "TOKEN_BEYOND_MAKER"
"""Stable code of the warning, in the journal and on the form."""
WIDER_SIGHT = "holdings.wider"
"""Archives are seen that the maker, who consults too, does not see."""
WIDER_DEPOSITS = "deposit.wider"
"""Deposits are followed that the maker, who follows some too, does not follow."""


def beyond(
    *,
    role: str,
    context_id: str,
    coffre: Tenant,
    own: Collection[Permission],
    rights: CoffreRights | None,
) -> tuple[str, ...]:
    """Return what a key of this role and context may do beyond its maker's rights, as codes.

    ``own`` and ``rights`` are the maker's in the coffre, in whose scope it runs.
    """
    given = {one for one in READY[role].permissions if applies_in(one, coffre)}
    found = [one.value for one in Permission if one in given and one not in own]
    consults = Permission.HOLDINGS_VIEW
    if consults in given and consults in own and _sees_more(rights, context_id, coffre):
        found.append(WIDER_SIGHT)
    follows = Permission.DEPOSIT_VIEW
    if follows in given and follows in own and _follows_more(rights, context_id, coffre):
        found.append(WIDER_DEPOSITS)
    return tuple(found)


def _sees_more(rights: CoffreRights | None, context_id: str, coffre: Tenant) -> bool:
    if rights is None or rights.sees_everything:
        return rights is None
    context = get_context(context_id) if context_id else None
    if context is None or not context.enable_control:
        return True
    return not context.access_contracts(coffre.number) <= set(rights.access_contracts)


def _follows_more(rights: CoffreRights | None, context_id: str, coffre: Tenant) -> bool:
    held = rights.deposits(Permission.DEPOSIT_VIEW) if rights else ()
    context = get_context(context_id) if context_id else None
    if context is None or not context.enable_control:
        return not covered(EVERY_DEPOSIT, held)
    contracts = tuple(context.ingest_contracts(coffre.number))
    return bool(contracts) and not covered(DepositGrant(Reach.CHOSEN, contracts), held)


def in_words(codes: Collection[str]) -> list[str]:
    """Return what codes of ``beyond`` say, in French; an unknown one as it is."""
    known = Permission._value2member_map_
    return [str(_WIDER.get(one, LABELS[Permission(one)] if one in known else one)) for one in codes]


_WIDER = {
    WIDER_SIGHT: gettext_lazy("voir des archives hors de ses contrats"),
    WIDER_DEPOSITS: gettext_lazy("suivre des versements hors de ceux de ses profils"),
}
