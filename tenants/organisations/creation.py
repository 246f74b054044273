"""An organisation founded in one go: identity, coffres, referentials, groups, first administrator.

One transaction: a fault in the middle leaves nothing, journals included. The screen of the operator
and ``manage.py organisation create`` come here.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tenants.accounts.identity import Identity
from tenants.accounts.invitations import Handed, invite_account
from tenants.accounts.services import create_account
from tenants.accounts.telling import Actor
from tenants.models import AccessContract, Account, IngestContract
from tenants.organisations.copying import Copied, furnish, furnish_proof, model_coffre_of
from tenants.organisations.telling import platform_proof, tell_in
from tenants.permissions import Permission
from tenants.rights.effective import rights_of
from tenants.rights.services import grant_ready
from tenants.services.organisations import create_organisation, create_tenant, proof_of

FOUND = "ORGANISATION_FOUND"
FIRST_ADMINISTRATOR = "administrator"
"""Ready profile of the first person, in the coffre de preuve and in each coffre of archives."""

USUAL_INGEST = "CE-VERSEMENTS"
"""Of the starter set (tenants/starter): what services deposit, not the plans they hang from."""


@dataclass(frozen=True, slots=True)
class CoffreDraft:
    """A coffre to be. Contracts are identifiers of the starter's, empty for its first ones."""

    name: str
    colour: str = ""
    languages: tuple[str, ...] = ("fr",)
    quota_bytes: int | None = None
    quota_units: int | None = None
    ingest_contract: str = ""
    access_contract: str = ""


@dataclass(frozen=True, slots=True)
class OrganisationDraft:
    """An organisation to be. ``template``: whose referentials and groups it begins with."""

    name: str
    coffres: tuple[CoffreDraft, ...]
    code: str = ""
    address: str = ""
    is_template: bool = False
    template: Organisation | None = None
    administrator: Identity | None = None


@dataclass(frozen=True, slots=True)
class Founded:
    """What was made. ``handed`` has the link to give when no mail leaves; ``None``: nobody."""

    organisation: Organisation
    coffres: tuple[Tenant, ...]
    administrator: Account | None = None
    handed: Handed | None = None
    copied: Sequence[Copied] = field(default=())


def found_organisation(
    *, draft: OrganisationDraft, agent_id: uuid.UUID | None, site: str = "", request_id: str = ""
) -> Founded:
    """Make it all, or nothing.

    ``site`` begins the address of the invitation. Raises ``AlreadyExists`` (name, code, coffre),
    ``RefusedError`` (the administrator's address) or ``TemplateRefusedError``.
    """
    with transaction.atomic():
        organisation = create_organisation(
            name=draft.name,
            code=draft.code,
            address=draft.address,
            is_template=draft.is_template,
            agent_id=agent_id,
        )
        furnish_proof(organisation)
        made = [_make_coffre(organisation, one, draft, agent_id) for one in draft.coffres]
        coffres = tuple(coffre for coffre, _copied in made)
        administrator, handed = None, None
        if draft.administrator is not None:
            # The platform acts, not the operator's account: it has no level in this organisation.
            actor = Actor(None, request_id)
            administrator = create_account(
                organisation=organisation, identity=draft.administrator, actor=actor
            )
            for coffre in (proof_of(organisation), *coffres):
                grant_ready(account=administrator, coffre=coffre, key=FIRST_ADMINISTRATOR)
            handed = invite_account(account=administrator, actor=actor, site=site)
        _tell(organisation, coffres, administrator, agent_id)
    return Founded(
        organisation, coffres, administrator, handed, tuple(copied for _coffre, copied in made)
    )


def add_coffre(
    *, organisation: Organisation, draft: CoffreDraft, agent_id: uuid.UUID | None
) -> Tenant:
    """Add a coffre of archives with the starter set; who manages rights there enters it too.

    All or nothing. Raises ``AlreadyExists`` for a name already used.
    """
    with transaction.atomic():
        coffre, _copied = _make_coffre(
            organisation, draft, OrganisationDraft(organisation.name, (draft,)), agent_id
        )
        for account in organisation.accounts.filter(is_active=True):
            if rights_of(account).chains(Permission.RIGHT_MANAGE, proof_of(organisation)):
                grant_ready(account=account, coffre=coffre, key=FIRST_ADMINISTRATOR)
    return coffre


def _make_coffre(
    organisation: Organisation,
    one: CoffreDraft,
    draft: OrganisationDraft,
    agent_id: uuid.UUID | None,
) -> tuple[Tenant, Copied]:
    settings: dict[str, Any] = {
        "languages": list(one.languages),
        "quota_bytes": one.quota_bytes,
        "quota_units": one.quota_units,
    }
    if one.colour:
        settings["colour"] = one.colour
    coffre = create_tenant(organisation=organisation, name=one.name, agent_id=agent_id, **settings)
    copied = furnish(coffre, template=draft.template, agent_id=agent_id)
    _choose_contracts(coffre, one, draft.template)
    return coffre, copied


def _choose_contracts(coffre: Tenant, one: CoffreDraft, template: Organisation | None) -> None:
    """Propose first the contracts named, else those of the template, else the usual ones."""
    model = model_coffre_of(template) if template is not None else None
    with tenant_scope(coffre.id):
        ingest = _first(
            IngestContract, one.ingest_contract, model.ingest_contract if model else USUAL_INGEST
        )
        access = _first(AccessContract, one.access_contract, model.access_contract if model else "")
    with platform_scope(reason=FOUND):
        Tenant.objects.filter(id=coffre.id).update(ingest_contract=ingest, access_contract=access)
    coffre.ingest_contract, coffre.access_contract = ingest, access


def _first(model: type[IngestContract] | type[AccessContract], *wanted: str) -> str:
    """Return the first of the contracts wanted that is there and active, else any that is."""
    active = list(
        model.objects.filter(status="ACTIVE")
        .order_by("identifier")
        .values_list("identifier", flat=True)
    )
    return next((one for one in wanted if one in active), active[0] if active else "")


def _tell(
    organisation: Organisation,
    coffres: Sequence[Tenant],
    administrator: Account | None,
    agent_id: uuid.UUID | None,
) -> None:
    """The act as a whole, in the platform's journal too: how it was begun is the operator's act."""
    detail = {
        "organisation": str(organisation.id),
        "tenants": [coffre.number for coffre in coffres],
        "administrator": str(administrator.id) if administrator else "",
    }
    tell_in(proof_of(organisation), FOUND, agent_id=agent_id, detail=detail)
    platform = platform_proof()
    if platform is not None:
        tell_in(platform, FOUND, agent_id=agent_id, detail=detail)


def refusal_in_words(kind: str) -> str:
    """Return what the operator is told of a template whose referential is refused."""
    return _(
        "Le modèle ne peut pas servir : son référentiel « %(kind)s » est refusé par le contrôle. "
        "Corrigez-le dans l’organisation modèle, ou partez du jeu de départ fourni."
    ) % {"kind": kind}
