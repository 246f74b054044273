"""``manage.py ingest FILE --tenant N [--action …] [--wait] [--json]``."""

import shutil
import time
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ingest.models import Deposit, DepositProblem
from ingest.services.receive import receive_package
from ingest.workspace import incoming_path
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.organisations.quotas import QuotaReachedError


class Command(BaseCommand):
    help = "Dépose un paquet ; avec --wait, attend et donne le verdict."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--tenant", type=int, required=True)
        parser.add_argument("--action", choices=Deposit.Action.values, default="ingest")
        parser.add_argument("--context", default="", help="identifiant du contexte applicatif")
        parser.add_argument("--wait", action="store_true")
        parser.add_argument("--timeout", type=int, default=3600, help="secondes")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if not file.is_file():
            raise CommandError(f"Fichier introuvable : {file}")
        tenant = Tenant.objects.filter(number=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"Coffre inconnu : {options['tenant']}.")
        incoming = incoming_path(new_id())
        try:
            shutil.copyfile(file, incoming)
            deposit = receive_package(
                tenant_id=tenant.id,
                file=incoming,
                file_name=file.name,
                action=options["action"],
                source=Deposit.Source.COMMAND_LINE,
                account_id=None,
                context_id=options["context"],
            )
        except QuotaReachedError as full:
            raise CommandError(str(full)) from full
        finally:
            incoming.unlink(missing_ok=True)
        if options["wait"]:
            deposit = self._wait(tenant, deposit, options["timeout"])
        self._print(tenant, deposit, as_json=options["json"])
        if options["wait"] and deposit.outcome not in ("OK", "WARNING"):
            raise SystemExit(1)

    def _wait(self, tenant: Tenant, deposit: Deposit, timeout: int) -> Deposit:
        deadline = time.monotonic() + timeout
        while True:
            with tenant_scope(tenant.id):
                deposit = Deposit.objects.get(id=deposit.id)
            if deposit.state in (Deposit.State.COMPLETED, Deposit.State.PAUSED):
                return deposit
            if time.monotonic() > deadline:
                raise CommandError(
                    f"Toujours en cours après {timeout} s ({deposit.get_state_display()}) : "
                    f"suivez l’opération {deposit.id}."
                )
            time.sleep(0.1)

    def _print(self, tenant: Tenant, deposit: Deposit, *, as_json: bool) -> None:
        with tenant_scope(tenant.id):
            problems = list(
                DepositProblem.objects.filter(deposit=deposit).order_by("position").values(
                    "code", "outcome", "reason", "file", "line", "element", "identifier", "seen",
                    "expected", "arguments",
                )
            )  # fmt: skip
        if as_json:
            answer = {
                "operation": str(deposit.id),
                "status": deposit.outcome or "STARTED",
                "state": deposit.state,
                "units": deposit.unit_count,
                "objects": deposit.object_count,
                "problems": problems,
            }
            self.stdout.write(orjson.dumps(answer).decode())
            return
        self.stdout.write(f"{deposit.reference} {deposit.outcome or 'EN COURS'} {deposit.id}")
        for problem in problems:
            place = f"ligne {problem['line']}" if problem["line"] else problem["file"]
            self.stdout.write(f"  {problem['code']} {place} {problem['seen']}")
