"""A worker killed in the middle of a mass update: another ends it, each unit changed once."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from access.updates.descriptions import DescriptionPatch
from sae.holdings.mass import launch_mass, launching, prepare_mass
from sae.holdings.models import ArchiveUnit, PendingMetadata
from sae.jobs import reaper
from sae.jobs.models import Job
from sae.jobs.queue import ROUTINE
from sae.journal.models import LifeCycleEntry, Operation
from sae.journal.verification import verify_tenant
from sae.storage.models import StoredObject
from sae.tenancy.scope import platform_scope
from tests.access.updates.conftest import make_shelf
from tests.builders.people import Cast

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
BATCH = 500
PIECES = BATCH + 300

WORKER = """
import os, signal, sys
import django
django.setup()
from sae.holdings import updating
from sae.jobs.serving import serve
kept, calls, deadly = updating.keep_compressed, 0, int(sys.argv[1])

def keep(*args, **more):
    global calls
    calls += 1
    if calls == deadly:
        os.kill(os.getpid(), signal.SIGKILL)
    return kept(*args, **more)

updating.keep_compressed = keep
while serve("long"):
    pass
"""


def work(deadly: int) -> int:
    """Serve the queue in a process of its own, killed at its n-th batch; return how it ended."""
    done = subprocess.run(
        [sys.executable, "-c", WORKER, str(deadly)],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.faults.lone_worker_settings"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    sys.stdout.write(done.stderr)
    return done.returncode


def test_what_was_committed_stays_and_the_rest_follows(
    committed_cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launching, "BATCH", BATCH)
    shelf = make_shelf(committed_cast, pieces=PIECES)
    patch = DescriptionPatch(set={"Status": "clos"}).as_json()
    with shelf.scope():
        mass = prepare_mass(
            kind="descriptions", unit_ids=[shelf.piece_ids], agent_id=None,
            parameters={"patch": patch},
        )  # fmt: skip
        launch_mass(mass.id, agent_id=shelf.cast.aline.id)

    assert work(deadly=2) == -signal.SIGKILL
    half = shelf.mass(mass.id)
    assert (half.state, half.done) == ("running", BATCH)

    with platform_scope(reason=ROUTINE):
        Job.objects.filter(subject_id=mass.id).update(lease_until="2020-01-01T00:00:00Z")
    orphans = reaper.orphans()
    assert orphans
    assert all(reaper.take_back(one) for one in orphans)
    with platform_scope(reason=ROUTINE):
        Job.objects.filter(state="waiting").update(not_before="2020-01-01T00:00:00Z")
    reaper.wake_waiting()

    assert work(deadly=0) == 0
    whole = shelf.mass(mass.id)
    assert (whole.state, whole.done, whole.changed, whole.ko) == ("done", PIECES, PIECES, 0)
    with shelf.scope():
        pieces = ArchiveUnit.objects.filter(id__in=shelf.piece_ids)
        assert set(pieces.values_list("version", flat=True)) == {1}
        assert LifeCycleEntry.objects.filter(operation_id=mass.id).count() == PIECES
        assert Operation.objects.get(id=mass.id).outcome == "OK"
        assert not PendingMetadata.objects.exists()
        kept = StoredObject.objects.filter(operation_id=mass.id).values_list("key", flat=True)
        assert sorted(key.rpartition("/")[2] for key in kept) == [
            "report.jsonl.gz", "units-000001.jsonl.gz", "units-000002.jsonl.gz",
        ]  # fmt: skip
    assert verify_tenant(shelf.coffre.id).broken is None
