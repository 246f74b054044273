"""Addresses of updates of units: description, rules, holds."""

from django.urls import URLPattern, URLResolver, path

from access.updates.views import acts, holds, listing, one_unit, spreadsheets

urlpatterns: list[URLPattern | URLResolver] = [
    path("unites/<uuid:unit_id>/modifier/", one_unit.edit, name="unit_edit"),
    path("modifications/", listing.acts, name="updates"),
    path("modifications/exporter/", spreadsheets.export, name="update_export"),
    path("modifications/rapporter/", spreadsheets.bring_back, name="update_import"),
    path("gels/", holds.register, name="holds"),
    path("gels/<slug:key>/", holds.hold, name="hold"),
    path("gels/<slug:key>/modifier/", holds.change, name="hold_change"),
    path("gels/<slug:key>/lever/", holds.lift, name="hold_lift"),
    path("modifications/descriptions/", acts.new_descriptions, name="update_new_descriptions"),
    path("modifications/regles/", acts.new_rules, name="update_new_rules"),
    path("modifications/gels/", acts.new_hold, name="update_new_hold"),
    path("modifications/<uuid:mass_id>/", acts.act, name="update"),
    path("modifications/<uuid:mass_id>/suite/", acts.live, name="update_live"),
    path("modifications/<uuid:mass_id>/controler/", acts.check, name="update_check"),
    path("modifications/<uuid:mass_id>/regles/", acts.rule_action, name="update_rule_action"),
    path("modifications/<uuid:mass_id>/appliquer/", acts.launch, name="update_launch"),
    path("modifications/<uuid:mass_id>/ecarter/", acts.leave_out, name="update_leave_out"),
    path("modifications/<uuid:mass_id>/pause/", acts.pause, name="update_pause"),
    path("modifications/<uuid:mass_id>/reprendre/", acts.resume, name="update_resume"),
    path("modifications/<uuid:mass_id>/arreter/", acts.cancel, name="update_cancel"),
    path("modifications/<uuid:mass_id>/oublier/", acts.discard, name="update_discard"),
    path("modifications/<uuid:mass_id>/annuler/", acts.revert, name="update_revert"),
    *(
        path(
            f"modifications/<uuid:mass_id>/rapport.{kind}",
            acts.report,
            {"file_format": kind},
            f"update_report_{kind}",
        )
        for kind in ("csv", "xlsx", "jsonl")
    ),
]
