"""Persistent identifiers: given as the management contract says, the same ever after, unique."""

from pathlib import Path

import pytest
from lxml import etree

from ingest.control.arks import ALPHABET, ark_of, check_character
from ingest.models import Deposit
from sae.holdings.models import ArchiveUnit, DataObject
from sae.journal.models import LifeCycleEntry
from sae.kernel import clock
from sae.kernel.identifiers import new_ids
from sae.storage.models import StoredObject
from sae.storage.reader import open_stored
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import IngestContract, ManagementContract
from tests.builders.deposits import deposit, make_referentials
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder

AUTHORITY = "12345"


def test_an_ark_is_unique_and_a_slip_of_the_pen_shows() -> None:
    identifiers = list(new_ids(5_000))
    arks = [ark_of(AUTHORITY, one) for one in identifiers]
    assert len(set(arks)) == 5_000
    assert arks == [ark_of(AUTHORITY, one) for one in identifiers]
    name = arks[0].removeprefix("ark:/")
    assert name.startswith(f"{AUTHORITY}/")
    assert check_character(name[:-1]) == name[-1]
    for place in range(len(AUTHORITY) + 1, len(name) - 1):
        if place + 1 == len(ALPHABET):
            continue  # its weight counts for nothing: the scheme's own limit
        for letter in ALPHABET:
            if letter != name[place]:
                wrong = name[:place] + letter + name[place + 1 : -1]
                assert check_character(wrong) != name[-1]


@pytest.fixture
def coffre(cast: Cast) -> Tenant:
    make_referentials(cast.coffre_a)
    return cast.coffre_a


def policy(coffre: Tenant, *, units: bool, usages: list[dict[str, object]]) -> None:
    moment = clock.now()
    with tenant_scope(coffre.id):
        ManagementContract.objects.create(
            identifier="MC-000001",
            name="Avec ARK",
            status="ACTIVE",
            persistent_identifier_policy=[
                {
                    "PersistentIdentifierPolicyType": "ARK",
                    "PersistentIdentifierAuthority": AUTHORITY,
                    "PersistentIdentifierUnit": units,
                    "PersistentIdentifierUsages": usages,
                }
            ],
            created_at=moment,
            updated_at=moment,
        )
        IngestContract.objects.update(management_contract_id="MC-000001")


def send(coffre: Tenant, tmp_path: Path, *, version: str = "2.3") -> Deposit:
    package = SipBuilder().version(version).unit("Dossier", level="File")
    package.unit("Pi\u00e8ce", parent="Dossier").binary(b"piece\n", name="piece.txt")
    made = deposit(coffre, package.zip(tmp_path / "sip.zip"))
    assert made.outcome in ("OK", "WARNING")
    return made


def reply_of(coffre: Tenant, made: Deposit) -> etree._Element:
    with tenant_scope(coffre.id):
        stored = StoredObject.objects.get(operation_id=made.id, kind=StoredObject.Kind.REPLY)
        return etree.fromstring(b"".join(open_stored(stored_object=stored)))


@pytest.mark.django_db
def test_units_and_objects_bear_theirs_in_the_fonds_the_journal_and_the_reply(
    coffre: Tenant, tmp_path: Path
) -> None:
    usage = {"UsageName": "BinaryMaster", "InitialVersion": True, "IntermediaryVersion": "NONE"}
    policy(coffre, units=True, usages=[usage])
    made = send(coffre, tmp_path)
    with tenant_scope(coffre.id):
        units = list(ArchiveUnit.objects.all())
        given = DataObject.objects.get()
        entries = {
            entry.subject_id: entry.detail
            for entry in LifeCycleEntry.objects.filter(operation_id=made.id)
        }
    arks = set()
    for unit in units:
        ark = ark_of(AUTHORITY, unit.id)
        (field,) = unit.content["PersistentIdentifier"]
        assert field["PersistentIdentifierContent"] == ark
        assert entries[unit.id]["persistent_identifier"] == ark
        arks.add(ark)
    ark = ark_of(AUTHORITY, given.id)
    assert given.metadata["PersistentIdentifier"][0]["PersistentIdentifierContent"] == ark
    assert entries[given.object_group_id]["persistent_identifiers"][0]["ark"] == ark
    told = reply_of(coffre, made).iterfind(".//{*}PersistentIdentifierContent")
    assert {one.text for one in told} == {*arks, ark}


@pytest.mark.django_db
@pytest.mark.parametrize("version", ["2.1", "2.2"])
def test_a_reply_that_has_no_place_for_them_says_nothing(
    coffre: Tenant, tmp_path: Path, version: str
) -> None:
    policy(coffre, units=True, usages=[])
    made = send(coffre, tmp_path, version=version)
    assert reply_of(coffre, made).find(".//{*}PersistentIdentifier") is None
    with tenant_scope(coffre.id):
        assert all("PersistentIdentifier" in one.content for one in ArchiveUnit.objects.all())
        assert "PersistentIdentifier" not in DataObject.objects.get().metadata


@pytest.mark.django_db
def test_without_a_policy_nothing_is_given(coffre: Tenant, tmp_path: Path) -> None:
    made = send(coffre, tmp_path)
    with tenant_scope(coffre.id):
        assert not any("PersistentIdentifier" in one.content for one in ArchiveUnit.objects.all())
    assert reply_of(coffre, made).find(".//{*}PersistentIdentifier") is None
