"""Everything the search screen shows. The box is the truth; chips and facets only rewrite it."""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from access import query_language
from access.description import cote_of, years
from access.naming import agency_names, path_words
from access.query_language import BoxQuery
from access.search_export import presentation_of, result_rows
from access.search_facets import Facet, facets_of, type_label
from access.search_rules import due_in_words, filters_on_rules
from sae.holdings.levels import level_label
from sae.holdings.models import ArchiveUnit
from sae.holdings.projection import Below, SearchQuery, Sort, search
from sae.holdings.projection import SearchPage as Results
from sae.holdings.rules_store import results_of
from sae.holdings.selectors.tree import counts_below, paths_of
from sae.holdings.selectors.units import units_by_ids
from sae.holdings.text import excerpt, highlight_html
from sae.ui.filters import Chip, range_in_words
from sae.ui.pagination import Pager

Text = str | Promise
PAGE_SIZE = 20

SORTS: dict[Sort, Text] = {
    Sort.RELEVANCE: gettext_lazy("Pertinence"),
    Sort.RECENT: gettext_lazy("Entrée la plus récente"),
    Sort.TITLE: gettext_lazy("Intitulé"),
    Sort.OLDEST: gettext_lazy("Date la plus ancienne"),
    Sort.NEWEST: gettext_lazy("Date la plus récente"),
}


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One unit found, hits marked."""

    unit: ArchiveUnit
    title: SafeString
    cote: str
    path: str
    extract: SafeString
    level: str
    dates: str
    agency: str
    due: str
    """What the appraisal rules say: their end, the final action."""
    below: Below

    @property
    def url(self) -> str:
        return reverse("unit", args=[self.unit.id])


@dataclass(frozen=True, slots=True)
class SortChoice:
    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Undo:
    """What to say of an empty result: the filter that sets most aside, and the way without it."""

    cause: str
    action: str
    url: str


class SearchScreen:
    """The context of the search screen; each part is computed when first asked."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.box = request.GET.get("q", "")[:2000]
        self.query = query_language.parse(self.box)

    @property
    def sort(self) -> Sort:
        try:
            return Sort(self.request.GET.get("tri", ""))
        except ValueError:
            return Sort.RELEVANCE

    @cached_property
    def results(self) -> Results:
        asked = replace(
            self.search_query(self.query),
            after=self.request.GET.get("apres", ""),
            before=self.request.GET.get("avant", ""),
        )
        return search(asked)

    def search_query(self, query: BoxQuery) -> SearchQuery:
        """Return what is asked of the index for what the box says."""
        return SearchQuery(
            text=query.text,
            agencies=query.agencies,
            start=query.start,
            end=query.end,
            under=query.under,
            unit_types=query.unit_types,
            levels=query.levels,
            operations=query.operations,
            with_object=query.with_object,
            formats=query.formats,
            profiles=query.profiles,
            rules=query.rules,
            sort=self.sort,
            limit=PAGE_SIZE,
        )

    # What is found ---------------------------------------------------------------------------

    @cached_property
    def lines(self) -> list[ResultLine]:
        """The units of the page, in order. Five queries, a few more under a contract."""
        units = units_by_ids(self.results.ids)
        paths = paths_of(units)
        rules = results_of(self.results.ids)
        counts = counts_below(units)
        names = self.agency_names
        text = self.query.text
        return [
            ResultLine(
                unit=unit,
                title=_marked(unit.title, text),
                cote=cote_of(unit.content),
                path=path_words(paths[unit.id][0]),
                extract=_marked(excerpt(presentation_of(unit), text), text),
                level=level_label(unit.level),
                dates=years(unit.start_date, unit.end_date),
                agency=names.get(unit.originating_agency, unit.originating_agency),
                due=due_in_words(rules.get(unit.id)),
                below=counts[unit.id],
            )
            for unit in units
        ]

    @cached_property
    def agency_names(self) -> dict[str, str]:
        return agency_names([*self.results.facets.agencies, *self.query.agencies])

    @property
    def ranking_left_out(self) -> bool:
        """Too many results to rank: the most recent come first instead."""
        return (
            self.results.capped
            and self.sort is Sort.RELEVANCE
            and bool(self.query.text.strip())
            and not self.results.ignored_text
        )

    @property
    def pager(self) -> Pager:
        start = self._start
        results = self.results
        return Pager(
            first=start + 1 if results.ids else 0,
            last=start + len(results.ids),
            total=None if results.capped else results.total,
            previous_url=self._page_url("avant", results.previous_before, start - PAGE_SIZE),
            next_url=self._page_url("apres", results.next_after, start + len(results.ids)),
        )

    @property
    def _start(self) -> int:
        """Number of results before the page: carried by the address, for display alone."""
        if not self.results.previous_before:
            return 0
        text = self.request.GET.get("debut", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0

    def _page_url(self, name: str, place: str, start: int) -> str:
        if not place:
            return ""
        return self._url(self.box, **{name: place, "debut": str(max(start, 0))})

    # What the box says, and how to change it ------------------------------------------------

    def _url(self, box: str, **more: str) -> str:
        sort = {"tri": self.sort.value} if self.request.GET.get("tri") else {}
        return f"{reverse('search')}?{urlencode({'q': box, **sort, **more})}"

    def url_of(self, query: BoxQuery) -> str:
        """Return the address of the same screen for another query; back to the first page."""
        box = query_language.write(replace(query, problems=()))
        return self._url(f"{box} " if box else "")

    @cached_property
    def chips(self) -> list[Chip]:
        """The filters of the box in words, each with the address without it."""
        return [
            Chip(key, str(label), words, self.url_of(without))
            for key, label, words, without in self._filters()
        ]

    @property
    def clear_url(self) -> str:
        return self.url_of(BoxQuery(text=self.query.text))

    def _filters(self) -> list[tuple[str, Text, str, BoxQuery]]:
        query = self.query
        found: list[tuple[str, Text, str, BoxQuery]] = []

        def add(name: str, label: Text, values: Sequence[Any], words: Any) -> None:
            for value in values:
                others = tuple(one for one in values if one != value)
                changes: dict[str, Any] = {name: others}
                found.append((f"{name}-{value}", label, words(value), replace(query, **changes)))

        names = self.agency_names
        add("agencies", _("Service producteur"), query.agencies, lambda one: names.get(one, one))
        add("levels", _("Niveau"), query.levels, level_label)
        add("unit_types", _("Type"), query.unit_types, type_label)
        if query.start or query.end:
            words = range_in_words(query.start, query.end)
            found.append(("date", _("Dates"), words, replace(query, start=None, end=None)))
        if query.with_object is not None:
            words = _("avec fichier") if query.with_object else _("sans fichier")
            found.append(("object", _("Objets"), words, replace(query, with_object=None)))
        add("formats", _("Format"), query.formats, str)
        add("profiles", _("Profil d’unité"), query.profiles, str)
        found += filters_on_rules(query)
        add("under", _("Dans"), query.under, lambda one: self._titles.get(one, _("unité inconnue")))
        add("operations", _("Versement"), query.operations, str)
        return found

    @cached_property
    def _titles(self) -> dict[uuid.UUID, str]:
        return {unit.id: unit.title for unit in units_by_ids(self.query.under)}

    @cached_property
    def facets(self) -> list[Facet]:
        return facets_of(
            self.query, self.results.facets, names=self.agency_names, url_of=self.url_of
        )

    @property
    def sorts(self) -> list[SortChoice]:
        return [
            SortChoice(
                str(label),
                f"{reverse('search')}?{urlencode({'q': self.box, 'tri': sort.value})}",
                sort is self.sort,
            )
            for sort, label in SORTS.items()
        ]

    @property
    def sort_label(self) -> str:
        return str(SORTS[self.results.sort if self.ranking_left_out else self.sort])

    @cached_property
    def undo(self) -> Undo | None:
        """What to do about an empty result: the filter that sets most units aside."""
        best: tuple[int, str, str, BoxQuery] | None = None
        for _key, label, words, without in self._filters()[:6]:
            count = search(self.search_query(without), with_facets=False).total
            if count and (best is None or count > best[0]):
                best = (count, str(label), words, without)
        if best is None:
            return None
        count, label_words, words, without = best
        return Undo(
            _("Aucun résultat : le filtre « %(label)s : %(value)s » écarte %(count)s unités.")
            % {"label": label_words, "value": words, "count": count},
            _("Retirer ce filtre"),
            self.url_of(without),
        )

    @property
    def browse_url(self) -> str:
        return reverse("classification")

    # Exports ----------------------------------------------------------------------------------

    def export_url(self, file_format: str) -> str:
        return self._url(self.box, export=file_format)

    @property
    def csv_url(self) -> str:
        return self.export_url("csv")

    @property
    def xlsx_url(self) -> str:
        return self.export_url("xlsx")

    def export_rows(self) -> Iterator[Sequence[Any]]:
        """Yield the headers, then every result in order, holding a thousand at a time."""
        return result_rows(self.search_query(self.query))


def with_form_filters(query: BoxQuery, data: Any) -> BoxQuery | None:
    """Return the query with what the date form asks; ``None`` when the form was not sent."""
    if "du" not in data and "au" not in data:
        return None
    return replace(query, start=_day(data.get("du", "")), end=_day(data.get("au", "")))


def _marked(text: str, query: str) -> SafeString:
    return mark_safe(highlight_html(text, query))  # noqa: S308 escaped by highlight_html


def _day(text: str) -> dt.date | None:
    period = query_language.read_period(text) if text else None
    return period[0] if period else None
