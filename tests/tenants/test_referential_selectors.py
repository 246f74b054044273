"""What the ingest engine reads from the referentials."""

from typing import Any

import pygfried
import pytest

from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.tenancy.scope import NoScopeError, tenant_scope
from tenants.models import (
    Agency,
    ArchiveProfile,
    ArchiveUnitProfile,
    Context,
    FileFormat,
    IngestContract,
    ManagementRule,
    OntologyTerm,
)
from tenants.selectors import built_in
from tenants.selectors.ingest import (
    get_archive_profile,
    get_archive_unit_profile,
    get_context,
    get_ingest_contract,
    known_agencies,
    known_formats,
    known_rules,
    ontology_types,
)
from tests.tenants.coffre import make_coffre


def dated(**fields: Any) -> dict[str, Any]:
    return {"created_at": clock.now(), "updated_at": clock.now(), **fields}


def test_a_contract_is_read_with_its_defaults(coffre: Tenant) -> None:
    IngestContract.objects.create(**dated(identifier="IC", name="Versements"))
    contract = get_ingest_contract("IC")
    assert contract is not None
    assert not contract.is_active
    assert contract.every_format_type
    assert contract.master_mandatory
    assert contract.check_parent_link == "AUTHORIZED"
    assert contract.signature_policy == {}
    assert get_ingest_contract("AUTRE") is None


def test_another_coffre_sees_nothing(coffre: Tenant) -> None:
    Agency.objects.create(**dated(identifier="A", name="A"))
    assert known_agencies(["A", "B"]) == {"A"}
    with tenant_scope(make_coffre(8).id):
        assert known_agencies(["A", "B"]) == set()


def test_reading_without_scope_is_refused(db: None) -> None:
    with pytest.raises(NoScopeError):
        known_agencies(["A"])


def test_rules_carry_category_and_duration(coffre: Tenant) -> None:
    ManagementRule.objects.create(
        **dated(identifier="APP-1", category="AppraisalRule", value="x"),
        duration=10,
        measurement="YEAR",
    )
    ManagementRule.objects.create(
        **dated(identifier="APP-2", category="AppraisalRule", value="x"),
        unlimited=True,
        measurement="YEAR",
    )
    rules = known_rules({"APP-1", "APP-2", "APP-3"})
    assert set(rules) == {"APP-1", "APP-2"}
    assert (rules["APP-1"].duration, rules["APP-1"].unlimited) == (10, False)
    assert (rules["APP-2"].duration, rules["APP-2"].unlimited) == (None, True)


def test_profiles_come_with_file_and_schema(coffre: Tenant) -> None:
    ArchiveProfile.objects.create(
        **dated(identifier="PR", name="p", status="ACTIVE", format="RNG"), file=b"<grammar/>"
    )
    ArchiveUnitProfile.objects.create(
        **dated(identifier="AUP", name="p", status="ACTIVE", control_schema='{"type": "object"}')
    )
    profile, unit_profile = get_archive_profile("PR"), get_archive_unit_profile("AUP")
    assert profile is not None
    assert unit_profile is not None
    assert (profile.file, profile.format) == (b"<grammar/>", "RNG")
    assert unit_profile.control_schema == {"type": "object"}


def test_a_context_says_which_contracts_it_may_use(coffre: Tenant) -> None:
    Context.objects.create(
        **dated(identifier="CT", name="c", status="ACTIVE", security_profile="s"),
        enable_control=True,
        permissions=[{"tenant": 7, "AccessContracts": [], "IngestContracts": ["IC"]}],
    )
    context = get_context("CT")
    assert context is not None
    assert context.ingest_contracts(7) == {"IC"}
    assert context.ingest_contracts(8) == set()


def test_formats_are_those_of_the_identifier_until_the_coffre_imports_its_own(
    coffre: Tenant,
) -> None:
    assert set(known_formats(["fmt/18", "fmt/0"])) == {"fmt/18"}
    FileFormat.objects.create(**dated(identifier="x-fmt/111", name="Texte"))
    assert known_formats(["fmt/18"]) == {}
    assert known_formats(["x-fmt/111"])["x-fmt/111"].name == "Texte"


def test_the_shipped_formats_are_those_of_the_identifier_in_use(tmp_path: Any) -> None:
    sample = tmp_path / "a.txt"
    sample.write_text("a")
    signature = pygfried.identify(str(sample), detailed=True)["identifiers"][0]["details"]
    assert built_in.IDENTIFIER_SIGNATURE in signature, "run tenants/starter/extract_formats.py"


def test_ontology_is_the_platforms_until_the_coffre_imports_its_own(coffre: Tenant) -> None:
    assert ontology_types()["StartDate"] == "DATE"
    assert "PUID" not in ontology_types()
    OntologyTerm.objects.create(
        **dated(identifier="Parcelle", type="KEYWORD", origin="EXTERNAL", collections=["Unit"])
    )
    assert ontology_types() == {"Parcelle": "KEYWORD"}
