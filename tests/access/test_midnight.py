"""Half past midnight in France, winter and summer: every list of the product reads the new day."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from sae.holdings.models import ArchiveUnit
from sae.holdings.move_checks import held
from sae.holdings.recomputing import recompute_below
from sae.kernel import clock
from tests.access.updates.conftest import Shelf, make_shelf
from tests.builders.people import Cast

pytestmark = pytest.mark.django_db
LAST_DAYS = {"winter": dt.date(2027, 1, 15), "summer": dt.date(2027, 7, 15)}


@pytest.fixture
def shelf(cast: Cast) -> Shelf:
    return make_shelf(cast)


@pytest.fixture(params=LAST_DAYS)
def midnight(request: pytest.FixtureRequest) -> tuple[dt.datetime, dt.datetime]:
    """A moment of the end of a day in France, and one of the beginning of the next.

    In UTC, both are on the first day.
    """
    day = LAST_DAYS[request.param]
    hours = 1 if request.param == "winter" else 2
    begins = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
    half = dt.timedelta(minutes=30)
    change = begins - dt.timedelta(hours=hours)
    assert (change + half).date() == (change - half).date() == day
    return change - half, change + half


def declare(shelf: Shelf, end: dt.date) -> None:
    """A hold and a delay of communication that end on a day."""
    rules = {
        "HoldRule": {
            "Rules": [
                {"Rule": "HOL-00001", "EndDate": end.isoformat(), "PreventRearrangement": True}
            ]
        },
        "AccessRule": {"Rules": [{"Rule": "ACC-00001", "EndDate": end.isoformat()}]},
    }
    with shelf.scope():
        ArchiveUnit.objects.filter(id=shelf.folder.id).update(management=rules)
        recompute_below([shelf.folder.id])


def found(shelf: Shelf, query: str) -> int:
    page: Any = shelf.aline.get(reverse("search"), {"q": query})
    return int(page.context["screen"].results.total)


def test_a_hold_and_a_delay_that_end_on_the_new_day_are_over(
    shelf: Shelf, midnight: tuple[dt.datetime, dt.datetime]
) -> None:
    before, after = midnight
    declare(shelf, before.date() + dt.timedelta(days=1))
    for moment, runs in ((before, True), (after, False)):
        with clock.fixed(moment):
            assert (found(shelf, "gel:oui") > 0) is runs
            assert (found(shelf, "communicable:non") > 0) is runs
            (hold,) = shelf.aline.get(reverse("holds")).context["table"].data.data
            assert hold.is_active is runs
            with shelf.scope():
                assert bool(held([shelf.pieces[0].id], clock.today())) is runs
            panel = shelf.aline.get(reverse("unit", args=[shelf.folder.id]), {"onglet": "regles"})
            assert panel.status_code == 200


def test_a_key_may_last_until_the_new_day_and_no_more_until_the_old_one(
    cast: Cast, midnight: tuple[dt.datetime, dt.datetime]
) -> None:
    from django import forms

    from tenants.applications.forms import _to_come

    before, after = midnight
    with clock.fixed(before):
        assert _to_come(before.date()) is not None
    with clock.fixed(after):
        with pytest.raises(forms.ValidationError):
            _to_come(before.date())
        end = _to_come(before.date() + dt.timedelta(days=1))
    assert end is not None
    assert end > after
