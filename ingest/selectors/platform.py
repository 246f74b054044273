"""State of the platform: offers, queues, antivirus, time stamps, disks, versions."""

import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import django
from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext as _

from ingest import antivirus, formats
from ingest.models import Deposit
from sae.holdings.models import ArchiveUnit, DataObject
from sae.jobs.models import WorkerPresence
from sae.jobs.selectors import QueueState, queue_states, workers
from sae.storage.models import StoredObject
from sae.storage.strategies import offers, offers_state


@dataclass(frozen=True, slots=True)
class Service:
    """One thing the platform leans on. ``state`` is a key of ``sae.ui.statuses``."""

    name: str
    state: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class OfferLine:
    """One site of conservation, as it answers now."""

    name: str
    identifier: str
    state: str
    free_bytes: int | None
    object_lock: bool
    note: str


@dataclass(frozen=True, slots=True)
class Volume:
    """What the coffre in scope holds."""

    units: int
    objects: int
    bytes_kept: int
    deposits: int


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk of the workspaces."""

    total: int
    free: int


@dataclass(frozen=True, slots=True)
class PlatformState:
    """Everything that the page of the platform's state shows."""

    offers: tuple[OfferLine, ...]
    services: tuple[Service, ...]
    queues: tuple[QueueState, ...]
    workers: tuple[WorkerPresence, ...]
    volume: Volume
    disk: Disk
    versions: tuple[tuple[str, str], ...]

    @property
    def is_sound(self) -> bool:
        return all(line.state == "OK" for line in self.offers) and all(
            service.state in ("OK", "NOT_DONE") for service in self.services
        )


def platform_state() -> PlatformState:
    """Ask every service at once what it is; none of them down makes this fail."""
    return PlatformState(
        offers=_offer_lines(),
        services=(_antivirus(), _time_stamping(), _identification()),
        queues=tuple(queue_states()),
        workers=tuple(workers()),
        volume=_volume(),
        disk=_disk(),
        versions=_versions(),
    )


def _offer_lines() -> tuple[OfferLine, ...]:
    names = {identifier: offer.label for identifier, offer in offers().items()}
    return tuple(
        OfferLine(
            name=names.get(state.offer, state.offer),
            identifier=state.offer,
            state="OK" if state.available else "FATAL",
            free_bytes=state.free_bytes,
            object_lock=state.object_lock,
            note=state.message,
        )
        for state in offers_state()
    )


def _antivirus() -> Service:
    name = _("Antivirus")
    if not settings.ANTIVIRUS_URL:
        return Service(name, "NOT_DONE", _("aucun antivirus n’est configuré"))
    try:
        return Service(name, "OK", antivirus.version())
    except antivirus.AntivirusUnavailable as error:
        return Service(name, "FATAL", str(error))


def _time_stamping() -> Service:
    name = _("Horodatage")
    if settings.TSA_URL:
        return Service(name, "OK", settings.TSA_URL)
    return Service(name, "NOT_DONE", _("aucune autorité d’horodatage n’est configurée"))


def _identification() -> Service:
    name = _("Identification des formats")
    try:
        return Service(name, "OK", formats.tool_version())
    except Exception as error:
        return Service(name, "FATAL", str(error))


def _volume() -> Volume:
    kept = StoredObject.objects.aggregate(total=Sum("size"))["total"]
    return Volume(
        units=ArchiveUnit.objects.count(),
        objects=DataObject.objects.count(),
        bytes_kept=kept or 0,
        deposits=Deposit.objects.count(),
    )


def _disk() -> Disk:
    folder = Path(settings.WORKSPACE_DIR)
    while not folder.exists():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    return Disk(total=usage.total, free=usage.free)


def _versions() -> tuple[tuple[str, str], ...]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = str(cursor.fetchone()[0])
    return (
        ("SAE", _installed("sae")),
        ("Python", platform.python_version()),
        ("Django", django.get_version()),
        ("PostgreSQL", server),
        ("Siegfried (PRONOM)", _quietly(formats.tool_version)),
    )


def _installed(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return _("version de développement")


def _quietly(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except Exception:
        return "?"
