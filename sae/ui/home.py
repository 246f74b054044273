"""The home page « À faire »: what waits for its reader, and panels; every room brings its own.

Rooms register from ``AppConfig.ready()``; the room of the way out renders the page:

    register_todo(refused_deposits, order=10)       # (request) -> TodoGroup | None
    register_panel(latest_deposits, order=20)       # (request) -> Panel | None
    register_panel(coffre_figures, column="side")

A provider answers for the coffre of the request and its reader's rights, and returns ``None`` when
it has nothing to show.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.functional import Promise

Text = str | Promise
Column = Literal["main", "side"]


@dataclass(frozen=True, slots=True)
class TodoItem:
    """One thing to do. ``state`` gives icon and tone (``sae.ui.statuses``) unless ``icon`` does.

    ``due`` is said in words (« Dépassé de 4 jours »); ``is_late`` and ``is_soon`` colour it.
    ``action`` names the button, which goes to ``url`` like the title.
    """

    title: Text
    url: str
    facts: Text = ""
    action: Text = ""
    state: str = ""
    icon: str = ""
    due: Text = ""
    is_late: bool = False
    is_soon: bool = False


@dataclass(frozen=True, slots=True)
class TodoGroup:
    """Things of one kind. ``total`` counts all of them, ``items`` holds the most urgent."""

    key: str
    title: Text
    items: tuple[TodoItem, ...]
    total: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel: a template that holds a whole ``<section class="panel">``, and its context."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


TodoProvider = Callable[[HttpRequest], TodoGroup | None]
PanelProvider = Callable[[HttpRequest], Panel | None]

_todos: dict[TodoProvider, int] = {}
_panels: dict[PanelProvider, tuple[Column, int]] = {}


def register_todo(provider: TodoProvider, *, order: int = 100) -> None:
    """Add a kind of work; twice the same provider counts once."""
    _todos[provider] = order


def register_panel(provider: PanelProvider, *, column: Column = "main", order: int = 100) -> None:
    """Add a panel below the list (``main``) or at its right (``side``)."""
    _panels[provider] = (column, order)


def todo_groups(request: HttpRequest) -> list[TodoGroup]:
    """Return what waits for the reader, by kind, in order."""
    ordered = sorted(_todos, key=lambda provider: _todos[provider])
    groups = (provider(request) for provider in ordered)
    return [group for group in groups if group is not None and group.total]


def panels(request: HttpRequest, column: Column) -> list[Panel]:
    """Return the panels of a column, in order."""
    ordered = sorted(
        (provider for provider, (where, _order) in _panels.items() if where == column),
        key=lambda provider: _panels[provider][1],
    )
    return [panel for provider in ordered if (panel := provider(request)) is not None]
