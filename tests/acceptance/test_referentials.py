"""Referential files of the reference system's public tests, each with the verdict it must get.

Run where SAE_CORPUS names the corpus; the summary says how many of how many, by kind.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.referentials.archive_profiles import attach_profile_file
from tenants.referentials.imports import Agent
from tenants.referentials.kinds import KINDS
from tenants.referentials.reports import ImportReport
from tests.tenants.coffre import make_coffre

CORPUS = Path(os.environ.get("SAE_CORPUS", "/nowhere"))
VERDICTS = CORPUS / "referential-verdicts.json"
CASES: list[dict[str, Any]] = json.loads(VERDICTS.read_text()) if VERDICTS.exists() else []

SLUGS = {
    "agencies": "agencies",
    "rules": "rules",
    "ingest_contracts": "ingestcontracts",
    "access_contracts": "accesscontracts",
    "management_contracts": "managementcontracts",
    "contexts": "contexts",
    "security_profiles": "securityprofiles",
    "archival_profiles": "archiveprofiles",
    "archive_unit_profiles": "archiveunitprofiles",
    "ontology": "ontologies",
    "formats": "formats",
    "unit_external_schema": "unitschema",
    "griffins": "griffins",
    "preservation_scenarios": "scenarios",
}
OUT_OF_SCOPE = {
    "external_logbook": "journals of other systems are not written here",
}
BASE = [
    ("agencies", "agencies/agencies_init.csv"),
    ("rules", "rules/rules_ok.csv"),
]
"""What the reference's scenarios import once, before any of them."""

KIND_OF_FOLDER = {
    "agencies": "agencies",
    "rules": "rules",
    "formats": "formats",
    "contexts": "contexts",
    "security_profiles": "securityprofiles",
    "archiveUnitProfiles": "archiveunitprofiles",
    "ontology": "ontologies",
    "griffins": "griffins",
    "preservationScenarios": "scenarios",
    "schema": "unitschema",
}

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not CASES, reason="SAE_CORPUS does not name the corpus"),
]


@pytest.fixture
def coffres(db: None) -> dict[int, Tenant]:
    """Coffres 0, 1 and 2 of one organisation, as the reference's tests expect."""
    first = make_coffre(0)
    organisation = first.organisation
    return {
        0: first,
        1: make_coffre(1, organisation=organisation),
        2: make_coffre(2, organisation=organisation),
    }


def source_file(path: str) -> Path:
    """Return a file named by its path in its source tree."""
    return next(
        CORPUS / "files" / tree / path
        for tree in ("vitam-itests", "vitam")
        if (CORPUS / "files" / tree / path).exists()
    )


def kind_of(path: str) -> str:
    """Guess the kind of a file imported beforehand from its folder."""
    parts = Path(path).parts
    for part in parts:
        if part in KIND_OF_FOLDER:
            return KIND_OF_FOLDER[part]
    name = parts[-1]
    if "profiles" in parts:
        return "archiveprofiles"
    if "access" in name or "acces_" in name or "access" in parts:
        return "accesscontracts"
    return "managementcontracts" if "management" in parts else "ingestcontracts"


def bring(slug: str, path: Path, tenant: Tenant) -> ImportReport:
    return KINDS[slug].importer(
        tenant=tenant, content=path.read_bytes(), agent=Agent(), file_name=path.name
    )


def bring_prior(path: str, tenant: Tenant) -> None:
    found = source_file(path)
    if found.suffix in (".rng", ".xsd"):
        notice = json.loads(found.with_name("profiles_for_tnr_rng_ok.json").read_text())[0]
        attach(found, notice["Identifier"], tenant)
    else:
        bring(kind_of(path), found, tenant)


def attach(path: Path, identifier: str, tenant: Tenant) -> ImportReport:
    return attach_profile_file(
        tenant=tenant,
        identifier=identifier,
        content=path.read_bytes(),
        agent=Agent(),
        file_name=path.name,
    )


def judge(case: dict[str, Any], tenant: Tenant) -> ImportReport:
    """Import what comes before, then the file of the case."""
    path = CORPUS / case["file"]
    if case["kind"] not in ("agencies", "rules"):
        for slug, base in BASE:
            bring(slug, source_file(f"data/{base}"), tenant)
    for prior in case["prior_imports"]:
        bring_prior(prior, tenant)
    if case["kind"] == "archival_profile_file":
        notice = "PROFIL_TNR_RNG_TEST" if "2.2" in path.name else "PROFIL_TNR_RNG"
        if notice == "PROFIL_TNR_RNG":
            bring_prior("data/profiles/profiles_for_tnr_rng_ok.json", tenant)
        return attach(path, notice, tenant)
    slug = SLUGS[case["kind"]]
    if case["state_dependent"] and case["expected"] == "KO" and "existant" in case["why"]:
        bring(slug, path, tenant)
    if slug == "scenarios" and not case["prior_imports"]:
        bring("griffins", source_file("data/griffins/OK_griffons_referentiel.json"), tenant)
    if case["operation"] == "check":
        return KINDS[slug].checker(tenant=tenant, content=path.read_bytes())
    return bring(slug, path, tenant)


@pytest.mark.parametrize("case", CASES, ids=[f"{one['id']}-{one['operation']}" for one in CASES])
def test_verdict(case: dict[str, Any], coffres: dict[int, Tenant], record_property: Any) -> None:
    if case["kind"] in OUT_OF_SCOPE:
        pytest.skip(OUT_OF_SCOPE[case["kind"]])
    record_property("tally", f"referentials/{case['kind']}")
    tenant = coffres[case["tenant"] or 0]
    with tenant_scope(tenant.id):
        report = judge(case, tenant)
    right = report.is_accepted == (case["expected"] == "OK")
    assert right, [(one.code, one.reason, one.place, one.seen) for one in report.problems[:5]]
    # A file is refused for the reason it was made for, never by accident of its form.
    if case["expected"] == "KO":
        assert report.problems
