"""Numbers, sizes, dates and durations, as an archivist writes them."""

import datetime as dt

import pytest

from sae.ui import french


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (1248, "1\u202f248"), (1248390, "1\u202f248\u202f390"), (-12, "−12")],
)
def test_thousands_are_apart_and_never_break(value: int, text: str) -> None:
    assert french.number(value) == text


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (0, "0 octet"),
        (1, "1 octet"),
        (812, "812 octets"),
        (1000, "1 Ko"),
        (18_400, "18,4 Ko"),
        (640_000, "640 Ko"),
        (999_499, "999 Ko"),
        (999_500, "1 Mo"),
        (1_100_000, "1,1 Mo"),
        (48_213_000, "48,2 Mo"),
        (412_000_000, "412 Mo"),
        (1_840_000_000_000, "1,84 To"),
        (5_000_000_000_000_000_000, "5\u202f000 Po"),
    ],
)
def test_sizes_have_three_digits_and_a_unit(octets: int, text: str) -> None:
    assert french.size(octets) == text.replace(" ", "\u202f")


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (100 << 30, "100 Gio"),
        (1536 << 20, "1 536 Mio"),
        (1 << 40, "1 Tio"),
        (100_000_000_000, "100 Go"),
        (0, "0 octet"),
    ],
)
def test_a_limit_is_told_as_it_was_set(octets: int, text: str) -> None:
    assert french.limit(octets) == text.replace(" ", "\u202f")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0,0 s"),
        (0.4, "0,4 s"),
        (1, "1 s"),
        (59.6, "1 min"),
        (112, "1 min 52 s"),
        (7800, "2 h 10"),
        (3600, "1 h"),
        (3660, "1 h 01"),
        (86400 * 3 + 4 * 3600, "3 j 4 h"),
    ],
)
def test_durations_have_two_units_at_most(seconds: float, text: str) -> None:
    assert french.duration(seconds) == text.replace(" ", "\u202f")


def test_days_and_hours_are_those_of_paris() -> None:
    moment = dt.datetime(2026, 2, 28, 23, 41, 7, tzinfo=dt.UTC)
    assert french.day(moment) == "1er\u00a0mars\u00a02026"
    assert french.moment(moment) == "1er\u00a0mars\u00a02026 à 00\u202fh\u202f41"
    assert french.short_day(dt.date(2024, 12, 31)) == "31/12/2024"
    assert french.day(dt.date(2026, 3, 12), weekday=True).startswith("jeudi 12")


def test_relative_time_counts_calendar_days() -> None:
    now = dt.datetime(2026, 3, 12, 7, 0, tzinfo=dt.UTC)
    hours = dt.timedelta(hours=1)
    assert french.ago(now - 2 * hours, now=now) == "il y a 2\u202fh"
    assert french.ago(now - 10 * hours, now=now) == "hier"
    assert french.ago(now - 75 * hours, now=now) == "il y a 3\u00a0jours"
    assert french.ago(now - 300 * hours, now=now).endswith("2026")


def test_plural_begins_at_two() -> None:
    assert french.count(0, "opération") == "0\u00a0opération"
    assert french.count(1, "opération") == "1\u00a0opération"
    assert french.count(2, "canal", "canaux") == "2\u00a0canaux"


def test_percentage_is_not_complete_before_the_end() -> None:
    assert french.percent(999, 1000) == "99\u202f%"
    assert french.percent(1000, 1000) == "100\u202f%"
    assert french.percent(0, 0) == "0\u202f%"
