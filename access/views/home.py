"""The home page « À faire »: what waits for its reader, then the state of the coffre."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from sae.kernel import clock
from sae.ui import home as registry


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Everyone signed in has a home page; each of its parts looks at rights by itself."""
    if getattr(request, "tenant", None) is None:
        return render(request, "access/home_without_coffre.html")
    groups = registry.todo_groups(request)
    shown = request.GET.get("voir", "")
    context: dict[str, Any] = {
        "groups": groups,
        "shown": [group for group in groups if not shown or group.key == shown] or groups,
        "only": shown if any(group.key == shown for group in groups) else "",
        "total": sum(group.total for group in groups),
        "panels": registry.panels(request, "main"),
        "side_panels": registry.panels(request, "side"),
        "today": clock.now(),
    }
    return render(request, "access/home.html", context)


home.menu = "a-faire"  # type: ignore[attr-defined]
