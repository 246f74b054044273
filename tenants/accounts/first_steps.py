"""What waits for whoever administers an organisation that has just been opened."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from sae.ui import home
from tenants.access import account_of, may, organisation_of
from tenants.models import Account
from tenants.permissions import Permission


def first_steps_todo(request: HttpRequest) -> home.TodoGroup | None:
    """Lead the only account of an organisation to what makes it live; nothing once it has two."""
    if getattr(request, "tenant", None) is None or not may(request, Permission.ACCOUNT_MANAGE):
        return None
    organisation = organisation_of(request)
    if organisation.is_platform:
        return None
    people = Account.objects.filter(organisation=organisation, kind=Account.Kind.NOMINATIVE)
    if people.exclude(id=account_of(request).id).exists():
        return None
    items = tuple(item for permission, item in _steps() if may(request, permission))
    return home.TodoGroup(key="commencer", title=_("Pour commencer"), items=items, total=len(items))


def _steps() -> tuple[tuple[Permission, home.TodoItem], ...]:
    """Return what there is to do, each with the permission that it asks."""
    return (
        (
            Permission.ACCOUNT_MANAGE,
            home.TodoItem(
                title=_("Créer les comptes de vos collègues"),
                url=reverse("account_new"),
                facts=_("Votre compte est le seul : personne d’autre ne peut verser ni consulter."),
                action=_("Créer un compte"),
                icon="person-plus",
            ),
        ),
        (
            Permission.REFERENTIAL_VIEW,
            home.TodoItem(
                title=_("Relire les services et les règles"),
                url=reverse("referentials"),
                facts=_("Ils viennent d’un jeu commun : adaptez-les avant le premier versement."),
                action=_("Relire"),
                icon="journal-bookmark",
            ),
        ),
        (
            Permission.RIGHT_VIEW,
            home.TodoItem(
                title=_("Nommer une seconde personne pour les droits"),
                url=reverse("rights_checkup"),
                facts=_("Sans elle, si vous partiez, plus personne ne pourrait en donner."),
                action=_("Voir le contrôle"),
                icon="shield-check",
            ),
        ),
    )
