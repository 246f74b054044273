"""``manage.py deposit resume|abandon --tenant N ID [--reason …]``."""

import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ingest.models import Deposit
from ingest.services.resuming import (
    NotAbandonableError,
    NotResumableError,
    abandon_deposit,
    resume_deposit,
)
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope


class Command(BaseCommand):
    help = "Reprend ou abandonne un versement arrêté."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=("resume", "abandon"))
        parser.add_argument("id", type=uuid.UUID)
        parser.add_argument("--tenant", type=int, required=True)
        parser.add_argument("--reason", default="", help="motif d’un abandon, gardé au journal")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(number=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"Coffre inconnu : {options['tenant']}.")
        if options["act"] == "abandon" and not options["reason"].strip():
            raise CommandError("Un abandon demande son motif : --reason.")
        try:
            with tenant_scope(tenant.id):
                if options["act"] == "resume":
                    deposit = resume_deposit(deposit_id=options["id"], account_id=None)
                else:
                    deposit = abandon_deposit(
                        deposit_id=options["id"], account_id=None, reason=options["reason"]
                    )
        except Deposit.DoesNotExist as error:
            raise CommandError(f"Versement inconnu : {options['id']}.") from error
        except NotResumableError as error:
            raise CommandError("Versement non arrêté par une erreur technique.") from error
        except NotAbandonableError as error:
            raise CommandError(f"Versement impossible à abandonner ({error.reason}).") from error
        self.stdout.write(f"{deposit.reference} {deposit.state} {deposit.id}")
