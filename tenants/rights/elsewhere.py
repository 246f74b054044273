"""What waits for a second person in the rooms above, shown beside the requests kept here."""

from collections.abc import Callable

from django.http import HttpRequest

from sae.ui.home import TodoGroup

Waiting = Callable[[HttpRequest], TodoGroup | None]
_waiting: list[Waiting] = []


def register_waiting(provider: Waiting) -> None:
    """Add acts that a room keeps itself; ``None`` from it when nothing waits for the reader."""
    if provider not in _waiting:
        _waiting.append(provider)


def waiting_elsewhere(request: HttpRequest) -> list[TodoGroup]:
    """Return the acts of other rooms that wait for the reader."""
    found = [provider(request) for provider in _waiting]
    return [one for one in found if one is not None and one.items]
