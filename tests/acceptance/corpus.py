"""The corpus of real packages named by SAE_CORPUS, and the referentials its cases need."""

import json
import os
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sae.kernel.outcomes import Outcome
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import ArchiveProfile, Context
from tenants.referentials.archive_profiles import attach_profile_file
from tenants.referentials.imports import Agent
from tenants.referentials.ingest_contracts import INGEST_CONTRACTS
from tenants.referentials.kinds import KINDS
from tenants.referentials.reports import ImportReport

CORPUS = Path(os.environ.get("SAE_CORPUS", "")).resolve() if os.environ.get("SAE_CORPUS") else None

needs_corpus = pytest.mark.skipif(CORPUS is None, reason="SAE_CORPUS names no corpus")


@cache
def cases(name: str) -> list[dict[str, Any]]:
    """Return the cases of a verdict file, none without a corpus."""
    return json.loads((CORPUS / name).read_text()) if CORPUS else []


def path_of(name: str) -> Path:
    """Return a file of the corpus."""
    assert CORPUS is not None
    return CORPUS / name


def import_file(tenant: Tenant, kind: str, path: Path) -> ImportReport:
    """Import one referential file as an application would."""
    importer = KINDS[kind].importer
    return importer(tenant=tenant, content=path.read_bytes(), agent=Agent(), file_name=path.name)


def prepare(tenant: Tenant, case: dict[str, Any]) -> None:
    """Import what a package needs before it is deposited."""
    needed = case["requires"]
    for kind, names in (
        ("agencies", needed.get("agencies") or ()),
        ("rules", needed.get("rules") or _usual_rules(case)),
        ("archiveunitprofiles", needed.get("unit_profiles") or ()),
    ):
        for name in names:
            import_file(tenant, kind, path_of(name))
    _import_profiles(tenant, [path_of(name) for name in needed.get("profiles") or ()])
    for name in needed.get("contracts") or ():
        _import_contract(tenant, path_of(name), needed["identifiers"]["ArchivalAgreement"])


def _usual_rules(case: dict[str, Any]) -> tuple[str, ...]:
    """Return the rules that the tests of the case's tree always have: some cases name none, and
    yet set one aside."""
    if case["file"].startswith("files/vitam-itests/"):
        return ("files/vitam-itests/data/rules/rules_ok.csv",)
    return (
        "files/vitam/sources/integration-test/src/test/resources/integration-ingest-internal/"
        "jeu_donnees_OK_regles_CSV_regles.csv",
    )


def _import_contract(tenant: Tenant, path: Path, identifier: str | None) -> None:
    """Import the contract that a package names, out of a file that may not be importable whole.

    Some files were put straight in the database of the reference's own tests: fields of other
    kinds, profiles that do not exist.
    """
    if import_file(tenant, "ingestcontracts", path).outcome < Outcome.KO:
        return
    known = {field.name for field in INGEST_CONTRACTS.fields}
    for entry in json.loads(path.read_text()):
        if identifier in (entry.get("Identifier"), entry.get("Name")):
            kept = {key: value for key, value in entry.items() if key in known}
            kept.pop("ManagementContractId", None)
            report = KINDS["ingestcontracts"].importer(
                tenant=tenant, content=json.dumps([kept]).encode(), agent=Agent()
            )
            assert report.outcome < Outcome.KO, report.problems


def _import_profiles(tenant: Tenant, paths: list[Path]) -> None:
    for path in paths:
        if path.suffix == ".json":
            import_file(tenant, "archiveprofiles", path)
    for path in paths:
        if path.suffix == ".json":
            continue
        with tenant_scope(tenant.id):
            identifiers = list(
                ArchiveProfile.objects.filter(format=path.suffix[1:].upper()).values_list(
                    "identifier", flat=True
                )
            )
        for identifier in identifiers:
            attach_profile_file(
                tenant=tenant, identifier=identifier, content=path.read_bytes(), agent=Agent()
            )


def make_context_without_contract(tenant: Tenant) -> str:
    """Make an application context under control that accepts no ingest contract."""
    from sae.kernel import clock

    with tenant_scope(tenant.id):
        Context.objects.create(
            identifier="CT-ESSAI",
            name="Contexte sans contrat",
            status="ACTIVE",
            enable_control=True,
            permissions=[],
            created_at=clock.now(),
            updated_at=clock.now(),
        )
    return "CT-ESSAI"


def fill_template(path: Path, into: Path, placeholder: str, value: str) -> Path:
    """Return a copy of a package whose manifest has ``value`` in place of its placeholder."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(into, "w") as copy:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename.endswith("manifest.xml"):
                content = content.replace(placeholder.encode(), value.encode())
            copy.writestr(entry, content)
    return into
