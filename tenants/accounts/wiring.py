"""What this part tells the rooms below: labels, menu, jobs, reminders."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sae.jobs.registry import register_handler
from sae.journal.labels import Label, register_labels
from sae.kernel import clock
from sae.ui import french, home, menu
from tenants.access import may, organisation_of
from tenants.accounts import checks, register  # noqa: F401 the checks register themselves
from tenants.accounts.first_steps import first_steps_todo
from tenants.accounts.four_eyes import Anonymising
from tenants.accounts.invitations import JOB_KIND, give_up, send_link
from tenants.permissions import Permission
from tenants.rights.proposals import register_act

LABELS: dict[str, Label] = {
    "ACCOUNT_UPDATE": gettext_lazy("Modification d’un compte"),
    "ACCOUNT_ENABLE": gettext_lazy("Activation d’un compte"),
    "ACCOUNT_DISABLE": gettext_lazy("Désactivation d’un compte"),
    "ACCOUNT_UNBLOCK": gettext_lazy("Déblocage d’un compte"),
    "ACCOUNT_INVITE": gettext_lazy("Invitation d’un compte"),
    "ACCOUNT_RESET": gettext_lazy("Demande d’un nouveau mot de passe"),
    "ACCOUNT_LINK_USE": gettext_lazy("Mot de passe choisi par un lien"),
    "ACCOUNT_IMPORT": gettext_lazy("Import de comptes"),
    "GROUPS_IMPORT": gettext_lazy("Import de groupes"),
    "GROUP_MEMBERS_IMPORT": gettext_lazy("Import de membres de groupes"),
    "ACCOUNT_ANONYMISE": gettext_lazy("Anonymisation d’un compte"),
}
MOST_REMINDED = 5


def connect() -> None:
    """Called once the applications are loaded."""
    register_labels(LABELS)
    register_handler(JOB_KIND, send_link, on_quarantine=give_up)
    menu.register(
        menu.MenuEntry(
            "accounts",
            gettext_lazy("Comptes"),
            parent=menu.ADMINISTRATION,
            order=10,
            url_name="accounts",
            permission=Permission.ACCOUNT_VIEW,
            matches=(
                "account",
                "account_new",
                "account_edit",
                "account_move",
                "account_disable",
                "account_anonymise",
                "account_import",
                "account_import_plan",
                "accounts_bulk",
                "account_security_of",
                "account_second_factor_reset",
            ),
        )
    )
    menu.register(
        menu.MenuEntry(
            "personal_data",
            gettext_lazy("Données personnelles"),
            parent=menu.ADMINISTRATION,
            order=70,
            url_name="personal_data",
            permission=Permission.PERSONAL_DATA_VIEW,
        )
    )
    home.register_todo(first_steps_todo, order=3)
    home.register_todo(due_todo, order=60)
    register_act(Anonymising())


def due_todo(request: HttpRequest) -> home.TodoGroup | None:
    """Remind of the accounts to anonymise whoever may do it."""
    if getattr(request, "tenant", None) is None or not may(request, Permission.ACCOUNT_ANONYMISE):
        return None
    found, total = register.due(organisation_of(request), most=MOST_REMINDED)
    if not total:
        return None
    return home.TodoGroup(
        key="anonymisation",
        title=ngettext("Compte à anonymiser", "Comptes à anonymiser", total),
        items=tuple(
            home.TodoItem(
                title=one.account.name,
                url=reverse("account_anonymise", args=[one.account.id]),
                facts=_("désactivé le %s") % french.day(one.account.disabled_at or clock.now()),
                action=_("Anonymiser"),
                icon="eye-slash",
                due=_("échu le %s") % french.day(one.due_at),
                is_late=True,
            )
            for one in found
        ),
        total=total,
        url=reverse("personal_data"),
    )
