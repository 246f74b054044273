"""Why a deposit cannot be undone now: in the fonds, and in the referentials."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sae.holdings.models import ArchiveUnit
from sae.holdings.removal import SHOWN, Blocker, blockers_of
from tenants.models import IngestContract

CONTRACTS = "contracts"

SENTENCES: Mapping[str, tuple[Promise | str, Promise | str]] = {
    "children_of_others": (
        _("unité d’un autre versement a depuis été rattachée dessous"),
        _("unités d’autres versements ont depuis été rattachées dessous"),
    ),
    "objects_of_others": (
        _("unité a reçu des objets d’un autre versement"),
        _("unités ont reçu des objets d’un autre versement"),
    ),
    "groups_of_others": (
        _("unité d’un autre versement partage un groupe d’objets de celui-ci"),
        _("unités d’autres versements partagent un groupe d’objets de celui-ci"),
    ),
    "held": (_("unité est sous gel"), _("unités sont sous gel")),
    "changed": (
        _("unité a été modifiée depuis"),
        _("unités ont été modifiées depuis"),
    ),
    "groups_changed": (
        _("unité a un groupe d’objets modifié depuis"),
        _("unités ont un groupe d’objets modifié depuis"),
    ),
    CONTRACTS: (
        _("contrat d’entrée range des versements sous une de ces unités"),
        _("contrats d’entrée rangent des versements sous une de ces unités"),
    ),
}
"""One and several, said after the count."""


def refusals_of(operation_id: uuid.UUID) -> list[Blocker]:
    """Return every reason why what an operation brought cannot leave; empty when it can."""
    return [*blockers_of(operation_id), *_contracts(operation_id)]


def as_json(blockers: Sequence[Blocker]) -> list[dict[str, Any]]:
    """Return blockers as they are kept with a request and in the journal."""
    return [
        {"reason": one.reason, "count": one.count, "units": [str(unit) for unit in one.units]}
        for one in blockers
    ]


def _contracts(operation_id: uuid.UUID) -> list[Blocker]:
    """Return the ingest contracts that place deposits under units of the operation."""
    targets: dict[uuid.UUID, int] = {}
    for link, checked in IngestContract.objects.values_list("link_parent_id", "check_parent_ids"):
        for target in {one for one in (link, *(checked or ())) if one}:
            targets[target] = targets.get(target, 0) + 1
    hit = ArchiveUnit.objects.filter(id__in=list(targets), operation_id=operation_id)
    units = list(hit.order_by("id").values_list("id", flat=True))
    if not units:
        return []
    return [Blocker(CONTRACTS, sum(targets[one] for one in units), tuple(units[:SHOWN]))]
