"""``manage.py holdings reindex [--tenant N]``: the search projection made again from the units."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sae.holdings.reindexing import AlreadyRunningError, Reindexed, reindex
from sae.tenancy.models import Tenant


class Command(BaseCommand):
    help = "Refait l’index de recherche des coffres à partir de leurs unités, sans l’interrompre."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        again = actions.add_parser(
            "reindex",
            help="refaire l’index de recherche ; relancée après un arrêt, reprend où elle en était",
        )
        again.add_argument("--tenant", type=int, help="numéro du coffre (tous par défaut)")

    def handle(self, *args: Any, **options: Any) -> None:
        tenants = Tenant.objects.filter(kind=Tenant.Kind.ARCHIVES).order_by("number")
        if options["tenant"] is not None:
            tenants = tenants.filter(number=options["tenant"])
            if not tenants:
                raise CommandError(f"Aucun coffre n’a le numéro {options['tenant']}.")
        for tenant in tenants:
            self._reindex(tenant)

    def _reindex(self, tenant: Tenant) -> None:
        where = f"Coffre {tenant.number} « {tenant.name} »"

        def tell(done: Reindexed) -> None:
            share = min(100, 100 * done.units // done.total) if done.total else 100
            resumed = " (reprise)" if done.resumed else ""
            self.stderr.write(f"{where}{resumed} : {done.units}/{done.total} unités, {share} %")

        try:
            done = reindex(tenant.id, tell)
        except AlreadyRunningError:
            raise CommandError(
                f"{where} : l’index est déjà en train d’être refait ailleurs.", returncode=2
            ) from None
        self.stdout.write(
            f"{where} : {done.units} unités relues ; entrées corrigées {done.altered}, "
            f"ajoutées {done.added}, retirées {done.removed} ; règles corrigées {done.rules}"
        )
