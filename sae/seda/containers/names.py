"""Rules on the names of entries: what is legal, what is the same name, what is at the root.

A name is never a path on our disk, so these rules are not what keeps us safe; they refuse what
would be ambiguous, unreadable or hostile elsewhere, and what the field's own rule refuses (path
parts of letters, digits, ``-``, ``_``, ``@`` separated by single dots).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from sae.kernel.outcomes import Outcome
from sae.kernel.problems import Place, Problem
from sae.seda import reasons
from sae.seda.containers.model import (
    CONTAINER_FORMAT_DIRECTORY_KO,
    CONTAINER_FORMAT_FILE_KO,
    MANIFEST_FILE_NAME_CHECK_KO,
    ContainerLimits,
    Faults,
    ListedEntry,
    printable,
)

_LEGAL_PART = re.compile(r"[A-Za-z0-9\-_@]+(?:\.[A-Za-z0-9\-_@]+)*")
_LEGAL_NAME = re.compile(rf"{_LEGAL_PART.pattern}(?:/{_LEGAL_PART.pattern})*")
_LEGAL_CHARACTER = re.compile(r"[A-Za-z0-9\-_@./]")
_DRIVE = re.compile(r"[A-Za-z]:")

MANIFEST_NAME = re.compile(r"(?:[A-Za-z0-9_\-]{0,56}[_\-])?manifest\.xml")
"""``manifest.xml``, alone or after a prefix that ends with ``-`` or ``_``."""

CONTENT_FOLDER = "content"
"""The only folder at the root of a package, whatever its case."""


def tidy(name: str) -> str:
    """The name without the leading ``./`` that tar writes and without a folder's final ``/``."""
    while name.startswith("./"):
        name = name[2:]
    return "" if name == "." else name.removesuffix("/")


def check_name(name: str, limits: ContainerLimits, faults: Faults) -> bool:
    """Note why a tidy name is illegal; True when it is legal."""
    if len(name) > limits.max_name_bytes:
        faults.add(reasons.NAME_TOO_LONG, entry=name, limit=limits.max_name_bytes)
        return False
    if name.count("/") >= limits.max_depth:
        faults.add(reasons.TOO_DEEP, entry=name, limit=limits.max_depth)
        return False
    if _LEGAL_NAME.fullmatch(name):
        return True
    parts = re.split(r"[/\\]", name)
    if name[:1] in ("/", "\\") or _DRIVE.match(name) or ".." in parts:
        faults.add(reasons.NAME_LEAVES_PACKAGE, entry=name)
        return False
    part = next((p for p in name.split("/") if not _LEGAL_PART.fullmatch(p)), name)
    illegal = "".join(sorted({c for c in part if not _LEGAL_CHARACTER.match(c)}))
    faults.add(reasons.NAME_CHARACTERS, entry=name, seen=part, characters=printable(illegal))
    return False


class NameRegister:
    """Refuses two entries of one name: the same bytes, Unicode forms, or letters of other case."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def add(self, name: str, *, is_folder: bool) -> bool:
        """Register a tidy name; False, with the fault noted, when it clashes with another."""
        key = fold(name)
        if is_folder:
            other = self._files.get(key)
            self._folders.setdefault(key, name)
        else:
            other = self._folders.get(key)
        if other is not None:
            self._faults.add(reasons.NAME_FILE_AND_FOLDER, entry=name, other=printable(other))
            return False
        if not is_folder:
            other = self._files.setdefault(key, name)
            if other is not name:
                self._faults.add(reasons.NAME_DUPLICATED, entry=name, other=printable(other))
                return False
        return self._add_ancestors(name, key)

    def _add_ancestors(self, name: str, key: str) -> bool:
        while "/" in key:
            key, name = key.rpartition("/")[0], name.rpartition("/")[0]
            if key in self._folders:
                return True
            if (file := self._files.get(key)) is not None:
                self._faults.add(reasons.NAME_FILE_AND_FOLDER, entry=file, other=printable(name))
                return False
            self._folders[key] = name
        return True


def fold(name: str) -> str:
    """The key under which two names are the same to some system or other."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def manifest_candidates(names: Iterable[str]) -> list[str]:
    """The root files that have a manifest's name, in their order."""
    return [name for name in names if MANIFEST_NAME.fullmatch(name)]


def check_manifest_name(listing: Sequence[ListedEntry]) -> list[Problem]:
    """MANIFEST_FILE_NAME_CHECK: one file at the root must have the name of a manifest.

    Returns no problem, or one whose ``seen`` gives the first names found at the root.
    """
    root_files = [e.name for e in listing if not e.is_folder and "/" not in e.name]
    if manifest_candidates(root_files):
        return []
    return [
        Problem(
            code=MANIFEST_FILE_NAME_CHECK_KO,
            outcome=Outcome.KO,
            reason=reasons.MANIFEST_MISSING,
            seen=", ".join(printable(name) for name in root_files[:10]),
            expected="manifest.xml",
            arguments={"pattern": MANIFEST_NAME.pattern},
        )
    ]


def check_layout(listing: Iterable[ListedEntry]) -> list[Problem]:
    """CHECK_SEDA, container part: one file at the root, and at most one folder, ``content``.

    Returns a problem for each root file beside the manifest and for each other root folder.
    """
    files: dict[str, None] = {}
    folders: dict[str, None] = {}
    for entry in listing:
        top, slash, _ = entry.name.partition("/")
        (folders if slash or entry.is_folder else files)[top] = None
    problems = []
    manifests = manifest_candidates(files)
    kept = manifests[0] if manifests else next(iter(files), None)
    for name in files:
        if name != kept:
            problems.append(
                _layout(CONTAINER_FORMAT_FILE_KO, reasons.SEVERAL_ROOT_FILES, name, kept or "")
            )
    content = [name for name in folders if name.lower() == CONTENT_FOLDER]
    for name in folders:
        if name not in content:
            problems.append(_layout(CONTAINER_FORMAT_DIRECTORY_KO, reasons.ROOT_FOLDER, name, ""))
    for name in content[1:]:
        problems.append(
            _layout(
                CONTAINER_FORMAT_DIRECTORY_KO, reasons.SEVERAL_CONTENT_FOLDERS, name, content[0]
            )
        )
    return problems


def _layout(code: str, reason: str, name: str, kept: str) -> Problem:
    return Problem(
        code=code,
        outcome=Outcome.KO,
        reason=reason,
        place=Place(file=printable(name)),
        seen=printable(name),
        expected=printable(kept) or CONTENT_FOLDER,
    )
