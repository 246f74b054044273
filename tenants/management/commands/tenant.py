"""``manage.py tenant create --organisation … --identifier N --name …``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sae.tenancy.models import Organisation
from tenants.services.organisations import AlreadyExists, create_tenant


class Command(BaseCommand):
    help = "Crée un coffre d’archives dans une organisation."

    def add_arguments(self, parser: CommandParser) -> None:
        create = parser.add_subparsers(dest="verb", required=True).add_parser("create")
        create.add_argument("--organisation", required=True, help="nom ou identifiant")
        create.add_argument("--identifier", type=int, default=None, help="numéro du coffre")
        create.add_argument("--name", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        organisation = find_organisation(options["organisation"])
        try:
            tenant = create_tenant(
                organisation=organisation, name=options["name"], number=options["identifier"]
            )
        except AlreadyExists as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(tenant.number))


def find_organisation(name_or_id: str) -> Organisation:
    """Return an organisation by name or identifier; ``CommandError`` when unknown."""
    from sae.kernel.identifiers import parse_id

    found = Organisation.objects.filter(name=name_or_id).first()
    identifier = parse_id(name_or_id)
    if found is None and identifier is not None:
        found = Organisation.objects.filter(id=identifier).first()
    if found is None:
        raise CommandError(f"Organisation inconnue : « {name_or_id} ».")
    return found
