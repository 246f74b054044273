"""What the frame does under the hand: keys, drawer, menus, fragments, without script."""

import gzip
from typing import Any

import pytest

pytestmark = pytest.mark.e2e


def active(page: Any) -> str:
    return page.evaluate("document.activeElement?.innerText?.trim() || document.activeElement?.id")


def test_slash_goes_to_the_search_box_and_does_not_write_itself(visit: Any) -> None:
    page = visit("/_styleguide/a-faire/")
    page.keyboard.press("/")
    assert active(page) == "recherche"
    page.keyboard.type("a/j")
    assert page.locator("#recherche").input_value() == "a/j"


def test_j_and_k_move_and_enter_opens(visit: Any) -> None:
    page = visit("/_styleguide/liste/?par_page=5")
    page.keyboard.press("j")
    first = active(page)
    page.keyboard.press("j")
    assert active(page) != first
    page.keyboard.press("k")
    assert active(page) == first
    page.keyboard.press("Enter")
    page.wait_for_url("**/_styleguide/versement/")


def test_x_chooses_the_row_and_the_bar_counts(visit: Any) -> None:
    page = visit("/_styleguide/liste/?par_page=5")
    count = page.locator("[data-selection-count]")
    assert count.inner_text() == "Aucune ligne choisie"
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert count.inner_text() == "1 ligne choisie"
    page.get_by_role("button", name="Tous les 147 résultats").click()
    assert count.inner_text() == "Les 147 résultats sont choisis"
    assert page.locator("[data-selection-scope]").input_value() == "tous"
    page.get_by_role("button", name="Désélectionner").click()
    assert count.inner_text() == "Aucune ligne choisie"


def test_acts_on_a_selection_come_with_it_and_leave_the_ticked_line_where_it_was(
    visit: Any,
) -> None:
    page = visit("/_styleguide/liste/?par_page=25")
    acts = page.locator(".selection-actions")
    assert not acts.is_visible()
    box = page.locator("[data-choice]").nth(12)
    box.scroll_into_view_if_needed()
    page.evaluate("window.scrollBy(0, 200)")
    before = box.bounding_box()["y"]
    box.check()
    assert acts.is_visible()
    assert abs(box.bounding_box()["y"] - before) < 2
    # Far down the list, the bar is still in sight.
    assert 0 < page.locator("[data-selection-bar]").bounding_box()["y"] < 120
    page.set_viewport_size({"width": 390, "height": 800})
    foot = acts.bounding_box()
    assert foot["y"] + foot["height"] == pytest.approx(800, abs=1)
    page.get_by_role("button", name="Désélectionner").click()
    assert not acts.is_visible()


def test_on_a_phone_values_of_a_list_stand_in_one_column_and_blank_ones_are_left_out(
    visit: Any,
) -> None:
    page = visit("/_styleguide/liste/?par_page=25")
    page.set_viewport_size({"width": 390, "height": 800})
    lines = page.evaluate(
        """() => [...document.querySelectorAll("[data-rows] tbody td[data-label]")]
          .filter((cell) => !cell.matches(".cell-first, .cell-status, .cell-action"))
          .filter((cell) => cell.checkVisibility())
          .map((cell) => {
            const words = document.createRange();
            words.selectNodeContents(cell);
            const label = cell.getBoundingClientRect();
            return [words.toString().trim(), words.getBoundingClientRect().left - label.left];
          })"""
    )
    assert len(lines) > 25
    assert all(words for words, _left in lines)
    assert {round(left) for _words, left in lines} == {130}


def test_question_mark_lists_the_keys_and_escape_closes(visit: Any) -> None:
    page = visit("/_styleguide/a-faire/")
    page.keyboard.press("?")
    dialog = page.locator("dialog[open]")
    dialog.wait_for()
    assert "Ligne suivante" in dialog.inner_text()
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0


def test_a_sequence_goes_to_a_task(visit: Any) -> None:
    page = visit("/_styleguide/")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/_styleguide/a-faire/")


def test_single_keys_can_be_turned_off(visit: Any) -> None:
    page = visit("/raccourcis/")
    page.get_by_role("button", name="Couper les touches simples").click()
    page.wait_for_load_state()
    page.keyboard.press("?")
    page.wait_for_timeout(200)
    assert page.locator("dialog").count() == 0
    page.get_by_role("button", name="Rétablir les touches simples").click()


def test_theme_is_chosen_and_kept(visit: Any) -> None:
    page = visit("/raccourcis/")
    assert page.locator("html").get_attribute("data-theme") == "auto"
    page.context.add_cookies(
        [{"name": "sae_affichage", "value": '{"theme": "dark"}', "url": page.url}]
    )
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(18, 23, 26)"


def test_menus_open_close_on_escape_and_give_the_focus_back(visit: Any) -> None:
    page = visit("/_styleguide/a-faire/")
    summary = page.get_by_label("Compte de Hélène Marchand")
    summary.click()
    assert page.get_by_role("button", name="Se déconnecter").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("button", name="Se déconnecter").is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_drawer_takes_the_focus_and_gives_it_back(visit: Any) -> None:
    page = visit("/_styleguide/a-faire/", width=390)
    opener = page.get_by_role("button", name="Ouvrir le menu")
    opener.click()
    assert opener.get_attribute("aria-expanded") == "true"
    assert page.evaluate("document.getElementById('rail').contains(document.activeElement)")
    assert page.evaluate("document.querySelector('main').inert")
    page.keyboard.press("Escape")
    assert opener.get_attribute("aria-expanded") == "false"
    assert page.evaluate("document.activeElement.dataset.drawer") == "rail"


def test_drawer_menus_and_pages_work_without_script(visit: Any) -> None:
    page = visit("/_styleguide/liste/?par_page=5", width=390, script=False)
    page.locator(".rail-open").click()
    assert page.get_by_role("link", name="Classement").is_visible()
    page.locator(".rail-close").click()
    assert not page.get_by_role("link", name="Classement").is_visible()
    page.get_by_label("Compte de Hélène Marchand").click()
    assert page.get_by_role("button", name="Se déconnecter").is_visible()
    page.get_by_label("Compte de Hélène Marchand").click()
    page.get_by_role("link", name="Suivante").click()
    assert "page=2" in page.url
    assert "6 à 10 sur 147" in page.locator(".pager").inner_text()


def test_next_page_swaps_the_fragment_keeps_the_focus_and_speaks(visit: Any) -> None:
    page = visit("/_styleguide/liste/?par_page=5")
    page.evaluate("window.sameDocument = true")
    page.locator("#page-suivante").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**page=2**")
    page.get_by_text("6 à 10 sur 147", exact=True).wait_for()
    assert page.evaluate("window.sameDocument") is True
    page.wait_for_timeout(300)
    assert page.evaluate("document.activeElement.id") == "page-suivante"
    assert "page 2 sur 30" in page.locator("#live").inner_text()
    page.go_back()
    page.get_by_text("1 à 5 sur 147", exact=True).wait_for()


def test_sort_is_in_the_address_and_said_to_readers(visit: Any) -> None:
    page = visit("/_styleguide/liste/?par_page=5")
    page.get_by_role("link", name="Unités").click()
    page.wait_for_url("**tri=units**")
    header = page.get_by_role("columnheader", name="Unités")
    header.and_(page.locator("[aria-sort=ascending]")).wait_for()
    page.get_by_role("link", name="Unités").click()
    page.wait_for_url("**tri=-units**")
    page.wait_for_timeout(300)
    assert page.evaluate("document.activeElement.id") == "tri-units"


def test_error_summary_takes_the_focus_and_leads_to_the_field(visit: Any) -> None:
    page = visit("/_styleguide/connexion/?refus=1")
    assert page.evaluate("document.activeElement.className").find("error-summary") >= 0
    page.get_by_role("link", name="Mot de passe", exact=True).click()
    assert page.evaluate("document.activeElement.name") == "password"


def test_password_can_be_shown(visit: Any) -> None:
    page = visit("/_styleguide/connexion/")
    page.get_by_role("button", name="Montrer le mot de passe").click()
    assert page.locator("[name=password]").get_attribute("type") == "text"


def test_arrows_walk_the_tree(visit: Any) -> None:
    page = visit("/_styleguide/unite/")
    page.get_by_role("link", name="Saint-Aubin-la-Rivière").first.focus()
    page.keyboard.press("ArrowDown")
    assert active(page) == "Administration générale"
    page.keyboard.press("ArrowDown")
    assert active(page) == "Commande publique"
    page.keyboard.press("ArrowLeft")
    assert not page.get_by_role("link", name="Consultation").is_visible()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("link", name="Consultation").is_visible()


def test_glossary_narrows_without_minding_accents(visit: Any) -> None:
    page = visit("/glossaire/")
    page.get_by_label("Filtrer le glossaire").fill("elimination visa")
    rows = page.locator("#glossaire tbody tr:visible")
    assert rows.count() == 1
    assert "Élimination" in rows.first.inner_text()


def test_running_count_stops_asking_when_nothing_runs(visit: Any) -> None:
    page = visit("/_styleguide/a-faire/")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "_cadre" in request.url else 0)
    # The fragment served alone has no operation: after the first answer, silence.
    page.wait_for_timeout(4600)
    first = len(asked)
    page.wait_for_timeout(4600)
    assert first == 1
    assert len(asked) == 1
    assert "Rien en cours" in page.locator("#running-count").inner_text()


@pytest.mark.parametrize(
    "path", ["/_styleguide/", "/_styleguide/liste/", "/_styleguide/unite/", "/glossaire/"]
)
def test_a_first_page_weighs_under_150_kilobytes(visit: Any, path: str) -> None:
    page = visit("/_styleguide/connexion/")
    bodies: dict[str, bytes] = {}
    page.on("response", lambda response: bodies.setdefault(response.url, response.body()))
    page.context.clear_cookies()
    page.goto(page.url.split("/_styleguide")[0] + path, wait_until="load")
    page.wait_for_timeout(200)
    # As a browser receives them in production: compressed.
    weights = {url: len(gzip.compress(body)) for url, body in bodies.items()}
    assert len(weights) > 8
    assert sum(weights.values()) < 150_000, weights


def test_a_page_is_printed_in_light_colours_whatever_the_screen_shows(visit: Any) -> None:
    page = visit("/_styleguide/versement/")
    for theme in ("auto", "dark"):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        page.emulate_media(media="print", color_scheme="dark")
        colours = page.evaluate(
            """() => [getComputedStyle(document.querySelector("h1")).color,
                      getComputedStyle(document.querySelector(".panel")).backgroundColor]"""
        )
        assert colours == ["rgb(23, 29, 33)", "rgb(255, 255, 255)"]
        page.emulate_media(media="screen", color_scheme="dark")
        ground = "getComputedStyle(document.querySelector('.panel')).backgroundColor"
        assert page.evaluate(ground) == "rgb(25, 32, 36)"
