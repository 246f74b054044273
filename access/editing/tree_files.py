"""Files of positions kept between two moments: read and compared, then applied or given up."""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from access.editing.tree_comparing import TreeChanges, compare
from access.editing.tree_csv import Fault, TreeFile, read_tree
from access.editing.tree_ead import read_ead
from access.editing.tree_manifest import UnreadablePackageError, manifest_of, read_package
from sae.holdings.models import ArchiveUnit
from tenants.models import ReferentialDraft
from tenants.referentials.drafts import keep_draft
from tenants.referentials.sound_part import lines_with_faults, without_errors_column
from tenants.referentials.spreadsheets import NOTES, UnreadableSheetError, to_strict_csv

KIND = "classification"
UNDER, NATURE, ANEW = "sous", "nature", "neuf"
CSV, EAD, SIP = "csv", "ead", "sip"
_READERS: Mapping[str, Callable[..., TreeFile]] = {
    CSV: read_tree,
    EAD: read_ead,
    SIP: read_package,
}


def keep_tree(file: Any, form: Any, *, account_id: uuid.UUID | None) -> ReferentialDraft | None:
    """Keep a file of positions to be compared; tell the form and return nothing if unreadable."""
    content: bytes = file.read()
    notes: list[str] = []
    if format_of(file.name, content) == SIP:
        try:
            content = manifest_of(content) if file.name.lower().endswith(".zip") else content
        except UnreadablePackageError:
            form.add_error("file", _("Ce ZIP est abîmé, ou n’a pas de bordereau (manifest.xml)."))
            return None
    elif format_of(file.name, content) == CSV:
        try:
            content, notes = to_strict_csv(content, file.name)
        except UnreadableSheetError:
            form.add_error("file", _("Ce classeur est abîmé ou trop grand pour être lu."))
            return None
        content = without_errors_column(content)
    return keep_draft(
        KIND, content=content, file_name=file.name, notes=notes, account_id=account_id
    )


def format_of(name: str, content: bytes) -> str:
    """Return how a file writes its positions: a package of SEDA or its manifest, EAD, or CSV."""
    low = name.lower()
    if low.endswith(".zip") or (low.endswith(".xml") and b"ArchiveTransfer" in content[:4096]):
        return SIP
    return EAD if low.endswith(".xml") else CSV


def draft_url(
    draft: ReferentialDraft,
    under: ArchiveUnit | None,
    unit_type: str,
    *,
    name: str = "tree_draft",
    anew: bool = False,
) -> str:
    """Return the address of a file kept; where its positions go, their nature and whether all of
    them are new stand in it.
    """
    asked = {NATURE: unit_type, **({UNDER: str(under.id)} if under else {})}
    asked |= {ANEW: "1"} if anew else {}
    return f"{reverse(name, args=[draft.id])}?{urlencode(asked)}"


class TreeDraft:
    """A file of positions judged against the classification as it is now."""

    def __init__(
        self,
        draft: ReferentialDraft,
        *,
        under: ArchiveUnit | None,
        unit_type: str,
        anew: bool = False,
    ) -> None:
        self.draft = draft
        self.under = under
        self.unit_type = unit_type
        self.anew = anew

    @cached_property
    def content(self) -> bytes:
        return bytes(self.draft.content)

    @cached_property
    def format(self) -> str:
        return format_of(self.draft.file_name, self.content)

    def url(self, name: str = "tree_draft") -> str:
        return draft_url(self.draft, self.under, self.unit_type, name=name, anew=self.anew)

    def other_url(self, name: str = "tree_draft") -> str:
        """Return an address of the same file taken the other way: all new, or known ones known."""
        return draft_url(self.draft, self.under, self.unit_type, name=name, anew=not self.anew)

    @property
    def place(self) -> dict[str, Any]:
        """What the address says, for a job: where positions go, their nature, all new or not."""
        under = str(self.under.id) if self.under else ""
        return {UNDER: under, NATURE: self.unit_type, ANEW: self.anew}

    @property
    def notes(self) -> list[Any]:
        return [NOTES[note] for note in self.draft.notes if note in NOTES]

    @property
    def sha512(self) -> str:
        return hashlib.sha512(self.content).hexdigest()

    @cached_property
    def file(self) -> TreeFile:
        parent = self.under.id if self.under else None
        return _READERS[self.format](self.content, under=parent, unit_type=self.unit_type)

    @cached_property
    def _compared(self) -> tuple[TreeChanges, list[Fault]]:
        return compare(self.file, anew=self.anew)

    @property
    def changes(self) -> TreeChanges:
        return self._compared[0]

    @property
    def faults(self) -> list[Fault]:
        return self._compared[1]

    @cached_property
    def left_out(self) -> int:
        """Positions of the file that a fault keeps out, theirs or one above."""
        changes = self.changes
        taken = len(changes.added) + changes.unchanged + len(changes.touched)
        return len(self.file.lines) - taken

    def faulty_lines(self) -> list[list[str]]:
        """Return the faulty lines of a CSV with their faults; nothing for another format."""
        by_line: dict[int, list[str]] = {}
        for one in self.faults:
            by_line.setdefault(one.line, []).append(one.words)
        if self.format != CSV:
            return []
        return lines_with_faults(self.content, _of_data(by_line))


def _of_data(by_line: Mapping[int, list[str]]) -> dict[int, list[str]]:
    return {line: words for line, words in by_line.items() if line > 1}
