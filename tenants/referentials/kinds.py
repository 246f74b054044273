"""Every kind of referential under its names, and one way to import any of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sae.tenancy.models import Tenant
from tenants.models import Agency, FileFormat, ManagementRule, OntologyTerm, Referential
from tenants.referentials import agencies, formats, ontology, preservation, rules
from tenants.referentials.access_contracts import ACCESS_CONTRACTS
from tenants.referentials.archive_profiles import ARCHIVE_PROFILES, PROFILES_WITH_FILES
from tenants.referentials.contexts import CONTEXTS
from tenants.referentials.document_sets import change_documents
from tenants.referentials.documents import DocumentKind, describe, import_documents
from tenants.referentials.imports import Agent
from tenants.referentials.ingest_contracts import INGEST_CONTRACTS
from tenants.referentials.management_contracts import MANAGEMENT_CONTRACTS
from tenants.referentials.reports import ImportReport
from tenants.referentials.security_profiles import SECURITY_PROFILES
from tenants.referentials.unit_profiles import UNIT_PROFILES
from tenants.referentials.unit_schema import UNIT_SCHEMA

Importer = Callable[..., ImportReport]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of referential: its name in commands and addresses, its label, its functions.

    ``importer(tenant=…, content=…, agent=…, file_name=…)`` and
    ``checker(tenant=…, content=…, file_name=…)``: both refuse a file named as another format.
    ``replaces`` tells whether a file takes the place of the whole referential; ``completes``
    whether it may also only complete it (``replace=False`` to both functions). ``describe(row)``
    returns an element under the names of its file.

    ``changer(tenant=…, content=…, agent=…, file_name=…, replace=…, check=…)`` is what people use
    where it is not what applications do: see ``change``. ``typed`` is what they change element by
    element, where it is more than what applications do; ``bundles`` tells that elements come and
    go in a ZIP with files of theirs.
    """

    slug: str
    label: str | Promise
    model: type[Referential]
    importer: Importer
    checker: Importer
    media: str
    replaces: bool
    describe: Callable[[Any], Mapping[str, Any]]
    documents: DocumentKind | None = None
    completes: bool = False
    changer: Importer | None = None
    typed: DocumentKind | None = None
    bundles: bool = False

    @property
    def chooses(self) -> bool:
        """Tell whether people choose between completing and replacing."""
        return self.completes or self.changer is not None

    @property
    def key(self) -> str:
        """The field of the file that names an element."""
        fields = self.documents.fields if self.documents else ()
        named = [one.name for one in fields if one.column == "identifier"]
        return named[0] if named else _KEYS.get(self.slug, "Identifier")


_KEYS: Mapping[str, str] = {"rules": "RuleId", "formats": "PUID"}


def change(
    kind: Kind,
    *,
    tenant: Tenant,
    content: bytes,
    replace: bool,
    agent: Agent | None = None,
    file_name: str = "",
) -> ImportReport:
    """Bring a referential to what a file says, for a person; without ``agent`` only say how.

    ``replace`` removes what the file does not name, where the kind leaves the choice.
    """
    common = {"tenant": tenant, "content": content, "file_name": file_name}
    if kind.changer is not None:
        who = agent or Agent()
        return kind.changer(**common, agent=who, replace=replace, check=agent is None)
    choice = {"replace": replace} if kind.completes else {}
    if agent is None:
        return kind.checker(**common, **choice)
    return kind.importer(**common, agent=agent, **choice)


def _document_kind(
    kind: DocumentKind,
    label: str | Promise,
    *,
    typed: DocumentKind | None = None,
    bundles: bool = False,
) -> Kind:
    def importer(
        *, tenant: Tenant, content: bytes, agent: Agent, file_name: str = ""
    ) -> ImportReport:
        return import_documents(
            kind, tenant=tenant, content=content, agent=agent, file_name=file_name
        )

    def checker(*, tenant: Tenant, content: bytes, file_name: str = "") -> ImportReport:
        return import_documents(
            kind, tenant=tenant, content=content, agent=Agent(), file_name=file_name, check=True
        )

    return Kind(
        kind.slug,
        label,
        kind.model,
        importer,
        checker,
        "json",
        False,
        partial(describe, typed or kind),
        kind,
        changer=partial(change_documents, typed or kind),
        typed=typed,
        bundles=bundles,
    )


def _preservation_kind(kind: DocumentKind, label: str | Promise) -> Kind:
    def importer(
        *, tenant: Tenant, content: bytes, agent: Agent, file_name: str = ""
    ) -> ImportReport:
        return preservation.import_preservation(
            kind, tenant=tenant, content=content, agent=agent, file_name=file_name
        )

    def checker(*, tenant: Tenant, content: bytes, file_name: str = "") -> ImportReport:
        return preservation.import_preservation(
            kind, tenant=tenant, content=content, agent=Agent(), file_name=file_name, check=True
        )

    return Kind(
        kind.slug, label, kind.model, importer, checker, "json", True, partial(describe, kind), kind
    )


def _check_ontology(*, tenant: Tenant, content: bytes, file_name: str = "") -> ImportReport:
    return ontology.import_ontology(
        tenant=tenant, content=content, agent=Agent(), file_name=file_name, check=True
    )


_ALL = (
    Kind(
        agencies.KIND,
        _("Services agents"),
        Agency,
        agencies.import_agencies,
        agencies.check_agencies,
        "csv",
        True,
        agencies.describe_agency,
        completes=True,
    ),
    Kind(
        rules.KIND,
        _("Règles de gestion"),
        ManagementRule,
        rules.import_rules,
        rules.check_rules,
        "csv",
        True,
        rules.describe_rule,
        completes=True,
    ),
    _document_kind(INGEST_CONTRACTS, _("Contrats d’entrée")),
    _document_kind(ACCESS_CONTRACTS, _("Contrats d’accès")),
    _document_kind(MANAGEMENT_CONTRACTS, _("Contrats de gestion")),
    _document_kind(CONTEXTS, _("Contextes applicatifs")),
    _document_kind(SECURITY_PROFILES, _("Profils de sécurité")),
    _document_kind(
        ARCHIVE_PROFILES, _("Profils d’archivage"), typed=PROFILES_WITH_FILES, bundles=True
    ),
    _document_kind(UNIT_PROFILES, _("Profils d’unités archivistiques")),
    Kind(
        ontology.KIND,
        _("Ontologie"),
        OntologyTerm,
        ontology.import_ontology,
        _check_ontology,
        "json",
        True,
        ontology.describe_term,
        changer=ontology.import_ontology,
    ),
    Kind(
        formats.KIND,
        _("Formats de fichiers"),
        FileFormat,
        formats.import_formats,
        formats.check_formats,
        "xml",
        True,
        formats.describe_format,
        changer=formats.change_formats,
    ),
    _document_kind(UNIT_SCHEMA, _("Schéma externe des unités")),
    _preservation_kind(preservation.GRIFFINS, _("Griffons")),
    _preservation_kind(preservation.SCENARIOS, _("Scénarios de préservation")),
)
KINDS: Mapping[str, Kind] = {kind.slug: kind for kind in _ALL}
