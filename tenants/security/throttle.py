"""Guesses of passwords are slowed down, whoever makes them; nobody else is kept out.

A guess is counted for the account *and* for where it comes from: the browser when it holds the
cookie of one that this account entered with (OWASP, « device cookies »), else its address. So a
stranger's guesses never delay the owner at his desk, and each place waits longer and longer. An
address that guesses at many accounts waits for all those it has never entered. Counters are in
the shared cache: they hold behind several processes.

Accounts that do not exist are counted like the others, so that waiting tells nothing.
"""

import hashlib
from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest

from sae.kernel import clock
from tenants.security import devices

FREE_TRIES = 5
"""Wrong passwords of one place for one account before it waits."""
FREE_ACCOUNTS = 10
"""Accounts at which one address may guess wrongly within ``MEMORY`` before it waits."""
FIRST_WAIT, LONGEST_WAIT = 30, 3600
"""Seconds; each further failure doubles the wait."""
MEMORY = 24 * 3600
"""Seconds without failure after which all is forgotten."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where guesses come from, for one account: two counters, or one for a known browser."""

    pair: str
    address: str = ""
    login: str = ""


def place_of(request: HttpRequest, login: str, address: str) -> Place:
    """Return the counters that an attempt falls under."""
    name = login.strip().lower()
    device = devices.known_device(request, name)
    if device:
        return Place(pair=_key("device", name, device))
    return Place(
        pair=_key("pair", name, address), address=_key("address", address), login=_key(name)
    )


def seconds_to_wait(place: Place) -> int:
    """Return how long this place must wait before another try, 0 when it may try now.

    Tries of one place follow each other: the second waits until the first was counted.
    """
    _one_at_a_time(place)
    now = clock.now().timestamp()
    waits = [_until(cache.get(place.pair)) - now]
    if place.address:
        waits.append(_until(cache.get(place.address)) - now)
    return max(0, round(max(waits)))


def note_failure(place: Place) -> int:
    """Count a wrong password; return how many this place gave for this account."""
    now = clock.now().timestamp()
    failures = (cache.get(place.pair) or {"count": 0})["count"] + 1
    cache.set(place.pair, _state(failures, failures - FREE_TRIES, now), MEMORY)
    if place.address:
        seen: list[str] = (cache.get(place.address) or {}).get("logins", [])
        if place.login not in seen:
            seen = [*seen, place.login][-200:]
            over = len(seen) - FREE_ACCOUNTS
            cache.set(place.address, _state(len(seen), over, now) | {"logins": seen}, MEMORY)
    return int(failures)


def note_success(place: Place) -> None:
    """Forget the failures of this place for this account; those of its address stay."""
    cache.delete(place.pair)


def _state(count: int, over: int, now: float) -> dict[str, object]:
    wait = 0 if over < 0 else min(FIRST_WAIT * 2 ** min(over, 20), LONGEST_WAIT)
    return {"count": count, "until": now + wait if wait else 0}


def _until(state: dict[str, float] | None) -> float:
    return state["until"] if state else 0.0


def _one_at_a_time(place: Place) -> None:
    with connection.cursor() as cursor:
        for key in sorted({place.pair, place.address} - {""}):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def _key(*parts: str) -> str:
    return "signin:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()
