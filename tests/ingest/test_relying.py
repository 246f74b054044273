"""What a deposit under way relies on cannot leave the referentials; the deposit is named."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ingest.models import Deposit
from ingest.services.relying import relying_on
from ingest.steps import STEPS
from ingest.workflow.runner import advance
from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import Agency, IngestContract, ManagementContract
from tenants.referentials.agencies import import_agencies
from tenants.referentials.counting import MOST_NAMED, count_uses
from tenants.referentials.imports import Agent
from tests.builders.deposits import AGENCY, CONTRACT, make_referentials, receive, run_to_end
from tests.builders.people import Cast, grant
from tests.builders.sip import SipBuilder

pytestmark = pytest.mark.django_db


@pytest.fixture
def coffre(cast: Cast) -> Tenant:
    make_referentials(cast.coffre_a)
    return cast.coffre_a


@pytest.fixture
def client(cast: Cast) -> Client:
    grant(cast.aline, cast.coffre_a, "administrator")
    return cast.client(cast.aline)


@pytest.fixture
def under_way(coffre: Tenant, tmp_path: Path) -> Deposit:
    """A deposit whose manifest is read, and which has not ended."""
    package = SipBuilder().unit("Registre").binary(b"registre\n", name="registre.txt")
    made = receive(coffre, package.zip(tmp_path / "sip.zip"))
    for _step in range(40):
        advance(
            tenant=coffre,
            deposit_id=made.id,
            steps=STEPS,
            assert_current=lambda: None,
            progress=lambda done, total, label: None,
        )
        with tenant_scope(coffre.id):
            made = Deposit.objects.get(id=made.id)
        if made.archival_agreement:
            break
    assert made.archival_agreement == CONTRACT
    assert made.state != Deposit.State.COMPLETED
    return made


def uses(coffre: Tenant, kind: str, identifier: str) -> list[str]:
    with tenant_scope(coffre.id):
        found = count_uses(kind, [identifier]).get(identifier)
        return [one.argument for one in found.elsewhere] if found else []


def test_the_contract_of_a_deposit_under_way_cannot_be_removed(
    coffre: Tenant, client: Client, under_way: Deposit
) -> None:
    with tenant_scope(coffre.id):
        contract = IngestContract.objects.get(identifier=CONTRACT)
    address = reverse("referential_remove", args=["ingestcontracts", contract.id])
    page = client.post(address).content.decode()
    assert under_way.reference in page
    assert reverse("deposit", args=[under_way.id]) in page
    with tenant_scope(coffre.id):
        assert IngestContract.objects.filter(identifier=CONTRACT).exists()


def test_its_agencies_stay_and_the_file_that_leaves_them_out_is_refused(
    coffre: Tenant, under_way: Deposit
) -> None:
    assert uses(coffre, "agencies", AGENCY) == [str(under_way.id)]
    content = b"Identifier,Name,Description\nAUTRE,Autre,\n"
    report = import_agencies(tenant=coffre, content=content, agent=Agent())
    assert report.outcome_detail == "IMPORT_AGENCIES.DELETION.KO"
    assert {one.reason for one in report.problems if one.place.identifier == AGENCY} == {
        "agency_in_deposit"
    }
    with tenant_scope(coffre.id):
        assert Agency.objects.filter(identifier=AGENCY).exists()


def test_its_profile_and_the_management_contract_of_its_contract_are_used(
    coffre: Tenant, under_way: Deposit
) -> None:
    with tenant_scope(coffre.id):
        now = clock.now()
        ManagementContract.objects.create(
            tenant_id=coffre.id, identifier="MC-9", name="Durable", created_at=now, updated_at=now
        )
        IngestContract.objects.filter(identifier=CONTRACT).update(management_contract_id="MC-9")
        Deposit.objects.filter(id=under_way.id).update(archival_profile="PR-9")
    assert uses(coffre, "managementcontracts", "MC-9") == [str(under_way.id)]
    assert uses(coffre, "archiveprofiles", "PR-9") == [str(under_way.id)]
    assert uses(coffre, "archiveprofiles", "PR-8") == []


def test_once_ended_the_deposit_is_counted_by_the_register_alone(
    coffre: Tenant, under_way: Deposit
) -> None:
    assert run_to_end(coffre, under_way.id).outcome == "OK"
    with tenant_scope(coffre.id):
        assert relying_on("ingestcontracts", [CONTRACT]) == {}
        assert count_uses("ingestcontracts", [CONTRACT])[CONTRACT].deposits == 1


def test_many_deposits_under_way_are_named_up_to_a_bound(
    coffre: Tenant, client: Client, under_way: Deposit
) -> None:
    with tenant_scope(coffre.id):
        copied: dict[str, Any] = {
            field.attname: getattr(under_way, field.attname)
            for field in Deposit._meta.concrete_fields
            if field.attname not in ("id", "number", "idempotency_key")
        }
        Deposit.objects.bulk_create(
            Deposit(**copied, number=under_way.number + 1 + rank) for rank in range(MOST_NAMED + 1)
        )
        contract = IngestContract.objects.get(identifier=CONTRACT)
    page = client.get(reverse("ingest_contract", args=[contract.id])).content.decode()
    assert "2 autres en cours" in page


def test_deposits_of_another_coffre_say_nothing_here(
    cast: Cast, coffre: Tenant, under_way: Deposit
) -> None:
    with tenant_scope(cast.coffre_b.id):
        assert relying_on("ingestcontracts", [CONTRACT]) == {}
