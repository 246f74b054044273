"""How long updates of many units take, beside one plain ``UPDATE`` of the same rows.

python -m bench.updates [--units N]

Needs nothing: it starts its own services in a temporary folder, fills a coffre, and tells units/s
and the ratio to the plain statement in the same run.
"""

import argparse
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.services import running_services

AGENCY = "FRAD000001"
PLAIN = (
    "UPDATE holdings_archiveunit SET {column} = {column} || '{{\"NeedAuthorization\": false}}', "
    "version = version + 1 "
    "WHERE tenant_id = %s AND id = ANY(%s)"
)


def main() -> int:
    """Run both updates and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=100_000)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="sae-bench-"))
    try:
        with running_services(folder) as services:
            from bench.__main__ import _boot

            _boot(services)
            measure(options.units)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def measure(units: int) -> None:
    """Fill a coffre, then modify all its pieces: description, then rules."""
    from access.updates.descriptions import DescriptionPatch
    from access.updates.rule_actions import RuleAction
    from bench.coffres import make_coffre, make_organisation

    coffre = make_coffre(make_organisation(), "Coffre des modifications")
    unit_ids = _fill(coffre.id, units)
    described = DescriptionPatch(set={"Status": "clos"}).as_json()
    added = RuleAction("add", "AccessRule", "ACC-00001", attributes={"StartDate": "2020-01-01"})
    for name, kind, parameters, column in (
        ("descriptions", "descriptions", {"patch": described}, "content"),
        ("règles", "rules", {"actions": [added.as_json()]}, "management"),
    ):
        plain = _timed(lambda column=column: _plain(coffre.id, unit_ids, column))  # type: ignore[misc]
        seconds = _timed(
            lambda kind=kind, parameters=parameters: _mass(  # type: ignore[misc]
                coffre.id, unit_ids, kind, parameters
            )
        )
        print(
            f"{name}: {units} unités en {seconds:.1f} s, {units / seconds:.0f} unités/s, "
            f"{seconds / plain:.1f} × un UPDATE simple ({plain:.1f} s)",
            flush=True,
        )


def _timed(work: Callable[[], object]) -> float:
    start = time.monotonic()
    work()
    return time.monotonic() - start


def _fill(tenant_id: uuid.UUID, units: int) -> list[uuid.UUID]:
    from sae.kernel import clock
    from sae.tenancy.scope import tenant_scope
    from tenants.models import ManagementRule
    from tests.builders.fonds import FondsBuilder

    moment = clock.now()
    with tenant_scope(tenant_id):
        ManagementRule.objects.create(
            identifier="ACC-00001", category="AccessRule", value="Règle", duration=25,
            measurement="YEAR", created_at=moment, updated_at=moment,
        )  # fmt: skip
        fonds = FondsBuilder(agency=AGENCY)
        top = fonds.unit("Registre", level="Fonds")
        made = [
            fonds.unit(
                f"Acte {number} du registre des délibérations", under=top, level="Item",
                description="Délibération du conseil municipal, texte intégral et vote",
            )
            for number in range(units)
        ]  # fmt: skip
        fonds.load()
    return [one.id for one in made]


def _plain(tenant_id: uuid.UUID, unit_ids: list[uuid.UUID], column: str) -> None:
    from django.db import connection

    from sae.tenancy.scope import tenant_scope

    statement = PLAIN.format(column=column)
    with tenant_scope(tenant_id), connection.cursor() as cursor:
        cursor.execute(statement, [tenant_id, unit_ids])


def _mass(
    tenant_id: uuid.UUID, unit_ids: list[uuid.UUID], kind: str, parameters: dict[str, Any]
) -> None:
    from sae.holdings.mass import launch_mass, prepare_mass
    from sae.jobs.serving import serve
    from sae.tenancy.scope import tenant_scope

    with tenant_scope(tenant_id):
        mass = prepare_mass(kind=kind, unit_ids=[unit_ids], agent_id=None, parameters=parameters)
        launch_mass(mass.id, agent_id=None)
    while serve("long"):
        pass
    with tenant_scope(tenant_id):
        mass.refresh_from_db()
    assert mass.changed == len(unit_ids), (mass.state, mass.counts, mass.fault)


if __name__ == "__main__":
    raise SystemExit(main())
