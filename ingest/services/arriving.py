"""What deposits and uploads under way will bring: it keeps its place in the coffre's quotas.

Everything here is asked in the scope of a coffre.
"""

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Greatest

from ingest.models import Deposit, Upload
from sae.holdings.models import AccessionRegisterDetail
from sae.kernel import clock
from sae.kernel.outcomes import Outcome
from tenants.organisations.quotas import Arriving


def arriving() -> Arriving:
    """Return what deposits not on the register yet, and files being sent, bring to the coffre."""
    announced = (
        Upload.objects.filter(deposit_id=None, expires_at__gt=clock.now())
        .exclude(metadata__action=Deposit.Action.BLANK_TEST)
        .aggregate(announced=Sum("length"))["announced"]
    )
    return _sum(_under_way()) + Arriving(announced=int(announced or 0))


def arriving_before(deposit: Deposit) -> Arriving:
    """Return what is counted before a deposit: those received earlier, or already further."""
    ahead = Q(id__lt=deposit.id) | Q(next_step__gt=deposit.next_step)
    return _sum(_under_way().filter(ahead).exclude(id=deposit.id))


def _under_way() -> QuerySet[Deposit]:
    """Deposits that will bring something, but have no line of the register to say so.

    One stopped by a technical error keeps its place: it will go on, or be given up.
    """
    registered = AccessionRegisterDetail.objects.filter(operation_id=OuterRef("id"))
    return (
        Deposit.objects.exclude(state=Deposit.State.COMPLETED)
        .exclude(action=Deposit.Action.BLANK_TEST)
        .exclude(settled_outcome=Outcome.KO.name)
        .exclude(Exists(registered))
    )


def _sum(deposits: QuerySet[Deposit]) -> Arriving:
    """Sum deposits: by the size of the package, or of its objects once they are known."""
    found = deposits.aggregate(
        size=Sum(Greatest(F("file_size"), F("total_size"))), units=Sum("unit_count")
    )
    return Arriving(size=int(found["size"] or 0), units=int(found["units"] or 0))
