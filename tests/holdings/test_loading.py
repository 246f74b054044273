"""Deposits enter the fonds by COPY, counts and register follow."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sae.holdings import loading
from sae.holdings.loading import CountDelta
from sae.holdings.models import (
    ROOT,
    AccessionRegisterDetail,
    ArchiveUnit,
    DataObject,
    ObjectGroup,
    UnitEdge,
)
from sae.holdings.selectors.objects import objects_of
from sae.holdings.selectors.register import holdings, register_summary
from sae.holdings.selectors.tree import children, path_of, place_before
from sae.holdings.selectors.units import (
    find_units_by_key,
    get_unit,
    groups_for_extension,
    units_by_ids,
    units_for_attachment,
)
from sae.kernel.identifiers import new_id
from tests.builders.fonds import FondsBuilder
from tests.builders.people import Cast
from tests.builders.sights import seeing_all


def test_units_objects_and_edges_are_read_back(cast: Cast) -> None:
    with seeing_all(cast.coffre_a.id):
        fonds = FondsBuilder()
        folder = fonds.unit("Marché « toiture » \\ 2014\t021", content={"Tag": ["a\\b", "é\"'{}"]})
        piece = fonds.unit("PV", under=folder, level="Item", file=b"bonjour")
        fonds.load()
        unit = get_unit(piece.id)
        assert unit.parents == [folder.id] == unit.ancestors
        assert (unit.depth, unit.originating_agencies) == (2, ["FRAD000001"])
        assert get_unit(folder.id).title == "Marché « toiture » \\ 2014\t021"
        assert get_unit(folder.id).content["Tag"] == ["a\\b", "é\"'{}"]
        assert (get_unit(folder.id).child_count, get_unit(folder.id).descendant_count) == (1, 1)
        (found,) = objects_of(unit)
        assert (found.size, found.data_object_version) == (7, "BinaryMaster_1")
        assert UnitEdge.objects.get(unit_id=folder.id).parent_id == ROOT


def test_counts_of_existing_units_grow(cast: Cast) -> None:
    with seeing_all(cast.coffre_a.id):
        plan = FondsBuilder()
        top = plan.unit("Plan", unit_type="FILING_UNIT")
        series = plan.unit("Série", under=top, unit_type="FILING_UNIT")
        plan.load()
        deposit = FondsBuilder()
        folder = deposit.unit("Dossier", attached_to=plan.existing(series))
        deposit.unit("Pièce", under=folder)
        deposit.load()
        assert (get_unit(series.id).child_count, get_unit(series.id).descendant_count) == (1, 2)
        assert (get_unit(top.id).child_count, get_unit(top.id).descendant_count) == (1, 3)
        assert set(get_unit(folder.id).ancestors) == {top.id, series.id}


def test_counts_refuse_an_unknown_unit(cast: Cast) -> None:
    with seeing_all(cast.coffre_a.id), pytest.raises(LookupError):
        loading.attach_counts({new_id(): CountDelta(1, 1)})


def test_another_coffre_sees_nothing(cast: Cast) -> None:
    with seeing_all(cast.coffre_a.id):
        fonds = FondsBuilder()
        unit = fonds.unit("Secret", file=b"x")
        fonds.load()
    with seeing_all(cast.coffre_b.id):
        with pytest.raises(ArchiveUnit.DoesNotExist):
            get_unit(unit.id)
        assert units_by_ids([unit.id]) == []
        assert units_for_attachment([unit.id]) == {}
        assert groups_for_extension([unit.group_id]) == {}
        assert children().items == []
        assert find_units_by_key("Title", "Secret") == []
        assert not DataObject.objects.exists()
        with pytest.raises(LookupError):
            loading.attach_counts({unit.id: CountDelta(1, 1)})


def test_children_are_paged_in_natural_order_with_one_query(cast: Cast) -> None:
    with seeing_all(cast.coffre_a.id):
        fonds = FondsBuilder()
        folder = fonds.unit("Registre")
        for number in range(25):
            fonds.unit(f"Acte {number + 1}", under=folder)
        for _twin in range(3):
            fonds.unit("Acte 7", under=folder)
        fonds.load()
        titles: list[str] = []
        after = ""
        while True:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                page = children(folder.id, after=after, limit=10)
            assert len(queries) == 1
            titles += [branch.title for branch in page.items]
            after = page.next_after
            if not after:
                break
        assert titles[:10] == [
            "Acte 1", "Acte 2", "Acte 3", "Acte 4", "Acte 5", "Acte 6", "Acte 7", "Acte 7",
            "Acte 7", "Acte 7",
        ]  # fmt: skip
        assert len(titles) == 28
        assert titles[-1] == "Acte 25"
        assert children(folder.id, after="n’importe quoi").items[0].title == "Acte 1"


def test_a_unit_far_down_a_long_list_is_shown_among_its_brothers(cast: Cast) -> None:
    with seeing_all(cast.coffre_a.id):
        fonds = FondsBuilder()
        folder = fonds.unit("Registre")
        acts = [fonds.unit(f"Acte {number:04}", under=folder) for number in range(150)]
        fonds.load()
        assert place_before(folder.id, acts[3].id) == ""
        page = children(folder.id, after=place_before(folder.id, acts[140].id))
        assert [branch.id for branch in page.items][4] == acts[140].id


def test_a_unit_under_two_parents_has_two_paths(cast: Cast) -> None:
    with seeing_all(cast.coffre_a.id):
        fonds = FondsBuilder()
        left, right = fonds.unit("Travaux"), fonds.unit("Finances")
        inner = fonds.unit("2014", under=right)
        both = fonds.unit("Facture", under=[left, inner])
        fonds.load()
        paths = path_of(get_unit(both.id))
        assert [[step.title for step in path] for path in paths] == [
            ["Travaux"],
            ["Finances", "2014"],
        ]
        assert path_of(get_unit(left.id)) == [()]


def test_units_are_found_by_an_exact_metadata(cast: Cast) -> None:
    with seeing_all(cast.coffre_a.id):
        fonds = FondsBuilder()
        first = fonds.unit("A", content={"FilePlanPosition": "12 W 3", "Tag": ["eau", "toit"]})
        fonds.unit("B", content={"FilePlanPosition": "12 W 31"})
        second = fonds.unit("C", content={"Keyword": [{"KeywordContent": "12 W 3"}]})
        fonds.unit("D", content={"Description": "12 W 3"})
        stop = fonds.unit("E", content={"Tag": "de la"})
        fonds.load()
        assert find_units_by_key("FilePlanPosition", "12 W 3") == [first.id]
        assert find_units_by_key("Tag", "toit") == [first.id]
        assert find_units_by_key("Keyword.KeywordContent", "12 W 3") == [second.id]
        assert find_units_by_key("Tag", "de la") == [stop.id]
        assert find_units_by_key("Title", "C") == [second.id]
        assert find_units_by_key('Ta"g\\', "x'") == []
        assert find_units_by_key("", "x") == []
        assert find_units_by_key("Tag", "") == []


def test_a_group_remembers_who_added_objects(cast: Cast) -> None:
    with seeing_all(cast.coffre_a.id):
        fonds = FondsBuilder()
        unit = fonds.unit("PV", file=b"x")
        fonds.load()
        later = FondsBuilder()
        loading.extend_group(
            unit.group_id, operation_id=later.operation.id, object_count=2, agencies=["AUTRE"]
        )
        group = ObjectGroup.objects.get(id=unit.group_id)
        assert group.object_count == 3
        assert group.operations == [fonds.operation.id, later.operation.id]
        assert group.originating_agencies == ["FRAD000001", "AUTRE"]
        target = groups_for_extension([unit.group_id])[unit.group_id]
        assert target.versions == {("BinaryMaster", 1)}


def test_the_register_sums_what_came_in(cast: Cast) -> None:
    with seeing_all(cast.coffre_a.id):
        for agency, files in (("A", 1), ("A", 2), ("B", 1)):
            fonds = FondsBuilder(agency=agency)
            for number in range(files):
                fonds.unit(f"Pièce {number}", file=b"12345")
            fonds.load()
        assert [
            (line.originating_agency, line.units_remained, line.size_ingested, line.deposits)
            for line in register_summary()
        ] == [("A", 3, 15, 2), ("B", 1, 5, 1)]
        assert (holdings().units, holdings().size) == (4, 20)
        line = AccessionRegisterDetail.objects.first()
        assert line is not None
        assert line.submission_agency == line.originating_agency


def test_a_deposit_that_brought_nothing_is_not_registered(cast: Cast) -> None:
    with seeing_all(cast.coffre_a.id):
        operation = FondsBuilder().operation
        assert not loading.register_deposit(
            loading.RegisterEntry(operation_id=operation.id, originating_agency="A")
        )
        assert not AccessionRegisterDetail.objects.exists()
