"""Problems of a deposit, as its page, its files and its documents list them."""

from collections.abc import Iterator

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber

from ingest.models import Deposit, DepositProblem
from ingest.sentences import Explained, ProblemGroup, explain, group_problems

SHOWN_PER_KIND = 20
"""Problems of one kind shown at once; the others are one link away."""


def groups_of(deposit: Deposit, *, per_kind: int = SHOWN_PER_KIND) -> list[ProblemGroup]:
    """Return the problems by kind, the first ``per_kind`` of each, with real counts.

    Two queries whatever the number of problems: counts by kind, then the first rows of each kind
    (a window over the deposit's own rows).
    """
    counts = {
        (code, reason, further): count
        for code, reason, further, count in DepositProblem.objects.filter(deposit_id=deposit.id)
        .values_list("code", "reason", "further")
        .annotate(count=Count("id"))
    }
    if not counts:
        return []
    rows = (
        DepositProblem.objects.filter(deposit_id=deposit.id)
        .annotate(
            rank=Window(
                RowNumber(),
                partition_by=[F("code"), F("reason"), F("further")],
                order_by=F("position").asc(),
            )
        )
        .filter(rank__lte=per_kind)
        .order_by("position")
    )
    return group_problems(rows, counts=counts)


def problems_of_kind(deposit: Deposit, code: str, reason: str) -> list[Explained]:
    """Return every problem of one kind, in the order in which they were found."""
    rows = DepositProblem.objects.filter(deposit_id=deposit.id, code=code, reason=reason)
    return [explain(row) for row in rows.order_by("position")]


def every_problem(deposit: Deposit) -> Iterator[Explained]:
    """Yield every problem kept, in the order in which they were found, a thousand at a time."""
    rows = DepositProblem.objects.filter(deposit_id=deposit.id).order_by("position")
    for row in rows.iterator(1000):
        yield explain(row)
