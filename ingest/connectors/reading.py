"""Puts in our own terms, while it is read, what a client's slip says in its own.

Only for packages composed by a connector, and for SEDA 1.0 whatever its door: file names as the
archive received gave them, durations and codes in place of rules, an agreement that the access
replaces, an originating agency that the slip leaves out. The slip's bytes are not touched.
"""

import dataclasses
import uuid
from collections.abc import Collection
from typing import Any

from ingest.connectors.models import ConnectorAccess
from ingest.connectors.placing import find_placed, origin_of_slip
from ingest.connectors.rules import RuleBook
from sae.seda.assembly import ManifestConsumer
from sae.seda.model import (
    ArchiveUnit,
    DataObject,
    ManifestSummary,
    ObjectGroup,
    TransferHeader,
    UnitLink,
)
from sae.tenancy.scope import tenant_scope
from tenants.selectors.ingest import every_rule


class Reading:
    """A consumer between the reader and the one that keeps: changes what needs it.

    ``files`` are the names of the package's files. Once the slip is read, ``finish`` completes
    its header.
    """

    def __init__(
        self,
        consumer: ManifestConsumer,
        *,
        tenant_id: uuid.UUID,
        slip_name: str,
        files: Collection[str],
    ) -> None:
        self._consumer = consumer
        self._tenant_id = tenant_id
        self._files = files
        self._origin = origin_of_slip(slip_name)
        self._access: ConnectorAccess | None = None
        self._rules: RuleBook | None = None
        self._top_agency: tuple[int, str] | None = None

    def on_header(self, header: TransferHeader) -> None:
        """Learn what the slip is; most need nothing."""
        if self._origin or header.version == "1.0":
            with tenant_scope(self._tenant_id):
                if self._origin:
                    self._access = _access_of(self._origin)
                given = self._access.rules if self._access else None
                self._rules = RuleBook(every_rule(), given)
        self._consumer.on_header(header)

    def on_object(self, item: DataObject) -> None:
        """Give the file's name in the package; the name in the slip stays its own."""
        if self._rules is not None and item.uri is not None:
            placed = find_placed(item.uri, self._files)
            if placed is not None:
                own_name = item.filename or item.uri.rpartition("/")[2]
                item = dataclasses.replace(item, uri=placed, filename=own_name)
        self._consumer.on_object(item)

    def on_group(self, group: ObjectGroup) -> None:
        """Nothing to change."""
        self._consumer.on_group(group)

    def on_unit(self, unit: ArchiveUnit) -> None:
        """Give the rules that durations and codes stand for."""
        if self._rules is not None:
            if unit.management:
                unit = dataclasses.replace(unit, management=self._rules.apply(unit.management))
            if unit.parent_id is None:
                self._note_agency(unit)
        self._consumer.on_unit(unit)

    def on_link(self, link: UnitLink) -> None:
        """Nothing to change."""
        self._consumer.on_link(link)

    def finish(self, summary: ManifestSummary) -> ManifestSummary:
        """Return the summary with the header that the checks must judge."""
        if self._rules is None:
            return summary
        header, access = summary.header, self._access
        # A slip that names no producer is that of its transferring agency, unless the access says.
        agency = (
            header.originating_agency
            or (self._top_agency[1] if self._top_agency else "")
            or (access.originating_agency if access else "")
            or header.transferring_agency
        )
        agreement = (access.ingest_contract if access else "") or header.archival_agreement
        return dataclasses.replace(
            summary,
            header=dataclasses.replace(
                header,
                originating_agency=agency,
                archival_agreement=agreement,
                management=self._rules.apply(dict(header.management)),
            ),
        )

    def _note_agency(self, unit: ArchiveUnit) -> None:
        agency: Any = unit.content.get("OriginatingAgency")
        identifier = agency.get("Identifier") if isinstance(agency, dict) else None
        if identifier and (self._top_agency is None or unit.position < self._top_agency[0]):
            self._top_agency = (unit.position, identifier)


def _access_of(origin: tuple[str, uuid.UUID]) -> ConnectorAccess | None:
    kind, identifier = origin
    access: ConnectorAccess | None = ConnectorAccess.objects.filter(
        id=identifier, kind=kind
    ).first()
    return access
