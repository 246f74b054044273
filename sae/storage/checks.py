"""Misconfigured storage refuses to start; unreachable offers are told (``check --deploy``)."""

from typing import Any

from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from sae.storage.strategies import LEAST_COPIES, offers, offers_state, strategies

TAG = "offers"


@checks.register(TAG)
def check_strategies(**kwargs: Any) -> list[checks.CheckMessage]:
    """Offers are well described, and each strategy has two of them in two distinct places."""
    try:
        known = offers()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="storage.E001")]
    if not known:
        # Commands that need no bytes (migrate, makemigrations) run without offers.
        return [
            checks.Warning(
                "Aucune offre de stockage : aucun versement ne sera possible.",
                hint="Donnez-en deux au moins dans SAE_OFFERS.",
                id="storage.W001",
            )
        ]
    found: list[checks.CheckMessage] = []
    for name, members in strategies().items():
        unknown = [member for member in members if member not in known]
        places = {known[member].location for member in members if member in known}
        if unknown:
            found.append(
                checks.Error(
                    f"Stratégie « {name} » : offres inconnues {unknown}.", id="storage.E002"
                )
            )
        elif len(places) < LEAST_COPIES:
            found.append(
                checks.Error(
                    f"La stratégie « {name} » n’écrit pas en {LEAST_COPIES} lieux distincts.",
                    hint="Deux offres ne doivent partager ni compartiment (bucket) ni dossier.",
                    id="storage.E003",
                )
            )
    return found


@checks.register(TAG, deploy=True)
def check_offers_reachable(**kwargs: Any) -> list[checks.CheckMessage]:
    """Every offer answers. A warning: deposits wait for an offer, the rest of the house works."""
    try:
        states = offers_state()
    except ImproperlyConfigured:
        return []  # told by check_strategies
    return [
        checks.Warning(
            f"L’offre « {state.offer} » ne répond pas : {state.message}", id="storage.W002"
        )
        for state in states
        if not state.available
    ]
