"""``manage.py rules check [--tenant N] [--sample N | --all]``, ``rules recompute --tenant N``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sae.holdings.rules_check import Check, Difference, Fault, recompute_all, strays
from sae.holdings.rules_update import start_update
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope

SAMPLE = 1_000
SHOWN = 50
"""Differences named one by one for each coffre."""

SENTENCES = {
    Fault.MISSING: "règles en vigueur jamais calculées",
    Fault.STALE: "règles en vigueur périmées",
    Fault.ALTERED: "ligne des règles en vigueur altérée ou absente",
    Fault.MISDATED: "échéances déclarées qui ne sont pas celles du référentiel",
}


class Command(BaseCommand):
    help = "Compare les règles en vigueur gardées à ce que disent les déclarations, ou les refait."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        checking = actions.add_parser("check", help="comparer sans rien écrire")
        which = checking.add_mutually_exclusive_group()
        which.add_argument(
            "--sample", type=int, default=SAMPLE, help=f"unités tirées au sort ({SAMPLE})"
        )
        which.add_argument("--all", action="store_true", help="toutes les unités")
        checking.add_argument("--tenant", type=int, help="numéro du coffre (tous par défaut)")
        again = actions.add_parser("recompute", help="calculer de nouveau toutes les unités")
        again.add_argument("--tenant", type=int, help="numéro du coffre (tous par défaut)")

    def handle(self, *args: Any, **options: Any) -> None:
        tenants = Tenant.objects.filter(kind=Tenant.Kind.ARCHIVES).order_by("number")
        if options["tenant"] is not None:
            tenants = tenants.filter(number=options["tenant"])
            if not tenants:
                raise CommandError(f"Aucun coffre n’a le numéro {options['tenant']}.")
        if options["action"] == "recompute":
            for tenant in tenants:
                done = recompute_all(tenant.id)
                self._tell(tenant, f"{done.units} unités calculées, {done.changed} corrigées")
                self._date_again(tenant)
            return
        sample = None if options["all"] else options["sample"]
        wrong = sum(self._check(tenant, sample) for tenant in tenants)
        if wrong:
            raise CommandError(
                f"{wrong} écart(s). « manage.py rules recompute » les corrige.", returncode=2
            )

    def _date_again(self, tenant: Tenant) -> None:
        """Have a job date again what does not end as the referential says."""
        with tenant_scope(tenant.id):
            rules = Check().misdated_rules()
            if rules:
                start_update(rules)
                self._tell(
                    tenant, f"échéances à refaire par un travail : {', '.join(sorted(rules))}"
                )

    def _check(self, tenant: Tenant, sample: int | None) -> int:
        with tenant_scope(tenant.id):
            check = Check(sample)
            wrong = 0
            for difference in check.differences():
                wrong += 1
                if wrong <= SHOWN:
                    self.stdout.write(_sentence(difference))
            lost = strays() if sample is None else 0
        if lost:
            self.stdout.write(f"  {lost} unités absentes du fonds ont encore des règles gardées")
        if wrong > SHOWN:
            self.stdout.write(f"  … et {wrong - SHOWN} autres")
        self._tell(tenant, f"{check.units} unités comparées, {wrong + lost} écart(s)")
        return wrong + lost

    def _tell(self, tenant: Tenant, words: str) -> None:
        self.stdout.write(f"Coffre {tenant.number} « {tenant.name} » : {words}")


def _sentence(difference: Difference) -> str:
    where = f" ({', '.join(difference.categories)})" if difference.categories else ""
    return f"  {difference.unit_id} : {SENTENCES[difference.fault]}{where}"
