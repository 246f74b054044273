"""A first set of referentials: the services of a town, common rules, contracts to begin with."""

from importlib import resources

from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from tenants.referentials.imports import Agent
from tenants.referentials.kinds import KINDS
from tenants.referentials.reports import ImportReport

FILES = (
    ("agencies", "agencies.csv"),
    ("rules", "rules.csv"),
    ("ingestcontracts", "ingest_contracts.json"),
    ("accesscontracts", "access_contracts.json"),
)


def load_starter_referentials(tenant: Tenant, agent: Agent | None = None) -> list[ImportReport]:
    """Import the starter files into a coffre; a kind that has any element is left as it is."""
    reports = []
    for slug, name in FILES:
        kind = KINDS[slug]
        with tenant_scope(tenant.id):
            if kind.model.objects.exists():
                continue
        content = resources.files("tenants.starter").joinpath(name).read_bytes()
        reports.append(
            kind.importer(tenant=tenant, content=content, agent=agent or Agent(), file_name=name)
        )
    return reports
