"""Filters of a list: a quick search, the others in a form, each active one a removable chip."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.ui import french
from sae.ui.addresses import PAGE, QUICK, with_query
from sae.ui.forms import DayInput

MOST_WORDS = 12
"""Words of a quick search that count: each one is a condition over every field."""


@dataclass(frozen=True, slots=True)
class Chip:
    """An active filter in words, and the address of the list without it."""

    key: str
    label: str
    value: str
    remove_url: str


class DayRangeWidget(django_filters.widgets.DateRangeWidget):
    """Two calendars, each named for readers who do not see it: ``date_du``, ``date_au``."""

    suffixes = ["du", "au"]

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.widgets = [
            DayInput({"aria-label": gettext_lazy("depuis le")}),
            DayInput({"aria-label": gettext_lazy("jusqu’au")}),
        ]


class DayRangeFilter(django_filters.DateFromToRangeFilter):
    """From a day to another, both included; either end may be left out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("widget", DayRangeWidget)
        super().__init__(*args, **kwargs)


class FilterSet(django_filters.FilterSet):
    """Base of the filters of a list.

    ``quick_fields`` are the lookups of the quick search, joined by OR, every word being required:
    ``("title__icontains", "identifier__istartswith")``. Override ``quick_search`` to do better.
    """

    quick_fields: Sequence[str] = ()
    quick_label: str | Promise = gettext_lazy("Filtrer la liste")

    q = django_filters.CharFilter(method="quick_search", label=gettext_lazy("Recherche rapide"))

    def quick_search(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        for word in value.split()[:MOST_WORDS]:
            anywhere = Q()
            for lookup in self.quick_fields:
                anywhere |= Q(**{lookup: word})
            queryset = queryset.filter(anywhere)
        return queryset

    @property
    def has_quick_search(self) -> bool:
        overridden = type(self).quick_search is not FilterSet.quick_search
        return bool(self.quick_fields) or overridden

    @property
    def detailed_fields(self) -> list[forms.BoundField]:
        """The fields of the form, the quick search left out."""
        # A filter is never required: its label need not say so.
        self.form.hides_optional = True
        return [field for field in self.form.visible_fields() if field.name != QUICK]

    @property
    def chips(self) -> list[Chip]:
        """The active filters, in the order of the form."""
        if not self.is_bound or not self.form.is_valid():
            return []
        chips: list[Chip] = []
        for name, field in self.form.fields.items():
            chosen = self.form.cleaned_data.get(name)
            if chosen in (None, "", [], ()) or (isinstance(chosen, QuerySet) and not chosen):
                continue
            label = str(field.label or name)
            if isinstance(chosen, (list, tuple, QuerySet)):
                asked = self.data.getlist(name)
                for one, raw in zip(chosen, asked, strict=False):
                    others = [value for value in asked if value != raw]
                    url = with_query(self.data, **{name: others, PAGE: None})
                    chips.append(Chip(f"{name}-{raw}", label, value_in_words(field, one), url))
                continue
            words = value_in_words(field, chosen)
            if words:
                removed = dict.fromkeys(self._parameters(name), None)
                url = with_query(self.data, **removed, **{PAGE: None})
                chips.append(Chip(name, label, words, url))
        return chips

    @property
    def clear_url(self) -> str:
        """The address of the list without any filter, its sort kept."""
        names = [name for field in self.form.fields for name in self._parameters(field)]
        return with_query(self.data or QueryDict(""), **dict.fromkeys([*names, PAGE], None))

    def _parameters(self, name: str) -> list[str]:
        widget = self.form.fields[name].widget
        names = [name]
        if isinstance(widget, django_filters.widgets.SuffixedMultiWidget):
            names += [widget.suffixed(name, suffix) for suffix in widget.suffixes]
        return [one for one in names if one in self.data]


def value_in_words(field: forms.Field, value: Any) -> str:
    """Return a cleaned value as a reader says it: label of a choice, day, « oui »…"""
    if isinstance(value, slice):
        return range_in_words(value.start, value.stop)
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, (dt.date, dt.datetime)):
        return french.day(value)
    choices = getattr(field, "choices", None)
    if choices is not None:
        for key, label in _flat(choices):
            if str(key) == str(value):
                return str(label)
    return str(value)


def range_in_words(start: Any, stop: Any) -> str:
    """Return « du … au … », « depuis le … », « jusqu’au … » for days; « de … à … » otherwise."""

    def words(end: Any) -> str:
        return french.day(end) if isinstance(end, (dt.date, dt.datetime)) else str(end)

    days = isinstance(start or stop, (dt.date, dt.datetime))
    if start is not None and stop is not None:
        pattern = _("du %(from)s au %(to)s") if days else _("de %(from)s à %(to)s")
        return pattern % {"from": words(start), "to": words(stop)}
    if start is not None:
        return (_("depuis le %s") if days else _("au moins %s")) % words(start)
    return (_("jusqu’au %s") if days else _("au plus %s")) % words(stop) if stop is not None else ""


def _flat(choices: Any) -> list[tuple[Any, Any]]:
    flat: list[tuple[Any, Any]] = []
    for key, label in choices:
        flat += label if isinstance(label, (list, tuple)) else [(key, label)]
    return flat
