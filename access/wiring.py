"""What the room tells the rooms below: its menu, its labels, its job, its home panels."""

from django.utils.translation import gettext_lazy as _

from access import home_panels
from access.editing import wiring as editing
from access.history import DOWNLOAD
from access.journal_pages import VERIFICATION
from access.updates import wiring as updates
from access.verification import CHAIN_EVENT, JOB_KIND, advance_verification, give_up
from sae.jobs.registry import register_handler
from sae.journal.labels import register_labels
from sae.ui import menu
from sae.ui.home import register_panel, register_todo
from tenants.access import may
from tenants.permissions import Permission


def connect() -> None:
    """Called once the applications are loaded."""
    menu.register(menu.MenuEntry(menu.TODO, _("À faire"), order=10, url_name="home"))
    menu.register(
        menu.MenuEntry(
            menu.SEARCH,
            _("Rechercher"),
            order=30,
            url_name="search",
            permission=lambda request: bool(may(request, Permission.HOLDINGS_VIEW)),
        )
    )
    menu.register(
        menu.MenuEntry(
            menu.CLASSIFICATION,
            _("Classement"),
            order=40,
            url_name="classification",
            matches=("unit",),
            permission=lambda request: bool(may(request, Permission.HOLDINGS_VIEW)),
        )
    )
    menu.register(
        menu.MenuEntry(
            menu.JOURNALS,
            _("Journaux et preuves"),
            order=70,
            url_name="journal",
            matches=("operation",),
            permission=lambda request: bool(may(request, Permission.JOURNAL_VIEW)),
        )
    )
    register_labels(
        {
            DOWNLOAD: _("Téléchargement d’un objet"),
            "READ_VERIFIED_COPY": _("Lecture d’une copie vérifiée"),
            VERIFICATION: _("Vérification du journal"),
            CHAIN_EVENT: _("Lecture de la chaîne des événements"),
        }
    )
    register_handler(JOB_KIND, advance_verification, on_quarantine=give_up)
    register_todo(home_panels.broken_journal, order=0)
    register_panel(home_panels.running_operations, column="side", order=10)
    register_panel(home_panels.coffre_figures, column="side", order=20)
    register_panel(home_panels.own_coffres, column="side", order=30)
    updates.connect()
    editing.connect()
