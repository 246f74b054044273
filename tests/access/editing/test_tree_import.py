"""A file of positions is compared with the classification, then applied, or its sound part."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from access.editing import services
from access.editing.tree_comparing import Redescribed, TreeChanges
from sae.holdings.models import ArchiveUnit, UnitEdge
from sae.holdings.planting import Position, WrongPlaceError
from sae.journal.models import Operation
from tenants.models import ReferentialDraft
from tests.builders.people import Cast
from tests.builders.sights import seeing_all

pytestmark = pytest.mark.django_db
HEADER = "Identifier,ParentIdentifier,Title,DescriptionLevel,Description,Type\n"
TREE = HEADER + (
    "0,,Commune,Fonds,,arbre\n"
    "D,0,Administration,Series,Délibérations et arrêtés,plan\n"
    "1D,D,Conseil municipal,File,,plan\n"
    "2D,D,Actes du maire,File,,plan\n"
    "E,0,État civil,Series,,plan\n"
)


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.client(cast.aline)


def send(client: Client, text: str | bytes, name: str = "arbre.csv", **more: Any) -> Any:
    """Upload a file of positions; return the page of what it would do."""
    content = text.encode() if isinstance(text, str) else text
    posted = client.post(
        reverse("classification_build"),
        {"file": SimpleUploadedFile(name, content), "unit_type": "HOLDING_UNIT", **more},
    )
    assert posted.status_code == 302, posted.content
    return client.get(posted["Location"])


def take(client: Client, page: Any) -> Any:
    seen = page.context["changes"].seen
    return client.post(page.context["apply_url"], {"vu": seen}, follow=True)


def counts(page: Any) -> list[int]:
    return [number for _label, number in page.context["counts"]]


def places(cast: Cast) -> dict[str, str]:
    """Return the title of the position above each, by title."""
    with seeing_all(cast.coffre_a.id):
        titles = dict(ArchiveUnit.objects.values_list("id", "title"))
        return {
            title: titles[parents[0]] if parents else ""
            for title, parents in ArchiveUnit.objects.values_list("title", "parents")
        }


def operations(cast: Cast) -> list[str]:
    with seeing_all(cast.coffre_a.id):
        return list(Operation.objects.order_by("id").values_list("type", flat=True))


def test_nothing_is_made_before_it_was_read_then_all_in_one_operation(
    cast: Cast, client: Client
) -> None:
    page = send(client, TREE)
    assert counts(page) == [5, 0, 0, 0]
    assert places(cast) == {}
    done = take(client, page)
    assert "5 changements appliqués" in done.content.decode()
    assert places(cast)["Conseil municipal"] == "Administration"
    assert operations(cast) == ["CLASSIFICATION_IMPORT"]
    with seeing_all(cast.coffre_a.id):
        assert not ReferentialDraft.objects.exists()
        told = Operation.objects.get().detail
        assert (told["added"], len(told["sha512"])) == (5, 128)


def test_an_export_imported_again_changes_nothing(cast: Cast, client: Client) -> None:
    take(client, send(client, TREE))
    for name, address in (("a.csv", "classification_csv"), ("a.xml", "classification_ead")):
        answer: Any = client.get(reverse(address))
        page = send(client, b"".join(answer.streaming_content), name)
        assert counts(page) == [0, 0, 0, 5], name
        assert page.context["faults"] == []
        assert "Rien ne changerait" in page.content.decode()


def test_what_is_there_is_described_and_moved_and_what_is_not_named_stays(
    cast: Cast, client: Client
) -> None:
    take(client, send(client, TREE))
    changed = HEADER + (
        "D,0,Administration communale,Series,,plan\n"
        "2D,E,Actes du maire,File,,plan\n"
        "3D,2D,Arrêtés,File,,plan\n"
        "E,0,État civil,,,\n"
        "0,,Commune,,,\n"
    )
    page = send(client, changed)
    assert counts(page) == [1, 1, 1, 2]
    words = page.content.decode()
    assert "Administration communale" in words
    shown = {(title, nature): fields for _id, title, nature, fields in page.context["lines"]}
    assert shown["Actes du maire", "moved"] == [("Place", "Administration", "État civil")]
    assert shown["Arrêtés", "added"] == [("Place", "", "Actes du maire")]
    export = b"".join(client.get(page.context["export_url"]).streaming_content).decode("utf-8-sig")
    assert len(export.splitlines()) == 4
    take(client, page)
    assert operations(cast) == ["CLASSIFICATION_IMPORT"] * 2
    assert places(cast) == {
        "Commune": "",
        "Administration communale": "Commune",
        "Conseil municipal": "Administration communale",
        "État civil": "Commune",
        "Actes du maire": "État civil",
        "Arrêtés": "Actes du maire",
    }
    with seeing_all(cast.coffre_a.id):
        series = ArchiveUnit.objects.get(title="Administration communale")
        # An empty cell empties nothing.
        assert series.content["Description"] == "Délibérations et arrêtés"
        assert series.version > 0
        moved = ArchiveUnit.objects.get(title="Actes du maire")
        assert moved.ancestors[-1] == moved.parents[0] or moved.parents[0] in moved.ancestors
        assert UnitEdge.objects.filter(unit=moved).count() == 1
    assert client.get(reverse("unit", args=[series.id])).status_code == 200


def test_faulty_lines_come_back_with_why_and_the_others_are_applied(
    cast: Cast, client: Client
) -> None:
    text = HEADER.replace(",", ";") + (
        "0;;Commune;Fonds;;arbre\n"
        "A;0;Bonne;Series;;plan\n"
        "B;0;Niveau faux;Étage;;plan\n"
        "C;B;Sous la fausse;File;;plan\n"
        "F;A;Arbre sous plan;File;;arbre\n"
        "A;0;Doublon;File;;plan\n"
    )
    page = send(client, text.encode("cp1252"))
    assert [one.line for one in page.context["faults"]] == [4, 5, 6, 7]
    assert "Latin-1" in page.content.decode()
    assert counts(page) == [2, 0, 0, 0]
    faulty = b"".join(client.get(page.context["lines_url"]).streaming_content)
    lines = faulty.decode("utf-8-sig").splitlines()
    assert [line.split(";")[0] for line in lines] == ["Identifier", "B", "C", "F", "A"]
    assert lines[0].endswith("Anomalies")
    listed = b"".join(client.get(page.context["faults_url"]).streaming_content).decode("utf-8-sig")
    assert listed.splitlines()[1].startswith("4;")
    take(client, page)
    assert places(cast) == {"Commune": "", "Bonne": "Commune"}
    corrected = faulty.decode("utf-8-sig").replace("Étage", "Series").splitlines()[:2]
    again = send(client, "\n".join(corrected))
    assert counts(again) == [1, 0, 0, 0]
    take(client, again)
    assert places(cast)["Niveau faux"] == "Commune"


def test_a_position_goes_neither_below_itself_nor_becomes_of_another_nature(
    cast: Cast, client: Client
) -> None:
    take(client, send(client, TREE))
    below = send(client, HEADER + "D,1D,Administration,,,plan\n1D,,Conseil municipal,,,plan\n")
    assert "sous elle-même" in below.content.decode()
    assert counts(below)[2] == 0
    nature = send(client, HEADER + "0,,Commune,,,plan\n")
    assert "ne change pas" in nature.content.decode()
    cycle = send(client, HEADER + "X,Y,Un,,,arbre\nY,X,Deux,,,arbre\n")
    assert "se contiennent" in cycle.content.decode()
    assert cycle.context["changes"].total == 0


def test_what_is_applied_is_what_was_shown(cast: Cast, client: Client) -> None:
    page = send(client, TREE)
    take(client, send(client, HEADER + "0,,Commune,Fonds,,arbre\n"))
    again = take(client, page)
    assert "a changé entre-temps" in again.content.decode()
    assert set(places(cast)) == {"Commune"}
    draft = page.context["tree"].draft
    client.post(reverse("tree_draft_discard", args=[draft.id]))
    assert client.get(reverse("tree_draft", args=[draft.id])).status_code == 404


def test_a_draft_of_positions_is_none_of_a_referential_nor_of_a_stranger(
    cast: Cast, client: Client
) -> None:
    draft = send(client, TREE).context["tree"].draft
    assert client.get(reverse("referential_draft", args=[draft.id])).status_code == 404
    stranger = cast.client(cast.chloe)
    assert stranger.get(reverse("tree_draft", args=[draft.id])).status_code == 404


def test_another_tree_may_use_the_same_identifiers(cast: Cast, client: Client) -> None:
    take(client, send(client, TREE))
    other = HEADER + "0,,Intercommunalité,Fonds,,arbre\nD,0,Eau,Series,,plan\n"
    taken = send(client, other)
    assert counts(taken) == [0, 2, 0, 0]
    anew = client.get(taken.context["other_url"])
    assert counts(anew) == [2, 0, 0, 0]
    assert "déjà dans le classement" in anew.content.decode()
    take(client, anew)
    after = places(cast)
    assert after["Eau"] == "Intercommunalité"
    assert after["Administration"] == "Commune"
    # Two positions bear it now: neither is taken for that of the file.
    assert counts(send(client, HEADER + "D,,Archives,Series,,plan\n")) == [1, 0, 0, 0]
    for name, address in (("a.csv", "classification_csv"), ("a.xml", "classification_ead")):
        answer: Any = client.get(reverse(address))
        again = send(client, b"".join(answer.streaming_content), name)
        assert counts(again) == [0, 0, 0, 7], name


def test_nothing_is_written_over_what_was_described_since_it_was_compared(
    cast: Cast, client: Client
) -> None:
    take(client, send(client, TREE))
    with seeing_all(cast.coffre_a.id):
        unit = ArchiveUnit.objects.get(title="Conseil municipal")
        before = {"Title": "Conseil", "Description": None}
        after = {"Title": "Conseil de la commune", "Description": "Séances"}
        changes = TreeChanges(
            added=[Position("N", "FILING_UNIT", {"Title": "Neuve", "DescriptionLevel": "File"})],
            redescribed=[Redescribed(unit.id, unit.title, before, after)],
        )
        with pytest.raises(WrongPlaceError, match="changed"):
            services.apply_tree(changes, sha512="", actor=services.Actor())
        assert not ArchiveUnit.objects.filter(title__in=["Neuve", after["Title"]]).exists()
        changes.redescribed = [
            Redescribed(unit.id, unit.title, {**before, "Title": unit.title}, after)
        ]
        services.apply_tree(changes, sha512="", actor=services.Actor())
        assert ArchiveUnit.objects.filter(title__in=["Neuve", after["Title"]]).count() == 2
