"""Screens of what waits for a second person: the list, one request, its answer, the home page."""

import functools
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sae.journal.labels import label
from sae.journal.models import Event, Operation
from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.tenancy.scope import tenant_scope
from sae.ui import french
from sae.ui.home import TodoGroup, TodoItem
from tenants.access import account_of, organisation_of, rights_in
from tenants.models import Account, Proposal
from tenants.permissions import Permission, denied
from tenants.rights.elsewhere import waiting_elsewhere
from tenants.rights.four_eyes import Action
from tenants.rights.proof import proof_coffre
from tenants.rights.proposals import (
    OPERATION,
    ProposalError,
    Shown,
    act_of,
    approve,
    is_waiting,
    obstacles,
    proposable_actions,
    proposal_in,
    proposals_of,
    refuse,
    waiting_in,
    waiting_on,
    why_not_decide,
    withdraw,
)
from tenants.rights.selectors import named
from tenants.security.recent import is_recent

TITLE = gettext_lazy("Approbations")
MOST_SHOWN = 5
CHIPS = {
    Proposal.State.WAITING: "WAITING",
    Proposal.State.DONE: "OK",
    Proposal.State.REFUSED: "KO",
    Proposal.State.WITHDRAWN: "CANCELLED",
    Proposal.State.EXPIRED: "CANCELLED",
}
View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """One request as a reader sees it. ``awaits_reader``: they may approve or refuse it."""

    proposal: Proposal
    shown: Shown
    action: Action
    asked_by: str
    decided_by: str
    is_own: bool
    awaits_reader: bool

    @property
    def state(self) -> str:
        return self.proposal.State.EXPIRED if self._is_over else self.proposal.state

    @property
    def chip(self) -> str:
        return CHIPS[Proposal.State(self.state)]

    @property
    def word(self) -> str:
        return str(Proposal.State(self.state).label).capitalize()

    @property
    def is_waiting(self) -> bool:
        return is_waiting(self.proposal)

    @property
    def _is_over(self) -> bool:
        return self.proposal.state == Proposal.State.WAITING and not self.is_waiting


def may_follow(request: HttpRequest) -> bool:
    """Tell whether the reader asks for, or approves, any act that needs a second person."""
    return getattr(request, "tenant", None) is not None and any(
        _holds_somewhere(request, one)
        for action in proposable_actions()
        for one in (action.asking, action.approving)
    )


def _guarded(view: View) -> View:
    """Refuse whoever neither asks for nor approves any such act: a right of one of several."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_follow(request):
            raise PermissionDenied(denied(Permission.RIGHT_DELEGATE_APPROVE).reason)
        return view(request, *args, **kwargs)

    guarded.required_permission = Permission.RIGHT_DELEGATE_APPROVE  # type: ignore[attr-defined]
    return guarded


@_guarded
@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, then what is over; of the acts the reader has to do with."""
    seen = [one for one in proposals_of(organisation_of(request)) if _may_read(request, one)]
    lines = lines_of(request, seen)
    return render(
        request,
        "tenants/rights/proposals.html",
        {
            "waiting": [one for one in lines if one.is_waiting],
            "over": [one for one in lines if not one.is_waiting],
            "elsewhere": waiting_elsewhere(request),
            "breadcrumb": [(_("Administration"), ""), (TITLE, "")],
        },
    )


@_guarded
@require_http_methods(["GET", "HEAD", "POST"])
def proposal(request: HttpRequest, proposal_id: uuid.UUID) -> HttpResponse:
    """One request: what would be done, what stands against it, the answer."""
    found = proposal_in(organisation_of(request), proposal_id)
    if found is None:
        raise Http404
    if not _may_read(request, found):
        raise PermissionDenied(denied(act_of(found).action.approving).reason)
    refusal = ""
    if request.method == "POST":
        if not is_recent(request):
            raise ReauthenticationRequired
        try:
            said = _answer(request, found)
        except ProposalError as error:
            refusal = str(error)
            found = proposal_in(organisation_of(request), proposal_id) or found
        else:
            messages.success(request, said)
            return redirect("proposal", found.id)
    (line,) = lines_of(request, [found])
    with tenant_scope(found.tenant_id):
        against = (
            [str(one) for one in obstacles(found, account_of(request))]
            if line.is_waiting and line.awaits_reader
            else []
        )
        history = _history(found)
    return render(
        request,
        "tenants/rights/proposal.html",
        {
            "line": line,
            "proposal": found,
            "refusal": refusal,
            "against": against,
            "history": history,
            "answer": request.POST.get("motif", ""),
            "breadcrumb": [
                (_("Administration"), ""),
                (TITLE, reverse("proposals")),
                (line.shown.title, ""),
            ],
        },
        status=409 if refusal else 200,
    )


def lines_of(request: HttpRequest, found: Iterable[Proposal]) -> list[ProposalLine]:
    """Return requests as the reader sees them, in their order."""
    kept = list(found)
    people = named([one for row in kept for one in (row.proposed_by, row.decided_by)])
    reader = account_of(request)
    lines = []
    with tenant_scope(proof_coffre(organisation_of(request).id).id):
        for one in kept:
            act = act_of(one)
            lines.append(
                ProposalLine(
                    proposal=one,
                    shown=act.shown(one),
                    action=act.action,
                    asked_by=_name(people.get(one.proposed_by)),
                    decided_by=_name(people.get(one.decided_by)) if one.decided_by else "",
                    is_own=one.proposed_by == reader.id,
                    awaits_reader=is_waiting(one)
                    and why_not_decide(one, reader, rights_in(request)) is None,
                )
            )
    return lines


def pending_on(request: HttpRequest, *, action: str, subject_id: uuid.UUID) -> list[ProposalLine]:
    """Return the requests that wait on a thing, for its page; of acts the reader has to do with."""
    found = waiting_on(organisation_of(request), action=action, subject_id=subject_id)
    return lines_of(request, [one for one in found if _may_read(request, one)])


def proposals_todo(request: HttpRequest) -> TodoGroup | None:
    """Requests that the reader may approve, and not their own."""
    if not may_follow(request):
        return None
    waiting = waiting_in(organisation_of(request))
    seen = lines_of(request, [one for one in waiting if _may_read(request, one)])
    lines = [one for one in seen if one.awaits_reader]
    return TodoGroup(
        key="approbations",
        title=_("À approuver"),
        items=tuple(_item(one) for one in lines[:MOST_SHOWN]),
        total=len(lines),
        url=reverse("proposals"),
    )


def _item(line: ProposalLine) -> TodoItem:
    return TodoItem(
        title=line.shown.title,
        url=reverse("proposal", args=[line.proposal.id]),
        facts=f"{line.asked_by} · {line.proposal.reason[:120]}",
        action=_("Examiner"),
        icon="person-check",
        due=french.ago(line.proposal.proposed_at, now=clock.now()),
        is_soon=True,
    )


def _answer(request: HttpRequest, found: Proposal) -> str:
    """Do what the form says; return what to tell."""
    reader = account_of(request)
    match request.POST.get("reponse"):
        case "approuver":
            approve(proposal=found, by=reader)
            return _("C’est approuvé, et fait.")
        case "refuser":
            refuse(proposal=found, by=reader, answer=request.POST.get("motif", ""))
            return _("La demande est refusée : rien n’a changé.")
        case "retirer":
            withdraw(proposal=found, by=reader)
            return _("Votre demande est retirée : rien n’a changé.")
    raise ProposalError(_("Choisissez d’approuver, de refuser ou de retirer."))


def _may_read(request: HttpRequest, found: Proposal) -> bool:
    if found.proposed_by == account_of(request).id:
        return True
    action = act_of(found).action
    coffre = Tenant.objects.select_related("organisation").get(id=found.coffre_id)
    return any(rights_in(request).chains(one, coffre) for one in (action.asking, action.approving))


def _holds_somewhere(request: HttpRequest, permission: Permission) -> bool:
    organisation_id = organisation_of(request).id
    return any(
        permission in one.permissions
        for one in rights_in(request).coffres
        if one.coffre.organisation_id == organisation_id
    )


def _history(found: Proposal) -> list[dict[str, Any]]:
    """Return the moments of a request, as its journal tells them; needs the scope of the proof."""
    events = [
        one
        for one in Event.objects.filter(operation_id=found.id).order_by("sequence")
        if one.code != OPERATION or one.outcome == "STARTED"
    ]
    agent_id = Operation.objects.values_list("agent_id", flat=True).get(id=found.id)
    agents = [uuid.UUID(one.detail["agent"]) if one.detail.get("agent") else None for one in events]
    people = named([agent_id, *agents])
    return [
        {
            "at": event.occurred_at,
            "label": label(event.code),
            "by": _name(people.get(agent or agent_id))
            if agent or event.code == OPERATION
            else _("la plateforme"),
        }
        for event, agent in zip(events, agents, strict=True)
    ]


def _name(account: Account | None) -> str:
    return account.name if account else _("un compte disparu")
