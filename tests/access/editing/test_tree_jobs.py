"""A large file of positions: compared and applied by a job, which the page follows."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from access.editing import services, tree_files, tree_jobs
from sae.holdings.models import ArchiveUnit
from sae.holdings.planting import Position
from sae.jobs.models import OPEN_STATES, Cluster, Job, JobState
from sae.jobs.queue import enqueue
from sae.jobs.registry import Quarantine
from sae.jobs.serving import serve
from sae.journal.models import Operation
from sae.journal.verification import verify_tenant
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from sae.ui import exports
from tenants.models import ReferentialDraft
from tests.access.editing.test_tree_import import HEADER, TREE, send
from tests.builders.people import Cast, take_away
from tests.builders.sights import seeing_all


@pytest.fixture
def cast(committed_cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Whatever has a few lines is large."""
    monkeypatch.setattr(tree_jobs, "LARGE", 100)
    return committed_cast


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.client(cast.aline)


def work() -> None:
    while serve("long"):
        pass


def address_of(page: Any) -> str:
    request = page.wsgi_request
    return f"{request.path}?{request.META['QUERY_STRING']}"


def compared(client: Client, text: str) -> Any:
    """Upload a file, let the job compare it, and return the page then."""
    page = send(client, text)
    assert page.context["is_live"]
    work()
    return client.get(address_of(page))


def ask_to_apply(client: Client, page: Any) -> Any:
    seen = page.context["changes"].seen
    return client.post(page.context["apply_url"], {"vu": seen}, follow=True)


def titles(cast: Cast) -> set[str]:
    with seeing_all(cast.coffre_a.id):
        return set(ArchiveUnit.objects.values_list("title", flat=True))


def outcomes(cast: Cast) -> list[tuple[str, str, str]]:
    with tenant_scope(cast.coffre_a.id):
        rows = Operation.objects.filter(type="CLASSIFICATION_IMPORT").order_by("id")
        return list(rows.values_list("type", "state", "outcome"))


def draft_of(cast: Cast) -> ReferentialDraft:
    with tenant_scope(cast.coffre_a.id):
        return ReferentialDraft.objects.get()


def test_a_large_file_is_compared_then_applied_while_the_page_follows(
    cast: Cast, client: Client
) -> None:
    page = send(client, TREE)
    words = page.content.decode()
    assert "Comparaison, rien n’est encore modifié" in words
    assert "En attente de son tour" in words
    live = reverse("tree_draft_live", args=[draft_of(cast).id])
    assert "data-poll" in client.get(live).content.decode()
    work()
    assert client.get(live)["HX-Redirect"].startswith(
        reverse("tree_draft", args=[draft_of(cast).id])
    )

    page = client.get(address_of(page))
    assert [number for _label, number in page.context["counts"]] == [5, 0, 0, 0]
    assert len(page.context["lines"]) == 5
    assert titles(cast) == set()

    page = ask_to_apply(client, page)
    assert "Tout est écrit à la fin, ou rien." in page.content.decode()
    assert outcomes(cast) == [("CLASSIFICATION_IMPORT", "RUNNING", "STARTED")]
    again = client.post(reverse("tree_draft_discard", args=[draft_of(cast).id]), follow=True)
    assert "en train d’être appliqué" in again.content.decode()
    work()
    page = client.get(address_of(page))
    assert "Les 5 changements sont appliqués." in page.content.decode()
    assert titles(cast) == {
        "Commune", "Administration", "Conseil municipal", "Actes du maire", "État civil",
    }  # fmt: skip
    assert outcomes(cast) == [("CLASSIFICATION_IMPORT", "COMPLETED", "OK")]
    assert bytes(draft_of(cast).content) == b""
    assert verify_tenant(cast.coffre_a.id).broken is None
    unit = client.get(reverse("unit", args=[page.context["applied"]["unit"]]))
    assert unit.status_code == 200


def test_faults_of_a_large_file_are_told_and_its_sound_lines_applied(
    cast: Cast, client: Client
) -> None:
    page = compared(client, TREE + "4D,inconnu,Orpheline,File,,plan\n")
    assert page.context["changes"].fault_count == 1
    assert "inconnu" in page.context["faults"][0].words
    assert page.context["faults"][0].line == 7
    lines = b"".join(client.get(page.context["lines_url"]).streaming_content)
    assert b"Orpheline" in lines
    ask_to_apply(client, page)
    work()
    assert len(titles(cast)) == 5


def test_what_changed_meanwhile_is_shown_again_and_nothing_is_written(
    cast: Cast, client: Client
) -> None:
    page = compared(client, TREE)
    ask_to_apply(client, page)
    known = {
        "Title": "Fonds de la commune",
        "DescriptionLevel": "Fonds",
        "OriginatingSystemId": ["0"],
    }
    with seeing_all(cast.coffre_a.id):
        services.create_positions([Position("0", "HOLDING_UNIT", known)], actor=services.Actor())
    work()
    page = client.get(address_of(page))
    assert "a changé entre-temps" in page.content.decode()
    assert [number for _label, number in page.context["counts"]] == [4, 1, 0, 0]
    assert titles(cast) == {"Fonds de la commune"}
    assert outcomes(cast) == [("CLASSIFICATION_IMPORT", "COMPLETED", "KO")]


def test_a_right_taken_away_meanwhile_stops_the_work(cast: Cast, client: Client) -> None:
    page = compared(client, TREE)
    ask_to_apply(client, page)
    take_away(cast.aline)
    work()
    draft = draft_of(cast)
    assert draft.state == "stopped"
    assert "a été retiré" in draft.told["reason"]
    assert titles(cast) == set()
    assert outcomes(cast) == [("CLASSIFICATION_IMPORT", "COMPLETED", "KO")]


def test_a_file_given_up_while_it_is_compared_leaves_nothing(cast: Cast, client: Client) -> None:
    send(client, TREE)
    client.post(reverse("tree_draft_discard", args=[draft_of(cast).id]))
    work()
    with tenant_scope(cast.coffre_a.id):
        assert not ReferentialDraft.objects.exists()


def test_work_that_fails_of_our_doing_says_so_and_may_begin_again(
    cast: Cast, client: Client
) -> None:
    page = compared(client, TREE)
    page = ask_to_apply(client, page)
    draft = draft_of(cast)
    with tenant_scope(cast.coffre_a.id):
        tree_jobs.give_tree_up(
            Quarantine(new_id(), cast.coffre_a.id, tree_jobs.JOB_KIND, draft.id, "3 arrêts", "")
        )
    page = client.get(address_of(page))
    assert "3 arrêts" in page.content.decode()
    assert outcomes(cast) == [("CLASSIFICATION_IMPORT", "COMPLETED", "FATAL")]
    work()
    assert titles(cast) == set()
    client.post(page.context["compare_url"])
    work()
    page = client.get(address_of(page))
    ask_to_apply(client, page)
    work()
    assert len(titles(cast)) == 5


def test_the_same_file_taken_the_other_way_is_compared_when_asked(
    cast: Cast, client: Client
) -> None:
    page = compared(client, TREE)
    ask_to_apply(client, page)
    work()
    page = compared(client, HEADER + "0,,Commune,Fonds,,arbre\n" + "D2,0,Archives,Series,,plan\n")
    assert page.context["changes"].known == 1
    other = page.context["tree"].other_url()
    asked = client.get(other)
    assert "Ce fichier est volumineux" in asked.content.decode()
    assert asked.context["compare_url"] == page.context["other_url"]
    client.post(page.context["other_url"])
    work()
    assert [number for _label, number in client.get(other).context["counts"]] == [2, 0, 0, 0]


class TestWhereTheJobIs:
    """The page tells the job's own state, before its first heartbeat too."""

    def words(self, client: Client, cast: Cast) -> str:
        live = reverse("tree_draft_live", args=[draft_of(cast).id])
        return str(client.get(live).content.decode())

    def claimed(self, cast: Cast, **told: str) -> None:
        with tenant_scope(cast.coffre_a.id):
            open_ones = Job.objects.filter(kind=tree_jobs.JOB_KIND, state__in=OPEN_STATES)
            open_ones.update(state=JobState.CLAIMED, **told)

    def test_it_waits_only_while_it_is_in_the_queue(self, cast: Cast, client: Client) -> None:
        send(client, TREE)
        assert "En attente de son tour" in self.words(client, cast)
        self.claimed(cast)
        words = self.words(client, cast)
        assert "En attente" not in words
        assert "Comparaison commencée" in words
        self.claimed(cast, progress_label="Lecture du fichier")
        assert "Lecture du fichier" in self.words(client, cast)

    def test_an_application_in_hand_does_not_wait(self, cast: Cast, client: Client) -> None:
        ask_to_apply(client, compared(client, TREE))
        assert "En attente de son tour" in self.words(client, cast)
        self.claimed(cast)
        words = self.words(client, cast)
        assert "En attente" not in words
        assert "Application commencée" in words

    def test_those_that_go_before_are_counted(self, cast: Cast, client: Client) -> None:
        with tenant_scope(cast.coffre_a.id):
            for _turn in range(2):
                enqueue(
                    tenant_id=cast.coffre_a.id, kind="mass_operation", subject_id=new_id(),
                    cluster=Cluster.LONG,
                )  # fmt: skip
        send(client, TREE)
        assert "2 travaux passent avant" in self.words(client, cast)

    def test_one_that_was_interrupted_says_so(self, cast: Cast, client: Client) -> None:
        send(client, TREE)
        with tenant_scope(cast.coffre_a.id):
            Job.objects.update(state=JobState.WAITING)
        assert "Interrompu : il reprend de lui-même" in self.words(client, cast)


class TestExportsOfALargeFile:
    """What is taken away has no bound, and begins to leave before the file is compared."""

    @pytest.fixture
    def few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(exports, "MOST_LINES", 3)

    @pytest.mark.usefixtures("few")
    def test_differences_of_any_length_are_taken_as_csv(self, cast: Cast, client: Client) -> None:
        page = compared(client, TREE)
        answer = client.get(page.context["export_url"])
        lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
        assert len(lines) == 6
        assert lines[0].startswith("Identifiant;Intitulé;Changement")
        book = client.get(page.context["export_url"].replace("csv", "xlsx"))
        assert book.status_code == 409
        assert "prenez-les en CSV" in book.content.decode()

    @pytest.mark.usefixtures("few")
    def test_faults_and_their_lines_of_any_number_too(self, cast: Cast, client: Client) -> None:
        faulty = "".join(f"F{n},inconnu,Orpheline {n},File,,plan\n" for n in range(6))
        page = compared(client, TREE + faulty)
        for name in ("faults_url", "lines_url"):
            answer = client.get(page.context[name])
            lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
            assert len(lines) == 7, name
        assert "=" not in lines[0]

    def test_the_header_leaves_before_the_file_is_compared(
        self, cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        page = compared(client, TREE)
        asked: list[str] = []
        real = tree_files.compare

        def noted(*args: Any, **kwargs: Any) -> Any:
            asked.append("compared")
            return real(*args, **kwargs)

        monkeypatch.setattr(tree_files, "compare", noted)
        answer = client.get(page.context["export_url"])
        pieces = iter(answer.streaming_content)
        assert next(pieces).decode("utf-8-sig").startswith("Identifiant;")
        assert asked == []
        assert "Conseil municipal" in b"".join(pieces).decode()
        assert asked == ["compared"]

    def test_what_a_spreadsheet_would_run_is_text(self, cast: Cast, client: Client) -> None:
        page = compared(client, TREE + "F1,,=HYPERLINK(A1),File,,plan\n")
        sent = b"".join(client.get(page.context["export_url"]).streaming_content).decode()
        assert ";'=HYPERLINK(A1);" in sent
