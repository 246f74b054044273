"""``manage.py apitoken create --tenant N --name X`` prints the token alone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sae.tenancy.models import Tenant
from tenants.rights.ready import READY
from tenants.services.organisations import create_api_token


class Command(BaseCommand):
    help = "Crée la clef d’une application ; elle n’est affichée que cette fois."

    def add_arguments(self, parser: CommandParser) -> None:
        create = parser.add_subparsers(dest="verb", required=True).add_parser("create")
        create.add_argument("--tenant", type=int, required=True)
        create.add_argument("--name", required=True)
        create.add_argument("--role", default="head_archivist", choices=list(READY))
        create.add_argument("--context", default="", help="identifiant du contexte applicatif")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(number=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"Coffre inconnu : {options['tenant']}.")
        self.stdout.write(
            create_api_token(
                tenant=tenant,
                name=options["name"],
                role=options["role"],
                context_id=options["context"],
            )
        )
