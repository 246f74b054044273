"""Addresses of the peers' external API for access."""

from django.urls import path

from access.external import units

app_name = "external"

ACCESS = "access-external/v1"

urlpatterns = [
    path(f"{ACCESS}/units/<uuid:unit_id>", units.unit, name="unit"),
    path(
        f"{ACCESS}/unitsWithInheritedRules",
        units.units_with_inherited_rules,
        name="units_with_inherited_rules",
    ),
    path(
        f"{ACCESS}/unitsWithInheritedRules/<uuid:unit_id>",
        units.unit_with_inherited_rules,
        name="unit_with_inherited_rules",
    ),
]
