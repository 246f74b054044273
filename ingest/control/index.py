"""What the checks of a package's structure need of its manifest, held in memory.

Parallel lists rather than objects: a package may hold a million units.
"""

from array import array
from collections.abc import Collection, Iterator
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


class Texts:
    """A list of short texts, end to end in one string of bytes: a third of what a list takes."""

    __slots__ = ("_bytes", "_ends")

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("q", [0])

    def append(self, text: str) -> None:
        self._bytes += text.encode()
        self._ends.append(len(self._bytes))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> str:
        return self._bytes[self._ends[number] : self._ends[number + 1]].decode()

    def __iter__(self) -> Iterator[str]:
        return (self[number] for number in range(len(self)))


@dataclass(slots=True)
class PackageIndex:
    """Units by number (order of the manifest), their links, references and objects."""

    unit_ids: Texts = field(default_factory=Texts)
    unit_lines: array = field(default_factory=lambda: array("q"))
    # Links by ArchiveUnitRefId: (parent's manifest id, child's manifest id, line).
    links: list[tuple[str, str, int]] = field(default_factory=list)
    # Links by nesting, as unit numbers; children come before their parent.
    _parents: array = field(default_factory=lambda: array("i"))
    _children: array = field(default_factory=lambda: array("i"))
    _waiting: dict[str, array] = field(default_factory=dict)
    _number_of: dict[str, int] = field(default_factory=dict)
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
        if self._waiting and (children := self._waiting.pop(identifier, None)):
            self._parents.extend([number] * len(children))
            self._children.extend(children)
        if parent:
            waiting = self._waiting.get(parent)
            if waiting is None:
                waiting = self._waiting[parent] = array("i")
            waiting.append(number)
        return number

    @property
    def number_of(self) -> dict[str, int]:
        """Unit numbers by manifest identifier, made when first asked for: few packages need it."""
        if len(self._number_of) < len(self.unit_ids):
            self._number_of = {identifier: at for at, identifier in enumerate(self.unit_ids)}
        return self._number_of

    def edges(self) -> Iterator[tuple[int, int, int]]:
        """Yield parent and child, by number, and line, of every link between units that exist."""
        for parent, child in zip(self._parents, self._children, strict=True):
            yield parent, child, self.unit_lines[child]
        if self.links:
            numbers = self.number_of
            for above, below, line in self.links:
                if above in numbers and below in numbers:
                    yield numbers[above], numbers[below], line

    def roots(self, *, attached: Collection[int]) -> list[int]:
        """Return the units without parent in the package, or whose parents are all units of the
        fonds (``attached``, which are no roots themselves)."""
        under_new = bytearray(len(self.unit_ids))
        for parent, child, _line in self.edges():
            if parent not in attached:
                under_new[child] = True
        return [
            number
            for number, is_under in enumerate(under_new)
            if not is_under and number not in attached
        ]

    def add_object(self, entry: ObjectEntry) -> None:
        """Register a data object, in the group it belongs to."""
        number = len(self.objects)
        self.objects.append(entry)
        self.object_number[entry.id] = number
        if entry.group:
            self.groups.setdefault(entry.group, []).append(number)
