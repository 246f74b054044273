"""What the auditor, the administrator and the operator see, and what they are refused."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.acts import verify_journal
from tests.e2e.conftest import SignIn
from tests.e2e.visiting import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def tasks(person: Visitor) -> list[str]:
    """The tasks of the rail, as shown."""
    links = person.page.get_by_role("navigation", name="Tâches").locator("> ul > li > a")
    return [words.strip() for words in links.all_inner_texts()]


def test_the_auditor_reads_journals_and_nothing_else(sign_in: SignIn) -> None:
    auditor = sign_in("auditor")
    page = auditor.page
    assert tasks(auditor) == ["À faire", "Journaux et preuves", "Administration"]
    auditor.examine()
    page = auditor.open("/journaux/")
    for words, extension in (("JSON", "json"), ("CSV", "csv")):
        with page.expect_download() as asked:
            page.get_by_role("link", name=words, exact=True).first.click()
        content = Path(asked.value.path()).read_text(encoding="utf-8-sig")
        assert asked.value.suggested_filename.endswith(extension)
        if extension == "json":
            assert "PROCESS_SIP_UNITARY" in json.dumps(json.loads(content))
        else:
            assert len(list(csv.reader(io.StringIO(content)))) > 1
    verify_journal(auditor)
    auditor.examine()
    page = auditor.open("/journaux/")
    page.get_by_role("link", name="Versement", exact=True).first.click()
    page.wait_for_url("**/journaux/*-*/")
    expect(page.get_by_role("table").first).to_contain_text("STP_INGEST_CONTROL_SIP")
    auditor.examine()
    expect(page.get_by_role("link", name="Voir le versement")).to_have_count(0)
    expect(page.get_by_label("Rechercher dans le coffre")).to_have_count(0)
    for path in ("/deposer/", "/versements/", "/classement/", "/rechercher/", "/referentiels/"):
        assert auditor.context.request.get(auditor.platform.url + path).status == 403, path


def test_the_auditor_changes_coffre_and_reads_the_proof(sign_in: SignIn) -> None:
    auditor = sign_in("auditor")
    page = auditor.open("/journaux/")
    page.get_by_role("region", name="Coffre", exact=True).locator("summary").click()
    page.get_by_role("button", name="Coffre de preuve").click()
    expect(page.get_by_role("region", name="Coffre", exact=True)).to_contain_text(
        "Coffre de preuve"
    )
    page = auditor.open("/journaux/")
    expect(page.get_by_role("table").first).to_contain_text("Connexion")
    words = page.locator("td[data-label=Opération], td[data-label=Catégorie]").all_inner_texts()
    assert [one for one in words if re.search("[A-Z]{3}|_", one)] == []
    auditor.examine()


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (
            "administrator",
            [
                "À faire",
                "Déposer",
                "Règles et référentiels",
                "Journaux et preuves",
                "Administration",
            ],
        ),
        ("operator", ["À faire", "Administration"]),
    ],
)
def test_each_sees_the_tasks_of_their_role(sign_in: SignIn, role: str, seen: list[str]) -> None:
    person = sign_in(role)
    assert tasks(person) == seen
    person.examine()
    person.open("/etat/")
    person.examine()
    refused = person.open("/rechercher/")
    expect(refused.get_by_role("main")).to_contain_text("consulter les archives")
    person.examine()
    person.complaints.clear()  # the browser says 403 aloud
