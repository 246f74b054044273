"""The rail: tasks in the archivist's words, and the pages that rooms put under them.

Rooms register their pages from ``AppConfig.ready()``; a task without any page its reader may
open is not shown, nor is a page he has no right to.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise
Badge = Callable[[HttpRequest], int | None]
Check = Callable[[HttpRequest], bool]


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A task of the rail, or a page under one (``parent`` is then the key of the task).

    ``permission`` is a key given to the permission check of ``sae.ui.shell``, or a callable over
    the request; empty means everyone signed in. ``badge`` counts what waits there (None or 0
    shows nothing). ``matches`` names other addresses of the same place: url names or namespaces.
    ``shortcut`` is a key sequence such as ``"g d"``.
    """

    key: str
    label: Text
    icon: str = ""
    url_name: str = ""
    permission: str | Check = ""
    order: int = 100
    badge: Badge | None = None
    parent: str = ""
    matches: tuple[str, ...] = ()
    shortcut: str = ""


@dataclass(frozen=True, slots=True)
class MenuSection:
    """A name over some of a task's pages: those from ``order`` to the next section's."""

    parent: str
    order: int
    label: Text


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry as one reader sees it; ``section`` names the part of its task it stands in."""

    key: str
    label: Text
    icon: str
    url: str
    badge: int | None
    is_current: bool
    shortcut: str
    pages: tuple["MenuItem", ...] = ()
    section: Text = ""

    @property
    def has_current_page(self) -> bool:
        return any(page.is_current for page in self.pages)


TODO = "a-faire"
DEPOSIT = "deposer"
SEARCH = "rechercher"
CLASSIFICATION = "classement"
REFERENTIALS = "referentiels"
ELIMINATION = "eliminer"
JOURNALS = "journaux"
ADMINISTRATION = "administration"

TASKS = (
    MenuEntry(TODO, _("À faire"), "check2-square", order=10, shortcut="g a"),
    MenuEntry(DEPOSIT, _("Déposer"), "box-arrow-in-down", order=20, shortcut="g d"),
    MenuEntry(SEARCH, _("Rechercher"), "search", order=30, shortcut="g r"),
    MenuEntry(CLASSIFICATION, _("Classement"), "diagram-3", order=40, shortcut="g p"),
    MenuEntry(REFERENTIALS, _("Règles et référentiels"), "journal-bookmark", order=50),
    MenuEntry(ELIMINATION, _("Éliminer"), "trash", order=60),
    MenuEntry(JOURNALS, _("Journaux et preuves"), "shield-check", order=70, shortcut="g j"),
    MenuEntry(ADMINISTRATION, _("Administration"), "gear", order=80),
)

SECTIONS = (
    MenuSection(ADMINISTRATION, 10, _("Personnes et droits")),
    MenuSection(ADMINISTRATION, 23, _("Contrôles")),
    MenuSection(ADMINISTRATION, 45, _("Réglages")),
)
"""A task of a dozen pages is read by parts."""


class Menu:
    """The registered entries. One instance serves the platform; tests build their own."""

    def __init__(
        self,
        tasks: tuple[MenuEntry, ...] = TASKS,
        sections: tuple[MenuSection, ...] = SECTIONS,
    ) -> None:
        self._entries = {task.key: task for task in tasks}
        self._sections = sections

    def register(self, entry: MenuEntry) -> None:
        """Add an entry, or give a task of the rail its address, badge or permission.

        Registering the same entry twice is harmless; two different entries under one key raise
        ``ValueError``, as does a parent that is not a task.
        """
        known = self._entries.get(entry.key)
        if known is not None and known != entry:
            if known not in TASKS or entry.parent:
                raise ValueError(f"menu entry {entry.key!r} is already registered")
            entry = replace(
                entry, icon=entry.icon or known.icon, shortcut=entry.shortcut or known.shortcut
            )
        if entry.parent and entry.parent not in self._entries:
            raise ValueError(f"menu entry {entry.key!r} has no parent {entry.parent!r}")
        self._entries[entry.key] = entry

    def items(self, request: HttpRequest, *, may: Callable[[HttpRequest, str], bool]) -> list[Any]:
        """Return the tasks shown to the request's reader, in order, with their pages."""
        ordered = sorted(self._entries.values(), key=lambda entry: (entry.order, entry.key))
        tasks = []
        for entry in ordered:
            if entry.parent or not _is_allowed(entry, request, may):
                continue
            pages = tuple(
                replace(_item(page, request), section=self._section(page))
                for page in ordered
                if page.parent == entry.key and _is_allowed(page, request, may)
            )
            if not entry.url_name and not pages:
                continue
            tasks.append(_item(entry, request, pages))
        return tasks

    def _section(self, page: MenuEntry) -> Text:
        begun = [
            section
            for section in self._sections
            if section.parent == page.parent and section.order <= page.order
        ]
        return max(begun, key=lambda section: section.order).label if begun else ""


def _is_allowed(
    entry: MenuEntry, request: HttpRequest, may: Callable[[HttpRequest, str], bool]
) -> bool:
    if callable(entry.permission):
        return entry.permission(request)
    return not entry.permission or may(request, entry.permission)


def _item(entry: MenuEntry, request: HttpRequest, pages: tuple[MenuItem, ...] = ()) -> MenuItem:
    badge = entry.badge(request) if entry.badge else None
    if badge is None and any(page.badge for page in pages):
        badge = sum(page.badge or 0 for page in pages)
    return MenuItem(
        key=entry.key,
        label=entry.label,
        icon=entry.icon,
        url=reverse(entry.url_name) if entry.url_name else pages[0].url,
        badge=badge or None,
        is_current=_is_current(entry, request) or any(page.is_current for page in pages),
        shortcut=entry.shortcut,
        pages=pages,
    )


def _is_current(entry: MenuEntry, request: HttpRequest) -> bool:
    """A view says under which task it stands by ``menu = "deposer"``; else its address tells."""
    match = request.resolver_match
    if match is None:
        return False
    view_class = getattr(match.func, "view_class", None)
    place = getattr(view_class, "menu", None) or getattr(match.func, "menu", None)
    if place and place != entry.parent:
        return bool(entry.key == place)
    names = {match.view_name, match.url_name, *match.namespaces} - {None, ""}
    return bool(names & {entry.url_name, *entry.matches})


menu = Menu()
register = menu.register
