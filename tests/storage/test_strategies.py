"""Offers come from the settings, and a wrong description is refused with its reason."""

import json
import subprocess
import sys
import textwrap
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from sae.storage import checks
from sae.storage.strategies import offer, offers, offers_state, strategy
from tests.services import ServiceEnv


def s3(offer_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": offer_id,
        "kind": "s3",
        "endpoint": "http://127.0.0.1:1",
        "bucket": offer_id,
        "access_key": "k",
        "secret_key": "s",
    } | more


@pytest.mark.parametrize(
    ("described", "said"),
    [
        ({}, "liste"),
        (["a"], "objet JSON"),
        ([s3("A a")], "Identifiant"),
        ([s3("a"), s3("a")], "Deux offres"),
        ([s3("a", kind="ftp")], "ftp"),
        ([s3("a", bucket="")], "bucket"),
        ([s3("a", colour="red")], "colour"),
        ([{"id": "d", "kind": "filesystem"}], "path"),
        ([{"id": "d", "kind": "filesystem", "path": "var/d"}], "relatif"),
    ],
)
def test_a_wrong_description_is_refused_by_name(settings: Any, described: Any, said: str) -> None:
    settings.OFFERS = described
    with pytest.raises(ImproperlyConfigured, match=said):
        offers()
    assert [each.id for each in checks.check_strategies()] == ["storage.E001"]
    assert checks.check_offers_reachable() == []


def test_the_default_strategy_writes_to_every_offer(settings: Any) -> None:
    settings.OFFERS = [s3("a"), s3("b"), s3("c")]
    assert [each.id for each in strategy().offers] == ["a", "b", "c"]
    assert offer("b").label == "b"
    assert checks.check_strategies() == []
    with pytest.raises(LookupError):
        offer("d")
    with pytest.raises(LookupError):
        strategy("froide")


def test_a_strategy_of_one_offer_stores_nothing(settings: Any) -> None:
    settings.OFFERS = [s3("a")]
    with pytest.raises(ImproperlyConfigured, match="au moins 2"):
        strategy()
    assert [each.id for each in checks.check_strategies()] == ["storage.E003"]


def test_two_offers_in_one_place_are_not_two_copies(settings: Any, tmp_path: Path) -> None:
    settings.OFFERS = [
        s3("a", bucket="same"),
        s3("b", bucket="same", endpoint="http://127.0.0.1:1/"),
    ]
    assert [each.id for each in checks.check_strategies()] == ["storage.E003"]
    (tmp_path / "link").symlink_to(tmp_path)
    settings.OFFERS = [
        {"id": "a", "kind": "filesystem", "path": str(tmp_path)},
        {"id": "b", "kind": "filesystem", "path": str(tmp_path / "link")},
    ]
    assert [each.id for each in checks.check_strategies()] == ["storage.E003"]


def test_named_strategies_choose_among_the_offers(settings: Any) -> None:
    settings.OFFERS = [s3("a"), s3("b"), s3("c")]
    settings.STRATEGIES = {"froide": ["c", "a"], "fausse": ["a", "z"]}
    assert [each.id for each in strategy("froide").offers] == ["c", "a"]
    assert [each.id for each in checks.check_strategies()] == ["storage.E002"]


def test_no_offer_is_only_a_warning(settings: Any) -> None:
    settings.OFFERS = []
    assert [each.id for each in checks.check_strategies()] == ["storage.W001"]
    assert offers_state() == []


def test_the_state_of_all_offers_is_known_in_seconds(settings: Any, services: ServiceEnv) -> None:
    settings.OFFERS = [*services.offers, s3("loin")]
    states = {state.offer: state.available for state in offers_state()}
    assert states == {"site-a": True, "site-b": True, "loin": False}
    assert [each.id for each in checks.check_offers_reachable()] == ["storage.W002"]


def test_the_command_prepares_the_offers_and_shows_them(settings: Any, tmp_path: Path) -> None:
    settings.OFFERS = [
        {"id": name, "kind": "filesystem", "path": str(tmp_path / name)} for name in "ab"
    ]
    out = StringIO()
    # What watches the platform reads the exit status.
    with pytest.raises(CommandError, match="a, b") as down:
        call_command("offers", "state", "--json", stdout=out)
    assert down.value.returncode == 2
    assert [state["available"] for state in json.loads(out.getvalue())] == [False, False]
    call_command("offers", "prepare", stdout=StringIO())
    out = StringIO()
    call_command("offers", "state", stdout=out)
    assert out.getvalue().count("disponible") == 2
    settings.OFFERS = [s3("loin"), *settings.OFFERS]
    with pytest.raises(CommandError, match="loin"):
        call_command("offers", "prepare", stdout=StringIO())


_FORKING = """
    import json, os, sys, uuid
    from django.conf import settings
    settings.configure(OFFERS=json.loads(sys.argv[1]))
    from sae.storage.sources import ItemToStore
    from sae.storage.strategies import offers_state, strategy
    from sae.storage.writer import store_files

    def store():
        store_files(tenant_id=uuid.uuid4(), operation_id=uuid.uuid4(),
                    items=[ItemToStore("a", b"x", 1)], strategy=strategy())

    offers_state()
    if sys.argv[2] == "bytes moved before":
        store()
    if os.fork():
        sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
    try:
        store()
    except RuntimeError:
        os._exit(3)
    os._exit(0)
"""


@pytest.mark.parametrize(
    ("before", "expected"), [("only checked before", 0), ("bytes moved before", 3)]
)
def test_a_forked_worker_stores_or_says_why_it_cannot_but_never_hangs(
    services: ServiceEnv, before: str, expected: int
) -> None:
    command = [sys.executable, "-c", textwrap.dedent(_FORKING), json.dumps(services.offers), before]
    assert subprocess.run(command, timeout=60, check=False).returncode == expected
