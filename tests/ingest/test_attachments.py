"""Packages attached to the fonds: what each kind may hang under, and what follows there."""

import uuid
from pathlib import Path
from typing import Any

import pytest

from ingest.models import Deposit
from sae.holdings.models import ArchiveUnit, DataObject, ObjectGroup, UnitEdge
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.models import IngestContract
from tests.builders.deposits import CONTRACT, deposit, make_referentials, problems_of
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder

pytestmark = pytest.mark.django_db

ACTIONS = {"sip": "ingest", "plan": "filing_scheme", "arbre": "holding_scheme"}
PREFIX = "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST."


@pytest.fixture
def coffre(cast: Cast) -> Tenant:
    make_referentials(cast.coffre_a)
    return cast.coffre_a


def send(coffre: Tenant, package: SipBuilder, tmp_path: Path, *, kind: str = "sip") -> Deposit:
    return deposit(coffre, package.zip(tmp_path / f"{uuid.uuid4()}.zip"), action=ACTIONS[kind])


def place(
    coffre: Tenant, tmp_path: Path, *, kind: str = "sip", title: str = "Accueil"
) -> uuid.UUID:
    """Put one unit of a kind in the fonds; return its identifier."""
    made = send(coffre, SipBuilder().unit(title, level="File"), tmp_path, kind=kind)
    assert made.outcome in ("OK", "WARNING"), problems_of(coffre, made)
    with tenant_scope(coffre.id):
        return ArchiveUnit.objects.get(operation_id=made.id).id


def attached(system_id: object) -> SipBuilder:
    return (
        SipBuilder()
        .unit("Tenant lieu")
        .attach_to(str(system_id))
        .unit("Arrivée", parent="Tenant lieu")
    )


def set_contract(coffre: Tenant, **values: Any) -> None:
    with tenant_scope(coffre.id):
        IngestContract.objects.filter(identifier=CONTRACT).update(**values)


def codes(coffre: Tenant, made: Deposit) -> set[str]:
    return {problem.code for problem in problems_of(coffre, made)}


@pytest.mark.parametrize(
    ("kind", "under", "accepted"),
    [
        ("sip", "sip", True),
        ("sip", "plan", True),
        ("sip", "arbre", True),
        ("plan", "sip", False),
        ("plan", "plan", True),
        ("plan", "arbre", True),
        ("arbre", "sip", False),
        ("arbre", "plan", False),
        ("arbre", "arbre", True),
    ],
)
def test_who_may_hang_under_whom(
    coffre: Tenant, tmp_path: Path, kind: str, under: str, accepted: bool
) -> None:
    target = place(coffre, tmp_path, kind=under)
    made = send(coffre, attached(target), tmp_path, kind=kind)
    if not accepted:
        assert made.outcome == "KO"
        assert f"{PREFIX}UNAUTHORIZED_ATTACHMENT.KO" in codes(coffre, made)
        return
    assert made.outcome in ("OK", "WARNING"), codes(coffre, made)
    with tenant_scope(coffre.id):
        arrived = ArchiveUnit.objects.get(title="Arrivée")
        host = ArchiveUnit.objects.get(id=target)
        assert arrived.parents == [target] == arrived.ancestors
        assert not ArchiveUnit.objects.filter(title="Tenant lieu").exists()
        assert (host.title, host.child_count, host.descendant_count) == ("Accueil", 1, 1)
        assert UnitEdge.objects.filter(parent_id=target, unit=arrived).exists()


def test_a_unit_may_be_named_by_one_of_its_fields(coffre: Tenant, tmp_path: Path) -> None:
    target = place(coffre, tmp_path, title="Registre des délibérations")
    package = SipBuilder().unit("P").attach_by_key("Title", "Registre des délibérations")
    made = send(coffre, package.unit("Arrivée", parent="P"), tmp_path)
    assert made.outcome in ("OK", "WARNING"), codes(coffre, made)
    with tenant_scope(coffre.id):
        assert ArchiveUnit.objects.get(title="Arrivée").parents == [target]


def test_a_key_that_names_two_units_or_none_is_refused(coffre: Tenant, tmp_path: Path) -> None:
    for _time in range(2):
        place(coffre, tmp_path, title="Jumeaux")
    both = SipBuilder().unit("P").attach_by_key("Title", "Jumeaux").unit("E", parent="P")
    none = SipBuilder().unit("P").attach_by_key("Title", "Personne").unit("E", parent="P")
    assert f"{PREFIX}TOO_MANY_FOUND_ATTACHMENT.KO" in codes(coffre, send(coffre, both, tmp_path))
    assert f"{PREFIX}NOT_FOUND_ATTACHMENT.KO" in codes(coffre, send(coffre, none, tmp_path))


@pytest.mark.parametrize(
    ("system_id", "code"),
    [
        ("pas-un-identifiant", "INVALID_GUID_ATTACHMENT"),
        ("0190a5d8-7c2e-7d1f-9a51-2f6f3c1f5a10", "NOT_FOUND_ATTACHMENT"),
    ],
)
def test_a_wrong_identifier_is_refused(
    coffre: Tenant, tmp_path: Path, system_id: str, code: str
) -> None:
    made = send(coffre, attached(system_id), tmp_path)
    assert codes(coffre, made) == {f"{PREFIX}{code}.KO"}


def test_a_unit_of_another_coffre_does_not_exist(
    coffre: Tenant, cast: Cast, tmp_path: Path
) -> None:
    make_referentials(cast.coffre_b)
    foreign = place(cast.coffre_b, tmp_path)
    made = send(coffre, attached(foreign), tmp_path)
    assert codes(coffre, made) == {f"{PREFIX}NOT_FOUND_ATTACHMENT.KO"}


class TestContract:
    def test_it_may_forbid_attachment(self, coffre: Tenant, tmp_path: Path) -> None:
        target = place(coffre, tmp_path)
        set_contract(coffre, check_parent_link="UNAUTHORIZED")
        made = send(coffre, attached(target), tmp_path)
        assert codes(coffre, made) == {f"{PREFIX}UNAUTHORIZED_ATTACHMENT_BY_CONTRACT.KO"}

    def test_it_may_require_attachment(self, coffre: Tenant, tmp_path: Path) -> None:
        target = place(coffre, tmp_path)
        set_contract(coffre, check_parent_link="REQUIRED")
        made = send(coffre, SipBuilder().unit("Seule"), tmp_path)
        assert codes(coffre, made) == {f"{PREFIX}ATTACHMENT_REQUIRED.KO"}
        assert send(coffre, attached(target), tmp_path).outcome in ("OK", "WARNING")

    def test_it_may_bound_the_perimeter(self, coffre: Tenant, tmp_path: Path) -> None:
        inside, outside = place(coffre, tmp_path), place(coffre, tmp_path, title="Dehors")
        set_contract(coffre, check_parent_ids=[inside])
        made = send(coffre, attached(outside), tmp_path)
        assert codes(coffre, made) == {f"{PREFIX}UNAUTHORIZED_ATTACHMENT.KO"}
        assert send(coffre, attached(inside), tmp_path).outcome in ("OK", "WARNING")

    def test_it_may_place_every_root(self, coffre: Tenant, tmp_path: Path) -> None:
        target = place(coffre, tmp_path, kind="plan")
        set_contract(coffre, link_parent_id=target)
        package = SipBuilder().unit("A").unit("B").unit("Sous A", parent="A")
        made = send(coffre, package, tmp_path)
        assert made.outcome in ("OK", "WARNING"), codes(coffre, made)
        with tenant_scope(coffre.id):
            parents = {unit.title: unit.parents for unit in ArchiveUnit.objects.all()}
            assert parents["A"] == parents["B"] == [target]
            assert parents["Sous A"] != [target]
            host = ArchiveUnit.objects.get(id=target)
            assert (host.child_count, host.descendant_count) == (2, 3)

    def test_its_place_may_have_gone(self, coffre: Tenant, tmp_path: Path) -> None:
        set_contract(coffre, link_parent_id=uuid.uuid4())
        made = send(coffre, SipBuilder().unit("A"), tmp_path)
        assert codes(coffre, made) == {f"{PREFIX}NOT_FOUND_ATTACHMENT.KO"}


class TestObjectsAdded:
    """New versions of a document already in the fonds."""

    @pytest.fixture
    def held(self, coffre: Tenant, tmp_path: Path) -> ArchiveUnit:
        package = SipBuilder().unit("Acte").binary(b"un\n", name="acte.txt")
        made = send(coffre, package, tmp_path)
        assert made.outcome == "OK"
        with tenant_scope(coffre.id):
            return ArchiveUnit.objects.get(operation_id=made.id)

    def addition(self, unit: ArchiveUnit) -> SipBuilder:
        package = SipBuilder().unit("P").attach_to(str(unit.id))
        return package.binary(b"texte\n", name="texte.txt", usage="TextContent_1")

    def test_they_join_the_group_of_the_unit(
        self, coffre: Tenant, tmp_path: Path, held: ArchiveUnit
    ) -> None:
        set_contract(coffre, every_data_object_version=True)
        made = send(coffre, self.addition(held), tmp_path)
        assert made.outcome in ("OK", "WARNING"), codes(coffre, made)
        with tenant_scope(coffre.id):
            group = ObjectGroup.objects.get()
            assert (group.object_count, group.version) == (2, 1)
            assert made.id in group.operations
            usages = DataObject.objects.filter(object_group=group).values_list("usage", flat=True)
            assert sorted(usages) == ["BinaryMaster", "TextContent"]

    def test_their_usage_must_be_allowed(
        self, coffre: Tenant, tmp_path: Path, held: ArchiveUnit
    ) -> None:
        set_contract(
            coffre, every_data_object_version=False, data_object_versions=["Dissemination"]
        )
        made = send(coffre, self.addition(held), tmp_path)
        assert codes(coffre, made) == {f"{PREFIX}ATTACHMENT_OBJECTGROUP.KO"}

    def test_a_unit_without_group_receives_none(self, coffre: Tenant, tmp_path: Path) -> None:
        set_contract(coffre, every_data_object_version=True)
        bare = place(coffre, tmp_path)
        with tenant_scope(coffre.id):
            unit = ArchiveUnit.objects.get(id=bare)
        made = send(coffre, self.addition(unit), tmp_path)
        assert f"{PREFIX}UNAUTHORIZED_ATTACHMENT.KO" in codes(coffre, made)

    def test_a_new_unit_may_share_an_existing_group(
        self, coffre: Tenant, tmp_path: Path, held: ArchiveUnit
    ) -> None:
        package = SipBuilder().unit("Copie").existing_group(str(held.object_group_id))
        made = send(coffre, package, tmp_path)
        assert made.outcome in ("OK", "WARNING"), codes(coffre, made)
        with tenant_scope(coffre.id):
            copy = ArchiveUnit.objects.get(title="Copie")
            assert copy.object_group_id == held.object_group_id
