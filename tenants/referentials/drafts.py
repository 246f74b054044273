"""Changes in two moments: a file is read and compared, then applied, whole or its sound part.

A draft changes nothing. It is judged each time it is shown, against the referential of that moment.
"""

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from sae.kernel import clock
from sae.tenancy.models import Tenant
from tenants.models import ReferentialDraft
from tenants.referentials.counting import Uses, count_uses
from tenants.referentials.exports import effective_documents
from tenants.referentials.imports import Agent
from tenants.referentials.kinds import KINDS, Kind, change
from tenants.referentials.profile_bundles import is_bundle, read_bundle
from tenants.referentials.reports import ImportReport
from tenants.referentials.sound_part import (
    SoundPart,
    sound_part,
    without_errors_column,
    without_errors_field,
)
from tenants.referentials.spreadsheets import to_strict_csv
from tenants.referentials.versions import (
    Difference,
    Document,
    differences,
    plain,
)

KEPT_FOR = dt.timedelta(days=7)


class Nature(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class ElementChange:
    """What a draft would do to one element. ``uses`` counts who relies on it today."""

    identifier: str
    nature: Nature
    title: str
    differences: tuple[Difference, ...] = ()
    uses: Uses | None = None


def open_draft(
    kind: Kind,
    *,
    content: bytes,
    file_name: str = "",
    replace: bool = False,
    origin: str = ReferentialDraft.Origin.FILE,
    account_id: uuid.UUID | None = None,
) -> ReferentialDraft:
    """Keep a file to be compared; those that nobody applied in a week are forgotten.

    A CSV may have semicolons, Latin-1 or be an XLSX; raises ``UnreadableSheetError``. What has
    files of its own may be a ZIP; raises ``UnreadableBundleError``.
    """
    notes: list[str] = []
    if kind.media == "csv":
        content, notes = to_strict_csv(content, file_name)
        content = without_errors_column(content)
    elif kind.bundles and is_bundle(content):
        content, notes = read_bundle(content)
        content = without_errors_field(content)
    elif kind.media == "json":
        content = without_errors_field(content)
    return keep_draft(
        kind.slug,
        content=content,
        file_name=file_name,
        replace=replace and kind.chooses,
        origin=origin,
        notes=notes,
        account_id=account_id,
    )


def keep_draft(
    slug: str,
    *,
    content: bytes,
    file_name: str,
    notes: Sequence[str],
    account_id: uuid.UUID | None,
    replace: bool = False,
    origin: str = ReferentialDraft.Origin.FILE,
) -> ReferentialDraft:
    """Keep a file that was read, until it is applied; the oldest are forgotten."""
    ReferentialDraft.objects.filter(created_at__lt=clock.now() - KEPT_FOR).delete()
    return ReferentialDraft.objects.create(
        kind=slug,
        file_name=file_name[-200:],
        content=content,
        replace=replace,
        origin=origin,
        notes=list(notes),
        agent_id=account_id,
        created_at=clock.now(),
    )


class Preview:
    """A draft judged against the referential as it is now."""

    def __init__(self, draft: ReferentialDraft, tenant: Tenant) -> None:
        self.draft = draft
        self.tenant = tenant
        self.kind = KINDS[draft.kind]
        self.content = bytes(draft.content)

    @cached_property
    def report(self) -> ImportReport:
        return _check(
            self.kind,
            self.tenant,
            self.content,
            replace=self.draft.replace,
            file_name=_name_of(self.draft),
        )

    @property
    def replaces(self) -> bool:
        return self.draft.replace if self.kind.chooses else self.kind.replaces

    @property
    def _is_misnamed(self) -> bool:
        return any(found.reason == "other_format" for found in self.report.problems)

    @cached_property
    def sound(self) -> SoundPart | None:
        """What can be taken of a refused file. Judged in its turn: faults may hide others."""
        if self.report.is_accepted or self._is_misnamed:
            return None
        content, left_out = self.content, 0
        report = self.report
        for _turn in range(3):
            part = sound_part(
                self.kind, content, report.problems, current=self.current, replaces=self.replaces
            )
            if part is None:
                return None
            content, left_out = part.content, left_out + part.left_out
            report = _check(self.kind, self.tenant, content, replace=self.draft.replace)
            if report.is_accepted:
                return SoundPart(content, left_out)
        return None

    @cached_property
    def judged(self) -> ImportReport:
        """What would be applied: the file when it is accepted, its sound part otherwise."""
        if self.report.is_accepted or self.sound is None:
            return self.report
        return _check(self.kind, self.tenant, self.sound.content, replace=self.draft.replace)

    @cached_property
    def current(self) -> Mapping[str, Document]:
        return {name: plain(one) for name, one in effective_documents(self.kind).items()}

    def changes(self, *, most: int = 300) -> list[ElementChange]:
        """Return the first changes: removed, changed, then added."""
        report = self.judged
        touched = [*report.deleted, *report.updated]
        uses = count_uses(self.kind.slug, touched[:most])
        found = [
            ElementChange(
                name, Nature.REMOVED, title_of(self.current.get(name, {})), (), uses.get(name)
            )
            for name in report.deleted[:most]
        ]
        for name in report.updated[: most - len(found)]:
            after = plain(report.after.get(name, {}))
            before = self.current.get(name, {})
            compared = tuple(differences(before, after))
            found.append(
                ElementChange(name, Nature.CHANGED, title_of(after), compared, uses.get(name))
            )
        for name in report.inserted[: most - len(found)]:
            after = plain(report.after.get(name, {}))
            compared = tuple(differences({}, after))
            found.append(ElementChange(name, Nature.ADDED, title_of(after), compared))
        return found

    @property
    def total(self) -> int:
        report = self.judged
        return len(report.inserted) + len(report.updated) + len(report.deleted)

    @cached_property
    def seen(self) -> str:
        """A digest of what would change: what is applied is what was shown."""
        report = self.judged
        shown = [report.inserted, report.updated, report.deleted, plain(dict(report.after))]
        return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:32]


class ChangedMeanwhileError(Exception):
    """The referential changed since the draft was shown: it must be read again."""


def apply_draft(preview: Preview, *, seen: str, agent: Agent) -> ImportReport:
    """Apply what the preview showed, in one operation, and forget the draft.

    Raises ``ChangedMeanwhileError`` when it would no longer do what was ``seen``. A report that is
    not accepted leaves the draft.
    """
    if seen != preview.seen:
        raise ChangedMeanwhileError
    kind, draft = preview.kind, preview.draft
    content = preview.sound.content if preview.sound else preview.content
    report = change(
        kind,
        tenant=preview.tenant,
        content=content,
        replace=draft.replace,
        agent=agent,
        file_name=_name_of(draft),
    )
    if report.is_accepted:
        draft.delete()
    return report


def title_of(document: Document) -> str:
    """Return the name of an element among its fields, empty when it has none."""
    for name in ("Name", "RuleValue", "ShortName", "Description"):
        if document.get(name):
            return str(document[name])
    return ""


def drafts_in_progress(kind: str) -> Sequence[ReferentialDraft]:
    """Return the drafts of a kind that wait, latest first."""
    rows = ReferentialDraft.objects.filter(kind=kind).defer("content")
    return list(rows.order_by("-created_at"))


def _name_of(draft: ReferentialDraft) -> str:
    """Return the name of the file as its import reads it: a workbook was made a CSV, a ZIP the
    JSON that it holds.
    """
    if KINDS[draft.kind].bundles and draft.file_name.lower().endswith(".zip"):
        return f"{draft.file_name}.json"
    is_book = draft.file_name.lower().endswith((".xlsx", ".xlsm"))
    is_csv = KINDS[draft.kind].media == "csv"
    return f"{draft.file_name}.csv" if is_book and is_csv else draft.file_name


def _check(
    kind: Kind, tenant: Tenant, content: bytes, *, replace: bool, file_name: str = ""
) -> ImportReport:
    return change(kind, tenant=tenant, content=content, replace=replace, file_name=file_name)
