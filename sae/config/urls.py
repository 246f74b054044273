"""Every address of the platform."""

from allauth.account import views as account_views
from django.urls import include, path

from sae.config.health import health

urlpatterns = [
    path("sante/", health, name="health"),
    # Only what people may do by themselves: nobody signs up, nobody changes their address.
    path("compte/connexion/", account_views.login, name="account_login"),
    path("compte/deconnexion/", account_views.logout, name="account_logout"),
    path("compte/mot-de-passe/", account_views.password_change, name="account_change_password"),
    path("compte/inactif/", account_views.account_inactive, name="account_inactive"),
    path("", include("ingest.urls")),
    path("", include("access.urls")),
    path("", include("tenants.urls")),
    path("", include("sae.ui.urls")),
]

handler400 = "sae.ui.errors.bad_request"
handler403 = "sae.ui.errors.permission_denied"
handler404 = "sae.ui.errors.page_not_found"
handler500 = "sae.ui.errors.server_error"
