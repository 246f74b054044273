"""Addresses of accounts of an organisation."""

from django.urls import URLPattern, URLResolver, path

from tenants.access import requires
from tenants.accounts.views import (
    account,
    acts,
    anonymisation,
    groups,
    imports,
    members,
    personal_data,
)
from tenants.accounts.views.listing import AccountList
from tenants.permissions import Permission

_list = requires(Permission.ACCOUNT_VIEW)
_one = "comptes/<uuid:account_id>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("comptes/", _list(AccountList.as_view()), name="accounts"),
    path("comptes/nouveau/", account.account_new, name="account_new"),
    path("comptes/statut/", acts.accounts_bulk, name="accounts_bulk"),
    path("comptes/importer/", imports.account_import, name="account_import"),
    path(
        "comptes/importer/modele.<slug:file_format>",
        imports.account_import_model,
        name="account_import_model",
    ),
    path(
        "comptes/imports/<uuid:import_id>/",
        imports.account_import_plan,
        name="account_import_plan",
    ),
    path(
        "comptes/imports/<uuid:import_id>/lignes-a-corriger/",
        imports.account_import_faults,
        name="account_import_faults",
    ),
    path(f"{_one}/", account.account, name="account"),
    path(f"{_one}/modifier/", account.account_edit, name="account_edit"),
    path(f"{_one}/deplacer/", account.account_move, name="account_move"),
    path(f"{_one}/desactiver/", acts.account_disable, name="account_disable"),
    path(f"{_one}/activer/", acts.account_enable, name="account_enable"),
    path(f"{_one}/debloquer/", acts.account_unblock, name="account_unblock"),
    path(f"{_one}/inviter/", acts.account_invite, name="account_invite"),
    path(f"{_one}/reinitialiser/", acts.account_reset, name="account_reset"),
    path(f"{_one}/anonymiser/", anonymisation.account_anonymise, name="account_anonymise"),
    path(f"{_one}/certificat.pdf", anonymisation.account_certificate, name="account_certificate"),
    path("groupes/groupes.<slug:file_format>", groups.groups_export, name="groups_export"),
    path("groupes/importer/", groups.groups_import, name="groups_import"),
    path("groupes/imports/<uuid:import_id>/", groups.groups_plan, name="groups_plan"),
    path(
        "groupes/membres.<slug:file_format>",
        members.group_members_export,
        name="group_members_export",
    ),
    path("groupes/membres/importer/", members.group_members_import, name="group_members_import"),
    path(
        "groupes/membres/imports/<uuid:import_id>/",
        members.group_members_plan,
        name="group_members_plan",
    ),
    path("donnees-personnelles/", personal_data.personal_data, name="personal_data"),
]
