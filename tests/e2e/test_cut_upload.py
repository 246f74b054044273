"""An upload cut in the middle goes on where it was, the page closed in between."""

from pathlib import Path
from zipfile import ZIP_STORED

import pytest
from playwright.sync_api import Request, Route, expect

from tests.e2e.acts import wait_for
from tests.e2e.packages import heavy_file
from tests.e2e.visiting import Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

# The page sends pieces of 32 MiB: one passes, the second does not.
_PIECE = 32 * 1024 * 1024
_SIZE = _PIECE + 8 * 1024 * 1024


def test_an_upload_cut_in_the_middle_is_resumed(archivist: Visitor, tmp_path: Path) -> None:
    package = heavy_file(_SIZE).zip(tmp_path / "captation.zip", compression=ZIP_STORED)
    page = archivist.open("/deposer/")
    page.get_by_label("Choisir un ou plusieurs paquets").set_input_files(package)
    passed = []

    def cut_after_one_piece(route: Route) -> None:
        if route.request.method == "PATCH":
            passed.append(route.request)
        if len(passed) > 1:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/televersements/*-*/", cut_after_one_piece)
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="Déposer", exact=True).click()
    expect(page.locator("[data-transfer-list]")).to_contain_text("Liaison coupée")
    expect(page.get_by_role("button", name="Suspendre captation.zip")).to_be_visible()
    archivist.examine()

    # The person gives up, and comes back once the line does.
    page.on("dialog", lambda dialog: dialog.accept())
    # The page goes first: while it lives, it tries again and would end what was cut.
    archivist.open("/deposer/")
    page.unroute("**/televersements/*-*/")
    expect(page.get_by_role("region", name="Envois à reprendre")).to_contain_text("captation.zip")
    archivist.examine()
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))
    page.get_by_label("Choisir un ou plusieurs paquets").set_input_files(package)
    page.get_by_role("button", name="Déposer", exact=True).click()
    page.wait_for_url("**/versements/*-*/", timeout=60_000)
    pieces = [one.headers for one in sent if one.method == "PATCH"]
    assert [one["upload-offset"] for one in pieces] == [str(_PIECE)]
    wait_for(page, "Succès")
    archivist.complaints.clear()


def test_an_upload_is_suspended_then_goes_on(archivist: Visitor, tmp_path: Path) -> None:
    package = heavy_file(_SIZE).zip(tmp_path / "captation-2.zip", compression=ZIP_STORED)
    page = archivist.open("/deposer/")
    page.get_by_label("Choisir un ou plusieurs paquets").set_input_files(package)
    held: list[Route] = []
    page.route(
        "**/televersements/*-*/",
        lambda route: held.append(route) if route.request.method == "PATCH" else route.continue_(),
    )
    page.get_by_role("button", name="Déposer", exact=True).click()
    page.get_by_role("button", name="Suspendre captation-2.zip").click()
    expect(page.locator("[data-transfer-list]")).to_contain_text("En pause")
    page.unroute("**/televersements/*-*/")
    page.get_by_role("button", name="Reprendre captation-2.zip").click()
    page.wait_for_url("**/versements/*-*/", timeout=60_000)
    wait_for(page, "Succès")
    archivist.complaints.clear()
