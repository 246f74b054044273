"""What somebody may deposit, in words: for which agencies, under which ingest contracts."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from ingest.selectors.deposits import agency_names
from tenants.models import IngestContract
from tenants.rights.deposits import Limits


def deposits_given(limits: Limits | None) -> list[str]:
    """Return a phrase for each way of depositing that is open, none where nothing limits."""
    if not limits:
        return []
    agencies = agency_names(name for one in limits for name in one["agencies"])
    contracts = _contract_names([name for one in limits for name in one["contracts"]])
    return [
        ", ".join(
            (
                _("pour %s") % ", ".join(agencies[name] for name in one["agencies"])
                if one["agencies"]
                else _("pour tous les services"),
                _("sous %s") % ", ".join(contracts[name] for name in one["contracts"])
                if one["contracts"]
                else _("sous tous les contrats d’entrée"),
            )
        )
        for one in limits
    ]


def _contract_names(identifiers: Sequence[str]) -> dict[str, str]:
    """Return contracts as people name them; one that left keeps its identifier."""
    rows = IngestContract.objects.filter(identifier__in=identifiers)
    known = rows.values_list("identifier", "name")
    return {one: one for one in identifiers} | {one: f"{name} ({one})" for one, name in known}
