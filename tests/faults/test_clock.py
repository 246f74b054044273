"""Line 31: a clock that jumps an hour back or ten years on, and machines that disagree."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.steps import STEPS
from ingest.workflow.context import StepContext
from ingest.workflow.report import StepReport
from sae.holdings.models import ArchiveUnit
from sae.journal.models import Event
from sae.journal.verification import verify_tenant
from sae.kernel import clock, identifiers
from sae.tenancy.scope import tenant_scope
from tests.builders.deposits import receive
from tests.builders.sip import SipBuilder
from tests.faults.desk import Desk, serve_all
from tests.faults.workers import job_of

HOUR = dt.timedelta(hours=1)
TEN_YEARS = dt.timedelta(days=3653)
SIP = (
    SipBuilder().unit("A").rule("AppraisalRule", "APP-00001", start_date="2020-01-01").binary(b"x")
)


class Skew:
    """How far this process's clock is from the true time."""

    def __init__(self) -> None:
        self.by = dt.timedelta()


@pytest.fixture
def skew(monkeypatch: pytest.MonkeyPatch) -> Skew:
    """A clock that can be put forward or back, for dates and for identifiers."""
    found = Skew()
    time_ns = identifiers.time.time_ns

    class Time:
        @staticmethod
        def time_ns() -> int:
            return time_ns() + int(found.by.total_seconds() * 1e9)

    monkeypatch.setattr(clock, "now", lambda: dt.datetime.now(dt.UTC) + found.by)
    monkeypatch.setattr(identifiers, "time", Time)
    # What the jumps leave there would put the identifiers of the next tests ten years ahead.
    monkeypatch.setattr(identifiers, "_last_stamp", identifiers._last_stamp)
    return found


@pytest.mark.parametrize(
    "jumps",
    [[-HOUR], [TEN_YEARS], [HOUR, -HOUR] * 6, [TEN_YEARS, -TEN_YEARS]],
    ids=["back an hour", "on ten years", "back and forth", "ten years and back"],
)
def test_a_clock_that_jumps_between_steps_changes_neither_order_nor_rules(
    desk: Desk,
    skew: Skew,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    jumps: list[dt.timedelta],
) -> None:
    left = list(jumps)

    def jumping(
        function: Callable[[StepContext], StepReport],
    ) -> Callable[[StepContext], StepReport]:
        def run(context: StepContext) -> StepReport:
            report = function(context)
            if left:
                skew.by += left.pop(0)
            return report

        return run

    for code, function in list(STEPS.items()):
        monkeypatch.setitem(STEPS, code, jumping(function))
    made = desk.deposit(SIP.zip(tmp_path / "sip.zip"))
    assert left == []
    desk.assert_whole(made)
    assert verify_tenant(desk.coffre.id).broken is None
    with tenant_scope(desk.coffre.id):
        [rule] = ArchiveUnit.objects.get().management["AppraisalRule"]["Rules"]
        sequences = Event.objects.order_by("sequence").values_list("sequence", flat=True)
        assert list(sequences) == list(range(1, len(sequences) + 1))
    assert rule["EndDate"] == "2030-01-01"
    again = desk.deposit(SIP.zip(tmp_path / "sip.zip"))
    desk.assert_whole(again)
    desk.assert_whole(desk.look(made.id))


@pytest.mark.parametrize("by", [-TEN_YEARS, -HOUR, dt.timedelta(minutes=5), TEN_YEARS], ids=str)
def test_who_holds_a_job_does_not_depend_on_the_clock_of_the_machine(
    desk: Desk, skew: Skew, tmp_path: Path, by: dt.timedelta
) -> None:
    """Leases and waits are the database's own time."""
    received = receive(desk.coffre, SIP.zip(tmp_path / "sip.zip"))
    skew.by = by
    serve_all()
    desk.assert_whole(desk.look(received.id))
    assert job_of(received.id).deaths == 0


def test_identifiers_keep_their_order_when_the_clock_goes_back(skew: Any) -> None:
    first = identifiers.new_ids(10)
    skew.by = -HOUR
    second = identifiers.new_ids(10)
    assert [*first, *second] == sorted([*first, *second])
