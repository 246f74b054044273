"""Lists kept in the coffre de preuve, shown while one works in another coffre.

They are read whole (an organisation has tens of groups) inside the scope of that coffre, then
filtered, sorted and paged as values once it is closed: the frame of the page keeps its own.
"""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Self

from django.db.models import Model

from sae.ui.filters import FilterSet


class Rows(list[Any]):
    """Values that the filters of a list take for its rows. ``model`` is whose list it is."""

    model: type[Model]

    def __init__(self, values: Iterable[Any], model: type[Model]) -> None:
        super().__init__(values)
        self.model = model

    def all(self) -> Self:
        return self

    def where(self, keeps: Callable[[Any], bool]) -> "Rows":
        """Return the rows kept."""
        return Rows((row for row in self if keeps(row)), self.model)


class RowFilters(FilterSet):
    """Filters over ``Rows``: each filter named in ``keeps`` compares a row with its value.

    ``quick_texts`` gives the texts of a row in which every word of the quick search is looked for.
    """

    keeps: ClassVar[dict[str, Callable[[Any, Any], bool]]] = {}
    quick_texts: ClassVar[Callable[[Any], Iterable[str]]]
    quick_fields = ("rows",)

    def filter_queryset(self, queryset: Any) -> Any:
        rows: Rows = queryset
        for name, value in self.form.cleaned_data.items():
            if value in (None, "", [], ()):
                continue
            rows = self._filtered(rows, name, value)
        return rows

    def _filtered(self, rows: Rows, name: str, value: Any) -> Rows:
        if name == "q":
            words = str(value).casefold().split()
            texts = type(self).quick_texts
            return rows.where(
                lambda row: all(word in " ".join(texts(row)).casefold() for word in words)
            )
        keeps = self.keeps[name]
        return rows.where(lambda row: keeps(row, value))
