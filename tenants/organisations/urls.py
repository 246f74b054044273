"""Addresses of organisations, their coffres and settings, and support."""

from django.urls import URLPattern, URLResolver, path

from tenants.access import requires
from tenants.organisations import coffre_pages, founding_pages, operator_list
from tenants.organisations import operator_pages as operator
from tenants.organisations import settings_pages as settings
from tenants.organisations import support_pages as support
from tenants.permissions import Permission

urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "organisations/",
        requires(Permission.PLATFORM_MANAGE)(operator_list.OrganisationList.as_view()),
        name="organisations",
    ),
    path("organisations/nouvelle/", founding_pages.organisation_new, name="organisation_new"),
    path(
        "organisations/<uuid:organisation_id>/",
        operator.organisation_page,
        name="platform_organisation",
    ),
    path(
        "organisations/<uuid:organisation_id>/coffres/",
        coffre_pages.coffre_add,
        name="coffre_add",
    ),
    path(
        "organisations/<uuid:organisation_id>/suspendre/",
        operator.organisation_suspend,
        name="organisation_suspend",
    ),
    path(
        "organisations/<uuid:organisation_id>/rouvrir/",
        operator.organisation_resume,
        name="organisation_resume",
    ),
    path(
        "organisations/<uuid:organisation_id>/support/",
        support.support_new,
        name="support_new",
    ),
    path("support/demandes/", support.support_requests, name="support_requests"),
    path(
        "support/demandes/<uuid:access_id>/retirer/",
        support.support_withdraw,
        name="support_withdraw",
    ),
    path("support/demandes/<uuid:access_id>/entrer/", support.support_enter, name="support_enter"),
    path("support/", support.support_accesses, name="support_accesses"),
    path("support/<uuid:access_id>/", support.support_access, name="support_access"),
    path("support/<uuid:access_id>/repondre/", support.support_decide, name="support_decide"),
    path("support/<uuid:access_id>/arreter/", support.support_stop, name="support_stop"),
    path("organisation/", settings.organisation_settings, name="organisation_settings"),
    path(
        "organisation/coffres/<uuid:coffre_id>/",
        settings.coffre_settings,
        name="coffre_settings",
    ),
    path("organisation/couleur/", settings.colour_check, name="colour_check"),
    path("organisation/adresse/", settings.identity_settings, name="identity_settings"),
    path("organisation/connexion/", settings.policy_settings, name="policy_settings"),
    path("organisation/logo/", settings.logo_settings, name="logo_settings"),
    path("organisation/logo/image", settings.organisation_logo, name="organisation_logo"),
    path("organisation/annuler/", settings.settings_undo, name="settings_undo"),
]
