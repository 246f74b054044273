"""What the opening of a container takes and gives."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Place, Problem

CHECK_CONTAINER_KO = "CHECK_CONTAINER.KO"
MANIFEST_FILE_NAME_CHECK_KO = "MANIFEST_FILE_NAME_CHECK.KO"
UPLOAD_SIP_KO = "UPLOAD_SIP.KO"
CONTAINER_FORMAT_FILE_KO = "CHECK_SEDA.CONTAINER_FORMAT.FILE.KO"
CONTAINER_FORMAT_DIRECTORY_KO = "CHECK_SEDA.CONTAINER_FORMAT.DIRECTORY.KO"


class ContainerKind(enum.StrEnum):
    """The containers that a deposit may use."""

    ZIP = "zip"
    TAR = "tar"
    TAR_GZ = "tar.gz"
    TAR_BZ2 = "tar.bz2"


@dataclass(frozen=True, slots=True)
class ContainerLimits:
    """What a container may cost; every count is made on what was really read, never on a promise.

    The unpacked size is bounded by ``max_total_bytes`` and by the larger of
    ``expansion_allowance`` and ``max_expansion`` times the size received: a small package of
    repeated files may expand 226 times (the field's own performance package does) while ten
    megabytes cannot become a hundred gigabytes.
    """

    max_entries: int = 1_000_000
    max_entry_bytes: int = 1 << 40
    max_total_bytes: int = 4 << 40
    expansion_allowance: int = 1 << 30
    max_expansion: int = 256
    max_depth: int = 32
    max_name_bytes: int = 1024
    max_problems: int = 1000

    def unpacked_budget(self, received: int) -> int:
        """Bytes that a container of ``received`` bytes may give once unpacked."""
        by_expansion = max(self.expansion_allowance, self.max_expansion * received)
        return min(self.max_total_bytes, by_expansion)


DEFAULT_LIMITS = ContainerLimits()


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """A file or folder that a container says it holds; ``name`` has no leading ./ nor final /."""

    name: str
    size: int
    is_folder: bool = False


@dataclass(frozen=True, slots=True)
class UnpackedEntry:
    """A file taken out of a container: its own name is data, its place on disk is ours."""

    name: str
    root: Path
    stored_as: str
    size: int
    digest: bytes

    @property
    def path(self) -> Path:
        """Where the bytes are."""
        return self.root / self.stored_as

    @property
    def sha512(self) -> str:
        """SHA-512 of the bytes, in lower-case hexadecimal."""
        return self.digest.hex()


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A container unpacked without fault.

    ``manifest`` is the root file whose name is that of a manifest, None when there is none;
    ``entries`` are all other files in the container's order; ``folders`` the folders that it
    names explicitly.
    """

    kind: ContainerKind
    manifest: UnpackedEntry | None
    entries: tuple[UnpackedEntry, ...]
    folders: tuple[str, ...]
    total_bytes: int

    @property
    def listing(self) -> list[ListedEntry]:
        """Everything unpacked, as ``list_entries`` would have given it."""
        files = ([self.manifest] if self.manifest else []) + list(self.entries)
        return [ListedEntry(entry.name, entry.size) for entry in files] + [
            ListedEntry(folder, 0, is_folder=True) for folder in self.folders
        ]


class ContainerFault(Exception):  # noqa: N818 - the depositor's fault, not an error of ours
    """The container is refused; ``problems`` holds every fault found, not only the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.reason} {p.place.file}".strip() for p in problems[:5]))
        self.problems = problems


@dataclass(slots=True)
class Faults:
    """The faults met by one reading, all under the code of the step that reads."""

    code: str
    limit: int
    problems: list[Problem] = field(default_factory=list)

    def add(
        self, reason: str, *, entry: str = "", seen: str = "", expected: str = "", **arguments: Any
    ) -> None:
        """Note a fault; past the limit, faults are no longer kept."""
        if len(self.problems) < self.limit:
            self.problems.append(
                Problem(
                    code=self.code,
                    outcome=Outcome.KO,
                    reason=reason,
                    place=Place(file=printable(entry)),
                    seen=printable(seen),
                    expected=expected,
                    arguments=arguments,
                )
            )

    def stop(self, reason: str, **details: Any) -> ContainerFault:
        """Note a fault after which nothing more can be read; the caller raises what is returned."""
        self.add(reason, **details)
        return ContainerFault(tuple(self.problems))

    def raise_if_any(self) -> None:
        """Raise :class:`ContainerFault` when something was noted."""
        if self.problems:
            raise ContainerFault(tuple(self.problems))


def printable(name: str) -> str:
    """The name with what cannot be shown (controls, direction overrides, surrogates) escaped."""
    if name.isascii() and name.isprintable():
        return name
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in name
    )
