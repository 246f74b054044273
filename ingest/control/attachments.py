"""Attachments of a package to the fonds: what it hangs under, what it adds objects to.

KO means: the unit or group named does not exist, is not one, is out of the contract's perimeter,
or may not receive this kind of deposit. Source: reference system §1.4 (CHECK_MANIFEST,
CHECK_ATTACHEMENT) and §8.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.control.data_object_package import MANIFEST
from ingest.control.index import Attachment, PackageIndex
from sae.holdings.models import ArchiveUnit, DataObject, ObjectGroup
from sae.holdings.selectors.units import (
    AttachmentTarget,
    ExtensionTarget,
    find_units_by_key,
    groups_for_extension,
    units_for_attachment,
)
from sae.holdings.sight import Sight, seeing
from sae.journal.models import Operation
from sae.kernel.identifiers import parse_id
from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Place, Problem
from tenants.selectors.ingest import IngestContractView

PEER_IDENTIFIER = re.compile(r"ae[a-z2-7]{34}")
"""An identifier of the reference system: well made, and of no unit here."""

_RESERVED = ("_", "$")
"""How names begin that are none of a description: columns and operators of the query language."""


@dataclass(slots=True)
class Attachments:
    """What the attachments of a package resolve to, by unit number of the manifest."""

    units: dict[int, AttachmentTarget] = field(default_factory=dict)
    groups: dict[int, ExtensionTarget] = field(default_factory=dict)
    under_contract: AttachmentTarget | None = None

    @property
    def operations(self) -> set[uuid.UUID]:
        """Operations that created what the package is attached to, or are adding objects to it."""
        found = {unit.operation_id for unit in self.units.values()}
        groups = [group.id for group in self.groups.values()]
        if groups:
            created_by = ObjectGroup.objects.filter(id__in=groups)
            found.update(created_by.values_list("operation_id", flat=True))
            added_by = DataObject.objects.filter(object_group_id__in=groups)
            found.update(added_by.values_list("operation_id", flat=True).distinct())
        if self.under_contract:
            found.add(self.under_contract.operation_id)
        return found


class AttachmentControl:
    """Resolves and checks attachments, in the open tenant scope."""

    def __init__(
        self, index: PackageIndex, *, contract: IngestContractView, unit_type: str, agency: str
    ) -> None:
        self.index = index
        self.contract = contract
        self.unit_type = ArchiveUnit.Type(unit_type)
        self.agency = agency
        self.found = Attachments()

    def check(self) -> Iterator[Problem]:
        """Yield every fault; ``found`` holds what was resolved."""
        contract = self.contract
        named = self.index.attachments
        if named and contract.check_parent_link == "UNAUTHORIZED":
            for number in named:
                yield self._fault(
                    number, "UNAUTHORIZED_ATTACHMENT_BY_CONTRACT", "attachment_refused_by_contract"
                )
            return
        if not named and contract.check_parent_link == "REQUIRED":
            yield Problem(f"{MANIFEST}.ATTACHMENT_REQUIRED.KO", reason="attachment_required")
            return
        for attachment in named.values():
            yield from self._resolve(attachment)
        yield from self._check_perimeter()
        yield from self._check_types()
        yield from self._check_nesting()
        yield from self._check_groups()
        yield from self._check_contract_parent()

    def _resolve(self, attachment: Attachment) -> Iterator[Problem]:
        number = attachment.unit
        if attachment.by_key:
            if not attachment.key_name or not attachment.key_value:
                yield self._fault(number, "EMPTY_KEY_ATTACHMENT", "empty_attachment_key")
                return
            if attachment.key_name.startswith(_RESERVED):
                yield self._fault(
                    number, "ERROR_PARSE_ATTACHMENT", "bad_attachment_key", attachment.key_name
                )
                return
            # A control, which answers with what the contract of entry allows: nobody reads.
            with seeing(Sight.whole()):
                identifiers = find_units_by_key(attachment.key_name, attachment.key_value, limit=2)
            seen = f"{attachment.key_name} = {attachment.key_value}"
            if len(identifiers) > 1:
                yield self._fault(
                    number, "TOO_MANY_FOUND_ATTACHMENT", "attachment_key_ambiguous", seen
                )
                return
        else:
            identifier = parse_id(attachment.system_id)
            seen = attachment.system_id
            if identifier is None and PEER_IDENTIFIER.fullmatch(seen):
                yield self._fault(number, "NOT_FOUND_ATTACHMENT", "attachment_not_found", seen)
                return
            if identifier is None:
                yield self._fault(number, "INVALID_GUID_ATTACHMENT", "bad_system_id", seen)
                return
            identifiers = [identifier]
        units = units_for_attachment(identifiers)
        if not units:
            yield self._fault(number, "NOT_FOUND_ATTACHMENT", "attachment_not_found", seen)
            return
        self.found.units[number] = units[identifiers[0]]

    def _check_perimeter(self) -> Iterator[Problem]:
        allowed = set(self.contract.check_parent_ids)
        if not allowed:
            return
        for number, unit in self.found.units.items():
            if not unit.is_within(allowed):
                yield self._fault(
                    number,
                    "UNAUTHORIZED_ATTACHMENT",
                    "attachment_out_of_perimeter",
                    str(unit.id),
                    ", ".join(sorted(map(str, allowed))),
                )

    def _check_types(self) -> Iterator[Problem]:
        for number, unit in self.found.units.items():
            if unit.rank < self.unit_type.rank:
                yield self._fault(
                    number,
                    "UNAUTHORIZED_ATTACHMENT",
                    "attachment_type_order",
                    unit.unit_type,
                    str(self.unit_type),
                )
            if number in self.index.references and unit.object_group_id is None:
                yield self._fault(
                    number,
                    "UNAUTHORIZED_ATTACHMENT",
                    "attachment_without_group",
                    self.index.references[number][0][1],
                )

    def _check_nesting(self) -> Iterator[Problem]:
        """A unit of the fonds keeps its place: the manifest may not put it under a new one."""
        index, existing = self.index, self.found.units
        if not existing:
            return
        for parent, child, line in index.edges():
            if child in existing and parent not in existing:
                yield Problem(
                    f"{MANIFEST}.MODIFY_PARENT_EXISTING_UNIT_UNAUTHORIZED.KO",
                    reason="existing_unit_moved",
                    place=Place(line=line, element="ArchiveUnit", identifier=index.unit_ids[child]),
                    seen=index.unit_ids[parent],
                )

    def _check_groups(self) -> Iterator[Problem]:
        """Groups of the fonds that receive new units or new objects are of the same agency."""
        wanted = {
            number: parse_id(identifier)
            for number, identifier in self.index.existing_groups.items()
        }
        for number, unit in self.found.units.items():
            if number in self.index.references and unit.object_group_id is not None:
                wanted[number] = unit.object_group_id
        by_id = groups_for_extension([one for one in wanted.values() if one])
        for number, identifier in wanted.items():
            group = by_id.get(identifier) if identifier else None
            if group is None:
                yield self._fault(
                    number,
                    "NOT_FOUND_ATTACHMENT",
                    "group_not_found",
                    self.index.existing_groups.get(number, ""),
                )
                continue
            if number in self.index.references and group.originating_agency != self.agency:
                yield self._fault(
                    number,
                    "SUBTASK_UNAUTHORIZED_ATTACHMENT_BY_BAD_SP",
                    "group_of_another_agency",
                    self.agency,
                    group.originating_agency,
                )
            self.found.groups[number] = group

    def _check_contract_parent(self) -> Iterator[Problem]:
        identifier = self.contract.link_parent_id
        if identifier is None:
            return
        parent = units_for_attachment([identifier]).get(identifier)
        if parent is None:
            yield Problem(
                f"{MANIFEST}.NOT_FOUND_ATTACHMENT.KO",
                reason="contract_parent_not_found",
                place=Place(element="ArchivalAgreement"),
                seen=str(identifier),
            )
            return
        if parent.rank < self.unit_type.rank:
            yield Problem(
                f"{MANIFEST}.UNAUTHORIZED_ATTACHMENT.KO",
                reason="attachment_type_order",
                seen=parent.unit_type,
                expected=str(self.unit_type),
            )
            return
        self.found.under_contract = parent

    def _fault(
        self, number: int, sub_code: str, reason: str, seen: str = "", expected: str = ""
    ) -> Problem:
        return Problem(
            f"{MANIFEST}.{sub_code}.KO",
            reason=reason,
            place=Place(
                line=self.index.unit_lines[number],
                element="Management/UpdateOperation",
                identifier=self.index.unit_ids[number],
            ),
            seen=seen,
            expected=expected,
        )


def check_operations(found: Attachments) -> list[Problem]:
    """CHECK_ATTACHEMENT: what is attached to was itself wholly and rightly deposited."""
    operations = found.operations
    if not operations:
        return []
    sound = set(
        Operation.objects.filter(
            id__in=operations,
            state=Operation.State.COMPLETED,
            outcome__in=[Outcome.OK.name, Outcome.WARNING.name],
        ).values_list("id", flat=True)
    )
    return [
        Problem("CHECK_ATTACHEMENT.KO", reason="attachment_unfinished", seen=str(one))
        for one in sorted(operations - sound)
    ]
