"""Referentials."""

from tenants.permissions import Permission
from tests.architecture.matrix.line import Line

LINES: dict[str, Line] = {
    "referentials": Line(Permission.REFERENTIAL_VIEW),
    "rules": Line(Permission.REFERENTIAL_VIEW),
    "rule": Line(Permission.REFERENTIAL_VIEW, of="rule"),
    "agencies": Line(Permission.REFERENTIAL_VIEW),
    "agency": Line(Permission.REFERENTIAL_VIEW, of="agency"),
    "ingest_contracts": Line(Permission.REFERENTIAL_VIEW),
    "ingest_contract": Line(Permission.REFERENTIAL_VIEW, of="contract"),
    "referential_import": Line(Permission.REFERENTIAL_IMPORT, also=(("slug", "agencies"),)),
    "referential_outcome": Line(Permission.REFERENTIAL_VIEW, of="import", granted=(200, 404)),
    "referential_report": Line(Permission.REFERENTIAL_VIEW, of="import", granted=(200, 404)),
    "referential_faults": Line(Permission.REFERENTIAL_VIEW, of="import", granted=(200, 404)),
}
