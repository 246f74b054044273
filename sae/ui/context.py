"""Template context of every page."""

from typing import Any

from django.http import HttpRequest

from sae.ui.shell import Shell


def layout(request: HttpRequest) -> dict[str, Any]:
    """Give templates the frame (``shell``), unless a part of the page was asked for."""
    return {"shell": Shell(request)}
