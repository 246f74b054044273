"""A branch to work on: one root under a rule, folders of a hundred pieces.

A piece in ten declares a rule of its own, with its own date.
"""

import datetime as dt
import uuid
from collections.abc import Iterator

import orjson
from django.db import connections

from sae.holdings.loading import load_units
from sae.holdings.rows import UnitRow
from sae.journal.services import close_operation, open_operation
from sae.kernel import clock
from sae.kernel.identifiers import new_id, new_ids
from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope

_AGENCY = "FRAN_NP_009913"
_PIECES = 100
_AT_ONCE = 50_500
_OWN_DATES = 3_000
_TABLES = "holdings_archiveunit, holdings_search, holdings_unitrules, holdings_rulesresult"


def fill_branch(coffre: Tenant, units: int) -> list[uuid.UUID]:
    """Put a branch of ``units`` units in a coffre; return them, the root first."""
    root = new_id()
    made = [root]
    with tenant_scope(coffre.id):
        operation = open_operation(type="PROCESS_SIP_UNITARY", category="INGEST")
        load_units([_root(root, operation.id, units - 1)])
    left = units - 1
    while left > 0:
        identifiers = new_ids(min(left, _AT_ONCE))
        with tenant_scope(coffre.id):
            load_units(_rows(root, operation.id, identifiers), under=[root])
        made += identifiers
        left -= len(identifiers)
    with tenant_scope(coffre.id):
        close_operation(operation=operation, outcome=Outcome.OK)
    settle()
    return made


def settle() -> None:
    """Leave the tables as autovacuum does within minutes: statistics, waiting words indexed."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {_TABLES}")


def _root(root: uuid.UUID, operation_id: uuid.UUID, below: int) -> UnitRow:
    rule = {"Rule": "APP-00002", "StartDate": "2000-01-01", "EndDate": "2010-01-01"}
    return UnitRow(
        id=root, operation_id=operation_id, created_at=clock.now(), title="Fonds", level="Fonds",
        originating_agency=_AGENCY, originating_agencies=(_AGENCY,), descendant_count=below,
        child_count=-(-below // (_PIECES + 1)),
        content=orjson.dumps({"DescriptionLevel": "Fonds", "Title": "Fonds"}),
        management=orjson.dumps({"AppraisalRule": {"Rules": [rule], "FinalAction": "Keep"}}),
    )  # fmt: skip


def _rows(
    root: uuid.UUID, operation_id: uuid.UUID, identifiers: list[uuid.UUID]
) -> Iterator[UnitRow]:
    moment = clock.now()
    above: tuple[uuid.UUID, ...] = (root,)
    folder = root
    for number, identifier in enumerate(identifiers):
        is_folder = number % (_PIECES + 1) == 0
        if is_folder:
            folder, above = identifier, (root, identifier)
        title = f"Dossier {number}" if is_folder else f"Délibération n° {number} du conseil"
        content = {
            "DescriptionLevel": "File" if is_folder else "Item",
            "Title": title,
            "Description": f"Acte numéro {number}, séance ordinaire du conseil municipal. " * 5,
        }
        below = min(_PIECES, len(identifiers) - number - 1) if is_folder else 0
        yield UnitRow(
            id=identifier,
            operation_id=operation_id,
            created_at=moment,
            title=title,
            level=content["DescriptionLevel"],
            parents=(root,) if is_folder else (folder,),
            ancestors=(root,) if is_folder else above,
            depth=2 if is_folder else 3,
            originating_agency=_AGENCY,
            originating_agencies=(_AGENCY,),
            content=orjson.dumps(content),
            management=_own(number) if number % 10 == 5 else b"{}",
            child_count=below,
            descendant_count=below,
            description=content["Description"],
        )


def _own(number: int) -> bytes:
    start = dt.date(2000, 1, 1) + dt.timedelta(days=number % _OWN_DATES)
    rule = {
        "Rule": "ACC-00002",
        "StartDate": start.isoformat(),
        "EndDate": start.replace(year=start.year + 25, day=min(start.day, 28)).isoformat(),
    }
    return orjson.dumps({"AccessRule": {"Rules": [rule]}})
