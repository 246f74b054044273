"""The way out: home, classification, units, search, objects, journals."""

from tenants.permissions import Permission
from tests.architecture.matrix.line import EVERYONE, Line

LINES: dict[str, Line] = {
    "home": Line(EVERYONE),
    "classification": Line(Permission.HOLDINGS_VIEW),
    "classification_branch": Line(Permission.HOLDINGS_VIEW, of="unit"),
    "unit": Line(Permission.HOLDINGS_VIEW, of="unit"),
    "unit_life_cycle": Line(Permission.JOURNAL_VIEW, of="unit"),
    "search": Line(Permission.HOLDINGS_VIEW),
    "object_download": Line(Permission.OBJECT_DOWNLOAD, of="object"),
    "journal": Line(Permission.JOURNAL_VIEW),
    "journal_json": Line(Permission.JOURNAL_VIEW),
    "journal_csv": Line(Permission.JOURNAL_VIEW),
    "journal_verify": Line(Permission.JOURNAL_VIEW, method="post", granted=(200, 302)),
    "operation": Line(Permission.JOURNAL_VIEW, of="operation"),
    "operation_json": Line(Permission.JOURNAL_VIEW, of="operation"),
}
