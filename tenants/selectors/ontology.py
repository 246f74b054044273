"""The ontology in force in a coffre: its own once it imported one, else the platform's."""

from dataclasses import dataclass

from tenants.models import OntologyTerm
from tenants.selectors.built_in import built_in_terms


@dataclass(frozen=True, slots=True)
class Term:
    """One vocabulary in force; ``is_stored`` tells whether the coffre has a row of its own."""

    identifier: str
    type: str
    type_detail: str
    string_size: str
    origin: str
    seda_field: str
    api_field: str
    short_name: str
    description: str
    collections: tuple[str, ...]
    is_stored: bool


def effective_ontology() -> dict[str, Term]:
    """Return the vocabularies in force, by identifier."""
    own = {
        row.identifier: Term(
            identifier=row.identifier,
            type=row.type,
            type_detail=row.type_detail,
            string_size=row.string_size,
            origin=row.origin,
            seda_field=row.seda_field,
            api_field=row.api_field,
            short_name=row.short_name,
            description=row.description,
            collections=tuple(row.collections),
            is_stored=True,
        )
        for row in OntologyTerm.objects.all()
    }
    return own or {
        term.identifier: Term(
            identifier=term.identifier,
            type=term.type,
            type_detail=term.type_detail,
            string_size=term.string_size,
            origin=OntologyTerm.Origin.INTERNAL.value,
            seda_field=term.seda_field,
            api_field=term.api_field,
            short_name="",
            description="",
            collections=term.collections,
            is_stored=False,
        )
        for term in built_in_terms().values()
    }
