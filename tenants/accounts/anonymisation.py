"""Anonymising a disabled account: its personal data go for good, the journals stay as they are.

Journals name an account by its technical identifier alone, so nothing in them changes and their
chain still verifies. What the directory holds about the person is overwritten; every row that
would go with the account (sessions, former passwords, second factors, sign-on…) goes now.
"""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sae.journal.models import Operation
from sae.kernel import clock
from sae.tenancy.scope import tenant_scope
from tenants.accounts.links import revoke_links
from tenants.accounts.reach import RefusedError, check_reach
from tenants.accounts.services import lock_account
from tenants.accounts.telling import Actor, tell
from tenants.models import Account, AccountLink
from tenants.models.rights import GroupMember
from tenants.permissions import Permission
from tenants.rights.four_eyes import second_person_needed
from tenants.rights.proposals import forget_words_about
from tenants.services.organisations import proof_of

DOMAIN = "anonyme.invalid"
"""Reserved (RFC 2606): no mail ever reaches it."""

OPERATION = "ACCOUNT_ANONYMISE"
FOUR_EYES = "account.anonymise"
"""The act, as organisations choose whether it needs a second person."""

ERASED: tuple[Promise | str, ...] = (
    gettext_lazy("nom, prénom, adresse électronique, téléphone"),
    gettext_lazy("service et code interne"),
    gettext_lazy("mot de passe, anciens mots de passe, seconds facteurs"),
    gettext_lazy("sessions, adresses et navigateurs, date de dernière connexion"),
    gettext_lazy("liens d’invitation et de réinitialisation"),
)
KEPT: tuple[Promise | str, ...] = (
    gettext_lazy("l’identifiant technique du compte, que les journaux citent"),
    gettext_lazy("les journaux, inchangés et vérifiables"),
    gettext_lazy("les dates de création, de désactivation et d’anonymisation"),
    gettext_lazy("ses passages dans les groupes, sous l’identifiant technique"),
)


@dataclass(frozen=True, slots=True)
class Preview:
    """What stands against anonymising an account; nothing when it may be done."""

    account: Account
    obstacles: tuple[str, ...]
    places: int


def preview(*, account: Account, actor: Actor) -> Preview:
    """Return what anonymising would meet."""
    obstacles = []
    if account.status == Account.Status.ANONYMISED:
        obstacles.append(_("Ce compte est déjà anonymisé."))
    elif account.status != Account.Status.DISABLED:
        obstacles.append(_("Seul un compte désactivé peut être anonymisé : désactivez-le d’abord."))
    try:
        check_reach(actor.account, account, Permission.ACCOUNT_ANONYMISE)
    except RefusedError as error:
        obstacles.append(str(error))
    with tenant_scope(proof_of(account.organisation).id):
        places = GroupMember.objects.filter(account_id=account.id).count()
    return Preview(account, tuple(obstacles), places)


def anonymise_account(*, account: Account, actor: Actor, approved: bool = False) -> Operation:
    """Erase the personal data of a disabled account; nothing brings them back.

    ``approved``: a second person agreed to it (``tenants.accounts.four_eyes``). Returns the
    operation that tells it, from which the certificate is made. Raises ``RefusedError``.
    """
    check_reach(actor.account, account, Permission.ACCOUNT_ANONYMISE)
    if actor.account is not None and not approved and needs_approval(account):
        raise RefusedError(_("Une seconde personne doit approuver : demandez-le d’abord."))
    with tenant_scope(proof_of(account.organisation).id):
        held = lock_account(account)
        if held.status != Account.Status.DISABLED:
            raise RefusedError(_("Seul un compte désactivé peut être anonymisé."))
        revoke_links(held)
        AccountLink.objects.filter(account_id=held.id).delete()
        present = GroupMember.objects.filter(account_id=held.id).exclude(ends_at__lte=clock.now())
        left = present.update(ends_at=Greatest(F("starts_at"), Value(clock.now())))
        GroupMember.objects.filter(account_id=held.id).update(reason="")
        forget_words_about(held)
        _erase_what_hangs_on(held)
        _erase(held)
        return tell(
            OPERATION,
            held,
            actor,
            before={"status": Account.Status.DISABLED.value},
            after={"status": held.status},
            disabled_at=held.disabled_at,
            groups_left=left,
        )


def needs_approval(account: Account) -> bool:
    """Tell whether anonymising an account needs a second person, in its organisation."""
    return second_person_needed(account.organisation_id, FOUR_EYES)


def _erase(account: Account) -> None:
    """Overwrite what the directory says of the person."""
    account.email = f"anonyme-{account.identifier.lower()}@{DOMAIN}"
    account.name = _("Compte anonymisé %s") % account.identifier
    account.first_name = account.last_name = ""
    account.phone = account.service = account.internal_code = ""
    account.language = Account.Language.FRENCH
    account.last_login = None
    account.set_unusable_password()
    account.set_status(Account.Status.ANONYMISED)
    account.anonymised_at = clock.now()
    account.save()


def _erase_what_hangs_on(account: Account) -> None:
    """Delete every row that only exists with the account: whatever room keeps it."""
    for relation in Account._meta.related_objects:
        if relation.on_delete is models.CASCADE:
            rows: Any = relation.related_model._base_manager
            rows.filter(**{relation.field.name: account}).delete()
