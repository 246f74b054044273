"""Why a deposit waits, in words for archivists; what the service said is for the logs."""

import errno

from django.utils.translation import gettext as _

from ingest.antivirus import AntivirusUnavailable
from sae.storage.offers.errors import (
    CorruptCopy,
    OfferError,
    OfferFull,
    OfferRefused,
    OfferUnavailable,
)
from sae.storage.strategies import offer as offer_named

WAITED_FOR = (OfferUnavailable, CorruptCopy, AntivirusUnavailable)
"""What a step may raise to say that a service is down: the deposit waits for it, unharmed."""

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


def is_waited_for(error: Exception) -> bool:
    """Tell whether an error of a step is a service to wait for, rather than a failure."""
    return isinstance(error, WAITED_FOR) or (isinstance(error, OSError) and error.errno in _NO_ROOM)


def why(error: Exception) -> str:
    """Return the reason shown on the deposit's page, after « attend : »."""
    if isinstance(error, AntivirusUnavailable):
        return _("l’antivirus ne répond pas")
    if isinstance(error, OfferError):
        return _why_offer(error) % {"site": _name(error.offer)}
    return _("le disque de l’espace de travail est plein")


def _why_offer(error: OfferError) -> str:
    if isinstance(error, OfferFull):
        return _("« %(site)s » n’a plus de place")
    if isinstance(error, OfferRefused):
        return _("« %(site)s » refuse les droits de la plateforme")
    if isinstance(error, CorruptCopy):
        return _("« %(site)s » n’a pas gardé les octets tels qu’ils lui ont été confiés")
    return _("« %(site)s » ne répond pas")


def _name(offer_id: str) -> str:
    """Return the site's name and identifier; the identifier alone when it is no longer known."""
    try:
        label = offer_named(offer_id).label
    except LookupError:
        return offer_id
    return offer_id if label == offer_id else f"{label} ({offer_id})"
