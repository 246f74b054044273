"""What this room puts in the frame and on the home page: menu, running deposits, reminders."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ingest.cancellation.models import DepositCancellation
from ingest.models import Deposit
from ingest.selectors.deposits import (
    agency_names,
    deposits,
    in_sight_among,
    names_of,
    status_key,
)
from ingest.selectors.home import live_deposits_of, refused_deposits, stopped_deposits
from ingest.selectors.queue import progress_of
from ingest.services.cancelling import needs_approval
from ingest.workflow.labels import STEP_LABELS, journal_labels
from sae.jobs.models import Cluster
from sae.jobs.selectors import workers
from sae.journal.labels import register_labels
from sae.kernel import clock
from sae.ui import french, menu, shell
from sae.ui.home import Panel, TodoGroup, TodoItem, register_panel, register_todo
from tenants.access import account_of, may
from tenants.deposit_sights import deposit_sight_of_request, register_deposits
from tenants.permissions import Permission
from tenants.rights.elsewhere import register_waiting

MOST_SHOWN = 5


def connect_screens() -> None:
    """Called once the applications are loaded."""
    register_labels(journal_labels())
    menu.register(
        menu.MenuEntry(
            menu.DEPOSIT,
            gettext_lazy("Déposer"),
            order=20,
            permission=lambda request: _may_deposit(request) or _may_follow(request),
        )
    )
    menu.register(
        menu.MenuEntry(
            "deposit_new",
            gettext_lazy("Déposer un paquet"),
            parent=menu.DEPOSIT,
            order=10,
            url_name="deposit_new",
            permission=_may_deposit,
        )
    )
    menu.register(
        menu.MenuEntry(
            "deposits",
            gettext_lazy("Versements"),
            parent=menu.DEPOSIT,
            order=20,
            url_name="deposits",
            matches=("deposit", "deposit_problems", "deposit_manifest_line"),
            permission=_may_follow,
        )
    )
    menu.register(
        menu.MenuEntry(
            "platform",
            gettext_lazy("État de la plateforme"),
            parent=menu.ADMINISTRATION,
            order=90,
            url_name="platform",
            permission=_may_see_platform,
        )
    )
    register_deposits(in_sight_among)
    shell.register(running=running_deposits, platform=platform_sentence)
    register_todo(cancellations_todo, order=8)
    register_waiting(cancellations_todo)
    register_todo(stopped_todo, order=10)
    register_todo(refused_todo, order=20)
    register_panel(latest_deposits, order=20)


def _may_deposit(request: HttpRequest) -> bool:
    return bool(may(request, Permission.DEPOSIT_CREATE))


def _may_follow(request: HttpRequest) -> bool:
    return bool(may(request, Permission.DEPOSIT_VIEW))


def _may_see_platform(request: HttpRequest) -> bool:
    return bool(may(request, Permission.PLATFORM_VIEW))


def running_deposits(request: HttpRequest) -> shell.Running | None:
    """Return the reader's own deposits under way, for the top bar."""
    if getattr(request, "tenant", None) is None or not _may_deposit(request):
        return None
    live = live_deposits_of(account_of(request).id)
    found = list(live[: MOST_SHOWN + 1])
    return shell.Running(
        count=len(found) if len(found) <= MOST_SHOWN else live.count(),
        operations=tuple(_running(deposit) for deposit in found[:MOST_SHOWN]),
        url=f"{reverse('deposits')}?miens=on",
    )


def _running(deposit: Deposit) -> shell.RunningOperation:
    progress = progress_of(deposit) if deposit.state == Deposit.State.RUNNING else None
    return shell.RunningOperation(
        label=deposit.title or deposit.file_name,
        url=reverse("deposit", args=[deposit.id]),
        done=progress.done if progress else 0,
        total=progress.total if progress else 0,
        state=status_key(deposit),
        note=str(STEP_LABELS.get(progress.step, "")) if progress else "",
    )


def platform_sentence(request: HttpRequest) -> shell.PlatformState | None:
    """Return the sentence at the foot of the rail, from what the database knows: no probe here."""
    if getattr(request, "tenant", None) is None or not _may_see_platform(request):
        return None
    url = reverse("platform")
    idle = {Cluster.SHORT.value, Cluster.LONG.value} - {worker.cluster for worker in workers()}
    waiting = Deposit.objects.filter(state=Deposit.State.WAITING).count()
    if idle:
        return shell.PlatformState("FATAL", _("Les contrôles sont à l’arrêt"), url=url)
    if waiting:
        words = french.count(waiting, _("versement attend"), _("versements attendent"))
        return shell.PlatformState("WARNING", words, _("un site ou l’antivirus"), url)
    return shell.PlatformState("OK", _("Tout fonctionne"), url=url)


def refused_todo(request: HttpRequest) -> TodoGroup | None:
    """Refused deposits that nobody has made good yet."""
    if not _may_deposit(request):
        return None
    refused = refused_deposits(deposit_sight_of_request(request))
    return TodoGroup(
        key="refuses",
        title=_("Versements refusés"),
        items=_items(refused[:MOST_SHOWN], _("Voir les anomalies")),
        total=refused.count(),
        url=f"{reverse('deposits')}?statut=KO",
    )


def cancellations_todo(request: HttpRequest) -> TodoGroup | None:
    """Cancellations that wait for a second person, unless the reader asked for them."""
    if not may(request, Permission.DEPOSIT_CANCEL_APPROVE) or not needs_approval():
        return None
    waiting = (
        DepositCancellation.objects.filter(
            state=DepositCancellation.State.REQUESTED,
            approved_at=None,
            deposit__in=deposits(deposit_sight_of_request(request)),
        )
        .exclude(requested_by=account_of(request).id)
        .order_by("effective_at")
    )
    found = list(waiting.select_related("deposit")[:MOST_SHOWN])
    names = names_of(one.requested_by for one in found)
    return TodoGroup(
        key="annulations",
        title=_("Annulations à approuver"),
        items=tuple(
            TodoItem(
                title=one.deposit.title or one.deposit.file_name,
                url=reverse("deposit", args=[one.deposit_id]),
                facts=" · ".join(
                    fact
                    for fact in (one.deposit.reference, names.get(one.requested_by or one.id, ""))
                    if fact
                ),
                action=_("Examiner"),
                icon="slash-circle",
                due=french.day(one.effective_at),
                is_soon=True,
            )
            for one in found
        ),
        total=waiting.count(),
    )


def stopped_todo(request: HttpRequest) -> TodoGroup | None:
    """Deposits stopped by a fault of ours."""
    if not _may_follow(request):
        return None
    stopped = stopped_deposits(deposit_sight_of_request(request))
    return TodoGroup(
        key="arretes",
        title=_("Versements arrêtés par une erreur technique"),
        items=_items(stopped[:MOST_SHOWN], _("Voir le versement")),
        total=stopped.count(),
        url=f"{reverse('deposits')}?statut=FATAL",
    )


def _items(found: Iterable[Deposit], action: str) -> tuple[TodoItem, ...]:
    shown = list(found)
    agencies = agency_names(deposit.originating_agency for deposit in shown)
    return tuple(
        _item(deposit, action, agencies.get(deposit.originating_agency, "")) for deposit in shown
    )


def _item(deposit: Deposit, action: str, agency: str) -> TodoItem:
    faults = french.count(deposit.problem_count, _("anomalie"), _("anomalies"))
    facts = [deposit.reference, agency, faults]
    return TodoItem(
        title=deposit.title or deposit.file_name,
        url=reverse("deposit", args=[deposit.id]),
        facts=" · ".join(fact for fact in facts if fact),
        action=action,
        state=status_key(deposit),
        due=french.ago(deposit.received_at, now=clock.now()),
    )


def latest_deposits(request: HttpRequest) -> Panel | None:
    """The latest deposits of the coffre."""
    if not _may_follow(request):
        return None
    found = list(deposits(deposit_sight_of_request(request))[:MOST_SHOWN])
    names = names_of(deposit.account_id for deposit in found)
    agencies = agency_names(deposit.originating_agency for deposit in found)
    return Panel(
        "ingest/home/latest.html",
        {
            "deposits": [
                (
                    one,
                    status_key(one),
                    names.get(one.account_id or one.id, ""),
                    agencies.get(one.originating_agency, ""),
                )
                for one in found
            ],
            "may_deposit": _may_deposit(request),
        },
    )
