"""The check-up of an organisation's rights: dead ends, forgotten powers, what ends soon.

Each finding says what is wrong, why it matters, on what, and where to repair it.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _

from sae.kernel import clock
from sae.tenancy.models import Organisation, Tenant
from sae.tenancy.scope import tenant_scope
from sae.ui import french
from tenants.models import AccessContract, Account, Status
from tenants.models.rights import Group, GroupMember, GroupProfile, Profile
from tenants.permissions import LABELS, Permission
from tenants.rights.effective import Rights, in_force, rights_of_everyone
from tenants.rights.four_eyes import Action, choices
from tenants.rights.news import news_of
from tenants.rights.remaining import root_managers
from tenants.rights.segregation import conflicts_of
from tenants.rights.selectors import coffres_of

DORMANT_AFTER = dt.timedelta(days=90)
NEVER_USED_AFTER = dt.timedelta(days=30)
ENDING_WITHIN = dt.timedelta(days=15)
POWERS = (Permission.RIGHT_MANAGE, Permission.ACCOUNT_MANAGE, Permission.ORGANISATION_MANAGE)


@dataclass(frozen=True, slots=True)
class Place:
    """One thing a finding is about: its name, a fact, and the page where it is repaired.

    ``lines``: more facts, each on its own line.
    """

    name: str
    url: str
    fact: str = ""
    action: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One sort of trouble. ``state``: ``KO`` blocks somebody, ``WARNING`` is to be looked at."""

    key: str
    state: str
    title: str
    why: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the checks read, once."""

    organisation: Organisation
    coffres: list[Tenant]
    proof: Tenant
    accounts: dict[uuid.UUID, Account]
    rights: dict[uuid.UUID, Rights]
    now: dt.datetime


def holders_of(organisation: Organisation, permission: Permission) -> list[Account]:
    """Return the active accounts that hold a permission in some coffre, by name."""
    rights = rights_of_everyone(organisation.id)
    held = [
        account_id
        for account_id, one in rights.items()
        if any(one.chains(permission, place.coffre) for place in one.coffres)
    ]
    return list(Account.objects.filter(id__in=held).order_by("name"))


def check_up(organisation: Organisation) -> list[Finding]:
    """Return what is to be repaired in an organisation, the worst first.

    Runs in the scope of its coffre de preuve.
    """
    coffres = coffres_of(organisation)
    ground = _Ground(
        organisation=organisation,
        coffres=coffres,
        proof=next(one for one in coffres if one.kind == Tenant.Kind.PROOF),
        accounts={
            one.id: one
            for one in Account.objects.filter(organisation=organisation).order_by("name")
        },
        rights=rights_of_everyone(organisation.id),
        now=clock.now(),
    )
    found = [one for check in CHECKS for one in check(ground)]
    return sorted(found, key=lambda one: one.state != "KO")


def _finding(
    key: str, state: str, title: str, why: str, places: Iterable[Place]
) -> Iterator[Finding]:
    found = tuple(places)
    if found:
        yield Finding(key, state, title, why, found)


def _few_managers(ground: _Ground) -> Iterator[Finding]:
    managers = root_managers(ground.proof)
    if len(managers) > 1:
        return
    names = ", ".join(ground.accounts[one].name for one in managers) or _("personne")
    yield Finding(
        "managers",
        "WARNING" if managers else "KO",
        _("Une seule personne gère les droits à la racine")
        if managers
        else _("Personne ne gère les droits à la racine"),
        _("Absente ou partie, plus personne ne pourrait donner ni retirer un droit."),
        (Place(names, reverse("groups"), action=_("Placer")),),
    )


def _nobody_accepts_support(ground: _Ground) -> Iterator[Finding]:
    if ground.organisation.is_platform:
        return
    if not any(one.chains(Permission.SUPPORT_ACCEPT, ground.proof) for one in _all(ground)):
        yield Finding(
            "support",
            "KO",
            _("Personne ne peut accepter un accès du support"),
            _("En cas de panne, l’exploitant ne pourrait pas être autorisé à entrer."),
            (Place(ground.proof.name, reverse("profiles"), action=_("Composer")),),
        )


def _nobody_approves(ground: _Ground) -> Iterator[Finding]:
    for action, required, _chosen in choices(ground.organisation):
        if required:
            yield from _finding(
                f"approval-{action.key}",
                "KO",
                _("Personne ne pourrait approuver : %(act)s") % {"act": action.label},
                _("Le double regard est exigé : la demande attendrait sans fin."),
                _without_approver(ground, action),
            )


def _without_approver(ground: _Ground, action: Action) -> Iterator[Place]:
    for coffre in ground.coffres:
        if coffre.kind != Tenant.Kind.ARCHIVES:
            continue
        approving = _who(ground, action.approving, coffre)
        stuck = [one for one in _who(ground, action.asking, coffre) if not approving - {one}]
        if stuck:
            names = ", ".join(sorted(ground.accounts[one].name for one in stuck))
            yield Place(
                coffre.name,
                reverse("groups"),
                fact=_("Personne d’autre que %s ne peut approuver") % names
                if approving
                else _("Personne ne peut approuver ce que demande %s") % names,
                action=_("Placer"),
            )


def _blind_profiles(ground: _Ground) -> Iterator[Finding]:
    by_id = {one.id: one for one in ground.coffres}
    blind, broken = [], []
    carried = _profiles_of_members(ground)
    in_vain = False
    for profile in Profile.objects.all():
        coffre = by_id.get(profile.coffre_id)
        consults = Permission.HOLDINGS_VIEW.value in profile.permissions
        if coffre is None or not consults or profile.sees_everything:
            continue
        url = reverse("profile_edit", args=[profile.id])
        if not profile.access_contracts:
            blind.append(Place(profile.name, url, coffre.name, _("Modifier")))
            in_vain = in_vain or profile.id in carried
            continue
        with tenant_scope(coffre.id):
            active = set(
                AccessContract.objects.filter(
                    identifier__in=profile.access_contracts, status=Status.ACTIVE
                ).values_list("identifier", flat=True)
            )
        if lost := sorted(set(profile.access_contracts) - active):
            fact = _("%(coffre)s : %(contracts)s") % {
                "coffre": coffre.name,
                "contracts": ", ".join(lost),
            }
            broken.append(Place(profile.name, url, fact, _("Modifier")))
    yield from _finding(
        "blind",
        # Nobody seeks in vain yet: a town just opened has such groups to fill.
        "KO" if in_vain else "WARNING",
        _("Des profils consultent, mais ne voient aucune archive"),
        _("Ni contrat d’accès, ni ouverture à tout le coffre : leurs membres cherchent en vain."),
        blind,
    )
    yield from _finding(
        "contracts",
        "WARNING",
        _("Des profils citent un contrat d’accès inactif ou disparu"),
        _("Ce contrat n’ouvre plus rien."),
        broken,
    )


def _groups_with_members(ground: _Ground) -> set[uuid.UUID]:
    """Return the groups where somebody is, or will be."""
    rows = GroupMember.objects.exclude(ends_at__lte=ground.now)
    return set(rows.values_list("group_id", flat=True))


def _profiles_of_members(ground: _Ground) -> set[uuid.UUID]:
    rows = GroupProfile.objects.filter(group_id__in=_groups_with_members(ground))
    return set(rows.values_list("profile_id", flat=True))


def _empty_groups(ground: _Ground) -> Iterator[Finding]:
    empty = Group.objects.exclude(id__in=_groups_with_members(ground))
    yield from _finding(
        "empty",
        "WARNING",
        _("Des groupes n’ont aucun membre"),
        _("Ils ne servent à personne, ou quelqu’un attend ses droits."),
        (Place(one.name, reverse("group", args=[one.id]), action=_("Ouvrir")) for one in empty),
    )


def _dormant(ground: _Ground) -> Iterator[Finding]:
    limit = ground.now - DORMANT_AFTER
    places = []
    for account_id, rights in ground.rights.items():
        account = ground.accounts[account_id]
        powerful = any(rights.chains(one, ground.proof) for one in POWERS)
        last = account.last_login
        if powerful and account.created_at < limit and (last is None or last < limit):
            fact = _("jamais connecté") if last is None else _("vu le %s") % french.day(last)
            places.append(_person(account, fact, _("Revoir")))
    yield from _finding(
        "dormant",
        "WARNING",
        _("Des administrateurs ne se connectent plus"),
        _("Un compte puissant que personne ne surveille est la première cible d’un vol."),
        places,
    )


def _never_used(ground: _Ground) -> Iterator[Finding]:
    limit = ground.now - NEVER_USED_AFTER
    yield from _finding(
        "unused",
        "WARNING",
        _("Des comptes n’ont jamais servi"),
        _("Créés depuis plus d’un mois, jamais connectés : à désactiver s’ils sont inutiles."),
        (
            _person(one, _("créé le %s") % french.day(one.created_at), _("Voir"))
            for one in ground.accounts.values()
            if one.is_active and one.last_login is None and one.created_at < limit
        ),
    )


def _placeless(ground: _Ground) -> Iterator[Finding]:
    yield from _finding(
        "placeless",
        "WARNING",
        _("Des comptes actifs n’ont aucun droit"),
        _("Ils se connectent et ne voient rien."),
        (
            _person(one, "", _("Voir"))
            for one in ground.accounts.values()
            if one.is_active and one.id not in ground.rights
        ),
    )


def _ending(ground: _Ground) -> Iterator[Finding]:
    members = (
        GroupMember.objects.filter(in_force(ground.now), ends_at__lte=ground.now + ENDING_WITHIN)
        .select_related("group")
        .order_by("ends_at")
    )
    yield from _finding(
        "ending",
        "WARNING",
        _("Des délégations et missions finissent bientôt"),
        _("À prolonger s’il le faut, à laisser finir sinon."),
        (
            Place(
                ground.accounts[one.account_id].name,
                reverse("member_end", args=[one.id]),
                _("%(group)s, jusqu’au %(day)s")
                % {"group": one.group.name, "day": french.day(one.ends_at) if one.ends_at else ""},
                _("Changer la date"),
            )
            for one in members
            if one.account_id in ground.accounts
        ),
    )


def _conflicting(ground: _Ground) -> Iterator[Finding]:
    places = []
    for account_id, rights in ground.rights.items():
        if found := list(conflicts_of(rights)):
            lines = tuple(f"{one.conflict.sentence} ({one.coffre.name})" for one in found)
            person = _person(ground.accounts[account_id], "", _("Voir ses droits"))
            places.append(replace(person, lines=lines))
    yield from _finding(
        "segregation",
        "WARNING",
        _("Des personnes cumulent des droits à séparer"),
        _("Qui demande ne devrait pas approuver ; qui distribue les droits ne devrait pas agir."),
        sorted(places, key=lambda one: one.name),
    )


def _news(ground: _Ground) -> Iterator[Finding]:
    by_id = {one.id: one for one in ground.coffres}
    places = []
    for profile in Profile.objects.exclude(ready=""):
        coffre = by_id.get(profile.coffre_id)
        gained = news_of(profile, coffre) if coffre is not None else []
        if coffre is not None and gained:
            fact = f"{coffre.name} : {', '.join(str(LABELS[one]) for one in gained)}"
            url = reverse("profile_edit", args=[profile.id]) + "?nouveau=oui"
            places.append(Place(profile.name, url, fact, _("Examiner")))
    yield from _finding(
        "news",
        "WARNING",
        _("Des profils prêts ont gagné des permissions"),
        _("Une mise à jour ne donne aucun droit : à vous de cocher ce qui convient, ou non."),
        places,
    )


Findings = Callable[[Organisation, list[Tenant]], Iterable[Finding]]
_others: list[Findings] = []


def register_check(check: Findings) -> None:
    """Add what another part of the room looks at, given the coffres of an organisation."""
    if check not in _others:
        _others.append(check)


def _other_checks(ground: _Ground) -> Iterator[Finding]:
    for check in _others:
        yield from check(ground.organisation, ground.coffres)


CHECKS = (
    _few_managers,
    _nobody_accepts_support,
    _nobody_approves,
    _blind_profiles,
    _conflicting,
    _other_checks,
    _news,
    _ending,
    _dormant,
    _placeless,
    _never_used,
    _empty_groups,
)


def _person(account: Account, fact: str, action: str) -> Place:
    return Place(account.name, reverse("effective_rights", args=[account.id]), fact, action)


def _all(ground: _Ground) -> Iterable[Rights]:
    return ground.rights.values()


def _who(ground: _Ground, permission: Permission, coffre: Tenant) -> set[uuid.UUID]:
    return {one for one, rights in ground.rights.items() if rights.chains(permission, coffre)}
