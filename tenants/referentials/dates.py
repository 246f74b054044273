"""Dates of referential files: ISO 8601, or day/month/year as French tools write them."""

import datetime as dt
import re

_FRENCH = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_moment(text: str) -> dt.datetime | None:
    """Return an aware UTC moment, ``None`` for anything that is not a date.

    A date alone is its midnight; a moment without zone is in UTC, as in the peers' files.
    """
    day = parse_day(text)
    if day is not None:
        return dt.datetime.combine(day, dt.time(), dt.UTC)
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def parse_day(text: str) -> dt.date | None:
    """Return a date written ``2016-12-10`` or ``10/12/2016``, else ``None``."""
    text = text.strip()
    try:
        if french := _FRENCH.fullmatch(text):
            return dt.date(int(french[3]), int(french[2]), int(french[1]))
        if _ISO_DATE.fullmatch(text):
            return dt.date.fromisoformat(text)
    except ValueError:
        return None
    return None


def write_moment(moment: dt.datetime) -> str:
    """Return a moment as the peers write it: UTC, milliseconds, no zone."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
