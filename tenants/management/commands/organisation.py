"""``manage.py organisation create --name … [--coffre … --administrator …]``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sae.tenancy.models import Organisation
from tenants.accounts.identity import Identity
from tenants.accounts.reach import RefusedError
from tenants.management.commands.tenant import find_organisation
from tenants.organisations.copying import TemplateRefusedError
from tenants.organisations.creation import (
    CoffreDraft,
    Founded,
    OrganisationDraft,
    found_organisation,
    refusal_in_words,
)
from tenants.organisations.suspension import (
    NotSuspendableError,
    resume_organisation,
    suspend_organisation,
)
from tenants.services.organisations import AlreadyExists


class Command(BaseCommand):
    help = "Crée, suspend ou rouvre une organisation ; affiche son identifiant d’abord."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create")
        create.add_argument("--name", required=True)
        create.add_argument("--code", default="")
        create.add_argument("--address", default="")
        create.add_argument("--coffre", action="append", default=[], help="nom d’un coffre")
        create.add_argument("--template", default="", help="organisation modèle")
        create.add_argument("--is-template", action="store_true", help="servira de modèle")
        create.add_argument("--administrator", default="", help="courriel du premier")
        create.add_argument("--administrator-name", default="", help="« Prénom Nom »")
        create.add_argument("--site", default="", help="adresse publique, pour l’invitation")
        suspend = verbs.add_parser("suspend")
        suspend.add_argument("--organisation", required=True)
        suspend.add_argument("--reason", required=True)
        resume = verbs.add_parser("resume")
        resume.add_argument("--organisation", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["verb"] == "create":
                self._tell(found_organisation(draft=_draft(options), agent_id=None,
                                              site=options["site"]))  # fmt: skip
                return
            organisation = find_organisation(options["organisation"])
            if options["verb"] == "suspend":
                suspend_organisation(
                    organisation=organisation, reason=options["reason"], agent_id=None
                )
            else:
                resume_organisation(organisation=organisation, agent_id=None)
        except (AlreadyExists, RefusedError, NotSuspendableError) as error:
            raise CommandError(str(error)) from error
        except TemplateRefusedError as error:
            raise CommandError(refusal_in_words(error.kind)) from error

    def _tell(self, founded: Founded) -> None:
        self.stdout.write(str(founded.organisation.id))
        if founded.handed is not None and founded.handed.address:
            self.stdout.write(founded.handed.address)


def _draft(options: dict[str, Any]) -> OrganisationDraft:
    template: Organisation | None = None
    if options["template"]:
        template = find_organisation(options["template"])
        if not template.is_template:
            raise CommandError(f"« {template.name} » n’est pas une organisation modèle.")
    administrator = None
    if options["administrator"]:
        first, _blank, last = options["administrator_name"].strip().rpartition(" ")
        if not last or not options["site"]:
            raise CommandError("Un administrateur demande --administrator-name et --site.")
        administrator = Identity(
            email=options["administrator"], first_name=first, last_name=last
        ).tidied()
    return OrganisationDraft(
        name=options["name"],
        code=options["code"],
        address=options["address"],
        is_template=options["is_template"],
        template=template,
        coffres=tuple(CoffreDraft(name) for name in options["coffre"]),
        administrator=administrator,
    )
