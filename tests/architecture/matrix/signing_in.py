"""Signing in and out, and one’s own account."""

from tests.architecture.matrix.line import EVERYONE, PUBLIC, Line

LINES: dict[str, Line] = {
    "account_login": Line(PUBLIC, granted=(200, 302)),
    "account_logout": Line(PUBLIC, granted=(200, 302)),
    "account_inactive": Line(PUBLIC),
    "account_change_password": Line(EVERYONE),
}
