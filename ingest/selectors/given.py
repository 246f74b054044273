"""What somebody may deposit, in words: for which agencies, under which ingest contracts."""

from django.utils.translation import gettext as _

from ingest.selectors.deposits import agency_names
from tenants.models import IngestContract
from tenants.rights.deposits import Limits


def deposits_given(limits: Limits | None) -> list[str]:
    """Return a phrase for each way of depositing that is open, none where nothing limits."""
    if not limits:
        return []
    agencies = agency_names(name for one in limits for name in one["agencies"])
    asked = {name for one in limits for name in one["contracts"]}
    contracts = {name: name for name in asked} | dict(
        IngestContract.objects.filter(identifier__in=asked).values_list("identifier", "name")
    )
    return [
        _("%(agencies)s, %(contracts)s")
        % {
            "agencies": _("pour %s") % ", ".join(agencies[name] for name in one["agencies"])
            if one["agencies"]
            else _("pour tous les services"),
            "contracts": _("sous %s")
            % ", ".join(
                _("%(name)s (%(identifier)s)") % {"name": contracts[name], "identifier": name}
                for name in one["contracts"]
            )
            if one["contracts"]
            else _("sous tous les contrats d’entrée"),
        }
        for one in limits
    ]
