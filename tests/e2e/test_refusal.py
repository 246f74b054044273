"""A package is refused: every fault is said, with its line, and the corrected one goes in."""

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.acts import deposit, wait_for
from tests.e2e.packages import (
    building_permits,
    permits_against_the_standard,
    permits_changed_on_the_way,
)
from tests.e2e.visiting import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_from_the_refusal_to_the_corrected_package(archivist: Visitor, tmp_path: Path) -> None:
    spoilt = permits_against_the_standard().zip(tmp_path / "permis.zip")
    page = deposit(archivist, spoilt, status="Refusé")
    every_fault_is_there(page)
    archivist.examine()
    the_line_of_the_manifest_is_shown(archivist)
    the_list_can_be_sent(page)
    the_same_package_is_checked_again(page)
    right = building_permits().zip(tmp_path / "permis-corriges.zip")
    the_corrected_one_goes_in(archivist, right)
    archivist.examine()


def every_fault_is_there(page: Page) -> None:
    groups = page.locator("details.problem")
    expect(groups).to_have_count(4)
    expect(page.locator("#deposit-body .notice")).to_contain_text("6 anomalies de 4 sortes")
    kind = groups.filter(has_text="Pièce")
    expect(kind.locator(".problem-count")).to_have_text("3")
    expect(kind.locator("tbody tr")).to_have_count(3)
    expect(kind).to_contain_text("CHECK_SEDA.NOT_XSD_VALID.KO")
    for seen in ("31/12/2022", "ServiceArchives", "AU6"):
        expect(page.locator("#deposit-body")).to_contain_text(seen)
    # Every fault of a manifest has a line, and each line says what to do.
    expect(page.locator(".problem-table tbody a.row-link")).to_have_count(6)
    for advice in page.locator(".problem-table tbody td:last-child").all_inner_texts():
        assert advice.strip()


def the_line_of_the_manifest_is_shown(archivist: Visitor) -> None:
    page = archivist.page
    back = page.url
    date = page.locator(".problem-table tbody tr", has_text="31/12/2022")
    line = date.locator("a.row-link").inner_text()
    date.locator("a.row-link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Ligne {line} du bordereau")
    expect(page.locator("tr[aria-current=true]")).to_contain_text("<EndDate>31/12/2022</EndDate>")
    archivist.examine()
    page.goto(back)


def the_list_can_be_sent(page: Page) -> None:
    tools = page.get_by_role("region", name="Anomalies")
    with page.expect_download() as asked:
        tools.get_by_role("link", name="CSV").click()
    text = Path(asked.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";" if ";" in text[:40] else ","))
    assert len(rows) == 6
    assert {"31/12/2022", "Pièce", "ServiceArchives"} <= {row["Valeur vue"] for row in rows}
    assert all(row["Ligne"] and row["Que faire"] for row in rows)
    with page.expect_download() as asked:
        tools.get_by_role("link", name="PDF").click()
    assert Path(asked.value.path()).read_bytes().startswith(b"%PDF-")


def the_same_package_is_checked_again(page: Page) -> None:
    refused = page.url
    page.get_by_role("button", name="Revérifier").click()
    page.wait_for_url(lambda address: address != refused)
    wait_for(page, "Refusé")
    expect(page.locator("#deposit-facts")).to_contain_text("contrôle à blanc")
    expect(page.locator("details.problem")).to_have_count(4)


def the_corrected_one_goes_in(archivist: Visitor, package: Path) -> None:
    page = archivist.page
    refused = page.url
    page.get_by_label("Paquet corrigé", exact=True).set_input_files(package)
    page.get_by_role("button", name="Contrôler ce paquet").click()
    page.wait_for_url(lambda address: address != refused)
    wait_for(page, "Succès")
    checked = page.url
    expect(page.locator(".items a", has_text="Permis")).to_have_count(0)
    archivist.examine()
    page.get_by_role("button", name="Verser ce paquet").click()
    page.wait_for_url(lambda address: address != checked)
    wait_for(page, "Succès")
    expect(page.get_by_role("link", name="Permis de construire de 2022")).to_be_visible()


def test_files_changed_on_the_way_are_named_with_both_digests(
    archivist: Visitor, tmp_path: Path
) -> None:
    sip = permits_changed_on_the_way()
    page = deposit(archivist, sip.zip(tmp_path / "permis.zip"), status="Refusé")
    group = page.locator("details.problem")
    expect(group).to_have_count(1)
    expect(group).to_contain_text("CHECK_DIGEST.KO")
    expect(group.locator("tbody tr")).to_have_count(2)
    for item in (sip.objects[1], sip.objects[4]):
        assert item.digest is not None
        expect(group).to_contain_text(item.uri)
        expect(group).to_contain_text(item.digest[:6])
    archivist.open("/")
    expect(archivist.page.get_by_role("main")).to_contain_text("Permis de construire de 2022")
    archivist.examine()
    archivist.open("/versements/")
    archivist.examine()
