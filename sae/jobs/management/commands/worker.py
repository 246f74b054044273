"""``manage.py worker short|long``: advance the jobs of a cluster until told to stop."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from sae.jobs.hosting import Host
from sae.jobs.models import Cluster


class Command(BaseCommand):
    help = "Exécute les travaux d’une file, jusqu’à SIGTERM ou Ctrl-C (au processus principal)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cluster", choices=Cluster.values)
        parser.add_argument("--processes", type=int, help="nombre de processus")

    def handle(self, *args: Any, **options: Any) -> None:
        processes = options["processes"] or configured_processes(options["cluster"])
        Host(options["cluster"], max(1, processes)).run()


def configured_processes(cluster: str) -> int:
    """Return the number of processes that the settings give to a cluster."""
    configured: dict[str, Any] = settings.Q_CLUSTER
    if cluster != configured["name"]:
        configured = configured.get("ALT_CLUSTERS", {}).get(cluster, {})
    return int(configured.get("workers", 1))
