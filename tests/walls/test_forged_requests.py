"""Requests that another site, a proxy or a link would have a browser send."""

from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import get_resolver, reverse

from sae.holdings.models import ArchiveUnit
from sae.tenancy.scope import PLATFORM_ROLE
from tests.architecture.test_permission_matrix import MATRIX, address, every_pattern
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db

UNSAFE = ("post", "put", "patch", "delete")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def test_every_unsafe_verb_wants_the_token_of_the_site(cast: Cast, things: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.administrator_a)
    wrong = []
    for name, line in MATRIX.items():
        for verb in UNSAFE:
            answer = getattr(client, verb)(address(name, line, things))
            if answer.status_code not in (403, 405):
                wrong.append((name, verb, answer.status_code))
    assert wrong == []


def test_another_site_with_the_right_token_is_refused(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.aline)
    client.get(reverse("deposit_new"))
    token = client.cookies[settings.CSRF_COOKIE_NAME].value
    refused = client.post(
        reverse("ui:preferences"),
        {"csrfmiddlewaretoken": token},
        headers={"Origin": "https://ailleurs.example"},
    )
    accepted = client.post(reverse("ui:preferences"), {"csrfmiddlewaretoken": token})
    assert (refused.status_code, accepted.status_code) == (403, 302)


def test_only_what_authenticates_itself_is_exempt_from_the_token() -> None:
    # These read their own body; they check the token themselves, as the first test shows.
    checking_themselves = {"deposit_new", "deposit_recheck"}
    exempt = {
        name
        for name, pattern in every_pattern(get_resolver())
        if getattr(pattern.callback, "csrf_exempt", False) and not name.startswith("external")
    }
    assert exempt - checking_themselves == set()


def test_a_cookie_alone_opens_no_door_of_applications(cast: Cast) -> None:
    """These doors need no token: a session must be worth nothing there."""
    client = cast.client(cast.administrator_a)
    number = str(cast.coffre_a.number)
    for path in (
        "/ingest-external/v1/ingests",
        "/admin-external/v1/agencies",
        f"/connecteurs/asalae/{number}/restservices/sedaMessages",
    ):
        for verb in (*UNSAFE, "get"):
            answer = getattr(client, verb)(path, headers={"X-Tenant-Id": number})
            assert answer.status_code in (401, 405), (path, verb)


# When a session was last seen: reading is using it.
SEEN = {"django_session", "tenants_accountsession"}
# Bytes are verified as they are read; when a copy was last found good is noted.
NOTED_BY_READING = {"storage_objectcopy"}


def _contents() -> dict[str, tuple[int, int]]:
    """Return, by table, the number of rows and a sum of all that they hold, every coffre together.

    The role is assumed by hand: a ``platform_scope`` would write itself in the journal.
    """
    contents = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('role', %s, true)", [PLATFORM_ROLE])
        for model in apps.get_models():
            name = model._meta.db_table
            if not model._meta.managed or name in SEEN:
                continue
            cursor.execute("SELECT has_table_privilege(%s, 'SELECT')", [name])
            if cursor.fetchone()[0]:
                cursor.execute(
                    f"SELECT count(*), coalesce(sum(hashtext(t::text)), 0) FROM {name} t"
                )
                contents[name] = cursor.fetchone()
        cursor.execute("SELECT set_config('role', 'none', true)")
    return contents


def test_looking_changes_nothing(cast: Cast, things: dict[str, Any]) -> None:
    """GET, HEAD and OPTIONS leave every row as it was; a download alone is journalled."""
    clients = [cast.client(one) for one in (cast.administrator_a, cast.aline, cast.chloe)]
    before = _contents()
    assert before[ArchiveUnit._meta.db_table][0] == 1
    changed = []
    for name, line in MATRIX.items():
        if name == "object_download":
            continue
        for client in clients:
            for verb in ("get", "head", "options"):
                answer = getattr(client, verb)(address(name, line, things))
                if answer.streaming:
                    b"".join(answer.streaming_content)
        after = _contents()
        changed += [
            (name, table)
            for table in after
            if after[table] != before[table] and table not in NOTED_BY_READING
        ]
        before = after
    assert changed == []


def test_a_head_of_a_download_writes_nothing_a_get_writes_once(
    cast: Cast, things: dict[str, Any]
) -> None:
    client = cast.client(cast.aline)
    url = address("object_download", MATRIX["object_download"], things)
    before = _contents()
    client.head(url)
    assert _contents() == before
    b"".join(client.get(url).streaming_content)
    assert _contents() != before


@pytest.mark.parametrize(
    "host", ["ailleurs.example", "testserver.ailleurs.example", "testserver@x.example", "a b", "",
             "testserver:port", "testserver/x", "[::1", "localhost\r\nX: y", "x" * 5000]
)  # fmt: skip
@pytest.mark.parametrize("secure", [False, True])
def test_another_host_is_refused(cast: Cast, settings: Any, host: str, secure: bool) -> None:
    settings.SECURE_SSL_REDIRECT = secure
    client = cast.client(cast.aline)
    for path in ("/", "/compte/connexion/", "/inconnue/"):
        answer = client.get(path, headers={"Host": host} if host else {}, **_server(host))
        assert answer.status_code == 400, path
        assert b"ailleurs" not in answer.content
        assert b"Traceback" not in answer.content


def _server(host: str) -> dict[str, str]:
    return {"SERVER_NAME": "ailleurs.example"} if not host else {}


def test_a_forwarded_host_is_not_believed(cast: Cast) -> None:
    answer = cast.client(cast.aline).get(
        reverse("uploads"), headers={"X-Forwarded-Host": "ailleurs.example"}
    )
    assert b"ailleurs" not in answer.content
    created = cast.client(cast.aline).post(
        reverse("uploads"),
        headers={
            "Tus-Resumable": "1.0.0", "Upload-Length": "4", "X-Forwarded-Host": "ailleurs.example",
            "Forwarded": "host=ailleurs.example",
        },
    )  # fmt: skip
    assert created.status_code == 201
    assert created["Location"].startswith("http://testserver/")


def test_every_answer_carries_the_headers_that_browsers_obey(
    cast: Cast, things: dict[str, Any]
) -> None:
    wrong = []
    for person in (cast.aline, cast.chloe, cast.operator, None):
        client = cast.client(person)
        for name, line in MATRIX.items():
            for verb in ("get", "post", "delete"):
                answer = getattr(client, verb)(address(name, line, things))
                wrong += [(name, verb, fault) for fault in _faults(answer)]
        for path in (
            "/inconnue/",
            "/unites/pas-un-uuid/",
            "/%00",
            "/.git/config",
            "/versements/%ff",
        ):
            wrong += [(path, "get", fault) for fault in _faults(client.get(path))]
    assert wrong == []


def _faults(answer: Any) -> list[str]:
    faults = [
        f"{name}: {answer.headers.get(name)}"
        for name, value in HEADERS.items()
        if answer.headers.get(name) != value
        and not (name == "X-Frame-Options" and answer.headers.get(name) == "SAMEORIGIN")
    ]
    policy = answer.headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "unsafe" in policy:
        faults.append(f"policy: {policy}")
    if "frame-ancestors" not in policy:
        faults.append("frames")
    caching = answer.headers.get("Cache-Control", "")
    if "no-store" not in caching and "private" not in caching:
        faults.append(f"cache: {caching}")
    if any(name.lower().startswith("access-control") for name in answer.headers):
        faults.append("CORS")
    if {"Server", "X-Powered-By"} & set(answer.headers):
        faults.append("tells its software")
    return faults


def test_an_error_of_ours_carries_them_too(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from access.views import home

    client = cast.client(cast.aline)
    client.raise_request_exception = False
    monkeypatch.setattr(home.registry, "todo_groups", lambda request: 1 / 0)
    answer = client.get("/")
    assert answer.status_code == 500
    assert _faults(answer) == []
    assert b"ZeroDivision" not in answer.content


@pytest.mark.parametrize("origin", ["https://ailleurs.example", "null"])
def test_no_other_origin_is_let_in(cast: Cast, origin: str) -> None:
    client = cast.client(cast.aline)
    for path in ("/", reverse("uploads"), "/ingest-external/v1/ingests"):
        answer = client.options(
            path, headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
        )
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("path", ["ui/ui.css", "..%2f..%2fmanage.py", "../sae/config/settings.py"])
def test_static_files_are_typed_and_stay_in_their_folder(client: Client, path: str) -> None:
    answer = client.get(f"/static/{path}")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert b"SAE_" not in content
    if ".py" in path:
        assert answer.status_code in (302, 404)
