"""Addresses of the pages that belong to no room."""

from django.conf import settings
from django.urls import path

from sae.ui.views import pages, styleguide

app_name = "ui"

urlpatterns = [
    path("accessibilite/", pages.accessibility, name="accessibility"),
    path("glossaire/", pages.glossary, name="glossary"),
    path("raccourcis/", pages.shortcuts, name="shortcuts"),
    path("affichage/", pages.change_preferences, name="preferences"),
    path("_cadre/operations/", pages.running, name="running"),
    path("_cadre/coffres.css", pages.coffre_colours, name="coffre_colours"),
]

# Sample data only; never in production, whatever its DEBUG.
if settings.DEBUG or getattr(settings, "ENVIRONMENT", "production") in {"test", "development"}:
    urlpatterns += [
        path("_styleguide/", styleguide.components, name="styleguide"),
        path("_styleguide/connexion/", styleguide.sign_in, name="styleguide_sign_in"),
        path("_styleguide/liste/", styleguide.SampleList.as_view(), name="styleguide_list"),
        path("_styleguide/<slug:screen>/", styleguide.sample_screen, name="styleguide_screen"),
    ]
