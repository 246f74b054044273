"""``manage.py demo``: the demonstration organisation, made once; prints its accounts as JSON."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from ingest.models import Deposit
from ingest.services.receive import receive_package
from ingest.workspace import incoming_path
from sae.config.demo.package import write_demonstration_package
from sae.kernel.identifiers import new_id
from sae.tenancy.models import Organisation, Tenant
from tenants.models import Account
from tenants.organisations.copying import furnish, furnish_proof
from tenants.organisations.creation import CoffreDraft, OrganisationDraft, found_organisation
from tenants.services.organisations import (
    create_account,
    create_organisation,
    create_tenant,
    proof_of,
)

PLATFORM = "Val-Fleury Agglomération"
TOWN = "Saint-Aubin-la-Rivière"
TEMPLATE = "Modèle des communes"
# Of the starter referentials (tenants/starter).
AGENCY = "VILLE-DGS"
CONTRACT = "CE-VERSEMENTS"
PROFILES = {
    "operator": "operator",
    "archivist": "head_archivist",
    "administrator": "administrator",
    "auditor": "auditor",
}
"""Ready profile of each account shown."""


class Command(BaseCommand):
    help = "Crée l’organisation de démonstration si elle n’existe pas, et donne ses comptes."

    def handle(self, *args: Any, **options: Any) -> None:
        note = Path(settings.DATA_DIR) / "demonstration.json"
        if not Organisation.objects.filter(name=TOWN).exists():
            _write_private(note, _create())
        self.stdout.write(note.read_text() if note.exists() else "{}")


def _create() -> dict[str, Any]:
    platform = create_organisation(name=PLATFORM, is_platform=True)
    town = create_organisation(name=TOWN)
    coffre = create_tenant(organisation=town, name="Archives intermédiaires")
    proof, platform_proof = proof_of(town), proof_of(platform)
    accounts = [
        ("operator", "exploitant@demo.example", "Olivier Oudin", platform, [platform_proof]),
        ("archivist", "archiviste@demo.example", "Hélène Marchand", town, [coffre]),
        ("administrator", "administrateur@demo.example", "Karim Benali", town, [coffre, proof]),
        ("auditor", "auditeur@demo.example", "Claire Vasseur", town, [coffre, proof]),
    ]
    told = []
    archivist: Account | None = None
    for role, email, name, organisation, places in accounts:
        password = secrets.token_urlsafe(12)
        account = create_account(
            organisation=organisation,
            email=email,
            name=name,
            password=password,
            places=[(tenant, PROFILES[role]) for tenant in places],
        )
        if role == "archivist":
            archivist = account
        told.append({"role": role, "email": email, "password": password})
    # From which the operator opens a town: its services, rules, contracts and groups are copied.
    found_organisation(
        draft=OrganisationDraft(
            name=TEMPLATE, is_template=True, coffres=(CoffreDraft("Archives intermédiaires"),)
        ),
        agent_id=None,
    )
    furnish_proof(town)
    furnish(coffre, template=None, agent_id=archivist.id if archivist else None)
    _deposit(coffre, archivist)
    return {
        "accounts": told,
        "tenants": [
            {"identifier": tenant.number, "name": tenant.name, "organisation": name}
            for tenant, name in (
                (coffre, TOWN),
                (proof, TOWN),
                (platform_proof, PLATFORM),
            )
        ],
    }


def _deposit(coffre: Tenant, archivist: Account | None) -> None:
    package = incoming_path(new_id())
    write_demonstration_package(package, agreement=CONTRACT, agency=AGENCY)
    receive_package(
        tenant_id=coffre.id,
        file=package,
        file_name="conseil-municipal-2024-03-28.zip",
        action=Deposit.Action.INGEST,
        source=Deposit.Source.COMMAND_LINE,
        account_id=archivist.id if archivist else None,
    )


def _write_private(path: Path, value: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(value, stream, ensure_ascii=False)
