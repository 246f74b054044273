"""``manage.py account create --organisation … --email … --name … --profile reader --tenant 1``."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sae.tenancy.models import Tenant
from tenants.management.commands.tenant import find_organisation
from tenants.rights.ready import READY
from tenants.rights.services import MembershipError
from tenants.services.organisations import AlreadyExists, create_account


class Command(BaseCommand):
    help = "Crée un compte et lui donne un profil prêt dans des coffres de son organisation."

    def add_arguments(self, parser: CommandParser) -> None:
        create = parser.add_subparsers(dest="verb", required=True).add_parser("create")
        create.add_argument("--organisation", required=True)
        create.add_argument("--email", required=True)
        create.add_argument("--name", required=True)
        create.add_argument(
            "--profile", "--role", required=True, choices=list(READY), help="profil prêt"
        )
        create.add_argument("--tenant", type=int, action="append", required=True)
        create.add_argument("--password", default=None, help="tiré au sort sinon, et affiché")

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = find_organisation(options["organisation"])
        tenants = list(
            Tenant.objects.filter(organisation=organisation, number__in=options["tenant"])
        )
        unknown = set(options["tenant"]) - {tenant.number for tenant in tenants}
        if unknown:
            raise CommandError(f"Coffre inconnu dans cette organisation : {sorted(unknown)}.")
        password = options["password"] or secrets.token_urlsafe(12)
        try:
            create_account(
                organisation=organisation,
                email=options["email"],
                name=options["name"],
                password=password,
                places=[(tenant, options["profile"]) for tenant in tenants],
            )
        except (AlreadyExists, MembershipError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(password if not options["password"] else options["email"])
