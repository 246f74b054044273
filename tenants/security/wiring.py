"""What the frame and the journal must know of signing in."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.journal.labels import register_labels
from sae.ui import menu, shell
from tenants.access import may
from tenants.models import Account
from tenants.permissions import Permission
from tenants.security.journal import LABELS


def connect() -> None:
    """Register labels and the menu of the account; called once by ``TenantsConfig``."""
    register_labels(LABELS)
    shell.register(account=account_badge)
    menu.register(
        menu.MenuEntry(
            "sign_on",
            gettext_lazy("Connexion par un fournisseur"),
            parent=menu.ADMINISTRATION,
            order=46,
            url_name="sign_on",
            permission=lambda request: bool(may(request, Permission.ORGANISATION_MANAGE)),
        )
    )


def account_badge(request: HttpRequest) -> shell.AccountBadge | None:
    """Return who is signed in, with the ways to one's own pages."""
    account = getattr(request, "user", None)
    if not isinstance(account, Account):
        return None
    links = [shell.Link(_("Sécurité de mon compte"), reverse("account_security"), "shield-lock")]
    if account.has_usable_password():
        password = reverse("account_change_password")
        links.append(shell.Link(_("Changer de mot de passe"), password, "key"))
    return shell.AccountBadge(
        name=account.name,
        detail=account.email,
        initials=account.initials,
        links=tuple(links),
        logout_url=reverse("account_logout"),
    )
