"""``manage.py organisation create --name …``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.services.organisations import AlreadyExists, create_organisation


class Command(BaseCommand):
    help = "Crée une organisation et son coffre de preuve."

    def add_arguments(self, parser: CommandParser) -> None:
        create = parser.add_subparsers(dest="verb", required=True).add_parser("create")
        create.add_argument("--name", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            organisation = create_organisation(name=options["name"])
        except AlreadyExists as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(organisation.id))
