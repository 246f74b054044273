"""``manage.py connector create|change|rule|list``: accesses of client software to a coffre."""

import getpass
import secrets
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ingest.connectors.accesses import AccessRefused, change_access, create_access
from ingest.connectors.models import ConnectorAccess
from ingest.connectors.rules import ACCESS_CODES
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope


class Command(BaseCommand):
    help = "Ouvre un coffre à un logiciel client (Pastell…) par un connecteur, et le règle."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="crée un accès et affiche l’adresse à donner")
        change = verbs.add_parser("change", help="change les réglages d’un accès")
        rule = verbs.add_parser("rule", help="dit quelle règle vaut pour une durée ou un code")
        listing = verbs.add_parser("list", help="liste les accès d’un coffre")
        for verb in (create, change, rule, listing):
            verb.add_argument("--tenant", type=int, required=True, help="numéro du coffre")
        for verb in (create, change, rule):
            verb.add_argument("--kind", choices=ConnectorAccess.Kind.values, default="asalae")
            verb.add_argument("--login", required=True)
        for verb in (create, change):
            verb.add_argument(
                "--password",
                nargs="?",
                const="-",
                help="« - » ou sans valeur : lu au clavier ou sur l’entrée ; absent à la création, "
                "il est tiré au sort et affiché",
            )
            verb.add_argument("--contract", help="contrat d’entrée de tous les versements")
            verb.add_argument("--context", help="contexte applicatif")
            verb.add_argument("--agency", help="service producteur des bordereaux qui n’en ont pas")
        change.add_argument("--enable", dest="enabled", action="store_true", default=None)
        change.add_argument("--disable", dest="enabled", action="store_false")
        rule.add_argument("--category", required=True, help="AppraisalRule, AccessRule…")
        rule.add_argument("--code", required=True, help="P10Y, AR048…")
        rule.add_argument("--rule", required=True, help="identifiant de la règle ; vide : oublier")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(number=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"Coffre inconnu : {options['tenant']}.")
        try:
            getattr(self, f"_{options['verb']}")(tenant, options)
        except AccessRefused as refused:
            raise CommandError(str(refused)) from refused

    def _create(self, tenant: Tenant, options: dict[str, Any]) -> None:
        drawn = options["password"] is None
        password = secrets.token_urlsafe(24) if drawn else _password(options["password"])
        create_access(
            tenant=tenant,
            kind=options["kind"],
            login=options["login"],
            password=password,
            **_settings(options),
        )
        self.stdout.write(f"/connecteurs/{options['kind']}/{tenant.number}/restservices")
        if drawn:
            self.stdout.write(password)

    def _change(self, tenant: Tenant, options: dict[str, Any]) -> None:
        settings = _settings(options)
        if options["enabled"] is not None:
            settings["enabled"] = options["enabled"]
        if options["password"] is not None:
            settings["password"] = _password(options["password"])
        if not settings:
            raise CommandError("Rien à changer.")
        with tenant_scope(tenant.id):
            change_access(_access(options), **settings)

    def _rule(self, tenant: Tenant, options: dict[str, Any]) -> None:
        code = options["code"]
        if (
            options["category"] == "AccessRule"
            and code.startswith("AR")
            and (code not in ACCESS_CODES)
        ):
            raise CommandError(f"Code d’accès inconnu : {code}.")
        with tenant_scope(tenant.id):
            change_access(_access(options), rule=(options["category"], code, options["rule"]))

    def _list(self, tenant: Tenant, options: dict[str, Any]) -> None:
        with tenant_scope(tenant.id):
            accesses = list(ConnectorAccess.objects.order_by("kind", "login"))
        for access in accesses:
            state = "actif" if access.enabled else "fermé"
            self.stdout.write(
                f"{access.kind} {access.login} {state} {access.ingest_contract or '-'}"
            )


def _settings(options: dict[str, Any]) -> dict[str, Any]:
    given = {
        "ingest_contract": options["contract"],
        "context_id": options["context"],
        "originating_agency": options["agency"],
    }
    return {name: value for name, value in given.items() if value is not None}


def _password(given: str) -> str:
    if given != "-":
        return given
    if sys.stdin.isatty():
        return getpass.getpass("Mot de passe : ")
    return sys.stdin.readline().rstrip("\n")


def _access(options: dict[str, Any]) -> ConnectorAccess:
    access: ConnectorAccess | None = ConnectorAccess.objects.filter(
        kind=options["kind"], login=options["login"]
    ).first()
    if access is None:
        raise AccessRefused(f"Aucun accès « {options['login']} » dans ce coffre.")
    return access
