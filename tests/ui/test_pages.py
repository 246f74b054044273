"""Headers, error pages, preferences, colours: what every response owes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client, RequestFactory

from sae.ui import colours, preferences
from sae.ui.correlation import new_correlation_id
from sae.ui.glossary import GLOSSARY
from sae.ui.icons import UnknownIconError, check_icon, icon_names
from sae.ui.security import content_security

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.usefixtures("interface_alone")


@pytest.mark.parametrize("path", ["/glossaire/", "/nulle-part/", "/_refus/", "/_panne/"])
def test_every_response_carries_the_policy(client: Client, path: str) -> None:
    client.raise_request_exception = False
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", headers["X-Request-ID"])


@pytest.mark.parametrize(
    "path",
    ["/_styleguide/", "/_styleguide/liste/", "/_styleguide/unite/", "/glossaire/", "/raccourcis/"],
)
def test_pages_hold_no_inline_script_nor_style(client: Client, path: str) -> None:
    page = client.get(path).content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", page)


def test_the_policy_of_one_response_can_be_changed(client: Client) -> None:
    from django.http import HttpResponse

    from sae.ui.security import SecurityHeadersMiddleware

    def view(request: object) -> object:
        return content_security(HttpResponse(), sandboxed=True, frame_ancestors="'self'")

    response = SecurityHeadersMiddleware(view)(RequestFactory().get("/"))  # type: ignore[arg-type]
    assert "frame-ancestors 'self'" in response.headers["Content-Security-Policy"]
    assert response.headers["Content-Security-Policy"].endswith("sandbox")
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_an_unknown_address_always_says_the_same(client: Client) -> None:
    one, other = client.get("/nulle-part/"), client.get("/ailleurs/0192/")
    assert one.status_code == other.status_code == 404
    assert one.content == other.content


@pytest.mark.parametrize(("path", "status"), [("/_refus/", 403), ("/_panne/", 500)])
def test_error_pages_give_the_number_and_no_trace(client: Client, path: str, status: int) -> None:
    client.raise_request_exception = False
    response = client.get(path)
    page = response.content.decode()
    assert response.status_code == status
    assert response.headers["X-Request-ID"] in page
    assert "Traceback" not in page
    assert "on purpose" not in page


def test_a_refusal_says_why(client: Client) -> None:
    assert "Votre rôle ne permet pas de déposer" in client.get("/_refus/").content.decode()


def test_a_client_cannot_choose_its_number(client: Client) -> None:
    assert client.get("/glossaire/", headers={"X-Request-ID": "x"}).headers["X-Request-ID"] != "x"
    assert len({new_correlation_id() for _ in range(1000)}) == 1000


def test_preferences_are_kept_and_bad_ones_ignored(client: Client) -> None:
    client.post("/affichage/", {"theme": "dark", "per_page": "50", "next": "/glossaire/"})
    page = client.get("/glossaire/").content.decode()
    assert 'data-theme="dark"' in page
    client.post("/affichage/", {"theme": "<script>", "density": "large", "next": "/glossaire/"})
    page = client.get("/glossaire/").content.decode()
    assert 'data-theme="dark"' in page
    assert 'data-density="large"' in page


@pytest.mark.parametrize("cookie", ["", "{", "[]", '{"theme": 3}', '{"theme": "<x>"}', "null"])
def test_a_malformed_cookie_gives_the_default(cookie: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES[preferences.COOKIE] = cookie
    assert preferences.read(request) == preferences.Preferences()


@pytest.mark.parametrize(
    "back", ["https://ailleurs.example/", "//ailleurs.example", "javascript:x"]
)
def test_preferences_never_lead_elsewhere(client: Client, back: str) -> None:
    response = client.post("/affichage/", {"theme": "dark", "next": back})
    assert "ailleurs" not in response.headers["Location"]
    assert "javascript" not in response.headers["Location"]


def test_a_coffre_colour_outside_the_palette_has_its_stylesheet(client: Client) -> None:
    response = client.get("/_cadre/coffres.css", {"c": "7a1f4d"})
    assert response.content == b".coffre-7a1f4d { --coffre: #7a1f4d; }\n"
    assert "immutable" in response.headers["Cache-Control"]


@pytest.mark.parametrize("digits", ["", "ffffff", "abc", "7a1f4d;}body{x", "7a1f4d\n", "gggggg"])
def test_an_illegible_or_malformed_colour_is_refused(client: Client, digits: str) -> None:
    assert client.get("/_cadre/coffres.css", {"c": digits}).status_code == 404


def test_colours_become_classes() -> None:
    assert colours.colour_class("brique") == "coffre-brique"
    assert colours.colour_class("#8C3D1F") == "coffre-brique"
    assert colours.colour_class("#7A1F4D") == "coffre-7a1f4d"
    assert colours.colour_class("#ffff00") == "coffre-neutre"
    assert colours.colour_class("") == "coffre-neutre"
    assert colours.unnamed(["brique", "#3D5566", "#7A1F4D", "#fff"]) == ["7a1f4d"]


def test_an_icon_outside_the_sprite_is_an_error() -> None:
    assert check_icon("snow") == "snow"
    with pytest.raises(UnknownIconError):
        check_icon("dragon")
    assert len(icon_names()) > 100


def test_the_glossary_has_distinct_entries_in_order() -> None:
    assert len({term.key for term in GLOSSARY}) == len(GLOSSARY) >= 30
    words = [term.word for term in GLOSSARY]
    assert words.index("Élimination") < words.index("Empreinte")


def test_the_account_templates_draw_any_form(client: Client) -> None:
    page = client.get("/_styleguide/connexion/").content.decode()
    assert 'name="login"' in page
    assert 'name="password"' in page
    assert "csrfmiddlewaretoken" in page


def test_titles_are_unique(client: Client) -> None:
    client.raise_request_exception = False
    paths = [
        "/_styleguide/",
        "/_styleguide/liste/",
        "/_styleguide/a-faire/",
        "/_styleguide/versement/",
        "/_styleguide/connexion/",
        "/accessibilite/",
        "/glossaire/",
        "/raccourcis/",
        "/_refus/",
        "/_panne/",
        "/nulle-part/",
    ]
    pages = [client.get(path).content.decode() for path in paths]
    titles = [re.search(r"<title>(.*?)</title>", page, re.S)[1].strip() for page in pages]  # type: ignore[index]
    assert len(set(titles)) == len(titles)
    assert all(title.endswith("SAE") for title in titles)


def test_every_icon_named_in_a_template_is_in_the_sprite() -> None:
    named = re.compile(r"{%\s*icon\s+[\"']([a-z0-9-]+)[\"']|\bicon=[\"']([a-z0-9-]+)[\"']")
    missing = {
        (template.name, one or other)
        for template in (ROOT / "templates").rglob("*.html")
        for one, other in named.findall(template.read_text("utf-8"))
        if (one or other) not in icon_names()
    }
    assert missing == set()


def test_static_files_are_collected_under_names_that_carry_their_digest(
    settings: Any, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "sae.ui.static_storage.HashedStaticFilesStorage"},
    }
    call_command("collectstatic", verbosity=0, interactive=False)
    manifest = json.loads((tmp_path / "staticfiles.json").read_text("utf-8"))["paths"]
    script = (tmp_path / manifest["js/sae.js"]).read_text("utf-8")
    assert re.search(r'from "\./drawer\.[0-9a-f]{12}\.js"', script)
    assert (tmp_path / (manifest["css/sae.css"] + ".gz")).exists()
