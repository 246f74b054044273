"""Entering by the identity provider of one's organisation (OpenID Connect 1.0, code flow).

Written here rather than taken from allauth: its client (65) sends no nonce, skips the signature of
the token received, and cannot read the signed user information that ProConnect answers.
"""
