"""The embedded S3 server: two offers that an archive can rely on, found again at every start."""

import json
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sae.embedded import objectstore
from sae.embedded.errors import AlreadyRunningError, BinariesMissingError, PortTakenError
from sae.embedded.objectstore import BUCKETS, EmbeddedObjectStore
from sae.embedded.s3_request import S3Answer, send_request


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="sae-test-s3-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def store(place: Path) -> Iterator[EmbeddedObjectStore]:
    with EmbeddedObjectStore(place / "objects") as running:
        yield running


def ask(store: EmbeddedObjectStore, method: str, path: str, **more: object) -> S3Answer:
    return send_request(
        store.endpoint,
        method,
        path,
        access_key=store.access_key,
        secret_key=store.secret_key,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("bucket", sorted(BUCKETS))
def test_each_bucket_is_versioned(store: EmbeddedObjectStore, bucket: str) -> None:
    assert (
        b"<Status>Enabled</Status>"
        in ask(store, "GET", f"/{bucket}", query={"versioning": ""}).body
    )


@pytest.mark.parametrize("bucket", sorted(BUCKETS))
def test_each_bucket_has_object_lock_without_default_retention(
    store: EmbeddedObjectStore, bucket: str
) -> None:
    told = ask(store, "GET", f"/{bucket}", query={"object-lock": ""}).body
    assert b"<ObjectLockEnabled>Enabled</ObjectLockEnabled>" in told
    assert b"DefaultRetention" not in told


@pytest.mark.parametrize("bucket", sorted(BUCKETS))
def test_the_readiness_probe_leaves_no_object_and_no_delete_marker(
    store: EmbeddedObjectStore, bucket: str
) -> None:
    assert store.is_ready()
    told = ask(store, "GET", f"/{bucket}", query={"versions": "", "prefix": ".ready"}).body
    assert b"<Version>" not in told
    assert b"<DeleteMarker>" not in told


def test_it_gives_two_offers_on_two_sites(store: EmbeddedObjectStore) -> None:
    offers = store.offers()
    assert [(each["id"], each["label"], each["bucket"]) for each in offers] == [
        ("site-a", "Site A", "sae-site-a"),
        ("site-b", "Site B", "sae-site-b"),
    ]
    assert {each["kind"] for each in offers} == {"s3"}
    assert {each["endpoint"] for each in offers} == {store.endpoint}


def test_a_stranger_is_refused(store: EmbeddedObjectStore) -> None:
    answer = send_request(
        store.endpoint, "GET", "/sae-site-a", access_key="nobody", secret_key="nothing"
    )
    assert answer.status == 403


def test_a_bucket_mistyped_is_not_made(store: EmbeddedObjectStore) -> None:
    assert ask(store, "PUT", "/sae-site-z/key", body=b"x").status == 404


def test_it_listens_to_loopback_alone(store: EmbeddedObjectStore) -> None:
    assert store.process is not None
    listening = [
        each.laddr.ip
        for each in psutil.Process(store.process.pid).net_connections("inet")
        if each.status == psutil.CONN_LISTEN
    ]
    assert listening
    assert set(listening) == {"127.0.0.1"}


def test_credentials_are_readable_by_their_owner_alone(
    store: EmbeddedObjectStore, place: Path
) -> None:
    assert stat.S_IMODE((place / "objects" / "s3.json").stat().st_mode) == 0o600


def test_a_second_instance_on_the_same_data_is_told_in_one_line(
    store: EmbeddedObjectStore, place: Path
) -> None:
    with pytest.raises(AlreadyRunningError) as refusal:
        EmbeddedObjectStore(place / "objects").start()
    assert "\n" not in str(refusal.value)
    assert str(os.getpid()) in str(refusal.value)


def test_killed_it_is_relaunched_at_the_same_address_with_its_objects(
    store: EmbeddedObjectStore,
) -> None:
    body = os.urandom(5_000_000)
    assert ask(store, "PUT", "/sae-site-a/kept", body=body).succeeded
    endpoint = store.endpoint
    assert store.process is not None
    store.process.kill()
    store.process.wait()
    store.launch()
    store.wait_ready()
    assert store.endpoint == endpoint
    assert ask(store, "GET", "/sae-site-a/kept").body == body[:65536]


def test_a_later_start_finds_objects_and_credentials_again_even_on_other_ports(
    tmp_path: Path,
) -> None:
    with EmbeddedObjectStore(tmp_path) as first:
        assert ask(first, "PUT", "/sae-site-b/kept", body=b"kept").succeeded
        keys = (first.access_key, first.secret_key)
        first_port = json.loads((tmp_path / "ports.json").read_text())["s3.port"]
    with socket.create_server(("127.0.0.1", first_port)):
        with EmbeddedObjectStore(tmp_path) as again:
            assert (again.access_key, again.secret_key) == keys
            assert not again.endpoint.endswith(f":{first_port}")
            assert ask(again, "GET", "/sae-site-b/kept").body == b"kept"


def test_a_port_asked_for_and_taken_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"le port {port} est déjà pris"):
            EmbeddedObjectStore(tmp_path, port=port).start()


def test_without_the_wheel_the_message_says_what_serves_instead(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(objectstore.sysconfig, "get_path", lambda _: str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BinariesMissingError, match="offres « filesystem »"):
        EmbeddedObjectStore(tmp_path).start()
