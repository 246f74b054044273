"""Screens of members: placing an account in a group until a date, delegating, taking out."""

import datetime as dt
import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sae.kernel import clock
from sae.tenancy.models import Tenant
from sae.ui.correlation import correlation_id
from tenants.access import account_of, in_organisation, organisation_of, requires, rights_in
from tenants.models import Account
from tenants.models.rights import Group, GroupMember
from tenants.permissions import Permission
from tenants.rights.administering import needed_for
from tenants.rights.administrators import propose_administrator
from tenants.rights.effective import rights_of
from tenants.rights.forms import DelegationForm, EndForm, PlacingForm, end_of
from tenants.rights.four_eyes import SecondPersonNeededError
from tenants.rights.levels import any_may_act_on
from tenants.rights.proposals import ProposalError
from tenants.rights.reach import (
    PLACING,
    OutOfReachError,
    account_is_in_reach,
    groups_in_reach,
    levels_of_accounts,
)
from tenants.rights.ready import READY
from tenants.rights.remaining import NobodyRemainsError
from tenants.rights.segregation import conflicts_of
from tenants.rights.services import (
    SURE,
    MembershipError,
    add_member,
    change_end,
    remove_member,
)
from tenants.rights.views.groups import crumbs, group_or_404
from tenants.security.recent import recently_authenticated

REFUSED = (MembershipError, OutOfReachError, NobodyRemainsError)


@requires(Permission.RIGHT_DELEGATE)
@recently_authenticated
@require_http_methods(["GET", "POST"])
def member_add(request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
    """Place an account in a group."""
    with in_organisation(request):
        group = group_or_404(group_id)
        accounts = _accounts_in_reach(request, apart_from=group)
    rights = rights_in(request)
    sure = rights.levels(organisation_of(request).id, *SURE)
    form = PlacingForm(
        request.POST if request.method == "POST" else None,
        initial=_initial(group),
        accounts=accounts,
        end_needed=not any_may_act_on(sure, group.level),
    )
    if request.method == "POST" and form.is_valid() and _place(request, form, group):
        return redirect("group", group.id)
    back = reverse("group", args=[group.id])
    return _page(
        request,
        form,
        title=_("Ajouter un membre à « %s »") % group.name,
        back=back,
        breadcrumb=crumbs((group.name, back), (_("Ajouter un membre"), "")),
        group=group,
    )


@requires(Permission.RIGHT_DELEGATE)
@recently_authenticated
@require_http_methods(["GET", "POST"])
def delegate(request: HttpRequest) -> HttpResponse:
    """Entrust a group below one's level to an account, until a date."""
    levels = rights_in(request).levels(organisation_of(request).id, *PLACING)
    with in_organisation(request):
        groups = groups_in_reach(levels)
        accounts = _accounts_in_reach(request)
    form = DelegationForm(
        request.POST if request.method == "POST" else None, accounts=accounts, groups=groups
    )
    if request.method == "POST" and form.is_valid():
        group = next(one for one in groups if str(one.id) == form.cleaned_data["group"])
        if _place(request, form, group):
            return redirect("group", group.id)
    return _page(
        request,
        form,
        title=_("Déléguer jusqu’à une date"),
        back=reverse("groups"),
        breadcrumb=crumbs((_("Déléguer"), "")),
        group=None,
    )


@requires(Permission.RIGHT_DELEGATE)
@require_http_methods(["GET", "POST"])
def member_end(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    """Give a membership another end."""
    member, account = _member_or_404(request, member_id)
    initial = {"until": timezone.localtime(member.ends_at).date() if member.ends_at else None}
    with in_organisation(request):
        approved = needed_for(Tenant.objects.get(id=member.tenant_id), member.group)
    form = EndForm(
        request.POST if request.method == "POST" else None, initial=initial, says_why=approved
    )
    if request.method == "POST" and form.is_valid():
        try:
            with in_organisation(request):
                change_end(
                    member=member,
                    until=end_of(form.cleaned_data["until"]),
                    changed_by=account_of(request),
                )
        except SecondPersonNeededError:
            if _propose(request, form, member.group, account):
                return redirect("group", member.group_id)
        except REFUSED as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Date de fin de %s changée.") % account.name)
            return redirect("group", member.group_id)
    back = reverse("group", args=[member.group_id])
    return _page(
        request,
        form,
        title=_("Date de fin de %(name)s dans « %(group)s »")
        % {"name": account.name, "group": member.group.name},
        back=back,
        breadcrumb=crumbs((member.group.name, back), (_("Date de fin"), "")),
        group=member.group,
    )


@requires(Permission.RIGHT_DELEGATE)
@require_http_methods(["GET", "POST"])
def member_remove(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    """Take an account out of a group, now."""
    member, account = _member_or_404(request, member_id)
    refusal = ""
    if request.method == "POST":
        try:
            remove_member(group=member.group, account=account, removed_by=account_of(request))
        except REFUSED as error:
            refusal = str(error)
        else:
            messages.success(
                request,
                _("%(name)s n’est plus membre de « %(group)s ».")
                % {"name": account.name, "group": member.group.name},
            )
            return redirect("group", member.group_id)
    back = reverse("group", args=[member.group_id])
    return render(
        request,
        "tenants/rights/delete.html",
        {
            "title": _("Retirer %(name)s de « %(group)s »")
            % {"name": account.name, "group": member.group.name},
            "refusal": refusal,
            "blockers": [],
            "goes": _("Les droits que ce groupe lui donne, dès sa prochaine action."),
            "stays": _("Le compte, ses autres groupes, et la trace de cette appartenance."),
            "back": back,
            "button": _("Retirer du groupe"),
            "breadcrumb": crumbs((member.group.name, back), (_("Retirer"), "")),
        },
        status=409 if refusal else 200,
    )


def _place(request: HttpRequest, form: PlacingForm, group: Group) -> bool:
    account = Account.objects.get(id=form.cleaned_data["account"])
    before = _combined(account)
    try:
        add_member(
            group=group,
            account=account,
            until=end_of(form.cleaned_data["until"]),
            given_by=account_of(request),
            reason=form.cleaned_data["reason"],
        )
    except SecondPersonNeededError:
        return _propose(request, form, group, account)
    except REFUSED as error:
        form.add_error(None, str(error))
        return False
    messages.success(
        request,
        _("%(name)s est membre de « %(group)s ».") % {"name": account.name, "group": group.name},
    )
    if combined := sorted(_combined(account) - before):
        messages.warning(
            request,
            _("À savoir : %(name)s réunit désormais des droits à séparer. %(conflicts)s.")
            % {"name": account.name, "conflicts": " ; ".join(combined)},
        )
    return True


def _propose(request: HttpRequest, form: Any, group: Group, account: Account) -> bool:
    """Ask a second person for what one alone may not do; the form must say why."""
    try:
        propose_administrator(
            group=group,
            account=account,
            until=end_of(form.cleaned_data["until"]),
            by=account_of(request),
            reason=form.cleaned_data["reason"],
            request_id=correlation_id(),
        )
    except ProposalError as error:
        form.add_error(None if form.cleaned_data["reason"] else "reason", str(error))
        return False
    messages.info(
        request,
        _(
            "« %(group)s » donne des droits d’administrateur : une seconde personne doit approuver"
            " que %(name)s en soit membre. Rien n’a encore changé."
        )
        % {"group": group.name, "name": account.name},
    )
    return True


def _combined(account: Account) -> set[str]:
    """Return the permissions to keep apart that an account holds together, in words."""
    return {
        f"{found.conflict.sentence} ({found.coffre.name})"
        for found in conflicts_of(rights_of(account))
    }


def _initial(group: Group) -> dict[str, Any]:
    """Propose an end where the ready profile lasts so many months: an audit is a mission."""
    ready = READY.get(group.ready.partition(":")[0])
    if ready is None or not ready.months:
        return {}
    return {"until": timezone.localtime(clock.now()).date() + dt.timedelta(days=30 * ready.months)}


def _accounts_in_reach(request: HttpRequest, apart_from: Group | None = None) -> list[Account]:
    """Return the active accounts one may place, by name, those of a group left out."""
    levels = rights_in(request).levels(organisation_of(request).id, *PLACING)
    accounts = list(
        Account.objects.filter(organisation=organisation_of(request), is_active=True).order_by(
            "name"
        )
    )
    levels_of = levels_of_accounts([one.id for one in accounts])
    inside = set()
    if apart_from is not None:
        inside = set(
            GroupMember.objects.filter(group=apart_from)
            .exclude(ends_at__lte=clock.now())
            .values_list("account_id", flat=True)
        )
    return [
        one
        for one in accounts
        if one.id not in inside and account_is_in_reach(levels, levels_of[one.id])
    ]


def _member_or_404(request: HttpRequest, member_id: uuid.UUID) -> tuple[GroupMember, Account]:
    with in_organisation(request):
        member = GroupMember.objects.select_related("group").filter(id=member_id).first()
    if member is None:
        raise Http404
    return member, Account.objects.get(id=member.account_id)


def _page(
    request: HttpRequest,
    form: Any,
    *,
    title: str,
    back: str,
    breadcrumb: Any,
    group: Group | None,
) -> HttpResponse:
    return render(
        request,
        "tenants/rights/member_form.html",
        {"form": form, "title": title, "back": back, "breadcrumb": breadcrumb, "group": group},
        status=400 if form.is_bound and form.errors else 200,
    )
