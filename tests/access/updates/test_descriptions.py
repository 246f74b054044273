"""Descriptions change, for one unit and for many: what is announced is what happens."""

import gzip
import uuid
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from access.updates.descriptions import DescriptionPatch, Substitution, fault_of_pattern
from access.updates.fields import FieldFault, editable_fields
from sae.holdings.mass import check_mass, launch_mass, prepare_mass, report_lines
from sae.holdings.models import MassOperation, PendingMetadata
from sae.holdings.projection import SearchQuery, search
from sae.holdings.sight import Sight, seeing
from sae.journal.models import Event, LifeCycleEntry, Operation
from sae.kernel.outcomes import Outcome
from sae.storage.models import StoredObject
from sae.storage.reader import open_stored
from tests.access.updates.conftest import Shelf

pytestmark = pytest.mark.django_db


def modify(
    shelf: Shelf, unit_ids: list[uuid.UUID], patch: DescriptionPatch, **more: Any
) -> MassOperation:
    """Check, then apply one change to units."""
    with shelf.scope():
        mass = prepare_mass(kind="descriptions", unit_ids=[unit_ids], agent_id=None, **more)
        check_mass(mass.id, parameters={"patch": patch.as_json()})
        return launch_mass(mass.id, agent_id=shelf.cast.aline.id)


def found(shelf: Shelf, text: str) -> list[uuid.UUID]:
    with shelf.scope(), seeing(Sight.whole()):
        return search(SearchQuery(text=text)).ids


def outcomes(mass: MassOperation, name: str = "entries") -> dict[str, tuple[str, str]]:
    return {
        unit: (status, key)
        for batch in mass.batches.all()
        for unit, status, key, _message in getattr(batch, name)
    }


class TestManyUnits:
    def test_fields_are_kept_replaced_or_cleared(self, shelf: Shelf) -> None:
        patch = DescriptionPatch(
            set={"Description": "Travaux de 2014", "Keyword": "Gymnase | lieu\nToiture | sujet"},
            clear=["OriginatingAgencyArchiveUnitIdentifier"],
        )
        mass = modify(shelf, [shelf.folder.id], patch)
        unit = shelf.unit(shelf.folder)
        assert (mass.state, mass.ok, mass.changed) == ("done", 1, 1)
        assert unit.content == {
            "DescriptionLevel": "File",
            "Title": "Marché de la toiture",
            "Description": "Travaux de 2014",
            "StartDate": "2014-03-03",
            "EndDate": "2015-06-30",
            "ChampLibre": ["gardé"],
            # The keyword left as it was keeps what nobody sees in the form.
            "Keyword": [
                {"KeywordContent": "Gymnase", "KeywordType": "geogname", "Origine": "x"},
                {"KeywordContent": "Toiture", "KeywordType": "subject"},
            ],
        }
        assert unit.version == 1
        assert unit.operations[-1] == mass.id

    def test_columns_lists_and_search_follow(self, shelf: Shelf) -> None:
        patch = DescriptionPatch(
            set={"Title": "Aa chauffage urbain", "StartDate": "01/02/2013", "EndDate": "2013-12-31"}
        )
        modify(shelf, [shelf.folder.id], patch)
        unit = shelf.unit(shelf.folder)
        assert (unit.title, str(unit.start_date), str(unit.end_date)) == (
            "Aa chauffage urbain", "2013-02-01", "2013-12-31",
        )  # fmt: skip
        assert found(shelf, "chauffage") == [shelf.folder.id]
        assert found(shelf, "toiture") == []
        with shelf.scope():
            assert unit.edges.get().sort_key == "aa chauffage urbain"

    def test_the_dry_run_tells_exactly_what_happens(self, shelf: Shelf) -> None:
        # One unit has no start date: an end date before it is refused on the folder alone.
        patch = DescriptionPatch(set={"EndDate": "2013-01-01", "Title": "Pièce 3"})
        chosen = [shelf.folder.id, *shelf.piece_ids[:3], uuid.uuid4()]
        with shelf.scope():
            mass = prepare_mass(kind="descriptions", unit_ids=[chosen], agent_id=None)
            mass = check_mass(mass.id, parameters={"patch": patch.as_json()})
            assert mass.state == "checked"
            announced, before = outcomes(mass, "preview"), mass.preview
        assert shelf.unit(shelf.pieces[0]).title == "Pièce 1"
        with shelf.scope():
            mass = launch_mass(mass.id, agent_id=None)
            assert outcomes(mass) == announced
            assert mass.counts == before
            assert Operation.objects.get(id=mass.id).outcome == "WARNING"
        assert [status for status, _key in announced.values()] == ["KO", "OK", "OK", "OK", "KO"]
        assert announced[str(chosen[0])] == ("KO", "CHECK_UNIT_SCHEMA")
        assert announced[str(chosen[4])] == ("KO", "UNIT_UNKNOWN_OR_FORBIDDEN")
        assert shelf.unit(shelf.folder).version == 0

    def test_what_is_already_so_is_not_written(self, shelf: Shelf) -> None:
        patch = DescriptionPatch(set={"Title": "Pièce 1"})
        mass = modify(shelf, shelf.piece_ids[:2], patch)
        assert mass.counts == {"UNIT_METADATA_NO_CHANGES": 1, "UNIT_METADATA_UPDATE": 1}
        assert [shelf.unit(one).version for one in shelf.piece_ids[:2]] == [0, 1]

    def test_units_that_may_not_be_written_are_left_and_listed(self, shelf: Shelf) -> None:
        closed = shelf.piece_ids[0]
        mass = modify(
            shelf, shelf.piece_ids[:2], DescriptionPatch(set={"Status": "clos"}),
            refused=lambda ids: [closed],
        )  # fmt: skip
        with shelf.scope():
            assert outcomes(mass)[str(closed)] == ("KO", "UNIT_UNKNOWN_OR_FORBIDDEN")
        assert shelf.unit(closed).version == 0
        assert shelf.unit(shelf.piece_ids[1]).content["Status"] == "clos"

    def test_texts_are_substituted(self, shelf: Shelf) -> None:
        patch = DescriptionPatch(substitute=[Substitution("Title", r"^Pièce (\d+)", r"Acte n° \1")])
        modify(shelf, [*shelf.piece_ids[:2], shelf.folder.id], patch)
        titles = [shelf.unit(one).title for one in (*shelf.piece_ids[:2], shelf.folder.id)]
        assert titles == ["Acte n° 1", "Acte n° 2", "Marché de la toiture"]

    @pytest.mark.parametrize(
        ("name", "text", "fault"),
        [
            ("DescriptionLevel", "Boîte", "n’est pas un niveau"),
            ("StartDate", "hier", "n’est pas une date"),
            ("Title", "<script>alert(1)</script>", "balise ou script"),
            ("Keyword", "Gymnase | bâtiment", "n’est pas une nature"),
        ],
    )
    def test_what_a_deposit_would_refuse_is_refused(
        self, shelf: Shelf, name: str, text: str, fault: str
    ) -> None:
        mass = modify(shelf, [shelf.folder.id], DescriptionPatch(set={name: text}))
        with shelf.scope():
            ((_unit, status, _key, message),) = mass.batches.get().entries
        assert status == "KO"
        assert fault in message
        assert shelf.unit(shelf.folder).version == 0

    def test_the_title_cannot_be_cleared(self, shelf: Shelf) -> None:
        mass = modify(shelf, [shelf.folder.id], DescriptionPatch(clear=["Title"]))
        assert (mass.ko, shelf.unit(shelf.folder).title) == (1, "Marché de la toiture")


class TestProof:
    def test_the_journal_has_the_steps_of_the_field(self, shelf: Shelf) -> None:
        mass = modify(shelf, shelf.piece_ids[:3], DescriptionPatch(set={"Status": "clos"}))
        with shelf.scope():
            operation = Operation.objects.get(id=mass.id)
            codes = list(
                Event.objects.filter(operation=operation)
                .order_by("sequence")
                .values_list("outcome_detail", flat=True)
            )
            entries = list(LifeCycleEntry.objects.filter(operation_id=mass.id))
        assert codes == [
            "MASS_UPDATE_UNIT_DESC.STARTED",
            "STP_CHECK_AND_COMPUTE.OK",
            "MASS_UPDATE_CHECK.OK",
            "CHECK_DISTRIBUTION_THRESHOLD.OK",
            "PREPARE_UPDATE_UNIT_LIST.OK",
            "STP_UPDATE.OK",
            "MASS_UPDATE_UNITS.OK",
            "STP_MASS_UPDATE_FINALIZE.OK",
            "MASS_UPDATE_FINALIZE.OK",
            "MASS_UPDATE_UNIT_DESC.OK",
        ]
        assert (operation.state, operation.life_cycle_count) == ("COMPLETED", 3)
        assert {entry.subject_id for entry in entries} == set(shelf.piece_ids[:3])
        assert entries[0].detail == {
            "differences": [{"code": "LFC.UNIT_METADATA_UPDATE", "fields": ["Status"]}],
            "version": 1,
        }
        # Names of fields alone: a journal is never erased, a description may name people.
        assert "clos" not in str([entry.detail for entry in entries])

    def test_the_report_is_that_of_the_field(self, shelf: Shelf) -> None:
        mass = modify(shelf, shelf.piece_ids[:2], DescriptionPatch(set={"Title": "Pièce 1"}))
        with shelf.scope():
            report = b"".join(report_lines(mass, outcome=Outcome.OK))
            lines = [orjson.loads(line) for line in report.splitlines()]
        assert lines[0]["evId"] == str(mass.id)
        assert lines[1]["reportType"] == "UPDATE_UNIT"
        assert lines[1]["vitamResults"] == {"OK": 2, "KO": 0, "WARNING": 0, "total": 2}
        assert [line["resultKey"] for line in lines[3:]] == [
            "UNIT_METADATA_NO_CHANGES", "UNIT_METADATA_UPDATE",
        ]  # fmt: skip

    def test_every_offer_gets_the_present_state(
        self, shelf: Shelf, work_off: Callable[[Shelf], None]
    ) -> None:
        mass = modify(shelf, shelf.piece_ids[:2], DescriptionPatch(set={"Status": "clos"}))
        with shelf.scope():
            assert PendingMetadata.objects.filter(operation_id=mass.id).count() == 2
        work_off(shelf)
        with shelf.scope():
            assert not PendingMetadata.objects.exists()
            stored = {
                one.key.rpartition("/")[2]: one
                for one in StoredObject.objects.filter(operation_id=mass.id)
            }
            assert all(one.copies.count() == 2 for one in stored.values())
            assert {one.kind for one in stored.values()} == {"metadata", "report"}
            written = gzip.decompress(
                b"".join(open_stored(stored_object=stored["units-000001.jsonl.gz"]))
            )
        lines = [orjson.loads(line) for line in written.splitlines()]
        assert [line["id"] for line in lines] == list(map(str, shelf.piece_ids[:2]))
        assert [line["version"] for line in lines] == [1, 1]
        assert lines[0]["content"] == shelf.unit(shelf.pieces[0]).content
        assert lines[0]["parents"] == [str(shelf.folder.id)]


class TestFields:
    def test_every_field_gives_back_what_it_reads(self, shelf: Shelf) -> None:
        texts = {
            "Title": "Intitulé",
            "Title_": "en : Deeds\noci : Actas",
            "DescriptionLevel": "File",
            "CustodialHistory.CustodialHistoryItem": "Reçu\nTrié",
            "Coverage.Spatial": "Saint-Aubin",
            "Keyword": "Gymnase | lieu | K1\nDupont | personne",
            "Language": "fr\nde",
            "StartDate": "2014-03-01",
        }
        with shelf.scope():
            fields = editable_fields()
        content: dict[str, Any] = {"ChampLibre": ["x"]}
        for name, text in texts.items():
            content = fields[name].set_in(content, text)
        assert {name: fields[name].text_in(content) for name in texts} == texts
        for name in texts:
            content = fields[name].cleared_in(content)
        assert content == {"ChampLibre": ["x"]}

    def test_the_main_language_follows_the_plain_title(self, shelf: Shelf) -> None:
        with shelf.scope():
            title = editable_fields()["Title"]
        content = {"Title": "Actes", "Title_": {"fr": "Actes", "en": "Deeds"}}
        assert title.set_in(content, "Contrats") == {
            "Title": "Contrats",
            "Title_": {"fr": "Contrats", "en": "Deeds"},
        }

    def test_a_translation_needs_its_language(self, shelf: Shelf) -> None:
        with shelf.scope(), pytest.raises(FieldFault):
            editable_fields()["Title_"].set_in({}, "Deeds")

    def test_dangerous_patterns_are_refused(self) -> None:
        assert fault_of_pattern(r"(a+)+$", "")
        assert fault_of_pattern("(", "")
        assert fault_of_pattern("x", r"\2")
        assert fault_of_pattern("x" * 500, "")
        assert fault_of_pattern(r"^Pièce (\d+)", r"Acte \1") == ""
