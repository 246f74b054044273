"""Everything a unit's page shows; each part is read when the template first asks for it."""

import datetime as dt
import uuid
from dataclasses import dataclass
from functools import cached_property

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from access import query_language
from access.description import Fact, cote_of, extreme_dates, facts_of
from access.history import HistoryLine, history_of
from access.naming import USAGES, agency_names, operation_label, operation_url
from access.rules_panel import RulesPanel, in_sight
from access.tree import LINES, Level, level_matching, level_of, tree_down_to
from sae.holdings.levels import level_label
from sae.holdings.models import ArchiveUnit, DataObject
from sae.holdings.projection import Below
from sae.holdings.rules_in_force import rules_in_force
from sae.holdings.selectors.objects import objects_of, usages_closed
from sae.holdings.selectors.tree import Step, counts_below, path_of
from sae.journal.models import Operation
from sae.storage.models import ObjectCopy
from sae.storage.strategies import offers
from tenants.access import may
from tenants.permissions import Permission

_COPY_STATUS = {
    ObjectCopy.State.PRESENT: "OK",
    ObjectCopy.State.PENDING: "WAITING",
    ObjectCopy.State.MISSING: "FATAL",
    ObjectCopy.State.CORRUPT: "FATAL",
    ObjectCopy.State.DELETED: "NOT_RUN",
}


@dataclass(frozen=True, slots=True)
class CopyLine:
    """One copy: where, in which state, and when its bytes were last found right."""

    site: str
    state: str
    word: str
    verified_at: dt.datetime | None
    read_back: bool


@dataclass(frozen=True, slots=True)
class ObjectLine:
    """One object of the unit, with what proves it."""

    id: uuid.UUID
    name: str
    usage: str
    version: str
    format_name: str
    puid: str
    size: int | None
    sha512: str
    declared: str
    facts: tuple[Fact, ...]
    copies: tuple[CopyLine, ...]
    download_url: str
    is_closed: bool = False
    """The reader's access contract opens the unit, not that usage of its objects."""

    @property
    def good_copies(self) -> int:
        return sum(copy.state == "OK" for copy in self.copies)

    @property
    def copies_state(self) -> str:
        return "OK" if self.good_copies == len(self.copies) else "WARNING"


class UnitPage:
    """The context of a unit's page."""

    def __init__(self, request: HttpRequest, unit: ArchiveUnit) -> None:
        self.request = request
        self.unit = unit

    @property
    def title(self) -> str:
        return self.unit.title

    @property
    def level(self) -> str:
        return level_label(self.unit.level)

    @property
    def cote(self) -> str:
        return cote_of(self.unit.content)

    @property
    def dates(self) -> str:
        return extreme_dates(self.unit.start_date, self.unit.end_date)

    @cached_property
    def paths(self) -> list[tuple[Step, ...]]:
        return path_of(self.unit)

    @property
    def path(self) -> tuple[Step, ...]:
        return self.paths[0]

    @cached_property
    def tree(self) -> Level:
        return tree_down_to([*(step.id for step in self.path), self.unit.id])

    @cached_property
    def agencies(self) -> list[str]:
        """The originating agencies, by name where the referential knows them."""
        identifiers = self.unit.originating_agencies or (
            [self.unit.originating_agency] if self.unit.originating_agency else []
        )
        names = agency_names(identifiers)
        return [f"{names[one]} ({one})" if one in names else one for one in identifiers]

    @cached_property
    def facts(self) -> list[Fact]:
        return facts_of(self.unit.content)

    @cached_property
    def rules(self) -> RulesPanel:
        """The rules in force; the address says which one is explained (« Pourquoi ? »)."""
        return RulesPanel(
            in_sight(rules_in_force(self.unit)),
            opened=self.request.GET.get("pourquoi", ""),
            may_see_referentials=bool(may(self.request, Permission.REFERENTIAL_VIEW)),
        )

    @cached_property
    def objects(self) -> list[ObjectLine]:
        may_download = bool(may(self.request, Permission.OBJECT_DOWNLOAD))
        is_closed = usages_closed(self.unit)
        return [
            object_line(one, may_download=may_download, is_closed=is_closed(one.usage))
            for one in objects_of(self.unit)
        ]

    @cached_property
    def below(self) -> Below:
        """How many units are below this one, as the reader sees them."""
        return counts_below([self.unit])[self.unit.id]

    @property
    def total_size(self) -> int:
        return sum(line.size or 0 for line in self.objects)

    @property
    def children_filter(self) -> str:
        """What the titles of the children that are listed must hold (``dans``)."""
        return self.request.GET.get("dans", "").replace("\x00", "").strip()

    @property
    def has_many_children(self) -> bool:
        return self.below.children > LINES

    @cached_property
    def children(self) -> Level:
        if self.children_filter:
            return level_matching(self.unit.id, self.children_filter)
        return level_of(self.unit.id, after=self.request.GET.get("suite", ""))

    @cached_property
    def operation(self) -> Operation:
        return Operation.objects.get(id=self.unit.operation_id)

    @property
    def operation_label(self) -> str:
        return operation_label(self.operation)

    @property
    def operation_url(self) -> str:
        """The deposit that brought the unit, for those who follow it or read journals."""
        return operation_url(self.operation, self.request)

    @property
    def may_read_journals(self) -> bool:
        return bool(may(self.request, Permission.JOURNAL_VIEW))

    @cached_property
    def history(self) -> list[HistoryLine]:
        subjects = [
            self.unit.id,
            *([self.unit.object_group_id] if self.unit.object_group_id else []),
        ]
        return history_of(subjects, self.request)

    @property
    def search_within_url(self) -> str:
        """The search box, limited to what is below this unit."""
        box = query_language.write(query_language.BoxQuery(under=(self.unit.id,)))
        return f"{reverse('search')}?{urlencode({'q': box + ' '})}"


def object_line(found: DataObject, *, may_download: bool, is_closed: bool) -> ObjectLine:
    """Return an object as the page shows it. Copies must have been prefetched."""
    is_binary = found.kind == DataObject.Kind.BINARY
    declared = ""
    if found.declared_digest and found.declared_digest.lower() != found.sha512:
        declared = f"{found.declared_algorithm} {found.declared_digest}".strip()
    format_id = (found.metadata or {}).get("FormatIdentification") or {}
    return ObjectLine(
        id=found.id,
        name=found.filename or found.uri.rpartition("/")[2] or found.physical_id or str(found.id),
        usage=USAGES.get(found.usage, found.usage),
        version=found.data_object_version,
        format_name=found.format_litteral or format_id.get("FormatLitteral", ""),
        puid=found.format_id,
        size=found.size,
        sha512=found.sha512,
        declared=declared,
        facts=_technical_facts(found),
        copies=_copies(found),
        download_url=reverse("object_download", args=[found.id])
        if is_binary and may_download and found.stored_object_id and not is_closed
        else "",
        is_closed=is_closed,
    )


def _technical_facts(found: DataObject) -> tuple[Fact, ...]:
    """What the deposit said of the file or of the paper, beyond what the table shows."""
    facts = [
        fact
        for fact in facts_of(found.metadata or {})
        if fact.element not in ("FormatIdentification",)
    ]
    if found.physical_id:
        facts.insert(0, Fact("PhysicalId", _("Cote physique"), (found.physical_id,)))
    return tuple(facts)


def _copies(found: DataObject) -> tuple[CopyLine, ...]:
    if found.stored_object is None:
        return ()
    known = offers()
    return tuple(
        CopyLine(
            site=known[copy.offer].label if copy.offer in known else copy.offer,
            state=_COPY_STATUS[ObjectCopy.State(copy.state)],
            word=copy.get_state_display(),
            verified_at=copy.last_verified_at or copy.confirmed_at,
            read_back=copy.last_verified_at is not None,
        )
        for copy in found.stored_object.copies.all()
    )
