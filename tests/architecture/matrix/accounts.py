"""Accounts of an organisation."""

import uuid

from tenants.accounts.importing import receive_file
from tenants.accounts.telling import Actor
from tenants.models import AccountImport
from tenants.permissions import Permission
from tests.architecture.matrix.line import PUBLIC, Line, Thing
from tests.builders.people import Cast

_MANAGE = Permission.ACCOUNT_MANAGE
_ANONYMISE = Permission.ACCOUNT_ANONYMISE

LINES: dict[str, Line] = {
    "accounts": Line(Permission.ACCOUNT_VIEW),
    "account": Line(Permission.ACCOUNT_VIEW, of="account"),
    "account_new": Line(_MANAGE),
    "account_edit": Line(_MANAGE, of="account"),
    "account_move": Line(_MANAGE, of="account"),
    "account_disable": Line(_MANAGE, of="account"),
    # Refused with a sentence on the page of the account: it is neither disabled nor blocked.
    "account_enable": Line(_MANAGE, of="account", method="post", granted=(302,)),
    "account_unblock": Line(_MANAGE, of="account", method="post", granted=(302,)),
    "account_invite": Line(_MANAGE, of="account", method="post", granted=(302,)),
    # Without a mail server, the link is shown.
    "account_reset": Line(_MANAGE, of="account", method="post", granted=(200,)),
    "accounts_bulk": Line(_MANAGE, method="post", granted=(302,)),
    "account_import": Line(_MANAGE),
    "account_import_model": Line(_MANAGE, also=(("file_format", "csv"),)),
    "account_import_plan": Line(_MANAGE, of="account_import"),
    "account_import_faults": Line(_MANAGE, of="account_import"),
    "groups_export": Line(Permission.RIGHT_VIEW, also=(("file_format", "csv"),)),
    "groups_import": Line(Permission.RIGHT_MANAGE),
    "groups_plan": Line(Permission.RIGHT_MANAGE, of="group_definitions"),
    "group_members_export": Line(Permission.ACCOUNT_VIEW, also=(("file_format", "csv"),)),
    "group_members_import": Line(_MANAGE),
    "group_members_plan": Line(_MANAGE, of="group_import"),
    "account_anonymise": Line(_ANONYMISE, of="account"),
    # Nothing to certify: it is not anonymised.
    "account_certificate": Line(_ANONYMISE, of="account", granted=(404,)),
    "personal_data": Line(Permission.PERSONAL_DATA_VIEW),
    "password_forgotten": Line(PUBLIC),
    "account_link": Line(
        PUBLIC, also=(("identifier", "U0000000"), ("secret", "faux")), granted=(410,)
    ),
}


def _received(cast: Cast) -> uuid.UUID:
    return receive_file(
        organisation=cast.coffre_a.organisation,
        content="Nom;Adresse électronique\r\nDurand;durand@exemple.fr\r\n".encode(),
        file_name="comptes.csv",
        actor=Actor(cast.administrator_a),
    ).id


def _received_members(cast: Cast) -> uuid.UUID:
    return receive_file(
        organisation=cast.coffre_a.organisation,
        content=b"Groupe\r\nInconnu\r\n",
        file_name="membres.csv",
        actor=Actor(cast.administrator_a),
        subject=AccountImport.Subject.GROUPS,
    ).id


def _received_definitions(cast: Cast) -> uuid.UUID:
    return receive_file(
        organisation=cast.coffre_a.organisation,
        content=b"Groupe;Profils\r\nInconnu;Aucun\r\n",
        file_name="groupes.csv",
        actor=Actor(cast.administrator_a),
        subject=AccountImport.Subject.DEFINITIONS,
    ).id


THINGS: dict[str, Thing] = {
    "account": Thing("account_id", lambda cast: cast.basile.id),
    "account_import": Thing("import_id", _received),
    "group_import": Thing("import_id", _received_members),
    "group_definitions": Thing("import_id", _received_definitions),
}
