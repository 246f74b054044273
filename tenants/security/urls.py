"""Addresses of second factor, sessions, sign-on."""

from allauth.account import views as account_views
from django.urls import URLPattern, URLResolver, path

from tenants.security.views import accounts, own, sign_on
from tenants.security.views import second_factor as factor

urlpatterns: list[URLPattern | URLResolver] = [
    path("compte/securite/", own.account_security, name="account_security"),
    path("compte/sessions/fermer/", own.sessions_cut, name="own_sessions_cut"),
    path("compte/sessions/<uuid:number>/fermer/", own.session_cut, name="own_session_cut"),
    path("compte/second-facteur/", own.second_factor_choice, name="second_factor_choice"),
    path("compte/second-facteur/verifier/", factor.Authenticate.as_view(), name="mfa_authenticate"),
    path(
        "compte/second-facteur/telephone/",
        factor.ActivateTotp.as_view(),
        name="mfa_activate_totp",
    ),
    path(
        "compte/second-facteur/telephone/retirer/",
        factor.DeactivateTotp.as_view(),
        name="mfa_deactivate_totp",
    ),
    path(
        "compte/codes-de-secours/",
        factor.RecoveryCodes.as_view(),
        name="mfa_view_recovery_codes",
    ),
    path(
        "compte/codes-de-secours/nouveaux/",
        factor.NewRecoveryCodes.as_view(),
        name="mfa_generate_recovery_codes",
    ),
    path("compte/clefs/ajouter/", factor.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("compte/clefs/<int:pk>/renommer/", factor.passkey_rename, name="mfa_edit_webauthn"),
    path("compte/clefs/<int:pk>/retirer/", factor.passkey_remove, name="mfa_remove_webauthn"),
    path("compte/connexion/clef/", factor.SignInWithPasskey.as_view(), name="mfa_login_webauthn"),
    path("compte/connexion/organisation/", sign_on.start, name="sign_on_start"),
    path("compte/connexion/organisation/retour/", sign_on.back, name="sign_on_back"),
    path("compte/connexion/organisation/fin/", sign_on.closed, name="sign_on_closed"),
    path("administration/connexion/", sign_on.settings, name="sign_on"),
    path("administration/connexion/essayer/", sign_on.test, name="sign_on_test"),
    path("administration/connexion/ouvrir/", sign_on.switch, name="sign_on_switch"),
    path("compte/confirmer/", account_views.reauthenticate, name="account_reauthenticate"),
    path("compte/confirmer/code/", factor.Reauthenticate.as_view(), name="mfa_reauthenticate"),
    path(
        "compte/confirmer/clef/",
        factor.ReauthenticatePasskey.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "administration/comptes/<uuid:account_id>/securite/",
        accounts.security,
        name="account_security_of",
    ),
    path(
        "administration/comptes/<uuid:account_id>/sessions/fermer/",
        accounts.sessions_cut,
        name="account_sessions_cut",
    ),
    path(
        "administration/comptes/<uuid:account_id>/sessions/<uuid:number>/fermer/",
        accounts.session_cut,
        name="account_session_cut",
    ),
    path(
        "administration/comptes/<uuid:account_id>/second-facteur/reinitialiser/",
        accounts.second_factor_reset,
        name="account_second_factor_reset",
    ),
    path(
        "administration/comptes/<uuid:account_id>/mot-de-passe/exiger/",
        accounts.password_required,
        name="account_password_required",
    ),
]
