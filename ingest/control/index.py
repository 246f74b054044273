"""What the checks of a package's structure need of its manifest, held in memory.

Parallel lists rather than objects: a package may hold a million units.
"""

from array import array
from dataclasses import dataclass, field

NONE = -1


@dataclass(frozen=True, slots=True)
class Attachment:
    """A manifest unit that stands for a unit already in the fonds (UpdateOperation)."""

    unit: int
    system_id: str = ""
    key_name: str = ""
    key_value: str = ""
    by_key: bool = False


@dataclass(slots=True)
class ObjectEntry:
    """What is checked of one data object. ``group`` is the manifest's group id, '' for none."""

    id: str
    line: int
    is_binary: bool
    group: str
    version: str
    uri: str
    physical_id: str
    algorithm: str
    has_use_and_number: bool = False


@dataclass(slots=True)
class PackageIndex:
    """Units by number (order of the manifest), their links, references and objects."""

    unit_ids: list[str] = field(default_factory=list)
    unit_lines: array = field(default_factory=lambda: array("q"))
    number_of: dict[str, int] = field(default_factory=dict)
    # (parent's manifest id, child's manifest id, line): nesting and ArchiveUnitRefId alike.
    links: list[tuple[str, str, int]] = field(default_factory=list)
    # unit number → [(is a group reference, manifest id)]
    references: dict[int, list[tuple[bool, str]]] = field(default_factory=dict)
    existing_groups: dict[int, str] = field(default_factory=dict)
    attachments: dict[int, Attachment] = field(default_factory=dict)
    objects: list[ObjectEntry] = field(default_factory=list)
    object_number: dict[str, int] = field(default_factory=dict)
    groups: dict[str, list[int]] = field(default_factory=dict)
    group_lines: dict[str, int] = field(default_factory=dict)
    # (unit's number, object or group that its custodial history names)
    custodial_files: list[tuple[int, str]] = field(default_factory=list)
    bad_events: list[tuple[str, int, str]] = field(default_factory=list)

    def add_unit(self, identifier: str, line: int, parent: str | None) -> int:
        """Register a unit and the nesting that carries it; returns its number."""
        number = len(self.unit_ids)
        self.unit_ids.append(identifier)
        self.unit_lines.append(line)
        self.number_of[identifier] = number
        if parent:
            self.links.append((parent, identifier, line))
        return number

    def add_object(self, entry: ObjectEntry) -> None:
        """Register a data object, in the group it belongs to."""
        number = len(self.objects)
        self.objects.append(entry)
        self.object_number[entry.id] = number
        if entry.group:
            self.groups.setdefault(entry.group, []).append(number)
