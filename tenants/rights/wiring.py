"""What rights tell the rooms below: their labels in the journal, their places in the menu."""

from django.utils.translation import gettext_lazy as _

from sae.jobs.registry import register_handler
from sae.journal.labels import register_labels
from sae.ui import menu
from sae.ui.home import register_todo
from tenants.permissions import Permission
from tenants.rights.administrators import MakingAdministrator
from tenants.rights.checking import register_check
from tenants.rights.deposit_checks import deposit_findings
from tenants.rights.lifting import Lifting
from tenants.rights.proposals import JOB_KIND, expire_proposal, register_act
from tenants.rights.telling import LABELS
from tenants.rights.views.proposals import may_follow, proposals_todo


def connect() -> None:
    """Called once the applications are loaded."""
    register_labels(LABELS)
    register_check(deposit_findings)
    register_act(MakingAdministrator())
    register_act(Lifting())
    register_handler(JOB_KIND, expire_proposal)
    register_todo(proposals_todo, order=4)
    for entry in (
        menu.MenuEntry(
            "groups",
            _("Groupes"),
            parent=menu.ADMINISTRATION,
            order=20,
            url_name="groups",
            permission=Permission.RIGHT_VIEW,
            matches=(
                *("group", "group_new", "group_edit", "group_delete", "delegate"),
                *("member_add", "member_end", "member_remove"),
                *("groups_import", "groups_plan", "group_members_import", "group_members_plan"),
            ),
        ),
        menu.MenuEntry(
            "profiles",
            _("Profils"),
            parent=menu.ADMINISTRATION,
            order=21,
            url_name="profiles",
            permission=Permission.RIGHT_VIEW,
            matches=("profile", "profile_new", "profile_edit", "profile_delete"),
        ),
        menu.MenuEntry(
            "who_can",
            _("Droits effectifs"),
            parent=menu.ADMINISTRATION,
            order=22,
            url_name="who_can",
            permission=Permission.RIGHT_VIEW,
        ),
        menu.MenuEntry(
            "rights_checkup",
            _("Contrôle des droits"),
            parent=menu.ADMINISTRATION,
            order=23,
            url_name="rights_checkup",
            permission=Permission.RIGHT_VIEW,
        ),
        menu.MenuEntry(
            "four_eyes",
            _("Double regard"),
            parent=menu.ADMINISTRATION,
            order=24,
            url_name="four_eyes",
            permission=Permission.ORGANISATION_MANAGE,
        ),
        menu.MenuEntry(
            "proposals",
            _("Approbations"),
            parent=menu.ADMINISTRATION,
            order=25,
            url_name="proposals",
            permission=may_follow,
            matches=("proposal",),
        ),
    ):
        menu.register(entry)
