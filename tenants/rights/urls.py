"""Addresses of profiles, groups, effective rights."""

from django.urls import URLPattern, URLResolver, path

from tenants.access import requires
from tenants.permissions import Permission
from tenants.rights.views import (
    checkup,
    effective,
    four_eyes,
    groups,
    members,
    profiles,
    proposals,
    sight,
)

_view = requires(Permission.RIGHT_VIEW)
_profile, _group, _member = (
    "profils/<uuid:profile_id>",
    "groupes/<uuid:group_id>",
    "membres/<uuid:member_id>",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("profils/", _view(profiles.ProfileList.as_view()), name="profiles"),
    path("profils/nouveau/", profiles.profile_new, name="profile_new"),
    path(f"{_profile}/", profiles.profile, name="profile"),
    path(f"{_profile}/modifier/", profiles.profile_edit, name="profile_edit"),
    path(f"{_profile}/supprimer/", profiles.profile_delete, name="profile_delete"),
    path("groupes/", _view(groups.GroupList.as_view()), name="groups"),
    path("groupes/nouveau/", groups.group_new, name="group_new"),
    path("groupes/deleguer/", members.delegate, name="delegate"),
    path(f"{_group}/", groups.group, name="group"),
    path(f"{_group}/modifier/", groups.group_edit, name="group_edit"),
    path(f"{_group}/supprimer/", groups.group_delete, name="group_delete"),
    path(f"{_group}/membres/ajouter/", members.member_add, name="member_add"),
    path(f"{_member}/fin/", members.member_end, name="member_end"),
    path(f"{_member}/retirer/", members.member_remove, name="member_remove"),
    path("droits-effectifs/", _view(effective.WhoCan.as_view()), name="who_can"),
    path("droits-effectifs/unite/", sight.who_sees_unit, name="who_sees_unit"),
    path(
        "droits-effectifs/<uuid:account_id>/", effective.effective_rights, name="effective_rights"
    ),
    path("voir-comme/<uuid:account_id>/", sight.see_as, name="see_as"),
    path("controle-des-droits/", checkup.rights_checkup, name="rights_checkup"),
    path("double-regard/", four_eyes.four_eyes, name="four_eyes"),
    path("approbations/", proposals.proposals, name="proposals"),
    path("approbations/<uuid:proposal_id>/", proposals.proposal, name="proposal"),
]
