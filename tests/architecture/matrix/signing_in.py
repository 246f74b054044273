"""Signing in and out, and one’s own account."""

from tests.architecture.matrix.line import EVERYONE, PUBLIC, Line

LINES: dict[str, Line] = {
    "account_login": Line(PUBLIC, granted=(200, 302)),
    "account_logout": Line(PUBLIC, granted=(200, 302)),
    "account_inactive": Line(PUBLIC),
    "account_change_password": Line(EVERYONE),
    "account_security": Line(EVERYONE),
    "account_reauthenticate": Line(EVERYONE),
    "own_sessions_cut": Line(EVERYONE, method="post", granted=(302,)),
    "own_session_cut": Line(EVERYONE, of="own_session", method="post", granted=(404,)),
    "second_factor_choice": Line(EVERYONE),
    # Between the password and the page: nobody is there without having given the first.
    "mfa_authenticate": Line(PUBLIC, granted=(302,)),
    "mfa_login_webauthn": Line(PUBLIC, granted=(302,)),
    "sign_on_start": Line(PUBLIC, granted=(200, 302)),
    # Nobody left for a provider.
    "sign_on_back": Line(PUBLIC, granted=(403,)),
    "sign_on_closed": Line(PUBLIC),
    "mfa_activate_totp": Line(EVERYONE),
    # Nobody of the cast has a second factor to show, to give up or to read.
    "mfa_deactivate_totp": Line(EVERYONE, granted=(404,)),
    "mfa_view_recovery_codes": Line(EVERYONE, granted=(404,)),
    "mfa_generate_recovery_codes": Line(EVERYONE),
    "mfa_add_webauthn": Line(EVERYONE),
    "mfa_edit_webauthn": Line(EVERYONE, also=(("pk", 1),), granted=(404,)),
    "mfa_remove_webauthn": Line(EVERYONE, also=(("pk", 1),), granted=(404,)),
    "mfa_reauthenticate": Line(EVERYONE, granted=(302,)),
    "mfa_reauthenticate_webauthn": Line(EVERYONE, granted=(302,)),
}
