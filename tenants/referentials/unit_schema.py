"""The external schema of units: paths that an organisation adds to its descriptions.

The last name of a path is a vocabulary of the ontology, unless the element holds others; what goes
before it need not be declared.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sae.kernel.problems import Problem
from sae.tenancy.models import Tenant
from tenants.models import OntologyTerm, SchemaElement
from tenants.referentials import fields as read
from tenants.referentials.documents import DocumentKind, dates, reference_problem
from tenants.referentials.fields import Fault, Field, Refused
from tenants.referentials.json_reading import Entry
from tenants.selectors.ontology import effective_ontology

_PATH = re.compile(r"[^\s_#.][^\s.]*(\.[^\s_#.][^\s.]*)*")


def path(value: Any) -> str:
    """Read a path: names separated by dots, none beginning with ``_`` or ``#``."""
    written = read.filled_text(value)
    if not _PATH.fullmatch(written):
        raise Refused(Fault("blank", seen=written))
    return written


def check(entries: Sequence[Entry], event: str, tenant: Tenant) -> list[Problem]:
    """Find paths repeated, and values whose name is no vocabulary."""
    counts = Counter(entry.identifier for entry in entries)
    terms = {term.lower() for term in effective_ontology()}
    problems = []
    for entry in entries:
        written = entry.identifier
        if not written or counts[written] > 1:
            continue
        is_value = not entry.values.get("is_object") and not entry.values.get("type")
        if is_value and written.rpartition(".")[2].lower() not in terms:
            problems.append(
                reference_problem(
                    entry, f"{event}.KO", "missing_leaf", element="Path", seen=written
                )
            )
    return problems


UNIT_SCHEMA = DocumentKind(
    slug="unitschema",
    model=SchemaElement,
    event="IMPORT_EXTERNAL_SCHEMA",
    update_event="UPDATE_EXTERNAL_SCHEMA",
    backup_event="BACKUP_SCHEMA",
    prefix="SCHEMA",
    check=check,
    suffixes={"duplicate_in_file": "DUPLICATE_KEY"},
    fields=(
        Field("Path", "identifier", path, required=True, frozen=True),
        Field("ShortName", "short_name", read.text, default=""),
        Field("Description", "description", read.text, default=""),
        Field(
            "Cardinality",
            "cardinality",
            read.choice(*SchemaElement.Cardinality.values),
            required=True,
            needed=True,
        ),
        Field("IsObject", "is_object", read.flag, default=False),
        Field("Type", "type", read.choice(*OntologyTerm.Type.values, "OBJECT"), default=""),
        *dates(),
    ),
)
