"""Whose sight of the fonds: the access contracts given to an account or an application."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from sae.holdings.sight import Grant, Sight, Writing
from sae.tenancy.models import Tenant
from tenants.access import coffre_rights
from tenants.models import AccessContract, Account, Status
from tenants.rights.effective import CoffreRights, rights_of

NO_CONTRACT = "no_contract"
"""No access contract is given: nothing is seen."""
INACTIVE_CONTRACT = "inactive_contract"
"""Contracts are given, but none of them is active: nothing is seen."""


def sight_of_request(request: HttpRequest) -> Sight:
    """Return the sight of the signed-in account in the coffre of its request."""
    return _sight_of_rights(coffre_rights(request))


def sight_of(account: Account, tenant: Tenant) -> Sight:
    """Return the sight of an account in a coffre, in whose scope it is called: for jobs."""
    return _sight_of_rights(rights_of(account).within(tenant))


def _sight_of_rights(rights: CoffreRights | None) -> Sight:
    if rights is None:
        return Sight(reason=NO_CONTRACT)
    return Sight.whole() if rights.sees_everything else sight_of_contracts(rights.access_contracts)


@dataclass(frozen=True, slots=True)
class WhyNothing:
    """Why nothing is seen, and whom to ask, in words."""

    head: str
    sentence: str


def why_nothing(reason: str) -> WhyNothing:
    """Return what to say to those whose sight is empty."""
    if reason == INACTIVE_CONTRACT:
        return WhyNothing(
            _("Votre contrat d’accès n’est pas actif"),
            _(
                "Un contrat d’accès vous est donné dans ce coffre, mais il est inactif : rien ne "
                "vous est ouvert pour l’instant. Demandez à l’administrateur de votre organisation "
                "de l’activer."
            ),
        )
    return WhyNothing(
        _("Aucun contrat d’accès ne vous est donné"),
        _(
            "Vos droits permettent de consulter des archives, mais aucun contrat d’accès ne dit "
            "lesquelles. Demandez à l’administrateur de votre organisation d’en donner un à l’un "
            "de vos groupes."
        ),
    )


def sight_of_contracts(identifiers: Iterable[str]) -> Sight:
    """Return what access contracts of the coffre in scope show together.

    A contract that is unknown or not active opens nothing. One query.
    """
    wanted = set(identifiers)
    if not wanted:
        return Sight(reason=NO_CONTRACT)
    contracts = AccessContract.objects.filter(identifier__in=wanted, status=Status.ACTIVE)
    grants = tuple(grant_of(contract) for contract in contracts.order_by("identifier"))
    return Sight(grants) if grants else Sight(reason=INACTIVE_CONTRACT)


def grant_of(contract: AccessContract) -> Grant:
    """Return what a contract opens, whatever its status."""
    return Grant(
        contract=contract.identifier,
        name=contract.name,
        every_agency=contract.every_originating_agency,
        agencies=tuple(contract.originating_agencies),
        roots=_positions(contract.root_units),
        excluded=_positions(contract.excluded_root_units),
        due_categories=tuple(contract.rule_categories_to_filter),
        due_categories_of_others=tuple(contract.rule_categories_to_filter_for_other_agencies),
        plans_always=contract.do_not_filter_filing_schemes,
        every_usage=contract.every_data_object_version,
        usages=tuple(contract.data_object_versions),
        writing=writing_of(contract),
        access_logged=contract.access_log == Status.ACTIVE,
    )


def writing_of(contract: AccessContract) -> Writing:
    """Return how far a contract lets units be modified."""
    if not contract.writing_permission:
        return Writing.NONE
    return Writing.DESCRIPTION if contract.writing_restricted_description else Writing.ALL


def _positions(identifiers: Iterable[uuid.UUID]) -> tuple[uuid.UUID, ...]:
    return tuple(dict.fromkeys(identifiers))
