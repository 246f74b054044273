"""Second factor, sessions, sign-on."""

import uuid

from sae.kernel.identifiers import new_id
from tenants.models import Account
from tenants.permissions import Permission
from tests.architecture.matrix.line import Line, Thing
from tests.builders.people import PASSWORD, Cast

LINES: dict[str, Line] = {
    "account_security_of": Line(Permission.SESSION_REVOKE, of="secured_account"),
    "account_sessions_cut": Line(
        Permission.SESSION_REVOKE, of="secured_account", method="post", granted=(302,)
    ),
    "account_session_cut": Line(
        Permission.SESSION_REVOKE,
        of="secured_account",
        also=(("number", new_id()),),
        method="post",
        granted=(404,),
    ),
    "account_second_factor_reset": Line(Permission.ACCOUNT_MANAGE, of="secured_account"),
    "account_password_required": Line(
        Permission.ACCOUNT_MANAGE, of="secured_account", method="post", granted=(302,)
    ),
    "sign_on": Line(Permission.ORGANISATION_MANAGE),
    "sign_on_test": Line(Permission.ORGANISATION_MANAGE, method="post", granted=(302,)),
    "sign_on_switch": Line(Permission.ORGANISATION_MANAGE, method="post", granted=(302,)),
}


def _somebody(cast: Cast) -> uuid.UUID:
    """One account more: what is asked of it must not keep the cast from its pages."""
    organisation = cast.coffre_a.organisation
    made = Account.objects.create_user(
        "cible@exemple.fr", PASSWORD, name="C", organisation=organisation
    )
    return made.id


THINGS: dict[str, Thing] = {
    "secured_account": Thing("account_id", make=_somebody),
    "own_session": Thing("number"),
}
