"""Deposits under way that rely on elements of referentials, told to the room of referentials.

What a deposit relies on is known once its manifest is read; until then it is judged against what
the coffre has at that moment.

Management rules and formats are not told. Which ones a deposit names is known unit by unit and
object by object only: asking would mean reading the spools of all that is under way each time a
rule is shown. A rule that leaves is found out when the units enter, in the transaction that writes
them (``ingest.steps.indexing``): the deposit is refused and names it, so that no unit is left under
a rule that is no more. A format is a name given by PRONOM: an object keeps the one it was
identified by, with its words, whether or not the signature file in force still lists it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.db.models import Q

from ingest.models import Deposit
from tenants.models import IngestContract
from tenants.referentials.under_way import UnderWay

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "ingestcontracts": ("archival_agreement",),
    "archiveprofiles": ("archival_profile",),
    "agencies": ("originating_agency", "submission_agency"),
    "contexts": ("context_id",),
}
"""What of a deposit names an element of each kind."""


def relying_on(kind: str, identifiers: Collection[str]) -> Mapping[str, Sequence[UnderWay]]:
    """Return the deposits under way that rely on each element, those of no kind left out."""
    if kind == "managementcontracts":
        return _through_contracts(identifiers)
    columns = _COLUMNS.get(kind, ())
    if not columns:
        return {}
    wanted = set(identifiers)
    condition = Q()
    for column in columns:
        condition |= Q(**{f"{column}__in": wanted})
    found: dict[str, list[UnderWay]] = defaultdict(list)
    rows = Deposit.objects.exclude(state=Deposit.State.COMPLETED).filter(condition)
    for deposit in rows.order_by("received_at"):
        for name in {getattr(deposit, column) for column in columns} & wanted:
            found[name].append(UnderWay(deposit.reference, str(deposit.id)))
    return found


def _through_contracts(identifiers: Collection[str]) -> Mapping[str, Sequence[UnderWay]]:
    """A deposit is kept as the management contract of its ingest contract says."""
    contracts = dict(
        IngestContract.objects.filter(management_contract_id__in=set(identifiers)).values_list(
            "identifier", "management_contract_id"
        )
    )
    found: dict[str, list[UnderWay]] = defaultdict(list)
    for contract, deposits in relying_on("ingestcontracts", contracts).items():
        found[contracts[contract]] += deposits
    return found
