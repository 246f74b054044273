"""Addresses of the classification's construction."""

from django.urls import URLPattern, URLResolver, path

from access.editing import exporting, import_views, move_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("classement/construire/", views.build, name="classification_build"),
    path("classement/construire/arbre-type/", views.build_template, name="classification_template"),
    path(
        "classement/construire/fichiers/<uuid:draft_id>/",
        import_views.tree_draft,
        name="tree_draft",
    ),
    path(
        "classement/construire/fichiers/<uuid:draft_id>/avancement/",
        import_views.tree_draft_live,
        name="tree_draft_live",
    ),
    path(
        "classement/construire/fichiers/<uuid:draft_id>/comparer/",
        import_views.tree_draft_compare,
        name="tree_draft_compare",
    ),
    path(
        "classement/construire/fichiers/<uuid:draft_id>/appliquer/",
        import_views.tree_draft_apply,
        name="tree_draft_apply",
    ),
    path(
        "classement/construire/fichiers/<uuid:draft_id>/abandonner/",
        import_views.tree_draft_discard,
        name="tree_draft_discard",
    ),
    path(
        "classement/construire/fichiers/<uuid:draft_id>/lignes-a-corriger.csv",
        import_views.tree_draft_lines,
        name="tree_draft_lines",
    ),
    path(
        "classement/construire/fichiers/<uuid:draft_id>/anomalies.csv",
        import_views.tree_draft_faults,
        name="tree_draft_faults",
    ),
    path("classement/positions/ajouter/", views.position_create, name="position_create"),
    path("classement/deplacer/", move_views.move_selection, name="units_move"),
    path(
        "classement/deplacer/<uuid:mass_id>/",
        move_views.destination,
        name="units_destination",
    ),
    path(
        "classement/exporter.csv",
        exporting.export,
        {"file_format": "csv"},
        name="classification_csv",
    ),
    path(
        "classement/exporter.xml",
        exporting.export,
        {"file_format": "xml"},
        name="classification_ead",
    ),
    path("classement/exporter.zip", exporting.export_package, name="classification_sip"),
    path("unites/<uuid:unit_id>/deplacer/", move_views.move, name="unit_move"),
    path("unites/<uuid:unit_id>/fusionner/", views.merge, name="position_merge"),
    path("unites/<uuid:unit_id>/supprimer/", views.branch_delete, name="branch_delete"),
]
