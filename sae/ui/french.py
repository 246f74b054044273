"""Numbers, sizes, dates and durations as a French archivist writes them.

Pure functions over values. Narrow no-break space (U+202F) between thousands and before a unit,
so that nothing breaks at the end of a line and digits stay close.
"""

import datetime as dt
import math
from decimal import Decimal

from django.utils import timezone

NARROW = "\u202f"
NO_BREAK = "\u00a0"
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
UNITS = ("Ko", "Mo", "Go", "To", "Po")


def number(value: int | float | Decimal, decimals: int = 0) -> str:
    """Return ``1 248`` or ``1,84``: thousands by narrow no-break space, decimal comma."""
    text = f"{value:,.{decimals}f}"
    return text.replace(",", NARROW).replace(".", ",").replace("-", "\u2212")


def count(quantity: int, singular: str, plural: str | None = None) -> str:
    """Return ``3 opérations``, ``0 opération``: in French the plural begins at two."""
    word = singular if abs(quantity) < 2 else (plural or f"{singular}s")
    return f"{number(quantity)}{NO_BREAK}{word}"


def size(octets: int) -> str:
    """Return ``812 octets``, ``1,1 Mo``, ``48,2 Go``, ``412 Mo``.

    Powers of ten, as the standards (IEC 80000-13) and the object stores count; at most three
    significant digits. The exact number of bytes belongs beside it where it matters.
    """
    if abs(octets) < 1000:
        return f"{octets}{NARROW}{'octet' if abs(octets) < 2 else 'octets'}"
    power = 1
    while power < len(UNITS) and abs(octets) / 1000**power >= 999.5:
        power += 1
    quantity = octets / 1000**power
    decimals = 2 if abs(quantity) < 9.995 else 1 if abs(quantity) < 99.95 else 0
    text = number(quantity, decimals)
    if "," in text:
        text = text.rstrip("0").rstrip(",")
    return f"{text}{NARROW}{UNITS[power - 1]}"


BINARY_UNITS = ("Kio", "Mio", "Gio", "Tio", "Pio")


def limit(octets: int) -> str:
    """Return ``100 Gio``: a limit that was set in powers of two is told as it was set.

    Any other number of bytes is told as :func:`size` does.
    """
    for power in range(len(BINARY_UNITS), 0, -1):
        quantity, rest = divmod(octets, 1024**power)
        if 0 < quantity < 10_000 and not rest:
            return f"{number(quantity)}{NARROW}{BINARY_UNITS[power - 1]}"
    return size(octets)


def local(moment: dt.date | dt.datetime) -> dt.date | dt.datetime:
    """Return an aware datetime in the reader's time zone, any other value as it is."""
    if isinstance(moment, dt.datetime) and timezone.is_aware(moment):
        return timezone.localtime(moment)
    return moment


def day(value: dt.date | dt.datetime, *, year: bool = True, weekday: bool = False) -> str:
    """Return ``12 mars 2026``, ``1er mars``, ``jeudi 12 mars 2026``."""
    value = local(value)
    ordinal = "1er" if value.day == 1 else str(value.day)
    text = f"{ordinal}{NO_BREAK}{MONTHS[value.month - 1]}"
    if year:
        text += f"{NO_BREAK}{value.year}"
    return f"{DAYS[value.weekday()]} {text}" if weekday else text


def short_day(value: dt.date | dt.datetime) -> str:
    """Return ``31/12/2024``, for tables."""
    value = local(value)
    return f"{value.day:02d}/{value.month:02d}/{value.year:04d}"


def hour(value: dt.datetime, *, seconds: bool = False) -> str:
    """Return ``08 h 41`` (``08 h 41 min 07 s`` for proofs)."""
    value = local(value)  # type: ignore[assignment]
    text = f"{value.hour:02d}{NARROW}h{NARROW}{value.minute:02d}"
    return f"{text}{NARROW}min{NARROW}{value.second:02d}{NARROW}s" if seconds else text


def moment(value: dt.datetime, *, seconds: bool = False) -> str:
    """Return ``12 mars 2026 à 08 h 41``."""
    return f"{day(value)} à {hour(value, seconds=seconds)}"


def duration(value: dt.timedelta | float) -> str:
    """Return ``0,4 s``, ``58 s``, ``1 min 52 s``, ``2 h 10``, ``3 j 4 h``: two units at most."""
    total = value.total_seconds() if isinstance(value, dt.timedelta) else float(value)
    if total < 0.95:
        return f"{number(max(total, 0), 1)}{NARROW}s"
    seconds = math.floor(total + 0.5)
    minutes, rest = divmod(seconds, 60)
    hours, minutes_rest = divmod(minutes, 60)
    days, hours_rest = divmod(hours, 24)
    if days:
        head, tail, unit, last = days, hours_rest, "j", "h"
    elif hours:
        return f"{hours}{NARROW}h" + (f"{NARROW}{minutes_rest:02d}" if minutes_rest else "")
    elif minutes:
        head, tail, unit, last = minutes, rest, "min", "s"
    else:
        return f"{rest}{NARROW}s"
    return f"{head}{NARROW}{unit}" + (f"{NARROW}{tail}{NARROW}{last}" if tail else "")


def ago(value: dt.datetime, *, now: dt.datetime) -> str:
    """Return ``il y a 2 h``, ``hier``, ``il y a 3 jours``, then the date.

    For the home page only: a journal always gives the full date.
    """
    seconds = (now - value).total_seconds()
    days = (local(now).toordinal() - local(value).toordinal()) if seconds > 0 else 0
    if seconds < 60:
        return "à l’instant"
    if seconds < 3600:
        return f"il y a {int(seconds // 60)}{NARROW}min"
    if days == 0:
        return f"il y a {int(seconds // 3600)}{NARROW}h"
    if days == 1:
        return "hier"
    return f"il y a {days}{NO_BREAK}jours" if days < 8 else day(value)


def percent(done: float, total: float) -> str:
    """Return ``62 %``, rounded down: never 100 % before the end."""
    share = 100 if total and done >= total else int(100 * done / total) if total else 0
    return f"{share}{NARROW}%"


def shorten(digest: str, *, head: int = 6, tail: int = 4) -> str:
    """Return ``9f2c41…b07e``, or the text itself when it is short already."""
    return digest if len(digest) <= head + tail + 1 else f"{digest[:head]}…{digest[-tail:]}"
