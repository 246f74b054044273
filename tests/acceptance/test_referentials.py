"""Referential files of the reference system's public tests, each with the verdict it must get.

Each goes through three doors: the service, the screens (picked, compared, applied), and the
interface of the peers as an application calls it.

Run where SAE_CORPUS names the corpus; the summary says how many of how many, by kind.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ingest.told_operations import read_told_operation
from sae.journal.models import Operation
from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.tenancy.scope import platform_scope, tenant_scope
from tenants.models import (
    Account,
    ApiToken,
    ArchiveProfile,
    ReferentialDraft,
    ReferentialImport,
)
from tenants.referentials.archive_profiles import attach_profile_file
from tenants.referentials.http import JSON, OCTETS, RESOURCES
from tenants.referentials.imports import Agent
from tenants.referentials.kinds import KINDS
from tenants.referentials.reports import ImportReport
from tests.builders.people import grant
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
JOURNAL = "external_logbook"
"""Operations of other systems, written in the journal: by applications, on no screen."""

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


def bring_what_comes_before(case: dict[str, Any], tenant: Tenant) -> None:
    """Import what the reference's scenario has when it comes to the file of the case."""
    if case["kind"] == JOURNAL:
        return
    if case["kind"] not in ("agencies", "rules"):
        for slug, base in BASE:
            bring(slug, source_file(f"data/{base}"), tenant)
    for prior in case["prior_imports"]:
        bring_prior(prior, tenant)
    if case["kind"] == "archival_profile_file":
        if notice_of(case) == "PROFIL_TNR_RNG":
            bring_prior("data/profiles/profiles_for_tnr_rng_ok.json", tenant)
        return
    slug = SLUGS[case["kind"]]
    if case["state_dependent"] and case["expected"] == "KO" and "existant" in case["why"]:
        bring(slug, CORPUS / case["file"], tenant)
    if slug == "scenarios" and not case["prior_imports"]:
        bring("griffins", source_file("data/griffins/OK_griffons_referentiel.json"), tenant)


def brings_what_is_there(case: dict[str, Any]) -> bool:
    """Tell whether a file is refused only because what it names exists."""
    return (
        case["expected"] == "KO"
        and case["operation"] == "import"
        and case["state_dependent"]
        and "existant" in case["why"]
    )


def notice_of(case: dict[str, Any]) -> str:
    """Return the profile to which the file of a case is joined."""
    return "PROFIL_TNR_RNG_TEST" if "2.2" in case["file"] else "PROFIL_TNR_RNG"


Verdict = tuple[bool, list[Any]]
"""Whether the file was taken, and what was said of it."""


def through_the_service(case: dict[str, Any], tenant: Tenant) -> Verdict:
    path = CORPUS / case["file"]
    if case["kind"] == JOURNAL:
        told, faults = read_told_operation(path.read_bytes())
        return told is not None, [(one.code, one.reason, one.place) for one in faults]
    with tenant_scope(tenant.id):
        if case["operation"] == "attach":
            report = attach(path, notice_of(case), tenant)
        elif case["operation"] == "check":
            kind = KINDS[SLUGS[case["kind"]]]
            report = kind.checker(tenant=tenant, content=path.read_bytes())
        else:
            report = bring(SLUGS[case["kind"]], path, tenant)
    return report.is_accepted, [(one.code, one.reason, one.place) for one in report.problems]


def through_the_screen(case: dict[str, Any], tenant: Tenant) -> Verdict:
    """As somebody who picks the file, reads what it would do, and applies it."""
    client = somebody(tenant)
    content = (CORPUS / case["file"]).read_bytes()
    file = SimpleUploadedFile(Path(case["file"]).name, content)
    if case["operation"] == "attach":
        with tenant_scope(tenant.id):
            row = ArchiveProfile.objects.get(identifier=notice_of(case))
        page = client.post(reverse("profile_file", args=[row.id]), {"file": file})
        errors = page.context["form"].errors.get("file", []) if page.context else []
        if page.status_code == 302:
            done = client.post(page["Location"], {"vu": row.version}, follow=True)
            assert "Le fichier est joint au profil." in done.content.decode()
        return page.status_code == 302, list(errors)
    slug = SLUGS[case["kind"]]
    posted = client.post(
        reverse("referential_import", args=[slug]), {"file": file, "replace": "on"}
    )
    if posted.status_code != 302:
        # Refused before it is read: empty, or too large.
        return False, list(posted.context["form"].errors.values())
    page = client.get(posted["Location"])
    preview = page.context["preview"]
    said = [words for _found, words, _uses in page.context["faults"]]
    if not preview.report.is_accepted:
        assert b'role="alert"' in page.content
        return False, said
    if case["operation"] == "import" and page.context["may_apply"]:
        applied = client.post(f"{posted['Location']}appliquer/", {"vu": preview.seen})
        outcome = client.get(applied["Location"])
        assert outcome.status_code == 200
        with tenant_scope(tenant.id):
            assert not ReferentialDraft.objects.exists()
            last = ReferentialImport.objects.filter(kind=slug).latest("created_at")
            assert last.outcome in ("OK", "WARNING")
    return True, said


def somebody(tenant: Tenant) -> Client:
    """Return the browser of one who answers for everything in a coffre."""
    with platform_scope(reason="test"):
        Tenant.objects.get_or_create(
            organisation=tenant.organisation,
            kind=Tenant.Kind.PROOF,
            defaults={"number": 900, "name": "Coffre de preuve"},
        )
    account = Account.objects.create_user(
        "tout@exemple.fr", "une-phrase-de-passe", name="Tout", organisation=tenant.organisation
    )
    for role in ("head_archivist", "administrator"):
        grant(account, tenant, role)
    client = Client()
    client.force_login(account)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(account.pk)
    session.save()
    return client


RESOURCE_OF = {
    **{slug: resource for resource, slug in RESOURCES.items()},
    "agencies": "agencies",
    "rules": "rules",
}


def through_the_interface(case: dict[str, Any], tenant: Tenant) -> Verdict:
    """As an application does, with its key, at the address of the peers."""
    secret = ApiToken.new_secret()
    with tenant_scope(tenant.id):
        ApiToken.objects.create(
            name="Essai",
            prefix=secret[:8],
            token_sha256=ApiToken.digest(secret),
            role="administrator",
            created_at=clock.now(),
        )
    method, content_type = "POST", JSON
    if case["operation"] == "attach":
        method, address, content_type = "PUT", f"profiles/{notice_of(case)}", OCTETS
    elif case["operation"] == "check":
        address = f"{SLUGS[case['kind']]}check"
    elif case["kind"] == JOURNAL:
        address = "logbookoperations"
    else:
        address = RESOURCE_OF[SLUGS[case["kind"]]]
    answer = Client(enforce_csrf_checks=True).generic(
        method,
        f"/admin-external/v1/{address}",
        (CORPUS / case["file"]).read_bytes(),
        content_type=content_type,
        headers={
            "X-Tenant-Id": str(tenant.number),
            "Authorization": f"Bearer {secret}",
            "X-Filename": Path(case["file"]).name,
        },
    )
    assert answer.status_code in (200, 201, 400, 404, 412), answer.content
    body = json.loads(answer.content)
    said = body.get("errors") or body.get("Errors") or body.get("error") or body.get("Warnings")
    return answer.status_code in (200, 201), [said or body.get("description") or body]


DOORS = {
    "service": through_the_service,
    "screen": through_the_screen,
    "interface": through_the_interface,
}


BY_DOORS = [
    pytest.param(case, door, id=f"{case['id']}-{case['operation']}-{door}")
    for case in CASES
    for door in DOORS
    if (case["kind"], door) != (JOURNAL, "screen")
]


@pytest.mark.parametrize(("case", "door"), BY_DOORS)
def test_verdict(
    case: dict[str, Any], door: str, coffres: dict[int, Tenant], record_property: Any
) -> None:
    record_property("tally", f"referentials by the {door}/{case['kind']}")
    tenant = coffres[case["tenant"] or 0]
    with tenant_scope(tenant.id):
        bring_what_comes_before(case, tenant)
    if door == "screen" and brings_what_is_there(case):
        # A person compares it with what there is; only applications have it refused.
        model = KINDS[SLUGS[case["kind"]]].model
        with tenant_scope(tenant.id):
            before = set(model.objects.values_list("id", flat=True))
        assert through_the_screen(case, tenant)[0]
        with tenant_scope(tenant.id):
            assert set(model.objects.values_list("id", flat=True)) == before
        return
    accepted, said = DOORS[door](case, tenant)
    assert accepted == (case["expected"] == "OK"), said[:5]
    # A file is refused for the reason it was made for, never by accident of its form.
    if case["expected"] == "KO":
        assert said
    if case["kind"] == JOURNAL:
        assert len(said) == 1
        assert "eventTypeProcess" in str(said)
        with tenant_scope(tenant.id):
            assert not Operation.objects.exists()
