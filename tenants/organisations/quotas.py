"""How much a coffre may hold, and how full it is. The way in asks before it takes anything.

Figures come from the accession register, which every deposit and elimination keeps: a sum of its
lines, never a count of a million units. What was taken in and is not yet on the register (deposits
being judged, uploads announced) keeps its place: told by the rooms above, each for what it holds.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db import connection
from django.utils.translation import gettext as _

from sae.holdings.selectors.register import holdings
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from sae.ui import french

WARNED_FROM = 80
"""Per cent of a quota from which the home page warns."""


class QuotaReachedError(Exception):
    """A package would not fit in its coffre; the message is for people."""


@dataclass(frozen=True, slots=True)
class Arriving:
    """What has been taken in but is not on the register yet; sizes in bytes.

    ``announced``: files still being sent, whose place is kept so that nobody sends one in vain.
    """

    size: int = 0
    units: int = 0
    announced: int = 0

    def __add__(self, other: "Arriving") -> "Arriving":
        return Arriving(
            self.size + other.size, self.units + other.units, self.announced + other.announced
        )


Source = Callable[[], Arriving]
_sources: list[Source] = []


def register_arriving(source: Source) -> None:
    """Add a room that takes things in; ``source`` is called in the scope of the coffre."""
    if source not in _sources:
        _sources.append(source)


@dataclass(frozen=True, slots=True)
class Gauge:
    """One quota: what is used of what may be, and what arrives. No quota: ``limit`` ``None``."""

    name: str
    used: int
    arriving: int
    limit: int | None
    used_in_words: str
    limit_in_words: str

    @property
    def taken(self) -> int:
        """What is held, and what will be once the deposits under way have entered."""
        return self.used + self.arriving

    @property
    def percent(self) -> int:
        """How much of the quota is taken, rounded down: 100 means full."""
        if self.limit is None:
            return 0
        return 100 if not self.limit else self.taken * 100 // self.limit

    @property
    def is_full(self) -> bool:
        return self.limit is not None and self.taken >= self.limit

    @property
    def is_nearly_full(self) -> bool:
        return self.limit is not None and self.percent >= WARNED_FROM


@dataclass(frozen=True, slots=True)
class Quotas:
    """The gauges of one coffre."""

    size: Gauge
    units: Gauge

    @property
    def gauges(self) -> tuple[Gauge, ...]:
        return tuple(gauge for gauge in (self.size, self.units) if gauge.limit is not None)

    @property
    def warned(self) -> tuple[Gauge, ...]:
        return tuple(gauge for gauge in self.gauges if gauge.is_nearly_full)


def quotas_of(tenant: Tenant, *, announced: bool = True) -> Quotas:
    """Return the gauges of a coffre, with or without the files still being sent.

    Opens its scope: from the way in, or for the operator.
    """
    with tenant_scope(tenant.id):
        held = holdings()
        arriving = sum((source() for source in _sources), Arriving())
    if not announced:
        arriving = replace(arriving, announced=0)
    return Quotas(
        size=_size(held.size, arriving.size + arriving.announced, tenant.quota_bytes),
        units=_units(held.units, arriving.units, tenant.quota_units),
    )


def refusal_for(tenant_id: uuid.UUID, *, size: int, was_announced: bool = False) -> str:
    """Return why a package of ``size`` bytes cannot enter a coffre; empty when it can.

    A full coffre takes nothing; one that is not takes what fits. A package ``was_announced`` when
    its place was asked before it was sent: files still being sent then yield to it. What a package
    holds is judged by its own size, then by that of its objects once read (``overflows``).
    """
    tenant = Tenant.objects.get(id=tenant_id)
    if tenant.quota_bytes is None and tenant.quota_units is None:
        return ""
    quotas = quotas_of(tenant, announced=not was_announced)
    full = next((gauge for gauge in quotas.gauges if gauge.is_full), None)
    if full is not None:
        return _(
            "Le coffre « %(coffre)s » est plein : %(used)s sur %(limit)s. Aucun versement n’y "
            "entre tant que son administrateur n’a pas relevé le quota ou qu’une élimination "
            "n’a pas libéré de place."
        ) % {"coffre": tenant.name, "used": full.used_in_words, "limit": full.limit_in_words}
    if quotas.size.limit is not None and quotas.size.taken + size > quotas.size.limit:
        return _(
            "Ce paquet (%(size)s) ne tient pas dans le coffre « %(coffre)s » : il y reste "
            "%(left)s sur %(limit)s."
        ) % {
            "size": french.size(size),
            "coffre": tenant.name,
            "left": french.size(quotas.size.limit - quotas.size.taken),
            "limit": quotas.size.limit_in_words,
        }
    return ""


def check_room(tenant_id: uuid.UUID, *, size: int, was_announced: bool = False) -> None:
    """Raise ``QuotaReachedError`` when a package of ``size`` bytes cannot enter a coffre.

    Those who ask at once wait for each other until their transaction ends: what the first takes in
    is counted by the second.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"quota {tenant_id}"]
        )
    if refusal := refusal_for(tenant_id, size=size, was_announced=was_announced):
        raise QuotaReachedError(refusal)


@dataclass(frozen=True, slots=True)
class Overflow:
    """A quota that a package would pass: what it brings, what is left, in the same unit."""

    quota: str
    brings: int
    left: int


def overflows(tenant: Tenant, *, before: Arriving, brings: Arriving) -> list[Overflow]:
    """Return the quotas that what a package brings would pass, ``before`` it being counted.

    Asked once the package has been read, when its objects and units are known. Runs in the scope
    of the coffre.
    """
    held = holdings()
    return [
        Overflow(quota, wanted, max(0, limit - taken))
        for quota, limit, taken, wanted in (
            ("bytes", tenant.quota_bytes, held.size + before.size, brings.size),
            ("units", tenant.quota_units, held.units + before.units, brings.units),
        )
        if limit is not None and taken + wanted > limit
    ]


def _size(used: int, arriving: int, limit: int | None) -> Gauge:
    return Gauge(
        _("volume"),
        used,
        arriving,
        limit,
        _in_words(french.size(used), french.size(arriving) if arriving else ""),
        french.size(limit) if limit is not None else "",
    )


def _units(used: int, arriving: int, limit: int | None) -> Gauge:
    return Gauge(
        _("unités"),
        used,
        arriving,
        limit,
        _in_words(
            french.count(used, _("unité"), _("unités")),
            french.number(arriving) if arriving else "",
        ),
        french.number(limit) if limit is not None else "",
    )


def _in_words(used: str, arriving: str) -> str:
    if not arriving:
        return used
    return _("%(used)s, et %(arriving)s en cours de versement") % {
        "used": used,
        "arriving": arriving,
    }
