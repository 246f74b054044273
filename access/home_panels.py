"""What this room brings to the home page: running operations, figures of the coffre, coffres."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from access.holdings_seen import holdings_seen
from access.journal_pages import last_verification
from access.naming import operation_label, operation_urls
from sae.journal.models import Operation
from sae.journal.selectors import operations
from sae.storage.strategies import strategies
from sae.ui.home import Panel, TodoGroup, TodoItem
from tenants.access import may
from tenants.permissions import Permission

MOST_RUNNING = 5
MOST_READ = 200
"""Operations under way that are read to find those to show."""


def broken_journal(request: HttpRequest) -> TodoGroup | None:
    """A journal found broken comes before everything else."""
    if not may(request, Permission.JOURNAL_VIEW):
        return None
    verification = last_verification()
    if verification is None or verification.is_running or verification.is_sound:
        return None
    return TodoGroup(
        key="journal",
        title=_("Journal à examiner"),
        items=(
            TodoItem(
                title=_("Le journal ne dit plus ce qui a été écrit"),
                url=reverse("operation", args=[verification.operation.id]),
                facts=verification.reason,
                action=_("Examiner"),
                state="FATAL",
            ),
        ),
        total=1,
    )


def running_operations(request: HttpRequest) -> Panel | None:
    """Operations under way in the coffre that the reader may follow."""
    if not (may(request, Permission.JOURNAL_VIEW) or may(request, Permission.DEPOSIT_VIEW)):
        return None
    open_states = [Operation.State.RUNNING, Operation.State.PAUSE]
    found = list(operations(states=open_states)[:MOST_READ])
    urls = operation_urls(found, request)
    found = [one for one in found if one.id in urls]
    return Panel(
        "access/home/running.html",
        {
            "operations": [
                (operation_label(one), urls[one.id], one) for one in found[:MOST_RUNNING]
            ],
            "has_more": len(found) > MOST_RUNNING,
        },
    )


def coffre_figures(request: HttpRequest) -> Panel | None:
    """What the coffre holds, how many copies it keeps, when its journal was last verified."""
    if not any(may(request, one) for one in (Permission.HOLDINGS_VIEW, Permission.JOURNAL_VIEW)):
        return None
    may_read = bool(may(request, Permission.JOURNAL_VIEW))
    return Panel(
        "access/home/coffre.html",
        {
            "holdings": holdings_seen(),
            "copies": len(strategies().get("default", [])),
            "verification": last_verification() if may_read else None,
            "may_read_journals": may_read,
        },
    )


def own_coffres(request: HttpRequest) -> Panel | None:
    """The other coffres of the reader, when there are some."""
    coffres = getattr(request, "coffres", [])
    if len(coffres) < 2:
        return None
    return Panel("access/home/coffres.html", {"coffres": coffres, "current": request.tenant})  # type: ignore[attr-defined]
