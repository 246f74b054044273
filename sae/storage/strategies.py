"""Which offers there are, and which of them each object must reach. Read from the settings.

``settings.OFFERS`` (SAE_OFFERS) is a list of offers::

    {"id": "site-a", "label": "Site A", "kind": "s3", "endpoint": …, "bucket": …,
     "access_key": …, "secret_key": …, "region": "us-east-1"}
    {"id": "disk-b", "label": "Site B", "kind": "filesystem", "path": "/…",
     "create": false}

``settings.STRATEGIES`` (optional) names lists of offers; ``default`` is all of them.
"""

import os
import re
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from sae.storage.offers.base import Offer, OfferState
from sae.storage.offers.filesystem import FilesystemOffer
from sae.storage.offers.s3 import S3Offer

DEFAULT_STRATEGY = "default"
LEAST_COPIES = 2  # NF Z42-013: two copies at least, on two sites

_OFFER_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
_S3_REQUIRED = ("endpoint", "bucket", "access_key", "secret_key")
_S3_OPTIONAL = ("region", "conditional_put", "timeout_seconds")

_lock = threading.Lock()
_offers: tuple[Any, dict[str, Offer]] | None = None


@dataclass(frozen=True, slots=True)
class Strategy:
    """The offers that must all confirm an object before it is accepted."""

    id: str
    offers: tuple[Offer, ...]


def offers() -> dict[str, Offer]:
    """Every offer by its id, in the order of the settings. Raises ImproperlyConfigured."""
    global _offers
    with _lock:
        # The settings' own object tells whether they are still those (tests replace it).
        if _offers is None or _offers[0] is not settings.OFFERS:
            _offers = settings.OFFERS, parse_offers(settings.OFFERS)
        return _offers[1]


def offer(offer_id: str) -> Offer:
    """Raises LookupError for an offer that the settings no longer name."""
    try:
        return offers()[offer_id]
    except KeyError:
        raise LookupError(f"no offer {offer_id!r} in SAE_OFFERS") from None


def strategy(strategy_id: str = DEFAULT_STRATEGY) -> Strategy:
    """Raises LookupError (unknown) or ImproperlyConfigured (fewer than two offers)."""
    known = strategies()
    if strategy_id not in known:
        raise LookupError(f"no strategy {strategy_id!r}")
    found = Strategy(strategy_id, tuple(offer(offer_id) for offer_id in known[strategy_id]))
    if len(found.offers) < LEAST_COPIES:
        raise ImproperlyConfigured(
            f"La stratégie « {strategy_id} » demande au moins {LEAST_COPIES} offres."
        )
    return found


def strategies() -> dict[str, list[str]]:
    """Ids of the offers of each strategy, by the strategy's name."""
    named: Mapping[str, Iterable[str]] = getattr(settings, "STRATEGIES", {})
    return {DEFAULT_STRATEGY: list(offers())} | {key: list(ids) for key, ids in named.items()}


def offers_state() -> list[OfferState]:
    """State of every offer, all asked at once: in a few seconds, whatever is down."""
    known = list(offers().values())
    if not known:
        return []
    with ThreadPoolExecutor(len(known)) as pool:
        return list(pool.map(lambda each: each.probe(), known))


def parse_offers(described: Any) -> dict[str, Offer]:
    """Raises ImproperlyConfigured with a sentence that names the faulty offer."""
    if not isinstance(described, list):
        raise ImproperlyConfigured("SAE_OFFERS doit être une liste JSON d’offres.")
    parsed: dict[str, Offer] = {}
    for each in described:
        found = _parse_offer(each)
        if found.id in parsed:
            raise ImproperlyConfigured(f"Deux offres portent l’identifiant « {found.id} ».")
        parsed[found.id] = found
    return parsed


def _parse_offer(described: Any) -> Offer:
    if not isinstance(described, dict):
        raise ImproperlyConfigured("Chaque offre de SAE_OFFERS doit être un objet JSON.")
    given = dict(described)
    offer_id = given.pop("id", None)
    if not isinstance(offer_id, str) or not _OFFER_ID.fullmatch(offer_id):
        raise ImproperlyConfigured(
            f"Identifiant d’offre refusé : {offer_id!r} (minuscules, chiffres et tirets)."
        )
    label = str(given.pop("label", offer_id))
    match given.pop("kind", None):
        case "s3":
            _expect(offer_id, given, required=_S3_REQUIRED, optional=_S3_OPTIONAL)
            return S3Offer(offer_id, label, **given)
        case "filesystem":
            _expect(offer_id, given, required=("path",), optional=("create",))
            path = Path(given["path"])
            if not path.is_absolute():
                raise ImproperlyConfigured(f"Offre « {offer_id} » : chemin relatif refusé.")
            return FilesystemOffer(offer_id, label, path, create=given.get("create") is True)
        case kind:
            raise ImproperlyConfigured(f"Offre « {offer_id} » : nature inconnue {kind!r}.")


def _expect(
    offer_id: str,
    given: dict[str, Any],
    *,
    required: tuple[str, ...],
    optional: tuple[str, ...] = (),
) -> None:
    missing = [name for name in required if not given.get(name)]
    unknown = sorted(given.keys() - {*required, *optional})
    if missing or unknown:
        raise ImproperlyConfigured(
            f"Offre « {offer_id} » : manque {missing or 'rien'}, inconnu {unknown or 'rien'}."
        )


def _forget() -> None:
    """A client made by the parent process does not serve its child."""
    global _offers, _lock
    _lock = threading.Lock()
    _offers = None


os.register_at_fork(after_in_child=_forget)
