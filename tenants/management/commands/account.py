"""Accounts from the command line: one, or a file of them.

``manage.py account create --organisation … --email … --name … --profile reader --tenant 1``
``manage.py account import --organisation … [--dry-run] [--sound-lines] comptes.csv``
"""

import secrets
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sae.tenancy.models import Tenant
from tenants.accounts.importing import apply_file
from tenants.accounts.planning import Action, Plan, plan_accounts
from tenants.accounts.reach import RefusedError
from tenants.accounts.sheets import UnreadableError
from tenants.accounts.telling import Actor
from tenants.management.commands.tenant import find_organisation
from tenants.rights.ready import READY
from tenants.rights.services import MembershipError
from tenants.services.organisations import AlreadyExists, create_account


class Command(BaseCommand):
    help = "Crée un compte avec un profil prêt, ou importe un fichier de comptes."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create")
        create.add_argument("--organisation", required=True)
        create.add_argument("--email", required=True)
        create.add_argument("--name", required=True)
        create.add_argument(
            "--profile", "--role", required=True, choices=list(READY), help="profil prêt"
        )
        create.add_argument("--tenant", type=int, action="append", required=True)
        create.add_argument("--password", default=None, help="tiré au sort sinon, et affiché")
        load = verbs.add_parser("import")
        load.add_argument("--organisation", required=True)
        load.add_argument("--dry-run", action="store_true", help="dire sans rien changer")
        load.add_argument("--sound-lines", action="store_true", help="les seules lignes bonnes")
        load.add_argument("file", type=Path, help="CSV ou XLSX, comme l’export de la liste")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "import":
            self._import(**options)
        else:
            self._create(**options)

    def _import(self, **options: Any) -> None:
        organisation = find_organisation(options["organisation"])
        content = options["file"].read_bytes()
        try:
            plan = plan_accounts(content=content, organisation=organisation, actor=None)
        except UnreadableError as error:
            raise CommandError(str(error)) from error
        faults = [
            f"ligne {one.line}, colonne {one.letter or '—'} : {one.sentence}" for one in plan.faults
        ]
        if faults and not options["sound_lines"]:
            raise CommandError("\n".join(faults))
        for words in faults:
            self.stderr.write(words)
        if not options["dry_run"]:
            try:
                apply_file(
                    organisation=organisation,
                    content=content,
                    actor=Actor(),
                    sound_lines_only=options["sound_lines"],
                    seen=plan.fingerprint,
                )
            except RefusedError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(_summary(plan))

    def _create(self, **options: Any) -> None:
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


def _summary(plan: Plan) -> str:
    """Return « 28 créés, 1 modifié, 0 désactivé, 1 inchangé, 2 en défaut »."""
    words = {
        Action.CREATE: "créé",
        Action.CHANGE: "modifié",
        Action.DISABLE: "désactivé",
        Action.NOTHING: "inchangé",
    }
    counts = plan.counts
    told = [f"{counts[key]} {word}{'s' * (counts[key] > 1)}" for key, word in words.items()]
    return ", ".join([*told, f"{counts[Action.FAULTY]} en défaut"])
