"""Days are those of the people served; instants stay in UTC."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.utils import timezone

from sae.kernel import clock

ROOT = Path(__file__).parents[2]
OTHER_DAYS = re.compile(
    r"\bdate\.today\(|\blocaldate\(|\bnow\(\)\.date\(|\butcnow\(|\bCURRENT_DATE\b|\bnow\(\)::date"
)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-01-15T22:59:59", "2026-01-15"),
        ("2026-01-15T23:00:00", "2026-01-16"),
        ("2026-07-15T21:59:59", "2026-07-15"),
        ("2026-07-15T22:00:00", "2026-07-16"),
        ("2026-12-31T23:30:00", "2027-01-01"),
    ],
)
def test_a_day_begins_at_midnight_in_france_in_winter_and_in_summer(moment: str, day: str) -> None:
    instant = dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)
    with clock.fixed(instant):
        assert clock.today().isoformat() == day
        assert clock.today() == timezone.localdate(clock.now()), "what screens show is that day"
        assert clock.now() is instant


def test_no_day_comes_from_elsewhere() -> None:
    faults = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for room in ("sae", "tenants", "ingest", "access")
        for path in sorted((ROOT / room).rglob("*.py"))
        if "migrations" not in path.parts
        for found in OTHER_DAYS.finditer(path.read_text(encoding="utf-8"))
    ]
    assert faults == []
