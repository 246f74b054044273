"""The process that computes rules again: ``python -m bench.recomputing ACT COFFRE ROOT``.

One for each act, as a worker that does nothing else: what it holds at most is its own.
"""

import json
import os
import subprocess
import sys
import uuid
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Recomputed:
    """``seconds`` it took; bytes held ``before``, and at ``most``."""

    seconds: float
    before: int
    most: int


def recompute(act: str, coffre_id: uuid.UUID, root: uuid.UUID) -> Recomputed:
    """Do an act (a key of ``ACTS``) in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.recomputing", act, str(coffre_id), str(root)],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return Recomputed(**json.loads(done.stdout))


def _declare(coffre_id: uuid.UUID, root: uuid.UUID) -> None:
    """Have the root declare one more rule: every unit below has another result."""
    from sae.holdings.models import ArchiveUnit
    from sae.holdings.recomputing import recompute_below
    from sae.tenancy.scope import tenant_scope

    with tenant_scope(coffre_id):
        unit = ArchiveUnit.objects.get(id=root)
        unit.management["AppraisalRule"]["Rules"].append(
            {"Rule": "APP-00009", "StartDate": "2010-01-01", "EndDate": "2030-01-01"}
        )
        unit.save(update_fields=["management"])
        done = recompute_below([root])
    if done.changed != done.units:
        raise RuntimeError(f"{done.changed} units changed of {done.units}")


def _relengthen(coffre_id: uuid.UUID, _root: uuid.UUID) -> None:
    """Change the length of the root's rule, slice by slice as the job does."""
    from sae.holdings.inheritance.dates import Rule
    from sae.holdings.models import RulesUpdate
    from sae.holdings.redating import register_referential
    from sae.holdings.rules_update import next_slice, start_update
    from sae.tenancy.scope import tenant_scope

    rule = Rule("APP-00009", "AppraisalRule", 25, measurement="YEAR")
    register_referential(lambda _identifiers: {rule.identifier: rule})
    with tenant_scope(coffre_id):
        operation_id = start_update([rule.identifier])
    more = True
    while more:
        with tenant_scope(coffre_id):
            more = next_slice(RulesUpdate.objects.get(id=operation_id))


def _again(coffre_id: uuid.UUID, root: uuid.UUID) -> None:
    from sae.holdings.recomputing import recompute_below
    from sae.tenancy.scope import tenant_scope

    with tenant_scope(coffre_id):
        if recompute_below([root]).changed:
            raise RuntimeError("computing twice changed something")


ACTS = {"structure": _declare, "referential": _relengthen, "nothing": _again}


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sae.config.settings")
    django.setup()
    from bench.timing import timed
    from bench.working import peak_memory

    act, coffre_id, root = sys.argv[1:]
    before = peak_memory()
    seconds = timed(lambda: ACTS[act](uuid.UUID(coffre_id), uuid.UUID(root)))
    print(json.dumps(asdict(Recomputed(seconds, before, peak_memory()))))


if __name__ == "__main__":
    main()
