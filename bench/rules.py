"""Rules in force computed again below a change, against one plain UPDATE of the same units.

The fonds is that of ``bench.branches``; the change is made at its root.
"""

import threading
import uuid
from typing import Any

import psutil
from django.db import connection

from bench.branches import fill_branch
from bench.timing import timed
from sae.holdings.inheritance.dates import Rule
from sae.holdings.models import ArchiveUnit, RulesResult, RulesUpdate
from sae.holdings.recomputing import recompute_below
from sae.holdings.redating import register_referential
from sae.holdings.rules_update import next_slice, start_update
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope

AIM = 5.0


def measure(coffre: Tenant, units: int) -> dict[str, Any]:
    """Fill a coffre, change its root, and return seconds, memory (bytes) and ratios."""
    root = fill_branch(coffre, units + 1)[0]
    plain = timed(lambda: _plain_update(coffre))
    with _Memory() as memory:
        structure = timed(lambda: _declare(coffre, root, "APP-00009"))
    referential = timed(lambda: _relengthen(coffre))
    again = timed(lambda: _plain_update(coffre))
    nothing = timed(lambda: _recompute(coffre, root))
    with tenant_scope(coffre.id):
        count = ArchiveUnit.objects.count()
        results = RulesResult.objects.count()
    floor = min(plain, again)
    return {
        "units": count,
        "results": results,
        "plain": floor,
        "structure": structure,
        "referential": referential,
        "nothing": nothing,
        "memory_grown": memory.grown,
        "ratio": structure / floor,
        "ratio_referential": referential / floor,
        "aim": AIM,
    }


def tell(found: dict[str, Any]) -> str:
    """Return the lines that a reader wants."""
    rate = found["units"] / found["structure"]
    return (
        f"\nRules of {found['units']} units ({found['results']} distinct results) after a change "
        f"at the root: {found['structure']:.2f} s, {rate:.0f} units/s, "
        f"{found['memory_grown'] / 1e6:.0f} MB more at most; plain UPDATE {found['plain']:.2f} s: "
        f"ratio {found['ratio']:.2f} (aim {found['aim']:.0f})\n"
        f"  after a change of length in the referential: {found['referential']:.2f} s, ratio "
        f"{found['ratio_referential']:.2f}; when nothing differs: {found['nothing']:.2f} s"
    )


def _plain_update(coffre: Tenant) -> None:
    with tenant_scope(coffre.id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE holdings_archiveunit SET version = version + 1 WHERE tenant_id = %s",
            [coffre.id],
        )


def _declare(coffre: Tenant, root: uuid.UUID, rule: str) -> None:
    """Have the root declare one more rule: every unit below has another result."""
    with tenant_scope(coffre.id):
        unit = ArchiveUnit.objects.get(id=root)
        unit.management["AppraisalRule"]["Rules"].append(
            {"Rule": rule, "StartDate": "2010-01-01", "EndDate": "2030-01-01"}
        )
        unit.save(update_fields=["management"])
        done = recompute_below([root])
    if done.changed != done.units:
        raise RuntimeError(f"{done.changed} units changed of {done.units}")


def _recompute(coffre: Tenant, root: uuid.UUID) -> None:
    with tenant_scope(coffre.id):
        if recompute_below([root]).changed:
            raise RuntimeError("computing twice changed something")


def _relengthen(coffre: Tenant) -> None:
    """Change the length of the root's rule, slice by slice as the job does."""
    rule = Rule("APP-00009", "AppraisalRule", 25, measurement="YEAR")
    register_referential(lambda _identifiers: {rule.identifier: rule})
    with tenant_scope(coffre.id):
        operation_id = start_update([rule.identifier])
    more = True
    while more:
        with tenant_scope(coffre.id):
            more = next_slice(RulesUpdate.objects.get(id=operation_id))


class _Memory:
    """The most that this process grew by while something was done."""

    def __enter__(self) -> "_Memory":
        self._process = psutil.Process()
        self._before = self._most = self._process.memory_info().rss
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            self._most = max(self._most, self._process.memory_info().rss)

    @property
    def grown(self) -> int:
        return self._most - self._before
