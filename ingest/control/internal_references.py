"""References inside descriptions: manifest identifiers become those of the fonds.

A related unit or object, a signed object, the file of a custodial history are named in a manifest
by identifiers that mean nothing outside it. Source: reference system §1.4 (CHECK_MANIFEST).
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from ingest.control.object_ids import object_identifiers
from ingest.control.plan import PackagePlan
from ingest.control.spool import OBJECTS, UNITS
from ingest.workflow.context import StepContext

HOLDERS = ("RelatedObjectReference", "Signature", "CustodialHistory")
"""Fields of a unit inside which references are followed."""

UNIT = "ArchiveUnitRefId"
OBJECT = ("DataObjectReferenceId", "SignedObjectId")
GROUP = "DataObjectGroupReferenceId"


class InternalReferences:
    """Follows the references of a package's units; its tables are read at the first one met."""

    def __init__(self, context: StepContext, plan: PackagePlan) -> None:
        self.context = context
        self.plan = plan

    def resolve(self, content: dict[str, Any]) -> dict[str, Any]:
        """Return the content with identifiers of the fonds; an unknown one stays as written."""
        held = [name for name in HOLDERS if name in content]
        if not held:
            return content
        return {**content, **{name: self._follow(content[name]) for name in held}}

    def _follow(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._follow(one) for one in value]
        if not isinstance(value, dict):
            return value
        return {key: self._known(key, one) for key, one in value.items()}

    def _known(self, key: str, value: Any) -> Any:
        table = self._table(key)
        if table is None:
            return self._follow(value)
        if isinstance(value, list):
            return [table(one) if isinstance(one, str) else one for one in value]
        return table(value) if isinstance(value, str) else value

    def _table(self, key: str) -> Callable[[str], str] | None:
        if key == UNIT:
            return lambda name: self._units.get(name, name)
        if key in OBJECT:
            return lambda name: self._objects.get(name, name)
        if key == GROUP:
            return lambda name: self._groups.get(name, name)
        return None

    @cached_property
    def _units(self) -> dict[str, str]:
        return {
            unit["id"]: str(self.plan.identifier(unit["n"]))
            for unit in self.context.workspace.read_lines(UNITS)
        }

    @cached_property
    def _objects(self) -> dict[str, str]:
        identifiers = object_identifiers(self.context)
        return {
            entry["id"]: str(identifiers[entry["n"]])
            for entry in self.context.workspace.read_lines(OBJECTS)
        }

    @cached_property
    def _groups(self) -> dict[str, str]:
        return {group.manifest_id: str(group.id) for group in self.plan.groups if group.manifest_id}
