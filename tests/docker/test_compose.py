"""The compose file: right by its specification, and holding what the platform promises."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from sae.storage.strategies import parse_offers

DOCKER = Path(__file__).parents[2] / "docker"
APPLICATION = ("web", "worker-short", "worker-long", "prepare")
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def compose() -> dict[str, Any]:
    """The file as Docker reads it once every variable is given."""
    text = _VARIABLE.sub(
        lambda found: found[3] if found[2] == "-" else f"given-{found[1].lower()}",
        (DOCKER / "compose.yaml").read_text(),
    )
    read: dict[str, Any] = yaml.safe_load(text)
    return read


def test_it_follows_the_compose_specification() -> None:
    accepted = PyCompose.from_json(json.dumps(compose()))
    assert set(accepted.service_names()) == {
        *APPLICATION,
        "postgres",
        "seaweedfs-a",
        "seaweedfs-b",
        "clamav",
    }


def test_the_specification_would_refuse_a_key_mistyped() -> None:
    read = compose()
    read["services"]["web"]["portz"] = []
    with pytest.raises(ValueError, match="portz"):
        PyCompose.from_json(json.dumps(read))


def test_every_variable_asked_for_is_in_the_example_and_the_other_way_round() -> None:
    used = {
        found[1]
        for found in _VARIABLE.finditer((DOCKER / "compose.yaml").read_text())
        if found[1] not in ("SAE_VERSION", "SEAWEEDFS_IMAGE")
    }
    given = set(re.findall(r"^(\w+)=", (DOCKER / ".env.example").read_text(), re.MULTILINE))
    assert used == given


def test_no_secret_has_a_default() -> None:
    for found in _VARIABLE.finditer((DOCKER / "compose.yaml").read_text()):
        if re.search(r"PASSWORD|SECRET|ACCESS_KEY", found[1]):
            assert found[2] == "?", found[0]
    for line in (DOCKER / ".env.example").read_text().splitlines():
        if re.match(r"\w*(PASSWORD|SECRET|ACCESS_KEY)\w*=", line):
            assert line.endswith("="), line


@pytest.mark.parametrize("name", APPLICATION)
def test_the_application_runs_without_privilege(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "user" not in service  # the image's own, never root


def test_only_the_preparation_knows_the_owner_of_the_tables() -> None:
    services = compose()["services"]
    knowing = {
        name
        for name in APPLICATION
        if "sae_owner" in json.dumps(services[name].get("environment", {}))
    }
    assert knowing == {"prepare"}


def test_web_and_workers_wait_for_tables_and_buckets() -> None:
    services = compose()["services"]
    for name in ("web", "worker-short", "worker-long"):
        assert services[name]["depends_on"]["prepare"] == {
            "condition": "service_completed_successfully"
        }
    assert set(services["prepare"]["depends_on"]) == {"postgres", "seaweedfs-a", "seaweedfs-b"}


def test_only_the_web_is_published_and_on_loopback() -> None:
    published = {
        name: service["ports"]
        for name, service in compose()["services"].items()
        if "ports" in service
    }
    assert published == {"web": ["127.0.0.1:8000:8000"]}


def test_database_and_object_stores_are_on_the_closed_network_alone() -> None:
    read = compose()
    assert read["networks"]["back"] == {"internal": True}
    for name in ("postgres", "seaweedfs-a", "seaweedfs-b", "worker-short", "worker-long"):
        assert read["services"][name]["networks"] == ["back"], name


def test_the_offers_are_two_sites_that_the_storage_understands() -> None:
    described = json.loads(compose()["services"]["web"]["environment"]["SAE_OFFERS"])
    assert list(parse_offers(described)) == ["site-a", "site-b"]
    assert len({each["endpoint"] for each in described}) == 2


@pytest.mark.parametrize(("site", "offer"), [("s3-a", 0), ("s3-b", 1)])
def test_each_store_knows_the_keys_of_its_offer(site: str, offer: int) -> None:
    read = compose()
    pair = json.loads(read["configs"][site]["content"])["identities"][0]["credentials"][0]
    described = json.loads(read["services"]["web"]["environment"]["SAE_OFFERS"])[offer]
    assert pair == {"accessKey": described["access_key"], "secretKey": described["secret_key"]}


def test_database_and_object_stores_are_given_time_to_stop() -> None:
    services = compose()["services"]
    for name in ("postgres", "seaweedfs-a", "seaweedfs-b"):
        assert services[name]["stop_grace_period"] == "60s"


def test_images_of_others_are_pinned() -> None:
    for name, service in compose()["services"].items():
        if name not in APPLICATION:
            assert re.search(r":\d", service["image"]), service["image"]
