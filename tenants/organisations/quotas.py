"""How much a coffre may hold, and how full it is. The way in asks before it takes anything.

Figures come from the accession register, which every deposit and elimination keeps: a sum of its
lines, never a count of a million units.
"""

import uuid
from dataclasses import dataclass

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
class Gauge:
    """One quota: what is used of what may be. ``limit`` is ``None`` without a quota."""

    name: str
    used: int
    limit: int | None
    used_in_words: str
    limit_in_words: str

    @property
    def percent(self) -> int:
        """How much of the quota is used, rounded down: 100 means full."""
        if self.limit is None:
            return 0
        return 100 if not self.limit else self.used * 100 // self.limit

    @property
    def is_full(self) -> bool:
        return self.limit is not None and self.used >= self.limit

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


def quotas_of(tenant: Tenant) -> Quotas:
    """Return the gauges of a coffre. Opens its scope: from the way in, or for the operator."""
    with tenant_scope(tenant.id):
        held = holdings()
    return Quotas(
        size=_size(held.size, tenant.quota_bytes),
        units=_units(held.units, tenant.quota_units),
    )


def refusal_for(tenant_id: uuid.UUID, *, size: int) -> str:
    """Return why a package of ``size`` bytes cannot enter a coffre; empty when it can.

    A full coffre takes nothing; one that is not takes what fits. What a package holds is judged by
    its own size: its objects are hardly ever larger.
    """
    tenant = Tenant.objects.get(id=tenant_id)
    if tenant.quota_bytes is None and tenant.quota_units is None:
        return ""
    quotas = quotas_of(tenant)
    full = next((gauge for gauge in quotas.gauges if gauge.is_full), None)
    if full is not None:
        return _(
            "Le coffre « %(coffre)s » est plein : %(used)s sur %(limit)s. Aucun versement n’y "
            "entre tant que son administrateur n’a pas relevé le quota ou qu’une élimination "
            "n’a pas libéré de place."
        ) % {"coffre": tenant.name, "used": full.used_in_words, "limit": full.limit_in_words}
    if quotas.size.limit is not None and quotas.size.used + size > quotas.size.limit:
        return _(
            "Ce paquet (%(size)s) ne tient pas dans le coffre « %(coffre)s » : il y reste "
            "%(left)s sur %(limit)s."
        ) % {
            "size": french.size(size),
            "coffre": tenant.name,
            "left": french.size(quotas.size.limit - quotas.size.used),
            "limit": quotas.size.limit_in_words,
        }
    return ""


def check_room(tenant_id: uuid.UUID, *, size: int) -> None:
    """Raise ``QuotaReachedError`` when a package of ``size`` bytes cannot enter a coffre."""
    if refusal := refusal_for(tenant_id, size=size):
        raise QuotaReachedError(refusal)


def _size(used: int, limit: int | None) -> Gauge:
    return Gauge(
        _("volume"), used, limit, french.size(used), french.size(limit) if limit is not None else ""
    )


def _units(used: int, limit: int | None) -> Gauge:
    return Gauge(
        _("unités"),
        used,
        limit,
        french.count(used, _("unité"), _("unités")),
        french.number(limit) if limit is not None else "",
    )
