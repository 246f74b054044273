"""Two offers of each kind, and the ways in which they fail."""

import dataclasses
import secrets
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sae.kernel.identifiers import new_id
from sae.storage.offers.base import Offer
from sae.storage.offers.filesystem import FilesystemOffer
from sae.storage.offers.s3 import S3Offer
from sae.storage.strategies import Strategy
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import platform_scope
from tests.services import ServiceEnv
from tests.storage.cuttable import CuttableNetwork


@pytest.fixture(scope="session")
def s3_offers(services: ServiceEnv) -> list[S3Offer]:
    found = []
    for described in services.offers:
        given = {name: value for name, value in described.items() if name != "kind"}
        found.append(S3Offer(**given))
        found[-1].prepare()
    return found


@pytest.fixture
def disk_offers(tmp_path: Path) -> list[FilesystemOffer]:
    found = [
        FilesystemOffer("disk-a", "Disque A", tmp_path / "a"),
        FilesystemOffer("disk-b", "Disque B", tmp_path / "b"),
    ]
    for offer in found:
        offer.prepare()
    return found


@pytest.fixture(params=["s3", "disk"])
def offers(request: pytest.FixtureRequest) -> Any:
    """Two real offers, of each kind in turn."""
    return request.getfixturevalue(f"{request.param}_offers")


@pytest.fixture
def offer(offers: list[Offer]) -> Offer:
    return offers[0]


@pytest.fixture
def strategy(offers: list[Offer]) -> Strategy:
    return Strategy("default", tuple(offers))


@pytest.fixture
def network(s3_offers: list[S3Offer]) -> Iterator[CuttableNetwork]:
    """The cable of the second S3 offer."""
    target = urlsplit(s3_offers[1].endpoint)
    found = CuttableNetwork((target.hostname or "", target.port or 80))
    yield found
    found.cut()


@pytest.fixture
def far_offer(s3_offers: list[S3Offer], network: CuttableNetwork) -> S3Offer:
    """The second S3 offer, reached through a network that can be cut."""
    return dataclasses.replace(
        s3_offers[1], endpoint=f"http://127.0.0.1:{network.port}", timeout_seconds=3
    )


@pytest.fixture
def operation_id() -> uuid.UUID:
    return new_id()


@pytest.fixture
def key(operation_id: uuid.UUID) -> str:
    return f"{uuid.uuid4()}/{operation_id}/objet"


@pytest.fixture
def write_garbage() -> Callable[[Offer, str, bytes], None]:
    """Change what an offer holds, behind the back of the application."""

    def write(offer: Offer, key: str, data: bytes) -> None:
        if isinstance(offer, S3Offer):
            offer._client.put_object(Bucket=offer.bucket, Key=key, Body=data)
        else:
            assert isinstance(offer, FilesystemOffer)
            (offer.path / key).write_bytes(data)

    return write


@pytest.fixture
def tenant(committed_db: None) -> Tenant:
    with platform_scope(reason="coffre d’essai"):
        organisation = Organisation.objects.create(name=f"Commune {secrets.token_hex(8)}")
        return Tenant.objects.create(
            organisation=organisation, number=secrets.randbelow(2**30), name="Archives"
        )
