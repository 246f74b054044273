"""Griffins and preservation scenarios: imported, told again as they came, kept in versions."""

import orjson
import pytest

from sae.kernel.outcomes import Outcome
from sae.tenancy.scope import tenant_scope
from tenants.models import PreservationScenario
from tenants.referentials.imports import Agent
from tenants.referentials.kinds import KINDS
from tests.builders.people import Cast

SCENARIO = {
    "Identifier": "PSC-000001",
    "Name": "Vignettes",
    "ActionList": ["GENERATE"],
    "MetadataFilter": ["Title"],
    "DefaultGriffin": {
        "GriffinIdentifier": "GRI-000001",
        "Timeout": 2000,
        "MaxSize": 10_000_000,
        "Debug": True,
        "ActionDetail": [
            {"Type": "GENERATE", "Values": {"Extension": "GIF", "Args": ["-thumbnail"]}}
        ],
    },
}
GRIFFIN = {
    "Identifier": "GRI-000001",
    "Name": "ImageMagick",
    "ExecutableName": "imagemagick",
    "ExecutableVersion": "7",
}


@pytest.mark.django_db
def test_a_field_that_is_not_kept_is_accepted(cast: Cast) -> None:
    kind = KINDS["scenarios"]
    coffre = cast.coffre_a
    KINDS["griffins"].importer(tenant=coffre, content=orjson.dumps([GRIFFIN]), agent=Agent())
    for name in ("Vignettes", "Petites vignettes"):
        report = kind.importer(
            tenant=coffre, content=orjson.dumps([{**SCENARIO, "Name": name}]), agent=Agent()
        )
        assert report.outcome == Outcome.OK, report.problems
    with tenant_scope(coffre.id):
        row = PreservationScenario.objects.get()
        told = kind.describe(row)
    assert told["Name"] == "Petites vignettes"
    assert "MetadataFilter" not in told
