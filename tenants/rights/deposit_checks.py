"""What the check-up says of the deposits that profiles let follow."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import Agency, IngestContract, Status
from tenants.models.rights import Profile
from tenants.permissions import Permission
from tenants.rights.checking import Finding, Place
from tenants.rights.deposits import ON_DEPOSITS, Reach


def deposit_findings(organisation: Organisation, coffres: list[Tenant]) -> Iterator[Finding]:
    """Find profiles whose deposits tell more than their archives, or name what is gone.

    Runs in the scope of the coffre de preuve.
    """
    names = {one.id: one.name for one in coffres}
    wider, lost = [], []
    for profile in Profile.objects.filter(permissions__overlap=sorted(ON_DEPOSITS)):
        coffre = names.get(profile.coffre_id)
        if coffre is None:
            continue
        url = reverse("profile_edit", args=[profile.id])
        if _tells_more(profile):
            wider.append(Place(profile.name, url, coffre, _("Modifier")))
        if profile.deposit_reach == Reach.CHOSEN and (gone := _gone(profile)):
            fact = _("%(coffre)s : %(names)s") % {"coffre": coffre, "names": ", ".join(gone)}
            lost.append(Place(profile.name, url, fact, _("Modifier")))
    if wider:
        yield Finding(
            "deposits-wider",
            "WARNING",
            _("Des profils suivent les versements d’archives qu’ils ne voient pas"),
            _(
                "Leurs contrats d’accès limitent les archives vues, mais chaque bordereau leur est "
                "ouvert : réservez-leur les versements de leurs services."
            ),
            tuple(wider),
        )
    if lost:
        yield Finding(
            "deposits-lost",
            "WARNING",
            _("Des profils versent sous un contrat ou pour un service inactif ou disparu"),
            _("Ce qui est versé ainsi est refusé."),
            tuple(lost),
        )


def _tells_more(profile: Profile) -> bool:
    consults = Permission.HOLDINGS_VIEW.value in profile.permissions
    follows = Permission.DEPOSIT_VIEW.value in profile.permissions
    every = profile.deposit_reach == Reach.EVERY
    return consults and follows and every and not profile.sees_everything


def _gone(profile: Profile) -> list[str]:
    """Return the contracts that are no longer active and the agencies that left, as named."""
    contracts, agencies = set(profile.deposit_contracts), set(profile.deposit_agencies)
    with tenant_scope(profile.coffre_id):
        active = IngestContract.objects.filter(identifier__in=contracts, status=Status.ACTIVE)
        known = Agency.objects.filter(identifier__in=agencies)
        contracts -= set(active.values_list("identifier", flat=True))
        agencies -= set(known.values_list("identifier", flat=True))
    return sorted(contracts | agencies)
