"""Rules in force computed again below a change, against one plain UPDATE of the same units.

The fonds is that of ``bench.branches``; the change is made at its root.
"""

from typing import Any

from django.db import connection

from bench.branches import fill_branch
from bench.recomputing import ACTS, recompute
from bench.timing import timed
from sae.holdings.models import ArchiveUnit, RulesResult
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope

AIM = 5.0


def measure(coffre: Tenant, units: int) -> dict[str, Any]:
    """Fill a coffre, change its root, and return seconds, memory (bytes) and ratios."""
    root = fill_branch(coffre, units + 1)[0]
    before = timed(lambda: _plain_update(coffre))
    done = {act: recompute(act, coffre.id, root) for act in ACTS}
    plain = min(before, timed(lambda: _plain_update(coffre)))
    with tenant_scope(coffre.id):
        count = ArchiveUnit.objects.count()
        results = RulesResult.objects.count()
    return {
        "units": count,
        "results": results,
        "plain": plain,
        **{act: one.seconds for act, one in done.items()},
        "memory_before": max(one.before for one in done.values()),
        "memory": max(one.most for one in done.values()),
        "ratio": done["structure"].seconds / plain,
        "ratio_referential": done["referential"].seconds / plain,
        "aim": AIM,
    }


def tell(found: dict[str, Any]) -> str:
    """Return the lines that a reader wants."""
    rate = found["units"] / found["structure"]
    return (
        f"\nRules of {found['units']} units ({found['results']} distinct results) after a change "
        f"at the root: {found['structure']:.2f} s, {rate:.0f} units/s; plain UPDATE "
        f"{found['plain']:.2f} s: ratio {found['ratio']:.2f} (aim {found['aim']:.0f})\n"
        f"  after a change of length in the referential: {found['referential']:.2f} s, ratio "
        f"{found['ratio_referential']:.2f}; when nothing differs: {found['nothing']:.2f} s\n"
        f"  peak memory of a worker {found['memory'] / 1e6:.0f} MB, "
        f"{found['memory_before'] / 1e6:.0f} MB before it begins"
    )


def _plain_update(coffre: Tenant) -> None:
    with tenant_scope(coffre.id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE holdings_archiveunit SET version = version + 1 WHERE tenant_id = %s",
            [coffre.id],
        )
