"""Archive unit profiles (profils d’unité archivistique): a JSON schema over a unit's fields."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from jsonschema import Draft4Validator
from jsonschema.exceptions import SchemaError

from sae.kernel.problems import Problem
from sae.tenancy.models import Tenant
from tenants.models import ArchiveUnitProfile
from tenants.referentials import fields as read
from tenants.referentials.documents import DocumentKind, contract_fields, reference_problem
from tenants.referentials.fields import Fault, Field, Refused
from tenants.referentials.json_reading import Entry
from tenants.selectors.ontology import Term, effective_ontology

SEDA_VERSIONS = ("2.1", "2.2", "2.3")

_WORDS = {"string", "number", "integer", "boolean", "array", "null"}
COMPATIBLE: Mapping[str, Collection[str]] = {
    "TEXT": _WORDS,
    "KEYWORD": _WORDS,
    "ENUM": _WORDS,
    "GEO_POINT": {"string", "array", "object"},
    "DATE": {"string", "array"},
    "LONG": {"integer", "number", "string", "array"},
    "DOUBLE": {"integer", "number", "string", "array"},
    "BOOLEAN": {"boolean", "string", "array"},
}
"""JSON types that a schema may give to a vocabulary: units may write any value as text."""


def control_schema(value: Any) -> str:
    """Read a JSON schema (draft 4) written as text, or as JSON within JSON."""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else read.text(value)
    if not text.strip():
        raise Refused(Fault("empty"))
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused(Fault("not_json_schema", seen=str(error))) from None
    if not isinstance(schema, dict):
        raise Refused(Fault("not_json_schema", seen=text[:50]))
    # Producers name draft 4 by addresses of their own; it is the only draft there is here.
    try:
        Draft4Validator.check_schema(
            {**schema, "$schema": "http://json-schema.org/draft-04/schema#"}
        )
    except (SchemaError, RecursionError) as error:
        raise Refused(Fault("not_json_schema", seen=_first_line(error))) from None
    for reference in _references(schema):
        if not reference.startswith("#"):
            raise Refused(Fault("not_json_schema", seen=reference))
    return text


def _first_line(error: BaseException) -> str:
    return str(getattr(error, "message", error)).splitlines()[0][:200]


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def leaves(schema: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the fields that a schema constrains, with the JSON types it gives them (if any).

    A field that holds others is walked through; one that is only named is not constrained.
    """
    for name, described in (schema.get("properties") or {}).items():
        if not isinstance(described, dict):
            continue
        yield from _leaf(name, described)
    for word in ("allOf", "anyOf", "oneOf"):
        for branch in schema.get(word) or ():
            if isinstance(branch, dict):
                yield from leaves(branch)
    items = schema.get("items")
    if isinstance(items, dict):
        yield from leaves(items)


def _leaf(name: str, described: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    inside = list(leaves(described))
    if inside:
        yield from inside
        return
    types = described.get("type")
    declared = frozenset([types] if isinstance(types, str) else types or ())
    if declared == {"object"} or "$ref" in described:
        return
    items = described.get("items")
    if declared == {"array"} and isinstance(items, dict) and items.get("type") == "object":
        return
    if declared or {"enum", "pattern", "format"} & set(described):
        yield name, declared


def check(entries: Sequence[Entry], event: str, tenant: Tenant) -> list[Problem]:
    """Find fields that the ontology does not know, or knows under another type."""
    ontology = effective_ontology()
    known: dict[str, Term] = {}
    for term in ontology.values():
        known.update(
            {name: term for name in (term.identifier, term.api_field, term.seda_field) if name}
        )
    problems = []
    for entry in entries:
        text = entry.values.get("control_schema")
        if not text:
            continue
        for name, types in sorted(set(leaves(json.loads(text))), key=lambda leaf: leaf[0]):
            named = known.get(name)
            if named is None:
                problems.append(
                    reference_problem(
                        entry,
                        f"{event}.INVALID_JSON_SCHEMA.KO",
                        "term_unknown",
                        element="ControlSchema",
                        seen=name,
                    )
                )
            elif types and not types & set(COMPATIBLE[named.type]):
                problems.append(
                    reference_problem(
                        entry,
                        f"{event}.INVALID_JSON_SCHEMA.KO",
                        "type_mismatch",
                        element=name,
                        seen=", ".join(sorted(types)),
                        expected=named.type,
                    )
                )
    return problems


def derive(values: dict[str, Any]) -> None:
    """Fill the list of vocabularies that the schema names."""
    found = {name for name, _types in leaves(json.loads(values["control_schema"]))}
    values["fields"] = sorted(found)


UNIT_PROFILES = DocumentKind(
    slug="archiveunitprofiles",
    model=ArchiveUnitProfile,
    event="IMPORT_ARCHIVEUNITPROFILE",
    update_event="UPDATE_ARCHIVEUNITPROFILE",
    backup_event="BACKUP_ARCHIVEUNITPROFILE",
    prefix="AUP",
    check=check,
    derive=derive,
    suffixes={"not_json_schema": "INVALID_JSON_SCHEMA"},
    fields=(
        *contract_fields(),
        Field("ControlSchema", "control_schema", control_schema, required=True, needed=True),
        Field("SedaVersion", "seda_version", read.choice(*SEDA_VERSIONS), default=""),
        # Computed from the schema: what a file or an export says of them is not kept.
        Field("Fields", "fields", read.list_of(read.text), ignored=True),
    ),
    shown=(("Fields", "fields"),),
)
