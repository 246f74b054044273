"""Mass updates of every unit below a root, against plain UPDATEs of the same rows.

The plain statements write the same columns of the same tables with their indexes, and nothing
else. Descriptions: ``content`` and what is kept of each change in the units, the words in the
search projection (its GIN index costs more than the rows). Rules: ``management`` in the units,
the result in force in its own table. Beside that the mass update reads, judges, tells each unit's
version and life cycle, keeps what undoes it, the lines for the offers (sent in the time measured)
and the report. The ratio to the statement over the units alone is told too.
"""

import uuid
from typing import Any

from django.db import connection

from access.updates.descriptions import DescriptionPatch
from access.updates.rule_actions import RuleAction
from bench.branches import fill_branch, settle
from bench.timing import timed
from sae.holdings.mass import launch_mass, prepare_mass
from sae.jobs.serving import serve
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import ManagementRule

AIM = 5.0
_KEPT = "version = version + 1, updated_at = now(), operations = operations || %(operation)s::uuid"
_HERE = "WHERE tenant_id = %(tenant)s"
_PLAIN = {
    "descriptions": (
        "UPDATE holdings_archiveunit SET content = content || jsonb_build_object("
        f"'Status', %(operation)s::text), {_KEPT} {_HERE}",
        "UPDATE holdings_search SET tsv = tsv || to_tsvector('simple', %(operation)s::text) "
        f"{_HERE}",
    ),
    "rules": (
        "UPDATE holdings_archiveunit SET management = management || jsonb_build_object("
        f"'NeedAuthorization', version %% 2 = 0), {_KEPT} {_HERE}",
        f"UPDATE holdings_unitrules SET result_id = %(operation)s {_HERE}",
    ),
}


def measure(coffre: Tenant, units: int) -> list[dict[str, Any]]:
    """Fill a coffre, modify its units, and return seconds and ratios by kind of update."""
    unit_ids = fill_branch(coffre, units + 1)[1:]
    with tenant_scope(coffre.id):
        moment = clock.now()
        ManagementRule.objects.create(
            identifier="DIS-00001", category="DisseminationRule", value="Règle", duration=25,
            measurement="YEAR", created_at=moment, updated_at=moment,
        )  # fmt: skip
    settle()
    described = DescriptionPatch(set={"Status": "clos"}).as_json()
    start = {"StartDate": "2020-01-01"}
    added = RuleAction("add", "DisseminationRule", "DIS-00001", attributes=start)
    return [
        _compare(coffre, unit_ids, kind, parameters)
        for kind, parameters in (
            ("descriptions", {"patch": described}),
            ("rules", {"actions": [added.as_json()]}),
        )
    ]


def tell(found: dict[str, Any]) -> str:
    """Return the line that a reader wants."""
    return (
        f"\nMass update ({found['kind']}) of {found['units']} units: {found['seconds']:.2f} s, "
        f"{found['units'] / found['seconds']:.0f} units/s; plain UPDATE of the same rows "
        f"{found['plain']:.2f} s: ratio {found['ratio']:.2f} (aim {found['aim']:.0f}); "
        f"of the units alone {found['plain_units']:.2f} s: {found['ratio_units']:.2f}"
    )


def _compare(
    coffre: Tenant, unit_ids: list[uuid.UUID], kind: str, parameters: dict[str, Any]
) -> dict[str, Any]:
    # The rules in force are read again by the update: what the statement wrote there is undone.
    before = _plain(coffre, kind)
    settle()
    seconds = timed(lambda: _update(coffre, unit_ids, kind, parameters))
    settle()
    after = _plain(coffre, kind)
    plain = min(sum(before), sum(after))
    alone = min(before[0], after[0])
    return {
        "kind": kind,
        "units": len(unit_ids),
        "seconds": seconds,
        "plain": plain,
        "plain_units": alone,
        "ratio": seconds / plain,
        "ratio_units": seconds / alone,
        "aim": AIM,
    }


class _Undone(Exception):  # noqa: N818 ends a transaction
    """The statement was only to be timed."""


def _plain(coffre: Tenant, kind: str) -> list[float]:
    """Return the seconds of each statement, committed or not alike: what they wrote is undone."""
    seconds = []
    values = {"tenant": coffre.id, "operation": new_id()}
    try:
        with tenant_scope(coffre.id), connection.cursor() as cursor:
            for statement in _PLAIN[kind]:
                seconds.append(timed(lambda one=statement: cursor.execute(one, values)))  # type: ignore[misc]
            raise _Undone
    except _Undone:
        return seconds


def _update(
    coffre: Tenant, unit_ids: list[uuid.UUID], kind: str, parameters: dict[str, Any]
) -> None:
    with tenant_scope(coffre.id):
        mass = prepare_mass(kind=kind, unit_ids=[unit_ids], agent_id=None, parameters=parameters)
        launch_mass(mass.id, agent_id=None, inline=False)
    while serve("long"):
        pass
    with tenant_scope(coffre.id):
        mass.refresh_from_db()
    if mass.changed != len(unit_ids):
        raise RuntimeError(f"{mass.state}: {mass.counts} {mass.fault}")
