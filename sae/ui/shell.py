"""What the frame of a page shows beside its content, and where it comes from.

``sae.ui`` knows neither coffres nor operations. Higher rooms register providers from
``AppConfig.ready()``:

    shell.register(band=…, banner=…, running=…, notifications=…, platform=…, account=…, may=…)

Each is a function of the request, called at most once a page and only if its part is shown.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from sae.ui import colours, preferences
from sae.ui.menu import MenuItem, menu


@dataclass(frozen=True, slots=True)
class Coffre:
    """A coffre one may move to. The switcher posts ``tenant=value`` to ``url``."""

    label: str
    value: str
    colour: str = ""
    note: str = ""
    is_current: bool = False

    @property
    def css(self) -> str:
        return colours.colour_class(self.colour)


@dataclass(frozen=True, slots=True)
class Band:
    """The coffre one works in. Without colour: the neutral band of the whole organisation."""

    label: str
    colour: str = ""
    note: str = ""
    organisation: str = ""
    coffres: tuple[Coffre, ...] = ()
    switch_url: str = ""
    logo_url: str = ""

    @property
    def css(self) -> str:
        return colours.colour_class(self.colour)

    @property
    def custom_colours(self) -> str:
        """Colours outside the palette, as the ``c`` of the colour stylesheet's address."""
        every = [self.colour, *(coffre.colour for coffre in self.coffres)]
        return ",".join(colours.unnamed(colour for colour in every if colour))


@dataclass(frozen=True, slots=True)
class Banner:
    """What stands above every page for a time: a template, and its context under ``banner``."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunningOperation:
    """One of the reader's operations under way. ``state`` as in ``sae.ui.statuses``."""

    label: str
    url: str
    done: int = 0
    total: int = 0
    state: str = "STARTED"
    note: str = ""
    remaining: dt.timedelta | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """The reader's operations under way: how many, and the latest of them."""

    count: int
    operations: tuple[RunningOperation, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Notifications:
    """What ended or waits since the reader's last look."""

    count: int
    url: str


@dataclass(frozen=True, slots=True)
class PlatformState:
    """One sentence at the foot of the rail: « Tout fonctionne », and what it rests on."""

    state: str
    sentence: str
    detail: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class AccountBadge:
    """Who is signed in: name, what tells them apart, two letters, links of the menu."""

    name: str
    detail: str = ""
    initials: str = ""
    links: tuple[Link, ...] = ()
    logout_url: str = ""


def _default_account(request: HttpRequest) -> AccountBadge | None:
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    name = str(getattr(user, "name", "") or user)
    initials = getattr(user, "initials", "") or "".join(word[0] for word in name.split()[:2])
    password = address_of("account_change_password") or address_of("password_change")
    return AccountBadge(
        name=name,
        detail=str(getattr(user, "email", "")),
        initials=initials.upper(),
        links=(Link("Changer de mot de passe", password, "key"),) if password else (),
        logout_url=address_of("account_logout") or address_of("logout"),
    )


def _default_may(request: HttpRequest, permission: str) -> bool:
    user: Any = getattr(request, "user", None)
    return bool(user and user.is_authenticated and user.has_perm(permission))


def _nothing(request: HttpRequest) -> Any:
    return None


def _no_links(request: HttpRequest) -> tuple[Link, ...]:
    return ()


def address_of(url_name: str) -> str:
    """Return the address of a named page, or an empty string when no room offers it."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


@dataclass(slots=True)
class Providers:
    """Who answers for each part of the frame."""

    band: Callable[[HttpRequest], Band | None] = _nothing
    banner: Callable[[HttpRequest], Banner | None] = _nothing
    running: Callable[[HttpRequest], Running | None] = _nothing
    notifications: Callable[[HttpRequest], Notifications | None] = _nothing
    platform: Callable[[HttpRequest], PlatformState | None] = _nothing
    account: Callable[[HttpRequest], AccountBadge | None] = _default_account
    saved_searches: Callable[[HttpRequest], tuple[Link, ...]] = _no_links
    may: Callable[[HttpRequest, str], bool] = _default_may
    search_url_name: str = "search"
    home_url_name: str = "home"


providers = Providers()


def register(**parts: Any) -> None:
    """Name who answers for parts of the frame (see ``Providers``); the last one wins."""
    for name, provider in parts.items():
        if name not in Providers.__dataclass_fields__:
            raise TypeError(f"the frame has no part {name!r}")
        setattr(providers, name, provider)


class Shell:
    """The frame of one page; every part is computed when the template first asks for it."""

    # What ``{{ shell.… }}`` may override in a test or a sample page.
    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def account(self) -> AccountBadge | None:
        return providers.account(self.request)

    @cached_property
    def band(self) -> Band | None:
        return providers.band(self.request) if self.account else None

    @cached_property
    def banner(self) -> Banner | None:
        return providers.banner(self.request) if self.account else None

    @cached_property
    def menu(self) -> list[MenuItem]:
        return menu.items(self.request, may=providers.may) if self.account else []

    @cached_property
    def running(self) -> Running | None:
        return providers.running(self.request) if self.account else None

    @cached_property
    def notifications(self) -> Notifications | None:
        return providers.notifications(self.request) if self.account else None

    @cached_property
    def platform(self) -> PlatformState | None:
        return providers.platform(self.request) if self.account else None

    @cached_property
    def saved_searches(self) -> tuple[Link, ...]:
        return providers.saved_searches(self.request) if self.account else ()

    @cached_property
    def search_url(self) -> str:
        """Where the search box of every page leads; empty for whoever has no such task."""
        url = address_of(providers.search_url_name)
        return url if any(task.url == url for task in self.menu) else ""

    @cached_property
    def home_url(self) -> str:
        return address_of(providers.home_url_name) or "/"

    @cached_property
    def preferences(self) -> preferences.Preferences:
        return preferences.read(self.request)
