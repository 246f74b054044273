"""Tables: one look, sort in the address, label: value pairs under 768 px, values for exports.

A table declares its columns and a caption; ``sae.ui.lists.ListView`` does the rest.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import django_tables2
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from sae.ui import french
from sae.ui.addresses import PAGE, PER_PAGE, SORT
from sae.ui.markup import digest_html, status_html
from sae.ui.statuses import status_of

Column = django_tables2.Column
_NUMERIC = {"th": {"class": "num"}, "td": {"class": "num"}}


class Table(django_tables2.Table):
    """Base of every table. ``caption`` says what the rows are, for readers who cannot see them."""

    caption: str | Promise = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("order_by_field", SORT)
        kwargs.setdefault("page_field", PAGE)
        kwargs.setdefault("per_page_field", PER_PAGE)
        kwargs.setdefault("template_name", "ui/table.html")
        request = kwargs.pop("request", None)
        super().__init__(*args, **kwargs)
        if request is not None:
            # The list pages itself: the library takes any number of lines, -1 included.
            django_tables2.RequestConfig(request, paginate=False).configure(self)


class TitleColumn(django_tables2.Column):
    """The thing itself: its name as a link, and a second line of facts.

    ``note`` names an attribute or method of the record for the second line.
    """

    def __init__(self, *args: Any, note: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("linkify", True)
        super().__init__(*args, **kwargs)
        self.note = note
        self._link_attributes = {"class": "row-link"}

    def render(self, value: Any, record: Any) -> SafeString | str:
        return str(value)

    def cell(self, content: Any, record: Any) -> SafeString:
        """Wrap the (linked) name with its second line; called by the table's template."""
        note = getattr(record, self.note, "") if self.note else ""
        note = note() if callable(note) else note
        second = format_html('<span class="cell-note">{}</span>', note) if note else ""
        return format_html('<span class="cell-title">{}</span>{}', content, second)


class NumberColumn(django_tables2.Column):
    """An integer, right-aligned, with its thousands apart."""

    attrs = _NUMERIC

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", _NUMERIC)
        super().__init__(*args, **kwargs)

    def render(self, value: int) -> str:
        return french.number(value)

    def value(self, value: Any) -> Any:
        return value


class SizeColumn(NumberColumn):
    """A number of bytes in Ko, Mo, Go; the export gives the bytes."""

    def render(self, value: int) -> str:
        return french.size(value)


class DayColumn(django_tables2.Column):
    """A day, 31/12/2024."""

    def render(self, value: Any) -> str:
        return french.short_day(value)

    def value(self, value: Any) -> Any:
        return value


class MomentColumn(django_tables2.Column):
    """A day and an hour, 12 mars 2026 à 08 h 41, in the reader's time zone."""

    def render(self, value: Any) -> str:
        return french.moment(value)

    def value(self, value: Any) -> Any:
        return value


class StatusColumn(django_tables2.Column):
    """An outcome or a state, icon and word."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("verbose_name", _("Statut"))
        kwargs.setdefault("attrs", {"td": {"class": "cell-status"}})
        super().__init__(*args, **kwargs)

    def render(self, value: Any) -> SafeString:
        return status_html(value)

    def value(self, value: Any) -> str:
        return str(status_of(value).word)


class DigestColumn(django_tables2.Column):
    """A digest, shortened; the whole of it can be read and copied."""

    def render(self, value: str) -> SafeString:
        return digest_html(value)

    def value(self, value: str) -> str:
        return value


class SelectColumn(django_tables2.Column):
    """A box to choose the row, named after it; its value is the record's identifier."""

    def __init__(self, *args: Any, name_of: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("accessor", "pk")
        kwargs.setdefault("verbose_name", _("Choisir"))
        kwargs.setdefault("orderable", False)
        kwargs.setdefault("exclude_from_export", True)
        kwargs.setdefault("attrs", {"th": {"class": "cell-select"}, "td": {"class": "cell-select"}})
        super().__init__(*args, **kwargs)
        self.name_of = name_of

    def render(self, value: Any, record: Any) -> SafeString:
        name = getattr(record, self.name_of, record) if self.name_of else record
        return format_html(
            '<input type="checkbox" name="choix" value="{}" aria-label="{}" data-choice>',
            value,
            _("Choisir : %(name)s") % {"name": name},
        )


def exported_rows(
    table_class: type[Table], records: Iterable[Any], *, chunk: int = 2000
) -> Iterator[Sequence[Any]]:
    """Yield the headers then the values of every record, holding ``chunk`` records at a time."""
    iterator = iter(records)
    header_sent = False
    while True:
        part = list(islice(iterator, chunk))
        rows = table_class(part).as_values()
        header = next(rows)
        if not header_sent:
            yield header
            header_sent = True
        yield from rows
        if len(part) < chunk:
            return
