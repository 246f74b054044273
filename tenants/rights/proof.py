"""The coffre de preuve of an organisation: where its profiles, groups and choices are kept."""

import uuid

from sae.tenancy.models import Tenant


def proof_coffre(organisation_id: uuid.UUID) -> Tenant:
    """Return the coffre where acts on an organisation are kept and journalled: it has one."""
    return Tenant.objects.get(organisation_id=organisation_id, kind=Tenant.Kind.PROOF)
