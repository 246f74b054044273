"""Addresses of accounts, coffres and referentials."""

from django.urls import include, path

from tenants.access import requires
from tenants.permissions import Permission
from tenants.positions import views as positions
from tenants.views import (
    coffres,
    profile_files,
    referential_drafts,
    referential_editing,
    referential_elements,
    referential_history,
    referential_imports,
    referential_kinds,
    referential_table,
    referentials,
    rule_simulation,
    starter_sets,
)

_list = requires(Permission.REFERENTIAL_VIEW)

urlpatterns = [
    path("administration/", include("tenants.rights.urls")),
    path("administration/", include("tenants.accounts.urls")),
    path("administration/", include("tenants.organisations.urls")),
    path("administration/", include("tenants.contracts_edit.urls")),
    path("administration/", include("tenants.applications.urls")),
    path("", include("tenants.security.urls")),
    path("classement/choisir/", positions.position_picker, name="position_picker"),
    path("", include("tenants.accounts.public_urls")),
    path("coffre/", coffres.switch, name="coffre_switch"),
    path("referentiels/", referentials.referentials, name="referentials"),
    path("referentiels/regles/", _list(referentials.RuleList.as_view()), name="rules"),
    path("referentiels/regles/<uuid:row_id>/", referential_elements.rule, name="rule"),
    path(
        "referentiels/regles/<uuid:row_id>/simuler/",
        rule_simulation.rule_simulation,
        name="rule_simulation",
    ),
    path("referentiels/services/", _list(referentials.AgencyList.as_view()), name="agencies"),
    path("referentiels/services/<uuid:row_id>/", referential_elements.agency, name="agency"),
    path(
        "referentiels/contrats-entree/",
        _list(referentials.IngestContractList.as_view()),
        name="ingest_contracts",
    ),
    path(
        "referentiels/contrats-entree/<uuid:row_id>/",
        referential_elements.ingest_contract,
        name="ingest_contract",
    ),
    path(
        "referentiels/importer/<slug:slug>/",
        referential_drafts.referential_import,
        name="referential_import",
    ),
    path(
        "referentiels/imports/<uuid:import_id>/",
        referential_imports.referential_outcome,
        name="referential_outcome",
    ),
    path(
        "referentiels/imports/<uuid:import_id>/rapport.json",
        referential_imports.referential_report,
        name="referential_report",
    ),
    path(
        "referentiels/imports/<uuid:import_id>/anomalies.csv",
        referential_imports.referential_faults,
        name="referential_faults",
    ),
    path(
        "referentiels/preparations/<uuid:draft_id>/",
        referential_drafts.referential_draft,
        name="referential_draft",
    ),
    path(
        "referentiels/preparations/<uuid:draft_id>/appliquer/",
        referential_drafts.referential_draft_apply,
        name="referential_draft_apply",
    ),
    path(
        "referentiels/preparations/<uuid:draft_id>/abandonner/",
        referential_drafts.referential_draft_discard,
        name="referential_draft_discard",
    ),
    path(
        "referentiels/preparations/<uuid:draft_id>/lignes-a-corriger.csv",
        referential_drafts.referential_draft_faults,
        name="referential_draft_faults",
    ),
    path(
        "referentiels/preparations/<uuid:draft_id>/elements-a-corriger.json",
        referential_drafts.referential_draft_faulty,
        name="referential_draft_faulty",
    ),
    path(
        "referentiels/preparations/<uuid:draft_id>/anomalies.csv",
        referential_drafts.referential_draft_anomalies,
        name="referential_draft_anomalies",
    ),
    path("referentiels/jeux/", starter_sets.starter_sets, name="starter_sets"),
    path("referentiels/jeux/<slug:key>/", starter_sets.starter_set_load, name="starter_set_load"),
    path(
        "referentiels/<slug:slug>/",
        _list(referential_kinds.KindList.as_view()),
        name="referential_list",
    ),
    path(
        "referentiels/<slug:slug>/exporter/",
        referential_elements.referential_export,
        name="referential_export",
    ),
    path(
        "referentiels/<slug:slug>/chercher/",
        referential_elements.referential_find,
        name="referential_find",
    ),
    path(
        "referentiels/<slug:slug>/versions/",
        referential_history.referential_history,
        name="referential_history",
    ),
    path(
        "referentiels/<slug:slug>/versions/comparer/",
        referential_history.referential_compare,
        name="referential_compare",
    ),
    path(
        "referentiels/<slug:slug>/versions/revenir/",
        referential_history.referential_return,
        name="referential_return",
    ),
    path(
        "referentiels/<slug:slug>/tableau/",
        referential_table.referential_table,
        name="referential_table",
    ),
    path(
        "referentiels/archiveprofiles/<uuid:row_id>/fichier/",
        profile_files.profile_file,
        name="profile_file",
    ),
    path(
        "referentiels/archiveprofiles/<uuid:row_id>/fichier/telecharger/",
        profile_files.profile_file_download,
        name="profile_file_download",
    ),
    path(
        "referentiels/archiveprofiles/<uuid:row_id>/fichier/<str:sha512>/apercu/",
        profile_files.profile_file_preview,
        name="profile_file_preview",
    ),
    path(
        "referentiels/archiveprofiles/<uuid:row_id>/versions/<int:number>/fichier/",
        profile_files.profile_version_file,
        name="profile_version_file",
    ),
    path(
        "referentiels/archiveprofiles/fichiers/differences/",
        profile_files.profile_file_differences,
        name="profile_file_differences",
    ),
    path(
        "referentiels/<slug:slug>/reprendre/",
        referential_editing.referential_adopt,
        name="referential_adopt",
    ),
    path(
        "referentiels/<slug:slug>/ajouter/",
        referential_editing.referential_create,
        name="referential_create",
    ),
    path(
        "referentiels/<slug:slug>/<uuid:row_id>/",
        referential_elements.referential_element,
        name="referential_element",
    ),
    path(
        "referentiels/<slug:slug>/<uuid:row_id>/modifier/",
        referential_editing.referential_edit,
        name="referential_edit",
    ),
    path(
        "referentiels/<slug:slug>/<uuid:row_id>/retirer/",
        referential_editing.referential_remove,
        name="referential_remove",
    ),
    path(
        "referentiels/<slug:slug>/<uuid:row_id>/versions/<int:number>/",
        referential_history.referential_element_return,
        name="referential_element_return",
    ),
]
