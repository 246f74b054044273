"""What organisations tell the rooms below: menu, labels, job, banner, home page, rights."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sae.jobs.registry import register_handler
from sae.journal.labels import Label, register_labels
from sae.ui import menu, shell
from sae.ui.home import register_panel, register_todo
from tenants.access import may
from tenants.organisations import (
    creation,
    home,
    settings,
    support,
    support_mail,
    support_session,
    suspension,
)
from tenants.organisations.support_rights import support_grants
from tenants.permissions import Permission
from tenants.rights.effective import register_source

LABELS: dict[str, Label] = {
    creation.FOUND: _("Ouverture d’une organisation"),
    settings.CHANGE: _("Changement de réglages"),
    settings.UNDO: _("Annulation d’un changement de réglages"),
    suspension.SUSPEND: _("Suspension d’une organisation"),
    suspension.RESUME: _("Réouverture d’une organisation"),
    support.REQUEST: _("Demande d’accès du support"),
    support.REFUSAL: _("Refus d’un accès du support"),
    support.WITHDRAWAL: _("Retrait d’une demande d’accès du support"),
    support.SESSION: _("Accès du support"),
    support_session.PAGE: _("Page consultée par le support"),
    support_session.ACT: _("Formulaire envoyé par le support"),
}


def connect() -> None:
    """Called once the applications are loaded."""
    register_labels(LABELS)
    register_handler(support.JOB_KIND, support.expire_support)
    register_handler(support_mail.JOB_KIND, support_mail.send_support_mail)
    register_source(support_grants)
    shell.register(banner=support_session.support_banner)
    _register_menu()
    _register_home()


def _register_menu() -> None:
    for key, label, order, permission, matches in (
        ("organisations", _("Organisations"), 5, Permission.PLATFORM_MANAGE, ()),
        ("support_requests", _("Demandes de support"), 6, Permission.SUPPORT_REQUEST, ()),
        ("organisation_settings", _("Organisation"), 45, Permission.ORGANISATION_MANAGE, ()),
        ("support_accesses", _("Accès du support"), 60, Permission.SUPPORT_ACCEPT, ()),
    ):
        menu.register(
            menu.MenuEntry(
                key,
                label,
                parent=menu.ADMINISTRATION,
                order=order,
                url_name=key,
                permission=_holding(permission),
                matches=matches,
            )
        )


def _holding(permission: Permission) -> menu.Check:
    def check(request: HttpRequest) -> bool:
        return bool(may(request, permission))

    return check


def _register_home() -> None:
    register_todo(home.support_todo, order=5)
    register_todo(home.platform_todo, order=6)
    register_todo(home.quota_todo, order=40)
    register_todo(home.delegations_todo, order=60)
    register_todo(home.contracts_todo, order=65)
    register_panel(home.platform_panel, order=10)
    register_panel(home.volumes, column="side", order=25)
