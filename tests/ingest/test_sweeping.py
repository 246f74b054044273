"""Workspaces that may go, and those that may not."""

import datetime as dt
import os
from pathlib import Path

import pytest
from django.conf import settings

from ingest.models import Deposit
from ingest.services.sweeping import PACKAGE_KEPT, UNCLAIMED_FOR, remove_stale
from sae.kernel import clock
from sae.kernel.identifiers import new_id
from sae.tenancy.scope import tenant_scope
from tests.builders.deposits import deposit, make_referentials
from tests.builders.people import Cast
from tests.builders.sip import SipBuilder

pytestmark = pytest.mark.django_db


def folder_of(cast: Cast, identifier: object) -> Path:
    return Path(settings.WORKSPACE_DIR) / str(cast.coffre_a.id) / str(identifier)


def test_a_folder_without_deposit_goes_once_it_is_old(cast: Cast) -> None:
    folder = folder_of(cast, new_id())
    folder.mkdir(parents=True)
    (folder / "package").write_bytes(b"x")
    with tenant_scope(cast.coffre_a.id):
        assert remove_stale(cast.coffre_a.id) == 1
        long_ago = (clock.now() - UNCLAIMED_FOR * 2).timestamp()
        os.utime(folder, (long_ago, long_ago))
        assert remove_stale(cast.coffre_a.id) == 0
    assert not folder.exists()


def test_the_package_of_a_refused_deposit_is_kept_for_a_while(cast: Cast, tmp_path: Path) -> None:
    make_referentials(cast.coffre_a)
    package = SipBuilder().unit("A").binary(b"a\n", name="a.txt").break_digest()
    made = deposit(cast.coffre_a, package.zip(tmp_path / "a.zip"))
    folder = folder_of(cast, made.id)
    folder.mkdir(parents=True, exist_ok=True)
    with tenant_scope(cast.coffre_a.id):
        assert remove_stale(cast.coffre_a.id) == 1
        Deposit.objects.filter(id=made.id).update(
            ended_at=clock.now() - PACKAGE_KEPT - dt.timedelta(days=1)
        )
        assert remove_stale(cast.coffre_a.id) == 0
    assert not folder.exists()


def test_a_deposit_under_way_is_left_alone(cast: Cast) -> None:
    identifier = new_id()
    folder = folder_of(cast, identifier)
    folder.mkdir(parents=True)
    long_ago = (clock.now() - PACKAGE_KEPT * 2).timestamp()
    os.utime(folder, (long_ago, long_ago))
    with tenant_scope(cast.coffre_a.id):
        Deposit.objects.create(
            id=identifier, number=1, year=2026, source="api", file_name="a.zip", file_size=1,
            received_at=clock.now() - PACKAGE_KEPT * 2,
        )  # fmt: skip
        assert remove_stale(cast.coffre_a.id) == 1
    assert folder.exists()
