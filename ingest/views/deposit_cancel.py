"""Pausing, resuming, abandoning and cancelling: pages for what cannot be undone, never dialogs."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from ingest.cancellation.models import DepositCancellation
from ingest.cancellation.refusals import SENTENCES, refusals_of
from ingest.models import Deposit
from ingest.selectors.deposits import created_by
from ingest.services.cancelling import (
    LONGEST_REASON,
    NotCancellableError,
    NotOpenError,
    SamePersonError,
    approve_cancellation,
    cancellation_of,
    delay,
    is_accepted,
    needs_approval,
    relaunch_cancellation,
    request_cancellation,
    withdraw_cancellation,
)
from ingest.services.resuming import (
    NotAbandonableError,
    NotPausableError,
    NotResumableError,
    abandon_deposit,
    may_abandon,
    pause_deposit,
    resume_deposit,
)
from ingest.views.access import deposit_or_404
from sae.holdings.removal import Blocker, content_of
from sae.holdings.selectors.units import units_by_ids
from sae.kernel import clock
from sae.ui import errors, french
from tenants.access import account_of, may, requires
from tenants.permissions import Permission

ABANDON_REFUSED = {
    "over": gettext_lazy("Ce versement est terminé : il ne peut plus être abandonné."),
    "running": gettext_lazy("Une étape est en cours : attendez qu’elle finisse, puis réessayez."),
    "closing": gettext_lazy("Tout est fait, il ne manque que la réponse : reprenez le versement."),
    "needed": gettext_lazy("D’autres versements s’appuient déjà sur ces unités : reprenez-le."),
}


class ReasonForm(forms.Form):
    """Why; it goes to the journal, which never forgets."""

    reason = forms.CharField(
        label=gettext_lazy("Motif"),
        help_text=gettext_lazy(
            "Exemple : « mauvais service producteur ». Il entre au journal, qui ne s’efface pas : "
            "n’y écrivez le nom d’aucune personne."
        ),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class CancellationForm(ReasonForm):
    """Why, and how many units: typed, so that nobody cancels by mistake."""

    unit_count = forms.IntegerField(
        label=gettext_lazy("Nombre d’unités à retirer du fonds"),
        help_text=gettext_lazy("En chiffres, pour confirmer."),
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "class": "input-short"}
        ),
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason that blocks, in words, with links to the first units concerned."""

    sentence: str
    units: tuple[tuple[str, str], ...]


def _refusals(request: HttpRequest, blockers: Sequence[Blocker]) -> list[Refusal]:
    titles = {
        unit.id: unit.title
        for unit in units_by_ids([unit for one in blockers for unit in one.units])
    }
    linked = bool(may(request, Permission.HOLDINGS_VIEW))
    return [
        Refusal(
            french.count(one.count, *map(str, SENTENCES[one.reason])),
            tuple(
                (titles[unit], reverse("unit", args=[unit]) if linked else "")
                for unit in one.units
                if unit in titles
            ),
        )
        for one in blockers
    ]


@requires(Permission.DEPOSIT_RESUME)
@require_POST
def deposit_pause(request: HttpRequest, deposit_id: uuid.UUID) -> HttpResponse:
    """Have a deposit stop where it is, its work kept."""
    deposit_or_404(request, deposit_id)
    try:
        paused = pause_deposit(deposit_id=deposit_id, account_id=account_of(request).id)
    except NotPausableError:
        return errors.refusal(request, _("Ce versement est terminé : il n’y a rien à arrêter."))
    messages.success(
        request,
        _("Le versement est en pause.")
        if paused.state == Deposit.State.PAUSED
        else _("Le versement s’arrêtera à la fin de l’étape en cours."),
    )
    return redirect("deposit", deposit_id)


@requires(Permission.DEPOSIT_RESUME)
@require_POST
def deposit_resume(request: HttpRequest, deposit_id: uuid.UUID) -> HttpResponse:
    """Queue a paused deposit again."""
    deposit_or_404(request, deposit_id)
    try:
        resume_deposit(deposit_id=deposit_id, account_id=account_of(request).id)
    except NotResumableError:
        return errors.refusal(request, _("Ce versement n’est pas en pause."))
    messages.success(request, _("Le versement reprend où il s’était arrêté."))
    return redirect("deposit", deposit_id)


@requires(Permission.DEPOSIT_RESUME)
@require_http_methods(["GET", "HEAD", "POST"])
def deposit_abandon(request: HttpRequest, deposit_id: uuid.UUID) -> HttpResponse:
    """Ask why, then give a deposit up."""
    deposit = deposit_or_404(request, deposit_id)
    if not may_abandon(deposit):
        over = deposit.state == Deposit.State.COMPLETED
        return errors.refusal(request, str(ABANDON_REFUSED["over" if over else "running"]))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                abandon_deposit(
                    deposit_id=deposit_id,
                    account_id=account_of(request).id,
                    reason=form.cleaned_data["reason"],
                )
        except NotAbandonableError as error:
            return errors.refusal(request, str(ABANDON_REFUSED[error.reason]))
        messages.success(request, _("Le versement est abandonné ; sa réponse va être écrite."))
        return redirect("deposit", deposit_id)
    context = {"deposit": deposit, "form": form, "content": content_of(deposit.id)}
    status = 400 if form.errors else 200
    return render(request, "ingest/deposit_cancel_abandon.html", context, status=status)


@requires(Permission.DEPOSIT_CANCEL)
@require_http_methods(["GET", "HEAD", "POST"])
def deposit_cancel(request: HttpRequest, deposit_id: uuid.UUID) -> HttpResponse:
    """Say what cancelling takes away, keeps, and what blocks it; then take the request."""
    deposit = deposit_or_404(request, deposit_id)
    if not is_accepted(deposit) or cancellation_of(deposit) is not None:
        return errors.refusal(request, _("Ce versement ne peut pas être annulé, ou l’est déjà."))
    form = CancellationForm(request.POST or None)
    blockers: Sequence[Blocker] = refusals_of(deposit.id)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                request_cancellation(
                    deposit_id=deposit_id, account_id=account_of(request).id, **form.cleaned_data
                )
        except NotCancellableError as error:
            blockers = error.blockers or blockers
            if error.reason == "wrong_count":
                form.add_error("unit_count", _("Ce n’est pas le nombre d’unités de ce versement."))
            elif error.reason != "needed":
                return errors.refusal(request, _("Ce versement ne peut pas être annulé."))
        else:
            messages.success(request, _("L’annulation est demandée."))
            return redirect("deposit", deposit_id)
    refused = request.method == "POST" and bool(blockers)
    context = {
        "deposit": deposit,
        "form": form,
        "content": content_of(deposit.id),
        "created": created_by(deposit),
        "refusals": _refusals(request, blockers),
        "needs_approval": needs_approval(),
        "delay_days": settings.CANCELLATION_DELAY_DAYS,
        "effective_at": clock.now() + delay(),
    }
    status = 409 if refused else 400 if form.errors else 200
    return render(request, "ingest/deposit_cancel.html", context, status=status)


def _act(
    request: HttpRequest,
    deposit_id: uuid.UUID,
    act: Callable[..., DepositCancellation],
    said: str,
) -> HttpResponse:
    deposit = deposit_or_404(request, deposit_id)
    cancellation = cancellation_of(deposit)
    if cancellation is None:
        return errors.refusal(request, _("Aucune annulation n’est demandée pour ce versement."))
    try:
        act(cancellation_id=cancellation.id, account_id=account_of(request).id)
    except NotOpenError:
        return errors.refusal(request, _("Cette demande d’annulation n’attend plus."))
    except SamePersonError:
        return errors.refusal(
            request, _("Une autre personne que celle qui a demandé doit approuver.")
        )
    messages.success(request, said)
    return redirect("deposit", deposit_id)


@requires(Permission.DEPOSIT_CANCEL)
@require_POST
def deposit_cancel_withdraw(request: HttpRequest, deposit_id: uuid.UUID) -> HttpResponse:
    """Withdraw a request before it takes effect."""
    return _act(
        request,
        deposit_id,
        withdraw_cancellation,
        _("La demande est retirée : le versement reste comme il est."),
    )


@requires(Permission.DEPOSIT_CANCEL_APPROVE)
@require_POST
def deposit_cancel_approve(request: HttpRequest, deposit_id: uuid.UUID) -> HttpResponse:
    """Approve the request of somebody else."""
    return _act(request, deposit_id, approve_cancellation, _("L’annulation est approuvée."))


@requires(Permission.DEPOSIT_CANCEL)
@require_POST
def deposit_cancel_relaunch(request: HttpRequest, deposit_id: uuid.UUID) -> HttpResponse:
    """Take up a cancellation that a technical error stopped."""
    return _act(request, deposit_id, relaunch_cancellation, _("L’annulation reprend."))
