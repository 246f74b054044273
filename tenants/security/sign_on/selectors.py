"""Which provider signs whom in."""

from sae.tenancy.models import Organisation
from sae.tenancy.scope import tenant_scope
from tenants.models import Account
from tenants.models.security import SignOn, SignOnDomain
from tenants.services.organisations import proof_of


def sign_on_of(organisation: Organisation) -> SignOn | None:
    """Return how an organisation signs in, on or off."""
    with tenant_scope(proof_of(organisation).id):
        return SignOn.objects.first()


def sign_on_for(email: str) -> SignOn | None:
    """Return the provider, in service, of the mail domain of an address."""
    domain = email.strip().rpartition("@")[2].lower()
    known = SignOnDomain.objects.filter(domain=domain).first() if domain else None
    if known is None:
        return None
    with tenant_scope(known.tenant_id):
        return SignOn.objects.filter(is_on=True).select_related("tenant__organisation").first()


def password_is_refused(account: Account) -> bool:
    """Tell whether this account must enter by its organisation's provider.

    The account kept for emergencies never must: a provider that is down locks nobody out for good.
    """
    sign_on = sign_on_of(account.organisation)
    if sign_on is None or not (sign_on.is_on and sign_on.refuses_passwords):
        return False
    return account.id != sign_on.emergency_account


def domains_of(sign_on: SignOn) -> list[str]:
    """Return the mail domains that a provider signs in."""
    found = SignOnDomain.objects.filter(tenant_id=sign_on.tenant_id).order_by("domain")
    return list(found.values_list("domain", flat=True))
