"""Whose acts one sees: an act tells of every unit that it touches, by counts, words and reports."""

import uuid

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest

from sae.holdings.mass.advancing import locked
from sae.holdings.models import MassOperation
from sae.holdings.sight import current_sight
from tenants.access import account_of


def acts_in_sight(request: HttpRequest) -> QuerySet[MassOperation]:
    """Return the acts of the coffre that the reader may know of.

    All of them to those who see everything; to others their own, and those whose units were chosen
    under access contracts that they have too. Judged by the contracts, not by each unit: an act
    may touch hundreds of thousands. Of a unit gone out of sight since, the pages of an act give
    neither title nor message.
    """
    sight = current_sight()
    rows = MassOperation.objects.all()
    if sight.is_whole:
        return rows
    shared = Q(contracts__contained_by=sorted(sight.contracts)) & ~Q(contracts=[])
    return rows.filter(shared | Q(agent_id=account_of(request).id))


def act_or_404(request: HttpRequest, mass_id: uuid.UUID, *, lock: bool) -> MassOperation:
    """Return an act in sight, its row locked when asked; unknown or out of sight is one 404."""
    found = acts_in_sight(request).filter(id=mass_id).first()
    if found is not None and lock:
        found = locked(mass_id)
    if found is None:
        raise Http404
    return found
