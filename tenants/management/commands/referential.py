"""``manage.py referential import --tenant N --kind K FILE [--check] [--json]``."""

from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sae.tenancy.models import Tenant
from tenants.referentials.archive_profiles import attach_profile_file
from tenants.referentials.imports import Agent
from tenants.referentials.kinds import KINDS
from tenants.referentials.reports import ImportReport, problem_as_json
from tenants.referentials.sentences import sentence


class Command(BaseCommand):
    help = "Importe un référentiel dans un coffre, ou dit seulement ce que l’import ferait."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        importing = actions.add_parser("import", help="importe un fichier")
        importing.add_argument("--kind", choices=sorted(KINDS), required=True)
        importing.add_argument(
            "--check", action="store_true", help="contrôle le fichier sans rien écrire"
        )
        importing.add_argument(
            "--replace",
            action="store_true",
            help="services et règles : retire aussi ce que le fichier ne nomme pas",
        )
        attaching = actions.add_parser(
            "attach", help="joint son fichier XSD ou RNG à un profil d’archivage"
        )
        attaching.add_argument("--identifier", required=True)
        for one in (importing, attaching):
            one.add_argument("file", type=Path)
            one.add_argument("--tenant", type=int, required=True, help="numéro du coffre")
            one.add_argument("--json", action="store_true", help="donne le rapport en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        if not file.is_file():
            raise CommandError(f"Fichier introuvable : {file}")
        tenant = Tenant.objects.filter(number=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"Coffre inconnu : {options['tenant']}.")
        report = self._run(tenant, file, options)
        if options["json"]:
            self.stdout.write(orjson.dumps(as_json(report)).decode())
        else:
            self._print(report)
        if not report.is_accepted:
            raise SystemExit(1)

    def _run(self, tenant: Tenant, file: Path, options: dict[str, Any]) -> ImportReport:
        content, agent = file.read_bytes(), Agent(application_id="command-line")
        if options["action"] == "attach":
            return attach_profile_file(
                tenant=tenant,
                identifier=options["identifier"],
                content=content,
                agent=agent,
                file_name=file.name,
            )
        kind = KINDS[options["kind"]]
        # By itself an import removes nothing: what a file forgets may be in use.
        choice = {"replace": options["replace"]} if kind.completes else {}
        if options["check"]:
            return kind.checker(tenant=tenant, content=content, **choice)
        return kind.importer(
            tenant=tenant, content=content, agent=agent, file_name=file.name, **choice
        )

    def _print(self, report: ImportReport) -> None:
        self.stdout.write(
            f"{report.kind} {report.outcome.name} {report.operation_id or ''}".strip()
        )
        for word, changed in (
            ("ajoutés", report.inserted),
            ("modifiés", report.updated),
            ("retirés", report.deleted),
        ):
            if changed:
                self.stdout.write(f"  {word} : {len(changed)}")
        for found in report.problems:
            place = f"ligne {found.place.line} : " if found.place.line else ""
            if not place and found.place.identifier:
                place = f"{found.place.identifier} : "
            self.stdout.write(f"  {place}{sentence(found)} [{found.code}]")


def as_json(report: ImportReport) -> dict[str, Any]:
    """Return a report for programs."""
    return {
        "kind": report.kind,
        "status": report.outcome.name,
        "outcome_detail": report.outcome_detail,
        "operation": str(report.operation_id) if report.operation_id else None,
        "inserted": report.inserted,
        "updated": report.updated,
        "deleted": report.deleted,
        "used": report.used,
        "problems": [
            {**problem_as_json(found), "sentence": sentence(found)} for found in report.problems
        ],
        "report": report.document,
    }
