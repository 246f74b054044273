"""The operations journal on screen, its downloads, its verification."""

import json
import uuid

from django.urls import reverse

from access.journal_pages import VERIFICATION, last_verification
from access.verification import JOB_KIND, advance_verification
from sae.jobs.claim import Claim
from sae.jobs.models import Job
from sae.journal.models import Operation
from sae.tenancy.scope import tenant_scope
from tests.access.conftest import Fonds
from tests.access.test_screens import text_of


def test_operations_are_listed_filtered_and_searched(fonds: Fonds) -> None:
    auditor = fonds.cast.client(fonds.cast.auditor_a)
    page = auditor.get(reverse("journal"))
    assert "1 opération" in text_of(page).replace("\xa0", " ")
    none = auditor.get(reverse("journal"), {"statut": "KO"})
    assert "Aucune ligne" in text_of(none)
    found = auditor.get(reverse("journal"), {"q": str(fonds.operation_id)})
    assert found.context["total"] == 1
    assert auditor.get(reverse("journal"), {"q": "=1"}).context["total"] == 0


def test_an_operation_shows_its_events(fonds: Fonds) -> None:
    page = fonds.aline.get(reverse("operation", args=[fonds.operation_id]))
    assert page.status_code == 200
    assert "4 entrées" in text_of(page).replace("\xa0", " ")


def test_an_operation_is_downloaded_as_json(fonds: Fonds) -> None:
    answer = fonds.aline.get(reverse("operation_json", args=[fonds.operation_id]))
    assert answer.json()["_id"] == str(fonds.operation_id)


def test_the_journal_is_downloaded_whole(fonds: Fonds) -> None:
    answer = fonds.aline.get(reverse("journal_json"))
    documents = json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    assert [document["_id"] for document in documents] == [str(fonds.operation_id)]
    lines = b"".join(fonds.aline.get(reverse("journal_csv")).streaming_content)  # type: ignore[attr-defined]
    assert str(fonds.operation_id).encode() in lines


def test_a_journal_download_keeps_to_its_coffre(fonds: Fonds) -> None:
    answer = fonds.chloe.get(reverse("journal_json"))
    assert json.loads(b"".join(answer.streaming_content)) == []  # type: ignore[attr-defined]


def test_the_journal_is_verified_by_a_job_and_the_result_is_shown(fonds: Fonds) -> None:
    auditor = fonds.cast.client(fonds.cast.auditor_a)
    assert auditor.get(reverse("journal_verify")).status_code == 405
    asked = auditor.post(reverse("journal_verify"))
    again = auditor.post(reverse("journal_verify"))
    assert asked["Location"] == again["Location"]
    assert "en cours" in text_of(auditor.get(reverse("journal")))
    followed = auditor.get(asked["Location"])
    # Nobody has to load the page again to learn the end.
    assert 'id="operation" tabindex="-1" data-poll' in followed.content.decode()
    assert "cette page la suit" in text_of(followed)
    coffre = fonds.cast.coffre_a.id
    with tenant_scope(coffre):
        (job,) = Job.objects.filter(kind=JOB_KIND)
        Job.objects.filter(id=job.id).update(state="claimed", token=1)
        operation = Operation.objects.get(type=VERIFICATION)
    claim = Claim(job.id, coffre, JOB_KIND, operation.id, "long", 1)
    advance_verification(claim)
    with tenant_scope(coffre):
        verification = last_verification()
    assert verification is not None
    assert verification.is_sound
    assert verification.events >= 3
    assert "Journal intact." in text_of(auditor.get(reverse("journal")))
    ended = auditor.get(asked["Location"], headers={"HX-Request": "true"})
    page = ended.content.decode()
    assert "data-poll hx-get" not in page.partition('id="operation"')[2].partition(">")[0]
    assert 'data-announce="Vérification du journal : Succès"' in page
    assert "Événements relus" in text_of(ended)


def test_a_reader_may_not_have_it_verified(fonds: Fonds) -> None:
    assert fonds.basile.post(reverse("journal_verify")).status_code == 403


def test_a_stranger_s_operation_is_unknown(fonds: Fonds) -> None:
    stranger = fonds.chloe.get(reverse("operation", args=[fonds.operation_id]))
    unknown = fonds.chloe.get(reverse("operation", args=[uuid.uuid4()]))
    assert stranger.status_code == unknown.status_code == 404
    assert stranger.content == unknown.content
